"""Segments of small messages: to be stored, as they were stored, and as a scheduler claims them.
Pure.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from pushgate.bundles.bodies import Bodies
from pushgate.domain.message_id import Position, small_id


@dataclass(frozen=True, slots=True)
class KeyRecord:
    """An idempotency key's digest in hexadecimal digits, and the record to store under it."""

    digest: str
    record: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """Messages of one home with one push time, all urgent or none, to be stored together.

    `keys` are the idempotency keys of the messages, None for one without; empty where no message
    has one.
    """

    number: int
    push_at: datetime
    urgent: bool
    bodies: bytes
    count: int
    keys: Sequence[KeyRecord | None] = ()


class PutVerdict(StrEnum):
    """The result for a message that was to be stored."""

    STORED = "s"
    FULL = "f"
    """Not stored, because too many messages wait already."""
    KNOWN = "k"
    """Not stored, because its idempotency key was used before."""


@dataclass(frozen=True, slots=True)
class PutResult:
    """What became of a message that was to be stored, and for a known key its record."""

    verdict: PutVerdict
    record: bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingSegment:
    """A segment with messages that wait, claimed by a scheduler or not: its place, when it was
    created (ms since the epoch), its bodies (None where they were dropped), and the indexes of the
    messages that wait.

    `becoming_large` are the indexes of messages that an earlier round, which did not end, was to
    store as large ones.
    """

    page: int
    number: int
    created_ms: int
    bodies: Bodies | None
    waiting: Sequence[int]
    becoming_large: Sequence[int] = ()

    def message_id(self, shard: int, index: int) -> str:
        """The id of the message at this index, in the home of this shard.

        The id of a replaced message is lost with its bodies.
        """
        if self.bodies and self.bodies.replaced_id:
            return self.bodies.replaced_id
        return small_id(self.created_ms, Position(shard, self.page, self.number, index))
