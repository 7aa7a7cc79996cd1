"""Sealing: what is sealed opens with the same key in the same place, and in no other way."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.sealing import sealer_of

from pushgate.domain.errors import NoMasterKey, SealedElsewhere

PLACE = "app:shop:vendor:apns"


@given(st.binary(max_size=300), st.text(max_size=40))
def test_what_was_sealed_opens_again(plain: bytes, place: str) -> None:
    sealer = sealer_of(b"a")
    sealed = sealer.seal(plain, place)
    assert sealer.open(sealed, place) == plain
    assert len(plain) < 4 or plain not in sealed


@given(st.integers(0, 40), st.integers(1, 255))
def test_a_changed_byte_is_noticed(position: int, change: int) -> None:
    sealer = sealer_of(b"a")
    sealed = bytearray(sealer.seal(b"hunter2!", PLACE))
    sealed[position] ^= change
    with pytest.raises(SealedElsewhere) as caught:
        sealer.open(bytes(sealed), PLACE)
    assert "hunter2" not in str(caught.value)


def test_a_value_does_not_open_in_another_place() -> None:
    sealer = sealer_of(b"a")
    with pytest.raises(SealedElsewhere, match="app:other:vendor:apns was changed, or belongs elsewhere"):
        sealer.open(sealer.seal(b"secret", PLACE), "app:other:vendor:apns")


def test_a_value_cut_off_is_no_sealed_value() -> None:
    sealer = sealer_of(b"a")
    with pytest.raises(SealedElsewhere, match="cut off"):
        sealer.open(sealer.seal(b"secret", PLACE)[:20], PLACE)


@pytest.mark.parametrize(("keys", "has"), [((b"b",), "has [0-9a-f]{8}"), ((), "has no master key")])
def test_the_key_that_is_missing_is_named(keys: tuple[bytes, ...], has: str) -> None:
    first = sealer_of(b"a")
    assert first.keys
    problem = f"sealed with the master key {first.keys.names[0]}, and this process {has}: add that key"
    with pytest.raises(SealedElsewhere, match=problem):
        sealer_of(*keys).open(first.seal(b"secret", PLACE), PLACE)


def test_a_new_first_key_seals_and_the_old_one_opens() -> None:
    old, both, new = sealer_of(b"a"), sealer_of(b"b", b"a"), sealer_of(b"b")
    sealed = old.seal(b"secret", PLACE)
    assert both.open(sealed, PLACE) == b"secret"
    assert not both.is_current(sealed)
    again = both.seal(b"secret", PLACE)
    assert both.is_current(again)
    assert new.open(again, PLACE) == b"secret"


def test_without_a_master_key_nothing_is_sealed() -> None:
    sealer = sealer_of()
    assert not sealer.can_seal
    with pytest.raises(NoMasterKey, match=r"secrets\.key_file"):
        sealer.seal(b"secret", PLACE)


def test_a_value_stored_in_clear_is_read_and_sealed_once_there_is_a_key() -> None:
    plain = json.dumps({"token": "secret"}).encode()
    stored = sealer_of().seal_if_possible(plain, PLACE)
    assert stored == plain
    sealer = sealer_of(b"a")
    assert sealer.open_or_clear(stored, PLACE) == plain
    assert not sealer.is_current(stored)
    sealed = sealer.seal_if_possible(plain, PLACE)
    assert sealed != plain
    assert sealer.open_or_clear(sealed, PLACE) == plain
