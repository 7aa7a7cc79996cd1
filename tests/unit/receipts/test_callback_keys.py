"""Callback keys follow one another without a gap: at each moment one signs, and what was signed
holds until the overlap ends.
"""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pushgate.domain.errors import Conflict
from pushgate.receipts.callback_keys import (
    MAX_KEYS,
    MAX_OVERLAP,
    SIGNS_AFTER,
    CallbackKey,
    CallbackRing,
    decode,
    encode,
)

NOW = datetime(2027, 1, 1, tzinfo=UTC)
DAY = timedelta(days=1)
FIRST = CallbackRing.of([b"a" * 32])
moments = st.integers(0, 10_000).map(lambda seconds: timedelta(seconds=seconds))
rotations = st.lists(st.tuples(moments, moments), max_size=MAX_KEYS - 1)


def key(number: int) -> bytes:
    return bytes([number]) * 32


@given(rotations, moments, moments)
def test_what_is_signed_before_a_rotation_holds_for_the_overlap(
    earlier: list[tuple[timedelta, timedelta]], pause: timedelta, overlap: timedelta
) -> None:
    ring, now = FIRST, NOW
    for number, (waited, length) in enumerate(earlier):
        now += waited
        ring = ring.rotated(key(number), now, length)
    now += pause
    signing = ring.ordered(now)[0]
    held_until = next(found.until for found in ring.keys if found.key == signing)
    if len(ring.without_ended(now).keys) >= MAX_KEYS:
        return
    after = ring.rotated(key(99), now, overlap)
    for later in (timedelta(0), SIGNS_AFTER, overlap - timedelta(seconds=1)):
        at = now + later
        if timedelta(0) <= later < overlap and (held_until is None or at < held_until):
            assert signing in after.ordered(at)
    assert after.ordered(now)[0] == signing, "a new key does not sign before all processes know it"
    assert after.ordered(now + SIGNS_AFTER)[0] == key(99)
    assert after.ordered(now + MAX_OVERLAP * 2) == [key(99)]


def test_an_overlap_of_nothing_lasts_until_the_new_key_signs() -> None:
    ring = FIRST.rotated(key(1), NOW, timedelta(0))
    for seconds in range(20):
        assert ring.ordered(NOW + timedelta(seconds=seconds)), "there is always a key that signs"
    assert ring.ordered(NOW + timedelta(seconds=20)) == [key(1)]


def test_a_shorter_overlap_ends_a_key_earlier_and_a_longer_one_does_not_prolong_it() -> None:
    ring = FIRST.rotated(key(1), NOW, DAY).rotated(key(2), NOW, 30 * DAY)
    assert [found.until for found in ring.keys] == [None, NOW + 30 * DAY, NOW + DAY]
    ring = ring.rotated(key(3), NOW, timedelta(hours=1))
    assert {found.until for found in ring.keys[1:]} == {NOW + timedelta(hours=1)}


def test_the_first_key_of_a_store_signs_at_once() -> None:
    assert CallbackRing().rotated(key(1), NOW, DAY).ordered(NOW) == [key(1)]


def test_there_are_so_many_keys_at_most() -> None:
    ring = CallbackRing()
    for number in range(MAX_KEYS):
        ring = ring.rotated(key(number), NOW, DAY)
    with pytest.raises(Conflict, match="8 keys"):
        ring.rotated(key(99), NOW, DAY)
    assert len(ring.rotated(key(99), NOW + DAY, DAY).keys) == 2


@given(st.lists(st.binary(min_size=32, max_size=32), max_size=MAX_KEYS, unique=True))
def test_a_ring_is_read_as_it_was_written(keys: list[bytes]) -> None:
    ring = CallbackRing(
        tuple(CallbackKey(key=each, made_at=NOW, signs_from=NOW, until=NOW + DAY) for each in keys)
    )
    assert decode(encode(ring)) == ring


@given(st.binary(min_size=32, max_size=32))
def test_a_single_key_as_it_is_is_a_ring(single: bytes) -> None:
    assert decode(single) == CallbackRing.of([single])


def test_keys_are_not_shown() -> None:
    assert "aaaa" not in repr(FIRST)
