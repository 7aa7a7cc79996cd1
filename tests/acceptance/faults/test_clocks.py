"""Clocks that are set while the system runs."""

import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from tests.support.engines import wait_until
from tests.support.faults import clocks
from tests.support.faults.play import token
from tests.support.faults.stage import Stage, stage

from pushgate.embedded.gearman import find_gearmand

HOUR = 3600
# Xiaomi's key has no time in it: other vendors rightly refuse what a wrong clock has signed.
LISTED = [{"vendor": "xiaomi", "token": token("xiaomi", n)} for n in range(40)]
BODY = {"content": {"en": {"title": "t", "body": "b"}}, "audience": {"tokens": LISTED}}


@pytest.fixture(scope="module")
def on() -> Iterator[Stage]:
    if not (find_gearmand() and clocks.find()):
        pytest.skip("gearmand or libfaketime is not installed")
    with TemporaryDirectory(prefix="pg") as folder, stage(Path(folder) / "s") as found:
        yield found


@pytest.mark.parametrize("step", [-HOUR, 300 * 24 * HOUR, 0])
def test_after_the_machines_clock_was_set_all_goes_on(on: Stage, step: int) -> None:
    """Retries too, whose time is kept in Redis."""
    for clock in on.clocks.values():
        clock.set(step)
    time.sleep(2)  # the processes look at their clocks' files once a second
    on.sandbox.reset()
    on.sandbox.misbehave({"vendor": "xiaomi", "error": "10001", "times": 1})
    answer = on.api.post("/v1/messages", json=BODY)
    assert answer.status_code == 202, answer.text
    message = answer.json()["id"]
    wait_until(lambda: _all_accepted(on, message), 40, "the message to be sent")


def _all_accepted(on: Stage, message: str) -> bool:
    found: int = on.api.get(f"/v1/messages/{message}/results").json()["accepted"]
    return found == 40
