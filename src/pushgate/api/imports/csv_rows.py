"""Terminals as rows of CSV (RFC 4180, with commas). Pure.

The columns are the fields. Tags and opt-outs are joined by `|`, or a JSON list. A column
`attributes.<name>` has an attribute: true, false, a number, or else a text. A column `attributes`
has all as a JSON object, where texts may look like numbers. An empty cell is no value.
"""

import csv
import io
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from pushgate.api.field_errors import MAX_FIELD_ERRORS, MAX_PATH
from pushgate.api.imports.lines import MAX_LINE, NumberedLine
from pushgate.domain.attributes import name_fault
from pushgate.domain.errors import FieldError, InvalidRequest
from pushgate.domain.terminal import AttributeValue

PLAIN_COLUMNS = (
    "id", "vendor", "token", "language", "user", "timezone", "app_version", "registered_at", "last_seen",
)  # fmt: skip
TAGS, OPT_OUT, ATTRIBUTES = "tags", "opt_out", "attributes"
_ATTRIBUTE = "attributes."
_REQUIRED = ("id", "vendor", "token")
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
_MAX_NUMBER = 400
"""Characters of a number. A cell that is longer is a text."""
_SPECIAL = re.compile(r'[",\r\n]')
_WORDS: dict[str, AttributeValue] = {"true": True, "false": False}


class RowFault(ValueError):
    """A row that cannot be read. Its text says why."""


class RowSplitter:
    """Joins the lines of each row: a quoted cell may hold line ends."""

    def __init__(self) -> None:
        self._first = 0
        self._parts: list[bytes] = []
        self._size = 0
        self.is_open = False
        """Whether the next line belongs to the same row."""
        self._is_too_long = False

    def feed(self, line: NumberedLine) -> Iterator[NumberedLine]:
        """Yield the row that ends with this line, if one does. Its number is that of its first
        line.
        """
        if not self._parts and not self._is_too_long:
            self._first = line.number
        if line.content is None:
            self._is_too_long = True
        elif not self._is_too_long:
            self._parts.append(line.content)
            self._size += len(line.content) + 1
            self.is_open ^= line.content.count(b'"') % 2 == 1
            self._is_too_long = self.is_open and self._size > MAX_LINE
        if self._is_too_long or not self.is_open:
            yield self._row()

    def end(self) -> Iterator[NumberedLine]:
        """Yield a row whose quotes were not closed, if there is one."""
        if self._parts:
            yield self._row()

    def _row(self) -> NumberedLine:
        content = None if self._is_too_long else b"\n".join(self._parts).removesuffix(b"\r")
        self._parts, self._size, self.is_open, self._is_too_long = [], 0, False, False
        return NumberedLine(self._first, content)


def read_cells(row: bytes) -> list[str]:
    """The cells of a row. Raises RowFault."""
    try:
        rows = list(csv.reader(io.StringIO(row.decode(), newline=""), strict=True))
    except UnicodeDecodeError:
        raise RowFault("is not UTF-8") from None
    except csv.Error:
        raise RowFault('has a quote in the wrong place; write a quote in a quoted cell twice: ""') from None
    if len(rows) != 1:
        raise RowFault("has a carriage return outside of quotes; end lines with a line feed")
    return rows[0]


class Columns:
    """What the columns of a file are."""

    def __init__(self, names: Sequence[str]) -> None:
        """Raises InvalidRequest for a header that does not name columns of terminals."""
        self._names = [name.strip() for name in names]
        if errors := list(islice(_header_errors(self._names), MAX_FIELD_ERRORS)):
            raise InvalidRequest(errors)

    def fields(self, cells: Sequence[str]) -> dict[str, object]:
        """The fields of a terminal, as in JSON. Raises RowFault."""
        if len(cells) != len(self._names):
            raise RowFault(f"has {len(cells)} cells, the header has {len(self._names)}")
        found: dict[str, object] = {}
        attributes: dict[str, object] = {}
        for name, cell in zip(self._names, cells, strict=True):
            if not cell:
                continue
            if name in (TAGS, OPT_OUT):
                found[name] = _read_json(cell) if cell.startswith("[") else cell.split("|")
            elif name == ATTRIBUTES:
                found[name] = _read_json(cell)
            elif name.startswith(_ATTRIBUTE):
                attributes[name.removeprefix(_ATTRIBUTE)] = _read_value(cell)
            else:
                found[name] = cell
        if attributes:
            all_of_them = found.get(ATTRIBUTES, {})
            found[ATTRIBUTES] = (
                {**all_of_them, **attributes} if isinstance(all_of_them, dict) else all_of_them
            )
        return found


def _header_errors(names: Sequence[str]) -> Iterator[FieldError]:
    if len(names) == 1 and (";" in names[0] or "\t" in names[0]):
        yield FieldError("header", "is not separated by commas; save the file as CSV with commas")
        return
    for name in sorted({name for name in names if names.count(name) > 1}):
        yield FieldError(f"header.{name}"[:MAX_PATH], "is given more than once; give it once")
    for name in _REQUIRED:
        if name not in names:
            yield FieldError(f"header.{name}", "is missing; the first line names the columns")
    for name in names:
        if name.startswith(_ATTRIBUTE) and (fault := name_fault(name.removeprefix(_ATTRIBUTE))):
            yield FieldError(f"header.{name}"[:MAX_PATH], fault)
    columns = (*PLAIN_COLUMNS, TAGS, OPT_OUT, ATTRIBUTES)
    known = ", ".join((*columns, f"{_ATTRIBUTE}<name>"))
    for name in names:
        if name not in columns and not name.startswith(_ATTRIBUTE):
            yield FieldError(f"header.{name}"[:MAX_PATH], f"is no column of terminals; there are: {known}")


def _read_value(cell: str) -> AttributeValue:
    if (word := _WORDS.get(cell)) is not None:
        return word
    if len(cell) <= _MAX_NUMBER and _NUMBER.fullmatch(cell):
        return float(cell) if any(mark in cell for mark in ".eE") else int(cell)
    return cell


def _read_json(cell: str) -> object:
    try:
        return json.loads(cell)
    except (ValueError, RecursionError):
        return cell


def write_cells(cells: Iterable[str]) -> str:
    """A row of CSV, with its line end."""
    quoted = ['"' + cell.replace('"', '""') + '"' if _SPECIAL.search(cell) else cell for cell in cells]
    return ",".join(quoted) + "\n"


def write_tags(tags: Sequence[str]) -> str:
    """The cell of tags."""
    is_plain = not any("|" in tag for tag in tags) and not (tags and tags[0].startswith("["))
    return "|".join(tags) if is_plain else write_json(list(tags))


def write_json(value: object) -> str:
    """The cell of a value that is written as JSON."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
