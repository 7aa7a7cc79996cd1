"""The place of a reader, in the text that callers send back."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pushgate.domain.app import App
from pushgate.eventlog.entries import EntryId, Shard
from pushgate.events.cursor import MAX_TEXT, START, Cursor, Place

_numbers = st.integers(0, 2**40)
_places = st.builds(
    Place, st.builds(EntryId, _numbers, _numbers), st.integers(0, 2000), st.integers(0, 70_000)
)


@given(_places)
def test_a_place_is_read_back_from_its_text(place: Place) -> None:
    assert Place.parse(str(place)) == place


@given(st.lists(_places, min_size=2, max_size=20), st.integers(0, 30))
def test_a_cursor_is_read_back_from_its_text(places: list[Place], turn: int) -> None:
    app = App("shop", len(places) - 1)
    by_shard: dict[Shard, Place] = {**dict(enumerate(places[:-1])), "q": places[-1]}
    text = Cursor(by_shard, turn % len(places)).text(app)
    assert Cursor.parse(text, app) == Cursor(by_shard, turn % len(places))
    with pytest.raises(ValueError, match="cursor"):
        Cursor.parse(text, App("other", app.shards))
    with pytest.raises(ValueError, match="cursor"):
        Cursor.parse(text, App("shop", app.shards + 1))


@given(st.text(max_size=50) | st.binary(max_size=60).map(lambda raw: raw.hex()))
def test_another_text_is_no_cursor(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  # of whatever text
        Cursor.parse(text, App("shop"))


def test_a_cursor_of_the_most_shards_is_short_enough() -> None:
    places: dict[Shard, Place] = {
        shard: Place(EntryId(1_800_000_000 + 7919 * shard, 104_729 * shard**2), 3, 511)
        for shard in range(1024)
    }
    places["q"] = START
    app = App("shop", 1024)
    assert len(Cursor(places).text(app)) < MAX_TEXT


def test_places_are_in_the_order_of_the_stream() -> None:
    entry, following = EntryId(1, 7), EntryId(1, 8)
    ordered = [Place(entry), Place(entry, 0, 1), Place(entry, 1), Place(following), Place(EntryId(2, 0))]
    assert all(before < after for before, after in pairwise(ordered))
    assert START.is_start
    assert not Place(entry).is_start
