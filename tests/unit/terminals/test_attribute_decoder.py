"""The wanted attributes of a row are those that the whole row has."""

from datetime import UTC, datetime

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from pushgate.domain.attributes import value_text
from pushgate.domain.terminal import AttributeValue, Terminal
from pushgate.terminals.attribute_decoder import AttributeDecoder
from pushgate.terminals.rows import decode_row, pack_row

NOON = datetime(2030, 1, 1, 12, tzinfo=UTC)
NAMES = st.sampled_from(["a", "name", "user.city", "x-1", "a0", "a1", "self", "class"])
VALUES = st.text(max_size=8) | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(-1e9, 1e9)
ATTRIBUTES = st.dictionaries(NAMES, VALUES, max_size=8)


@given(st.lists(st.tuples(st.none() | st.text(min_size=1), ATTRIBUTES)), st.lists(NAMES, unique=True))
def test_it_reads_what_the_whole_row_has(
    terminals: list[tuple[str | None, dict[str, AttributeValue]]], names: list[str]
) -> None:
    rows = [
        pack_row(Terminal(f"t{n}", "fcm", "k", "en", user=user, attributes=own), [b"abc"] * (n % 3), 1, 2, 3)
        for n, (user, own) in enumerate(terminals)
    ]
    users, found = AttributeDecoder(names).decode_rows(rows)
    whole = [decode_row(row, ()) for row in rows]
    assert users == [row.user for row in whole]
    assert found == [tuple(row.attributes.get(name) for name in names) for row in whole]


@given(ATTRIBUTES, st.lists(NAMES, unique=True))
def test_it_reads_what_a_person_has(attributes: dict[str, AttributeValue], names: list[str]) -> None:
    texts = {name: value_text(value) for name, value in attributes.items()}
    record = msgspec.msgpack.encode([7, texts])
    assert AttributeDecoder(names).decode_person(record) == tuple(texts.get(name) for name in names)
    assert AttributeDecoder(names).decode_person(b"") == (None,) * len(names)
