"""A plan is cut into portions, and each range of slots gets one form."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pushgate.domain import bitmaps
from pushgate.domain.outcome import State
from pushgate.domain.terminal import Group
from pushgate.ledger.plan_portions import Deferred, PlanPortion, PlanValue, cut_into_portions
from pushgate.ledger.slot_sets import encode_block, encode_range
from pushgate.ledger.values import Block, Failure, Planned, capped, not_configured, opted_out

EN, JA = Group("apns", "en"), Group("fcm", "ja")
WHOLE = (1 << 1024) - 1


def lists(portion: PlanPortion) -> Iterator[list[tuple[PlanValue, ...]]]:
    """The lists of a portion as `plan.lua` reads them."""
    values = iter(portion.values())
    for size in (4, 2, 3, 3, 5, 2):
        yield [tuple(next(values) for _ in range(size)) for _ in range(int(next(values)))]
    assert not list(values)


def test_a_range_with_many_slots_is_strings_and_others_are_fields() -> None:
    planned = [
        Planned(Block(EN, 0), WHOLE),
        Planned(Block(JA, 64), 0b101),
        Planned(Block(EN, 65), WHOLE >> 600),
    ]
    (portion,) = cut_into_portions(planned)
    counts, ranges, strings, fields, ended, _ = lists(portion)
    assert counts == [("apns/en", "pending", 1448, ""), ("fcm/ja", "pending", 2, "")]
    assert ranges == [(0, 1024)]
    assert strings == [("targeted", 0, b"\xff" * 128), ("pending", 0, b"")], "the second is a copy"
    few, many = b"\x00\x00\x02\x00", bitmaps.to_bytes(WHOLE >> 600)
    assert fields == [
        ("targeted", 64, few),
        ("targeted", 65, many),
        ("pending", 64, few),
        ("pending", 65, many),
    ]
    assert ended == []


def test_slots_that_do_not_start_as_pending_are_listed_with_their_reason() -> None:
    failure = Failure("apns", "unanswered", "lost")
    planned = [
        Planned(Block(EN, 0), 0b11, State.REJECTED, failure),
        Planned(Block(EN, 1), 0b1, State.EXPIRED),
        Planned(Block(JA, 2), 0b1, State.PENDING, not_configured("fcm")),
    ]
    (portion,) = cut_into_portions(planned)
    counts, _, _, _, ended, _ = lists(portion)
    assert counts == [
        ("apns/en", "rejected", 2, ""),
        ("apns/en", "expired", 1, ""),
        ("fcm/ja", "pending", 1, not_configured("fcm").label(State.EXPIRED)),
    ]
    assert ended == [
        (0, bitmaps.to_bytes(0b11), 2, "rejected", "apns|rejected|unanswered|lost"),
        (1, bitmaps.to_bytes(0b1), 1, "expired", ""),
    ]


@pytest.mark.parametrize(
    ("planned", "portions"),
    [
        pytest.param([], 1, id="nobody"),
        pytest.param([Planned(Block(EN, n), WHOLE) for n in range(64 * 160)], 2 + 1, id="many ranges"),
        pytest.param([Planned(Block(EN, n), 1) for n in range(600)], 3, id="a few of each block"),
        pytest.param([Planned(Block(EN, n), WHOLE, State.EXPIRED) for n in range(200)], 4, id="ended"),
    ],
)
def test_no_portion_is_large_and_a_range_is_in_one(planned: list[Planned], portions: int) -> None:
    found = list(cut_into_portions(planned))
    assert len(found) == portions
    counts = [number for portion in found for _, _, number, _ in next(lists(portion))]
    assert sum(map(int, counts)) == sum(item.bits.bit_count() for item in planned)
    ranges = [number for portion in found for number, _ in list(lists(portion))[1]]
    assert len(set(ranges)) == len(ranges)


bits = st.sets(st.integers(0, 1023)).map(bitmaps.from_offsets)


@given(bits)
def test_a_block_comes_back_from_its_field(found: int) -> None:
    value = encode_block(found)
    assert len(value) == (128 if found.bit_count() >= 64 else 2 * found.bit_count())
    if len(value) < 128:
        offsets = [int.from_bytes(value[at : at + 2], "little") for at in range(0, len(value), 2)]
        assert bitmaps.from_offsets(offsets) == found
    else:
        assert bitmaps.from_bytes(value) == found


@given(st.dictionaries(st.integers(128, 191), bits.filter(bool), max_size=5))
def test_blocks_come_back_from_the_string_of_their_range(blocks: dict[int, int]) -> None:
    raw = encode_range(blocks)
    assert not raw.endswith(b"\0")
    assert dict(bitmaps.blocks_of_range(2, raw)) == blocks


def test_a_block_may_have_slots_in_several_states() -> None:
    failure = Failure("apns", "opt_out", "opted out")
    planned = [
        Planned(Block(EN, 0), WHOLE ^ 0b11),
        Planned(Block(EN, 0), 0b11, State.CANCELLED, failure),
        Planned(Block(EN, 70), 0b100),
        Planned(Block(EN, 70), 0b11, State.CANCELLED, failure),
    ]
    (portion,) = cut_into_portions(planned)
    counts, ranges, strings, fields, ended, _ = lists(portion)
    assert counts == [("apns/en", "pending", 1023, ""), ("apns/en", "cancelled", 4, "")]
    assert ranges == [(0, 1022)]
    assert strings == [
        ("targeted", 0, b"\xff" * 128),
        ("pending", 0, b"\xfc" + b"\xff" * 127),
        ("cancelled", 0, b"\x03"),
    ], "neither of the two is a copy"
    assert {name: value for name, _, value in fields} == {
        "targeted": encode_block(0b111),
        "pending": encode_block(0b100),
        "cancelled": encode_block(0b11),
    }
    assert [(block, n, state) for block, _, n, state, _ in ended] == [
        (0, 2, "cancelled"),
        (70, 2, "cancelled"),
    ]


def test_a_block_may_have_slots_in_one_state_for_several_reasons() -> None:
    planned = [
        Planned(Block(EN, number), bits, state, reason)
        for number in (0, 70)
        for bits, state, reason in (
            (0b001, State.CANCELLED, opted_out("apns")),
            (0b010, State.CANCELLED, capped("apns")),
            (WHOLE ^ 0b011 if number == 0 else 0b100, State.PENDING, None),
        )
    ]
    (portion,) = cut_into_portions(planned)
    _, _, strings, fields, ended, _ = lists(portion)
    assert ("cancelled", 0, b"\x03") in strings
    assert ("cancelled", 70, encode_block(0b011)) in fields
    assert [(block, state) for block, _, _, state, _ in ended] == [
        (number, "cancelled") for number in (0, 0, 70, 70)
    ]


def test_variants_have_sets_of_their_own_in_the_form_of_the_range() -> None:
    planned = [Planned(Block(EN, 0), WHOLE), Planned(Block(JA, 64), 0b111)]
    arms = [{0: 0b1, 64: 0b11}, {0: WHOLE & ~0b1, 64: 0b1100}]
    (portion,) = cut_into_portions(planned, arms, held_out={0: 0b11 << 900, 1: 0b1, 128: 0b111 << 4})
    _, _, strings, fields, _, totals = lists(portion)
    *of_arms, held_out = strings[2:]
    assert of_arms == [("arm:0", 0, b"\1"), ("arm:1", 0, b"\xfe" + b"\xff" * 127)]
    assert held_out == ("held_out", 0, bytes(112) + b"\x30" + bytes(15) + b"\1")
    few = b"\x00\x00\x01\x00"
    of_arms = [("arm:0", 64, few), ("arm:1", 64, b"\x02\x00")]
    assert fields[2:-1] == of_arms, "offset 3 is not targeted"
    assert fields[-1] == ("held_out", 128, b"\x04\x00\x05\x00\x06\x00"), "nobody there is targeted"
    assert totals == [("variants", 2), ("held_out", 6)]


def test_only_the_first_portion_counts_what_concerns_the_shard() -> None:
    planned = [Planned(Block(EN, number), 0b1) for number in range(600)]
    found = [list(lists(portion))[5] for portion in cut_into_portions(planned, [{}, {}], {0: 0b111 << 4})]
    assert len(found) > 2
    assert found[0]
    assert not any(found[1:])


def test_deferred_slots_are_beside_the_targeted_ones() -> None:
    planned, until = [Planned(Block(EN, 0), WHOLE)], datetime(2027, 1, 1, tzinfo=UTC)
    (portion,) = cut_into_portions(planned, deferred=Deferred({1: 0b1, 64: 0b101}, until))
    counts, _, strings, fields, _, totals = lists(portion)
    assert counts == [("apns/en", "pending", 1024, "")]
    assert strings[-1] == ("deferred", 0, b"\0" * 128 + b"\1")
    assert fields == [("deferred", 64, b"\x00\x00\x02\x00")]
    assert totals == [("deferred", 3), ("deferred_until", 1_798_761_600_000)]
