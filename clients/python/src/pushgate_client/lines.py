"""Streams of terminals as lines: what an import sends, and what an export brings. No network."""

from __future__ import annotations

import json
from collections.abc import AsyncIterable, AsyncIterator, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Protocol, runtime_checkable

from pushgate_client.calls import to_json


@runtime_checkable
class BytesFile(Protocol):
    """A file that is open for bytes."""

    def read(self, size: int, /) -> bytes:
        """Return the next bytes, none at the end."""


Line = Mapping[str, object]
Source = Path | BytesFile | Iterable[Line]
"""Terminals to import: a file of CSV or NDJSON, by its path or open for bytes, or one by one."""
AsyncSource = Source | AsyncIterable[Line] | AsyncIterable[bytes]
"""A source of an asynchronous client; bytes are those of a file of CSV or NDJSON, as they come."""
_TYPES = {".csv": "text/csv", ".ndjson": "application/x-ndjson", ".jsonl": "application/x-ndjson"}
_LINES_AT_ONCE = 500
_BYTES_AT_ONCE = 64 * 1024


def content_type(source: AsyncSource, form: str | None) -> str:
    """Return the media type of a source: by `form`, `csv` or `ndjson`, else by the file's name.

    Raises ValueError where neither tells.
    """
    suffix = f".{form}" if form else ".ndjson"
    if not form and isinstance(source, Path):
        suffix = source.suffix.lower()
    if suffix not in _TYPES:
        raise ValueError(f"{suffix or 'the name'} tells no form: give form='csv' or form='ndjson'")
    return _TYPES[suffix]


def chunks(source: Source) -> Iterator[bytes]:
    """Yield what an import sends, in constant memory."""
    if isinstance(source, Path):
        with source.open("rb") as file:
            yield from _parts(file)
    elif isinstance(source, BytesFile):
        yield from _parts(source)
    else:
        waiting: list[Line] = []
        for line in source:
            waiting.append(line)
            if len(waiting) == _LINES_AT_ONCE:
                yield _joined(waiting)
                waiting.clear()
        yield _joined(waiting)


async def async_chunks(source: AsyncSource) -> AsyncIterator[bytes]:
    """Yield what an import sends, as `chunks` does."""
    if not isinstance(source, AsyncIterable):
        for chunk in chunks(source):
            yield chunk
        return
    waiting: list[Line] = []
    async for line in source:
        if isinstance(line, bytes):
            yield line
            continue
        waiting.append(line)
        if len(waiting) == _LINES_AT_ONCE:
            yield _joined(waiting)
            waiting.clear()
    if waiting:
        yield _joined(waiting)


class LineSplitter:
    """Splits chunks of a stream at line feeds alone: values may hold other ends of lines."""

    def __init__(self) -> None:
        self._rest = b""

    def split(self, chunk: bytes) -> list[bytes]:
        """Return the lines that are whole by now, without empty ones. A rest stays for the next."""
        *lines, self._rest = (self._rest + chunk).split(b"\n")
        return [line for line in lines if line.strip()]


def _parts(file: BytesFile) -> Iterator[bytes]:
    while part := file.read(_BYTES_AT_ONCE):
        yield part


def _joined(lines: Iterable[Line]) -> bytes:
    return b"".join(json.dumps(to_json(line)).encode() + b"\n" for line in lines)
