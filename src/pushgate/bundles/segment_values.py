"""Segments of small messages: to be stored, as they were stored, and as a scheduler claims them.
Pure.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from pushgate.bundles.bodies import Bodies


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
    """What became of a message that was to be stored."""

    STORED = "s"
    FULL = "f"
    """It is not stored: too many messages wait already."""
    KNOWN = "k"
    """It is not stored: its idempotency key was used before."""


@dataclass(frozen=True, slots=True)
class PutResult:
    """What became of a message that was to be stored, and for a known key its record."""

    verdict: PutVerdict
    record: bytes = b""


@dataclass(frozen=True, slots=True)
class ClaimedSegment:
    """A due segment that this scheduler holds: its place, its bodies (None where they were
    dropped), and the indexes of the messages that wait.

    `was_claimed` says that an earlier claim has lapsed: its round did not end.
    """

    page: int
    number: int
    bodies: Bodies | None
    waiting: Sequence[int]
    was_claimed: bool = False
