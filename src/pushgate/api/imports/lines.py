"""A stream of bytes -> numbered lines, in constant memory. A line that is too long is never in
memory whole.
"""

from collections.abc import Iterator
from typing import NamedTuple

from pushgate.api.json_text import BYTE_ORDER_MARK

MAX_LINE = 64 * 1024
"""Bytes of a line."""


class NumberedLine(NamedTuple):
    """A line without its end. `content` is None for a line of more than MAX_LINE bytes."""

    number: int
    content: bytes | None


class LineSplitter:
    """Splits chunks of a stream. A byte order mark before the first line is dropped."""

    def __init__(self) -> None:
        self._rest = b""
        self._number = 0
        self._is_too_long = False

    def feed(self, chunk: bytes) -> Iterator[NumberedLine]:
        """Yield the lines that are complete by now."""
        first, *others = chunk.split(b"\n")
        if not others:
            self._keep(self._rest + first)
            return
        yield self._next(self._rest + first)
        for line in others[:-1]:
            yield self._next(line)
        self._rest = b""
        self._keep(others[-1])

    def end(self) -> Iterator[NumberedLine]:
        """Yield what follows the last line end."""
        if self._rest or self._is_too_long:
            yield self._next(self._rest)

    def _keep(self, rest: bytes) -> None:
        self._is_too_long |= len(rest) > MAX_LINE
        self._rest = b"" if self._is_too_long else rest

    def _next(self, line: bytes) -> NumberedLine:
        self._number += 1
        if self._number == 1:
            line = line.removeprefix(BYTE_ORDER_MARK)
        if self._is_too_long or len(line) > MAX_LINE:
            self._is_too_long = False
            return NumberedLine(self._number, None)
        return NumberedLine(self._number, line)
