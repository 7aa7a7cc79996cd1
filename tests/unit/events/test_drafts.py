"""Parts of entries, cut into events at fixed places."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pushgate.bundles.event_sends import BundleSend
from pushgate.bundles.values import INLINE
from pushgate.domain import bitmaps
from pushgate.domain.event_type import EventType
from pushgate.domain.message import Status
from pushgate.domain.outcome import ReceiptKind, State
from pushgate.domain.terminal import Group
from pushgate.eventlog.entries import (
    AppEvent,
    EpochBegan,
    LargeMoves,
    LargePlanned,
    LargeReceipts,
    MessageChanged,
    Part,
    Registered,
    Removed,
    SmallMoves,
    SmallReceipts,
    Snapshot,
)
from pushgate.events.drafts import MAX_TERMINALS, Draft, TerminalPlace, drafts_of, type_of
from pushgate.events.wanted import Form

LABEL = "apns|invalid|Unregistered|it is dead, and | stays so"
EN, INLINE_EN = Group("apns", "en"), Group("apns", "en", inline=True)


def moves(slots: int, group: Group = EN) -> LargeMoves:
    """Slots of the block 3 that turned invalid."""
    return LargeMoves("m", 3, group.key, State.PENDING, State.INVALID, LABEL, slots)


def drafts(part: Part, form: Form, sends: dict[int, list[BundleSend | None]] | None = None) -> list[Draft]:
    return list(drafts_of(part, 5, 1, sends or {}, form))


@given(st.sets(st.integers(0, 1023), min_size=1))
def test_events_of_a_block_name_each_slot_once_in_both_forms(offsets: set[int]) -> None:
    part = moves(bitmaps.from_offsets(offsets))
    for form in Form:
        found = drafts(part, form)
        named = [place for draft in found for place in draft.terminals or ()]
        assert named == [TerminalPlace(1, 3072 + offset) for offset in sorted(offsets)]
        assert len({draft.suffix for draft in found}) == len(found)
        assert all(draft.weight <= MAX_TERMINALS for draft in found)
    assert [draft.suffix for draft in drafts(part, Form.EXPANDED)] == [f"5.{n}" for n in sorted(offsets)]


@given(st.sets(st.integers(0, 1023), min_size=1), st.integers(0, 1100), st.sampled_from(Form))
def test_events_from_a_number_on_are_those_that_are_left(offsets: set[int], first: int, form: Form) -> None:
    part = moves(bitmaps.from_offsets(offsets))
    assert list(drafts_of(part, 5, 1, {}, form, first)) == drafts(part, form)[first:]


def test_a_long_part_is_cut_in_the_middle_of_the_block() -> None:
    found = drafts(moves((1 << 700) - 1), Form.COMPACT)
    assert [(one.suffix, one.weight) for one in found] == [("5.0-511", 512), ("5.512-699", 188)]
    assert [one.suffix for one in drafts(moves(0b1001), Form.COMPACT)] == ["5.0-3"]


def test_a_move_is_told_with_code_and_reason_in_words() -> None:
    (draft,) = drafts(moves(1), Form.COMPACT)
    assert draft.type is EventType.TERMINAL_INVALID
    assert draft.fields == {
        "from": "pending",
        "to": "invalid",
        "code": "Unregistered",
        "reason": "it is dead, and | stays so",
    }


def test_tokens_that_a_message_brought_are_places_in_the_message() -> None:
    (draft,) = drafts(moves(0b10, INLINE_EN), Form.COMPACT)
    assert draft.terminals == [TerminalPlace(1, 3073, "m")]


def test_a_bundle_is_told_message_by_message() -> None:
    sends: dict[int, list[BundleSend | None]] = {
        8: [
            BundleSend("m1", EN, 0, 70),
            BundleSend("m2", EN, 1, 71),
            BundleSend("m1", EN, 1, 72),
            None,
            BundleSend("m3", INLINE_EN, INLINE, 2),
        ]
    }
    part = SmallMoves(8, None, State.PENDING, "", 0b11111)
    found = drafts(part, Form.COMPACT, sends)
    assert [(one.suffix, one.message_id, one.terminals) for one in found] == [
        ("5.0-2", "m1", [TerminalPlace(0, 70), TerminalPlace(1, 72)]),
        ("5.1-1", "m2", [TerminalPlace(1, 71)]),
        ("5.4-4", "m3", [TerminalPlace(INLINE, 2, "m3")]),
    ]
    assert found[0].fields == {"from": None, "to": "pending", "code": None, "reason": None}
    assert [one.suffix for one in drafts(part, Form.EXPANDED, sends)] == ["5.0", "5.2", "5.1", "5.4"]


def test_a_click_that_no_device_proved_says_so() -> None:
    (draft,) = drafts(LargeReceipts("m", 0, "apns/en", ReceiptKind.UNPROVEN, 1), Form.COMPACT)
    assert (draft.type, draft.fields) == (EventType.TERMINAL_CLICKED, {"unproven": True})


def test_a_forgotten_bundle_is_told_no_more() -> None:
    assert drafts(SmallReceipts(8, ReceiptKind.CLICKED, 1), Form.COMPACT) == []


@pytest.mark.parametrize(
    ("part", "event_type"),
    [
        (LargePlanned("m", "apns/en", 3), EventType.MESSAGE_PLANNED),
        (LargeReceipts("m", 0, "apns/en", ReceiptKind.GONE, 1), EventType.TERMINAL_GONE),
        (SmallReceipts(1, ReceiptKind.RECALLED, 1), EventType.TERMINAL_RECALLED),
        (MessageChanged("m", Status.SENT), EventType.MESSAGE_SENT),
        (MessageChanged("m", Status.DISPATCHING), None),
        (Registered("apns/en", [1]), EventType.TERMINAL_REGISTERED),
        (Removed("apns/en", [1]), EventType.TERMINAL_REMOVED),
        (Snapshot("m", {}), EventType.MESSAGE_SNAPSHOT),
        (AppEvent("vendor.down", {}), EventType.VENDOR_DOWN),
        (AppEvent("of.later.versions", {}), None),
        (EpochBegan("subscribed"), None),
        (EpochBegan("rolled_back"), EventType.STORE_ROLLED_BACK),
    ],
    ids=str,
)
def test_each_part_has_a_type_or_is_not_told(part: Part, event_type: EventType | None) -> None:
    assert type_of(part) is event_type
    assert {draft.type for draft in drafts(part, Form.COMPACT)} <= {event_type}


def test_a_snapshot_has_sums_in_all_and_by_group() -> None:
    counts = {
        "fcm/de": {"targeted": 2, "accepted": 1, "pending": 1},
        "apns/en": {"targeted": 1, "accepted": 1, "clicked": 1},
    }
    (draft,) = drafts(Snapshot("m", counts), Form.COMPACT)
    assert draft.fields["targeted"] == 3
    assert draft.fields["states"] == dict.fromkeys(map(str, State), 0) | {"accepted": 2, "pending": 1}
    assert draft.fields["receipts"] == dict.fromkeys(map(str, ReceiptKind), 0) | {"clicked": 1}
    groups = draft.fields["groups"]
    assert isinstance(groups, list)
    assert [(one["vendor"], one["language"], one["targeted"]) for one in groups] == [
        ("apns", "en", 1),
        ("fcm", "de", 2),
    ]
