"""An app's quiet hours and caps as rows of a form."""

from collections.abc import Mapping

import pytest

from pushgate.console.app_form import CapRow, HoursRow, changes_of, form_of, read_app_form

SETTINGS = {
    "timezone": "Asia/Shanghai",
    "quiet_hours": {
        "all": {"begin": "22:00", "end": "08:00"},
        "news": {"begin": "21:00", "end": "09:00", "then": "hold"},
    },
    "caps": {"marketing": {"per_day": 2}},
}


def typed(settings: Mapping[str, object]) -> dict[str, str]:
    """The fields that a browser sends of a form that nobody changed, spare rows included."""
    form = form_of(settings)
    fields = {"timezone": form.timezone}
    for number, row in enumerate(form.hours_rows):
        fields |= {
            f"hours.{number}.{name}": getattr(row, name) for name in ("category", "begin", "end", "then")
        }
    for number, cap in enumerate(form.cap_rows):
        fields |= {f"caps.{number}.{name}": getattr(cap, name) for name in ("category", "per_day")}
    return fields


def test_what_nobody_changed_stays_as_it_is() -> None:
    changes, faults = changes_of(read_app_form(typed(SETTINGS)))
    hours = {"all": {"begin": "22:00", "end": "08:00", "then": "leave_out"}}
    hours["news"] = {"begin": "21:00", "end": "09:00", "then": "hold"}
    assert (changes, faults) == (SETTINGS | {"quiet_hours": hours}, {})


def test_an_emptied_row_is_dropped_and_a_spare_one_is_taken() -> None:
    fields = typed(SETTINGS)
    fields |= {"hours.0.category": "", "hours.0.begin": "", "hours.0.end": " "}
    fields |= {"caps.1.category": " order ", "caps.1.per_day": "3"}
    form = read_app_form(fields)
    assert form.hours == [HoursRow("news", "21:00", "09:00", "hold")]
    assert form.caps == [CapRow("marketing", "2"), CapRow("order", "3")]


@pytest.mark.parametrize(
    ("written", "faults"),
    [
        ({"hours.0.category": ""}, {"quiet_hours": "no_category"}),
        ({"hours.0.category": "news"}, {"quiet_hours": "twice"}),
        ({"caps.0.category": ""}, {"caps": "no_category"}),
        ({"caps.0.per_day": "two"}, {"caps": "no_number"}),
        ({"caps.0.per_day": ""}, {"caps": "no_number"}),
    ],
)
def test_rows_that_cannot_be_meant_are_told(written: dict[str, str], faults: dict[str, str]) -> None:
    assert changes_of(read_app_form(typed(SETTINGS) | written)) == ({}, faults)
