"""What follows where a message does not arrive, written in the composer and read back."""

import pytest

from pushgate.console.composing.message_form import StepForm
from pushgate.console.composing.posted_fields import read_fields
from pushgate.console.composing.step_fields import read_steps, write_steps

NEXT = StepForm(after="10m")
VENDOR = StepForm(after="1h", unless="clicked", to="vendor:fcm")


@pytest.mark.parametrize("steps", [(), (NEXT,), (NEXT, VENDOR)], ids=len)
def test_what_is_written_is_read_back(steps: tuple[StepForm, ...]) -> None:
    assert read_steps(write_steps(steps)) == steps


def test_a_step_without_a_time_is_none() -> None:
    assert write_steps([StepForm(), VENDOR, StepForm()]) == {
        "escalate": [{"after": "1h", "unless": "clicked", "to": "vendor:fcm"}]
    }


@pytest.mark.parametrize("written", [None, "10m", [1, None], {}], ids=repr)
def test_what_is_no_step_is_left_out(written: object) -> None:
    assert read_steps({"escalate": written}) == ()


def test_posted_fields_are_steps() -> None:
    posted = [("step_after.0", " 10m "), ("step_unless.0", "delivered"), ("step_to.0", "next_terminal")]
    posted += [("step_after.2", "1h"), ("step_unless.2", "clicked"), ("step_to.2", "vendor:fcm")]
    form = read_fields(posted, zone="UTC", language="en")
    assert write_steps(form.steps) == write_steps([NEXT, VENDOR])
