"""Terminals -> lines of an export, which an import takes as they are. Pure.

Marks between the lines say how far the export is, and at its end that it is complete.
"""

import re
from collections.abc import Iterable

import msgspec

from pushgate.api.imports.csv_rows import (
    ATTRIBUTES,
    OPT_OUT,
    PLAIN_COLUMNS,
    TAGS,
    write_cells,
    write_json,
    write_tags,
)
from pushgate.api.imports.formats import LineFormat
from pushgate.api.mapping.terminals import from_terminal
from pushgate.domain.terminal import Terminal
from pushgate.terminals.bulk.scan import Position

CURSOR = r"^[0-9]{1,5}\.[0-9]{1,10}\.[0-9]{1,15}$"
_MARK = re.compile(rb'(?:#export |\{"export":)\{[^{}]{0,200}\}\}?\s*')
_encode = msgspec.json.Encoder().encode


class LineWriter:
    """Writes terminals in one form."""

    def __init__(self, form: LineFormat) -> None:
        self._form = form

    def header(self) -> bytes:
        """The text before the first terminal."""
        if self._form is LineFormat.NDJSON:
            return b""
        return write_cells((*PLAIN_COLUMNS, TAGS, OPT_OUT, ATTRIBUTES)).encode()

    def lines(self, terminals: Iterable[Terminal]) -> bytes:
        """The lines of terminals."""
        if self._form is LineFormat.NDJSON:
            return b"".join([_encode(_to_line(terminal)) + b"\n" for terminal in terminals])
        return "".join([write_cells(_cells(terminal)) for terminal in terminals]).encode()

    def mark(self, then: Position, terminals: int) -> bytes:
        """A mark: `after` tells where another export continues; `terminals` is how many were
        written so far.
        """
        return self._write_mark({"after": f"{then.shard}.{then.block}.{then.moves}", "terminals": terminals})

    def end(self, terminals: int) -> bytes:
        """The mark of an export that is complete."""
        return self._write_mark({"complete": True, "terminals": terminals})

    def _write_mark(self, content: dict[str, object]) -> bytes:
        if self._form is LineFormat.NDJSON:
            return _encode({"export": content}) + b"\n"
        return b"#export " + _encode(content) + b"\n"


def is_mark(line: bytes) -> bool:
    """Whether a line is no terminal but a mark."""
    return _MARK.fullmatch(line) is not None


def parse_cursor(text: str) -> Position:
    """The position in a text that has the form of CURSOR."""
    shard, block, moves = map(int, text.split("."))
    return Position(shard, block, moves)


def _to_line(terminal: Terminal) -> dict[str, object]:
    """A terminal as an import takes it, without fields that have no value."""
    return {name: value for name, value in from_terminal(terminal).items() if value}


def _cells(terminal: Terminal) -> list[str]:
    """The cells of a row, in the order of the columns of the header."""
    line = from_terminal(terminal)
    attributes = write_json(line[ATTRIBUTES]) if terminal.attributes else ""
    lists = write_tags(terminal.tags), "|".join(terminal.opt_out or ())
    return [*(str(line[name] or "") for name in PLAIN_COLUMNS), *lists, attributes]
