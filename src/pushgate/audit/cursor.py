"""The place of a reader in the audit log: a place in each of its streams, as an opaque text. Pure.

A log has a stream for each home of small messages, and one for the rest. Their entries are read in
the order of time. Clocks of several servers differ a little, so an entry may appear in one stream
after later ones of another stream were read. A cursor names each stream that was read within
`MARGIN_MS` of its end; in the others the reader goes on that much earlier, and misses nothing.
"""

import binascii
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

import msgspec

MARGIN_MS = 10_000
MAX_CURSOR = 32_768
"""Characters of a cursor."""
_MAX_SEQUENCE = 2**64 - 1
_MAX_MS = 2**48


class Order(StrEnum):
    """Which entries come first."""

    OLDEST = "oldest"
    NEWEST = "newest"


class StreamId(NamedTuple):
    """The id of an entry in its stream: time (ms), and the number in this millisecond."""

    ms: int
    sequence: int

    def __str__(self) -> str:
        return f"{self.ms}-{self.sequence}"

    @classmethod
    def parse(cls, raw: bytes) -> "StreamId":
        """Read the id as Redis writes it."""
        ms, _, sequence = raw.partition(b"-")
        return cls(int(ms), int(sequence))


class _Stored(msgspec.Struct, array_like=True, frozen=True, forbid_unknown_fields=True):
    order: Order
    at_ms: int
    places: dict[str, tuple[int, int]]


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(_Stored)


@dataclass(frozen=True, slots=True)
class Cursor:
    """How far a log is read: the time of the last entry, and by stream the last entry of each.

    `at_ms` is None at the beginning.
    """

    order: Order
    at_ms: int | None = None
    places: Mapping[str, StreamId] = field(default_factory=dict)

    def place(self, stream: str) -> StreamId | None:
        """The id after which the stream is to be read, in the order; None for its first entry."""
        if (known := self.places.get(stream)) is not None:
            return known
        if self.at_ms is None:
            return None
        if self.order is Order.NEWEST:
            return StreamId(self.at_ms + 1, 0)
        return StreamId(max(0, self.at_ms - MARGIN_MS), _MAX_SEQUENCE)

    def after(self, entries: Sequence[tuple[str, StreamId]]) -> "Cursor":
        """The cursor after more entries, each with the name of its stream."""
        if not entries:
            return self
        times = [entry.ms for _, entry in entries] + ([] if self.at_ms is None else [self.at_ms])
        at_ms = max(times) if self.order is Order.OLDEST else min(times)
        return Cursor(self.order, at_ms, {**self.places, **dict(entries)})

    def text(self) -> str:
        """The cursor as callers get it."""
        near = {name: (at.ms, at.sequence) for name, at in self.places.items() if self._is_near(at)}
        raw = _encoder.encode(_Stored(self.order, -1 if self.at_ms is None else self.at_ms, near))
        return urlsafe_b64encode(raw).rstrip(b"=").decode()

    @classmethod
    def parse(cls, text: str) -> "Cursor":
        """Read a cursor. Raises ValueError for a text that is none."""
        try:
            stored = _decoder.decode(urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        except (msgspec.DecodeError, binascii.Error, ValueError) as error:
            raise ValueError("no cursor") from error
        numbers = [stored.at_ms, *(ms for ms, _ in stored.places.values())]
        sequences = [sequence for _, sequence in stored.places.values()]
        if not all(-1 <= ms < _MAX_MS for ms in numbers):
            raise ValueError("no cursor")
        if not all(0 <= sequence <= _MAX_SEQUENCE for sequence in sequences):
            raise ValueError("no cursor")
        places = {name: StreamId(max(ms, 0), sequence) for name, (ms, sequence) in stored.places.items()}
        return cls(stored.order, None if stored.at_ms < 0 else stored.at_ms, places)

    def _is_near(self, place: StreamId) -> bool:
        """Whether the place is a later one than the stream would be read from without it."""
        if self.at_ms is None:
            return True
        if self.order is Order.NEWEST:
            return place.ms <= self.at_ms
        return place.ms > self.at_ms - MARGIN_MS
