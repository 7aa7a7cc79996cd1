"""What commands print: for people in columns, for programs as JSON, a document or one a line."""

import json
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice
from typing import TypeVar

from pushgate.cli.client.texts import cell, padded, plain, width

Row = TypeVar("Row")
Columns = Mapping[str, Callable[[Row], object]]
"""The cell of each column, by its heading."""
_ROWS_AT_ONCE = 200
"""Rows whose columns are aligned together: longer lists are printed as they come."""


class Output:
    """Where a command prints. With `json` nothing else than JSON comes on stdout."""

    def __init__(self, *, json: bool) -> None:
        self.json = json

    def document(self, value: object, lines: Iterable[str] = ()) -> None:
        """Print one JSON document, or these lines for people."""
        if self.json:
            self._print(json.dumps(value, ensure_ascii=False))
        else:
            for line in lines:
                self._print(plain(line))

    def rows(self, found: Iterable[Row], columns: Columns[Row], nothing: str = "none") -> None:
        """Print a list as it comes: one JSON document a line, or columns. `nothing` is the word
        for an empty list.
        """
        if self.json:
            for row in found:
                self._print(json.dumps(row, ensure_ascii=False))
            return
        left = iter(found)
        headings: list[list[str]] = [[heading.upper() for heading in columns]]
        while rows := list(islice(left, _ROWS_AT_ONCE)):
            cells = [[cell(value(row)) for value in columns.values()] for row in rows]
            for line in aligned(headings + cells):
                self._print(line)
            headings = []
        if headings:
            self.note(nothing)

    def note(self, text: str) -> None:
        """Tell people something that is no result: on stderr."""
        sys.stderr.write(plain(text) + "\n")

    def _print(self, line: str) -> None:
        sys.stdout.write(line + "\n")


def aligned(rows: list[list[str]]) -> Iterator[str]:
    """Yield the rows as lines with their columns below each other."""
    widths = [max(map(width, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        yield "  ".join(padded(text, columns) for text, columns in zip(row, widths, strict=True)).rstrip()
