"""The choice among types of events."""

import pytest

from pushgate.domain.event_type import FAMILIES, EventType, fault_of_types, types_of


@pytest.mark.parametrize(
    "types", [["*"], ["terminal.invalid"], list(EventType), ["terminal.*", "vendor.down"], list(FAMILIES)]
)
def test_a_choice_is_all_types_or_some_or_those_that_begin_alike(types: list[str]) -> None:
    assert fault_of_types(types) == ""


@pytest.mark.parametrize(
    ("types", "fault"),
    [
        ([], "one type"),
        (["terminals.*"], "must be of: *, terminal.*, "),
        ([".*"], "must be of"),
        (["terminal.sent"], "must be of"),
        (["terminal.gone", "terminal.gone"], "once"),
        (["*", "terminal.gone"], "alone"),
    ],
)
def test_any_other_choice_is_refused(types: list[str], fault: str) -> None:
    assert fault in fault_of_types(types)


def test_a_choice_stands_for_types() -> None:
    assert types_of(["*"]) == types_of(FAMILIES) == frozenset(EventType)
    assert types_of(["vendor.*", "events.gap"]) == {
        EventType.VENDOR_DOWN,
        EventType.VENDOR_UP,
        EventType.EVENTS_GAP,
    }
