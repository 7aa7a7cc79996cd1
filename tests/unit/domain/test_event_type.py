"""The choice among types of events."""

import pytest

from pushgate.domain.event_type import EventType, fault_of_types


@pytest.mark.parametrize("types", [["*"], ["terminal.invalid"], list(EventType)])
def test_a_choice_is_all_types_or_some(types: list[str]) -> None:
    assert fault_of_types(types) == ""


@pytest.mark.parametrize(
    ("types", "fault"),
    [
        ([], "one type"),
        (["terminal.*"], "must be of: *, terminal.accepted"),
        (["terminal.sent"], "must be of"),
        (["terminal.gone", "terminal.gone"], "once"),
        (["*", "terminal.gone"], "alone"),
    ],
)
def test_any_other_choice_is_refused(types: list[str], fault: str) -> None:
    assert fault in fault_of_types(types)
