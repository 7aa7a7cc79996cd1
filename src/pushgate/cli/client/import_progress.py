"""How far an import is: the lines that Pushgate has stored, of those that the file has."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO

from pushgate.cli.client.long_work import LongWork
from pushgate_client import Pushgate, PushgateError

_LOOK_EVERY = 1.0


class CountingFile:
    """A file that is read for an import: tells how many lines the whole file may have."""

    def __init__(self, file: BinaryIO, size: int | None) -> None:
        self._file, self._size = file, size
        self._bytes = self._lines = 0

    def read(self, size: int, /) -> bytes:
        """Return the next bytes, none at the end."""
        part = self._file.read(size)
        self._bytes += len(part)
        self._lines += part.count(b"\n")
        return part

    def expected_lines(self) -> float | None:
        """Return how many lines there are, if the rest is like what was read; None for a pipe."""
        return self._lines * self._size / self._bytes if self._size and self._bytes else None


@contextmanager
def followed(pushgate: Pushgate, name: str, file: CountingFile, work: LongWork) -> Iterator[None]:
    """Show how far the import of this name is, while the context is open."""
    ended = threading.Event()

    def look() -> None:
        while not ended.wait(_LOOK_EVERY):
            try:
                lines = pushgate.terminals.import_progress(name)["lines"]
            except PushgateError:
                continue  # not begun, or out of reach: the import itself tells
            if ended.is_set():
                return
            expected = file.expected_lines()
            work.done(lines, min(1.0, lines / expected) if expected else None)

    looking = threading.Thread(target=look, daemon=True)
    looking.start()
    try:
        yield
    finally:
        ended.set()
        looking.join(_LOOK_EVERY)  # it may wait for an answer that does not come
