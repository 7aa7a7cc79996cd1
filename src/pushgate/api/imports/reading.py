"""The lines of an import -> terminals and bad lines, window by window. Pure.

Lines that are done already are only compared with what was sent before.
"""

import hashlib
from datetime import datetime

import orjson

from pushgate.api.imports.csv_rows import Columns, RowFault, RowSplitter, read_cells
from pushgate.api.imports.exporting import is_mark
from pushgate.api.imports.formats import LineFormat
from pushgate.api.imports.lines import MAX_LINE, NumberedLine
from pushgate.api.imports.parsing import LineParser
from pushgate.domain.errors import Conflict, FieldError, InvalidRequest, UnreadableBody
from pushgate.domain.terminal import Terminal
from pushgate.terminals.bulk.import_state import Outcome

_DIGEST_BYTES = 16
_TERMINAL_BYTES = 400
"""Memory of a terminal beside the text of its line."""
_VALUE_BYTES = 64
"""Memory of each tag and attribute: small texts cost far more than their characters."""
_TOO_LONG = FieldError("line", f"is longer than {MAX_LINE} bytes")
_NO_JSON = FieldError(
    "line",
    "has a cell of JSON that is nested too deeply, or with a number or a character that does not exist",
)


class Window:
    """Terminals that are registered together, and what became of their lines so far."""

    __slots__ = ("memory", "outcome", "terminals")

    def __init__(self) -> None:
        self.terminals: list[Terminal] = []
        self.outcome = Outcome()
        self.memory = 0
        """Bytes that the terminals take, at most."""

    def add(self, terminal: Terminal, line_bytes: int) -> None:
        """Take in the terminal of a good line."""
        self.terminals.append(terminal)
        self.outcome.registered += 1
        values = len(terminal.tags) + len(terminal.attributes)
        self.memory += _TERMINAL_BYTES + line_bytes + _VALUE_BYTES * values


class LineReader:
    """Reads the lines of one import."""

    def __init__(
        self, parser: LineParser, form: LineFormat, done: int = 0, digest: bytes | None = None
    ) -> None:
        """The first `done` lines are done already; `digest` is the digest of their content. With
        None, the content is not compared.
        """
        self._parser = parser
        self._done, self._digest = done, digest
        self._content = None if digest is None else hashlib.blake2b(digest_size=_DIGEST_BYTES)
        self._rows = RowSplitter() if form is LineFormat.CSV else None
        self._columns: Columns | None = None
        self._last = 0
        self.window = Window()

    def read(self, line: NumberedLine, now: datetime) -> None:
        """Read the next line into the window.

        Raises InvalidRequest for a header that names no valid columns, and Conflict where done
        lines had another content.
        """
        if self._content:
            self._content.update(b"\n" if line.content is None else line.content + b"\n")
        self._last = line.number
        if line.number <= self._done:
            self._pass_over(line)
        elif self._rows is None:
            self._read_json(line, now)
        else:
            for row in self._rows.feed(line):
                self._read_row(row, now)

    def end(self, now: datetime) -> None:
        """Read what is left after the last line. Raises as `read`."""
        if self._last < self._done:
            raise Conflict(f"the import had {self._done} lines before: send it whole, or use another name")
        for row in self._rows.end() if self._rows else ():
            self._read_row(row, now)

    def take_window(self) -> Window:
        """Return the window so far, and begin another one."""
        window, self.window = self.window, Window()
        window.outcome.lines = self._last
        window.outcome.digest = self._content.digest() if self._content else b""
        return window

    @property
    def may_pause(self) -> bool:
        """Whether the last line ends a row, so that a window may end here."""
        return self._last >= self._done and (self._rows is None or not self._rows.is_open)

    def _pass_over(self, line: NumberedLine) -> None:
        if self._rows and self._columns is None:
            for row in self._rows.feed(line):
                self._read_header(row)
        if line.number == self._done and self._content and self._content.digest() != self._digest:
            raise Conflict(
                f"lines 1 to {self._done} are not those that the import had before; use another name"
            )

    def _read_json(self, line: NumberedLine, now: datetime) -> None:
        content = line.content
        if content is None:
            self.window.outcome.fail(line.number, [_TOO_LONG])
        elif content.strip():
            self._parse(line.number, content, now)

    def _read_row(self, row: NumberedLine, now: datetime) -> None:
        if self._columns is None:
            self._read_header(row)
        elif row.content is None:
            error = FieldError("line", f"is longer than {MAX_LINE} bytes, or has a quote that is not closed")
            self.window.outcome.fail(row.number, [error])
        elif row.content.strip() and not is_mark(row.content):
            try:
                fields = self._columns.fields(read_cells(row.content))
                self._parse(row.number, orjson.dumps(fields), now)
            except RowFault as fault:
                self.window.outcome.fail(row.number, [FieldError("line", str(fault))])
            except orjson.JSONEncodeError:
                self.window.outcome.fail(row.number, [_NO_JSON])

    def _read_header(self, row: NumberedLine) -> None:
        if row.content is None:
            raise InvalidRequest([FieldError("header", f"is longer than {MAX_LINE} bytes")])
        if row.content.strip():
            try:
                self._columns = Columns(read_cells(row.content))
            except RowFault as fault:
                raise InvalidRequest([FieldError("header", str(fault))]) from None

    def _parse(self, number: int, line: bytes, now: datetime) -> None:
        window = self.window
        try:
            terminal = self._parser.parse(line, now)
        except UnreadableBody:
            window.outcome.fail(number, [FieldError("line", "is not a JSON object in UTF-8")])
        except InvalidRequest as error:
            if not is_mark(line):
                window.outcome.fail(number, list(error.errors))
        else:
            window.add(terminal, len(line))
