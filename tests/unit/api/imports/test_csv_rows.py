"""Rows of CSV say what lines of JSON say."""

import json
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pushgate.api.imports.csv_rows import (
    Columns,
    RowFault,
    RowSplitter,
    read_cells,
    write_cells,
    write_json,
    write_tags,
)
from pushgate.api.imports.lines import MAX_LINE, LineSplitter, NumberedLine
from pushgate.domain.errors import InvalidRequest
from pushgate.domain.terminal import AttributeValue

_any_text = st.text(st.characters(codec="utf-8"), max_size=8)
HEADER = ("id", "vendor", "token")


def rows(text: bytes) -> Iterator[NumberedLine]:
    lines, splitter = LineSplitter(), RowSplitter()
    for line in (*lines.feed(text), *lines.end()):
        yield from splitter.feed(line)
    yield from splitter.end()


def test_a_row_has_the_number_of_its_first_line() -> None:
    found = [(row.number, row.content) for row in rows(b'a,b\r\n"c\n""d\n",e\n\nf')]
    assert found == [(1, b"a,b"), (2, b'"c\n""d\n",e'), (5, b""), (6, b"f")]


def test_a_quote_that_stays_open_ends_with_the_longest_row() -> None:
    filler = b"x" * 1023 + b"\n"
    found = list(rows(b'"a\n' + filler * 64 + b"b\n"))
    assert found[0] == NumberedLine(1, None)
    assert found[-1].content == b"b"
    assert [row.content for row in rows(b'a\n"b\nc')] == [b"a", b'"b\nc']
    assert [row.content for row in rows(b'a\n"b' + b"x" * MAX_LINE + b"\nc")] == [b"a", None, b"c"]


@given(st.lists(_any_text, min_size=1, max_size=4))
def test_cells_come_back_as_they_were_written(cells: list[str]) -> None:
    (row,) = rows(write_cells([*cells, "end"]).encode())
    assert row.content is not None
    assert read_cells(row.content) == [*cells, "end"]


_values = (
    _any_text
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
)
_tags = st.sampled_from(("a|b", "[x", "[]", '["a"]', "礼物", "|")) | st.text(min_size=1, max_size=3)


@given(st.dictionaries(st.sampled_from(("plan", "level")), _values), st.lists(_tags, max_size=3))
def test_attributes_and_tags_come_back_with_their_types(
    attributes: dict[str, AttributeValue], tags: list[str]
) -> None:
    columns = Columns([*HEADER, "tags", "attributes"])
    cells = ["t", "apns", "00", write_tags(tags), write_json(attributes)]
    found = columns.fields(cells)
    assert found.pop("tags", []) == tags
    assert repr(found.pop("attributes")) == repr(attributes)
    assert found == {"id": "t", "vendor": "apns", "token": "00"}


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("true", True), ("false", False), ("True", "True"), ("42", 42), ("-2.5e3", -2500.0), ("042", "042"),
        ("1" * 401, "1" * 401), ("gold", "gold"), ("nan", "nan"),
    ],
)  # fmt: skip
def test_an_attribute_of_its_own_column_has_the_type_that_it_looks_like(
    cell: str, value: AttributeValue
) -> None:
    columns = Columns([*HEADER, "attributes", "attributes.plan"])
    found = columns.fields(["t", "apns", "00", '{"plan":"1","level":"2"}', cell])["attributes"]
    assert found == {"plan": value, "level": "2"}
    assert isinstance(found, dict)
    assert type(found["plan"]) is type(value)


def test_empty_cells_are_no_values() -> None:
    columns = Columns([*HEADER, "language", "tags", "attributes.plan"])
    assert columns.fields(["t", "apns", "00", "", "", ""]) == {"id": "t", "vendor": "apns", "token": "00"}


@pytest.mark.parametrize(
    ("header", "field", "words"),
    [
        (("id", "vendor"), "header.token", "is missing"),
        ((*HEADER, "colour"), "header.colour", "is no column of terminals; there are: id, vendor"),
        ((*HEADER, "id"), "header.id", "more than once"),
        ((*HEADER, "attributes.1"), "header.attributes.1", "is no attribute's name"),
        (("id;vendor;token",), "header", "is not separated by commas"),
    ],
)
def test_a_header_that_is_not_understood_names_the_column(
    header: tuple[str, ...], field: str, words: str
) -> None:
    with pytest.raises(InvalidRequest) as caught:
        Columns(header)
    (error,) = caught.value.errors
    assert error.field == field
    assert words in error.message


def test_a_quote_within_a_cell_is_part_of_the_cell() -> None:
    assert read_cells(b'a"b,c') == ['a"b', "c"]


@pytest.mark.parametrize(
    ("row", "words"),
    [
        (b'"a"b,c', "quote in the wrong place"),
        (b"\xff,b", "UTF-8"),
        (b"a\rb,c", "carriage return"),
    ],
)
def test_a_row_that_cannot_be_read_says_why(row: bytes, words: str) -> None:
    with pytest.raises(RowFault, match=words):
        read_cells(row)


def test_a_row_with_other_cells_than_the_header_is_refused() -> None:
    with pytest.raises(RowFault, match="has 2 cells, the header has 3"):
        Columns(HEADER).fields(["t", "apns"])


def test_tags_may_be_a_list_of_json() -> None:
    columns = Columns([*HEADER, "tags"])
    found = columns.fields(["t", "apns", "00", json.dumps(["a|b", "c"])])
    assert found["tags"] == ["a|b", "c"]
