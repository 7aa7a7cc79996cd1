"""Records who created messages. A write of small messages stores up to 256 messages of many
requests, and has one packed entry in the log of its home. Pure.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

import msgspec

from pushgate.audit.entry import AuditEntry, Author
from pushgate.domain.message_id import Position, small_id

MESSAGE_CREATED = "message.created"
_NOBODY = -1
_STORED = "s"


def creation_entry(message_id: str, author: Author) -> AuditEntry:
    """The entry of a message that is stored by itself."""
    return AuditEntry(MESSAGE_CREATED, author, (message_id,))


class _Packed(msgspec.Struct, array_like=True, frozen=True):
    """`runs` are consecutive messages of one author: segment, index of the author, how many."""

    created_ms: int
    page: int
    authors: list[Author]
    runs: list[tuple[int, int, int]]


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(_Packed)


def pack(created_ms: int, page: int, segments: Iterable[tuple[int, Sequence[Author | None]]]) -> bytes:
    """The entry of a write to a page: for each segment its number and the authors of its messages.

    None stands for a message without an author. Empty if no message has an author.
    """
    indexes: dict[Author, int] = {}
    runs: list[tuple[int, int, int]] = []
    for number, authors in segments:
        for author, some in groupby(authors):
            index = _NOBODY if author is None else indexes.setdefault(author, len(indexes))
            runs.append((number, index, len(list(some))))
    return _encoder.encode(_Packed(created_ms, page, list(indexes), runs)) if indexes else b""


def unpack(raw: bytes, verdicts: str, shard: int) -> list[AuditEntry]:
    """One entry for each author. `verdicts` are those of the write, by segments with commas between
    them, '' where every message was stored. Raises msgspec.DecodeError.
    """
    packed = _decoder.decode(raw)
    targets: list[list[str]] = [[] for _ in packed.authors]
    by_segment = groupby(packed.runs, key=lambda run: run[0])
    told = iter(verdicts.split(",")) if verdicts else iter(())
    for segment, runs in by_segment:
        verdict = next(told, "")
        for offset, index in _offsets(runs):
            if index != _NOBODY and (not verdict or verdict[offset] == _STORED):
                position = Position(shard, packed.page, segment, offset)
                targets[index].append(small_id(packed.created_ms, position))
    return [
        AuditEntry(MESSAGE_CREATED, author, tuple(created))
        for author, created in zip(packed.authors, targets, strict=True)
        if created
    ]


def _offsets(runs: Iterable[tuple[int, int, int]]) -> Iterator[tuple[int, int]]:
    """Offset of each message in its segment, and the index of its author."""
    offset = 0
    for _, index, count in runs:
        for _ in range(count):
            yield offset, index
            offset += 1
