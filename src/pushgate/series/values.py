"""Series as they are stored, their parts, and the step of a series that fell due. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from pushgate.domain.clock import from_ms
from pushgate.domain.message import Message

NO_REVISION = 0
"""The revision of a series that is not stored yet."""


class SeriesStatus(StrEnum):
    """Where a series stands."""

    ACTIVE = "active"
    PAUSED = "paused"
    ENDED = "ended"
    """It has no next instant any more."""


class NoPart(StrEnum):
    """Why an instant of a series has no message."""

    MISSED = "missed"
    """No scheduler ran when it was due, and the series does not make up for it."""
    PAUSED = "paused"
    OVERLAP = "overlap"
    """The message of the last instant was still being sent."""
    EXPIRED = "expired"
    """No scheduler ran before the message's time to live was over."""
    RESTORED = "restored"
    """The store went back to an earlier time: the instant's message may have been sent."""
    TOO_MANY_WAITING = "too_many_waiting"
    """The app had as many unfinished messages as it may have."""
    AUDIENCE_DELETED = "audience_deleted"
    """A saved audience that the message names was deleted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """A series. `kind` says who understands `definition` and `written`, which are opaque here.

    `template` is the message of each part, without id and push time. `next_ms` is the next instant,
    in ms since the epoch, None for none; `revision` counts how often the series was written;
    `number` is that of its next part.
    """

    app: str
    id: str
    kind: str
    status: SeriesStatus
    next_ms: int | None
    definition: bytes
    template: Message
    written: bytes
    revision: int = NO_REVISION
    number: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What became of one instant of a series: the id of its message, or why there is none.

    `detail` belongs to the kind of the series.
    """

    number: int
    at: datetime
    message_id: str | None
    reason: NoPart | None
    detail: str

    @classmethod
    def parse(cls, number: int, raw: bytes) -> "Part":
        """Read a part as `spawn.lua` writes it. Raises ValueError."""
        at, message_id, reason, detail = raw.decode().split(" ", 3)
        return cls(
            number=number,
            at=from_ms(int(at)),
            message_id=None if message_id == "-" else message_id,
            reason=None if reason == "-" else NoPart(reason),
            detail=detail,
        )


class Skipped(NamedTuple):
    """An instant, in ms since the epoch, that has no message, and why."""

    at_ms: int
    reason: NoPart


class NewPart(NamedTuple):
    """The part of an instant, in ms since the epoch: its message, and what its kind notes of it.

    With `waits_for_last` it has no message while that of the last part is being sent.
    """

    at_ms: int
    message: Message
    detail: str = ""
    waits_for_last: bool = False


@dataclass(frozen=True, slots=True)
class Step:
    """What is to be done with a series that fell due, and its next instant, in ms since the epoch;
    None where there is none.
    """

    next_ms: int | None
    skipped: Sequence[Skipped] = ()
    part: NewPart | None = None


class Moved(StrEnum):
    """What became of a step."""

    MADE = "made"
    """The series was moved, and its part has a message."""
    MOVED = "moved"
    """The series was moved, and there is no message."""
    STALE = "stale"
    """Another process moved or changed the series meanwhile, or the store is being held."""
    GONE = "gone"
    """There is no such series any more."""
