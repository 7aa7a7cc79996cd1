"""Escalation: further messages (steps) to users whom a message did not reach in time.

A step is a message of its own. It is made when its instant has come and there is still somebody to
reach. Pure.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from pushgate.domain.clock import to_ms
from pushgate.domain.message_id import large_id

MAX_STEPS = 3
MIN_AFTER = timedelta(seconds=10)
"""The shortest time that a step waits."""
NEXT_TERMINAL = "next_terminal"
WEBHOOK = "webhook"
_VENDOR = "vendor:"


class Unless(StrEnum):
    """What must be reported of a user's terminal so that the user gets no step."""

    DELIVERED = "delivered"
    CLICKED = "clicked"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step: how long after the push time it is due, what makes it unnecessary, and where it
    goes.

    `to` is NEXT_TERMINAL, the user's terminal last seen among those that got nothing yet,
    `vendor:<name>`, the user's terminals of that vendor, or WEBHOOK, an event for the backend.
    """

    after: timedelta
    unless: Unless
    to: str

    @property
    def vendor(self) -> str:
        """The vendor of a step to another vendor, else empty."""
        return vendor_of(self.to)


@dataclass(frozen=True, slots=True, kw_only=True)
class Escalates:
    """Which step of which message a message is.

    `earlier` are the ids of the earlier steps' messages. `silent` are the vendors whose deliveries
    nobody reports: a push that such a vendor accepted counts as delivered.
    """

    message_id: str
    number: int
    unless: Unless
    to: str
    earlier: tuple[str, ...] = ()
    silent: tuple[str, ...] = ()

    @property
    def message_ids(self) -> tuple[str, ...]:
        """The message, and the steps before this one."""
        return (self.message_id, *self.earlier)

    @property
    def vendor(self) -> str:
        """The vendor of a step to another vendor, else empty."""
        return vendor_of(self.to)


class NoStep(StrEnum):
    """Why a step has no message."""

    NOBODY_LEFT = "nobody_left"
    """Nobody was left to reach when it was due."""
    EXPIRED = "expired"
    """The message's time to live was over when it was due."""
    TOLD = "told"
    """Readers of the app's events were told whom the message did not reach."""


@dataclass(frozen=True, slots=True)
class MadeStep:
    """What became of a step: the id of its message, or why there is none."""

    message_id: str | None
    reason: NoStep | None = None
    told: int = 0
    """For how many terminals events were written for readers."""

    @classmethod
    def parse(cls, text: str) -> "MadeStep":
        """Read a step's text back. Raises ValueError."""
        if not text.startswith("-"):
            return cls(text)
        reason, _, told = text[1:].partition(":")
        return cls(None, NoStep(reason), int(told or 0))

    def __str__(self) -> str:
        """The text as which it is stored."""
        if self.message_id:
            return self.message_id
        return f"-{self.reason}:{self.told}" if self.told else f"-{self.reason}"


def vendor_of(to: str) -> str:
    """The vendor to which a step goes; empty for any other step."""
    return to.removeprefix(_VENDOR) if to.startswith(_VENDOR) else ""


def due_at(step: Step, push_at: datetime, spread: timedelta | None, resumed_at: datetime | None) -> datetime:
    """The instant at which a step is due: its delay after the push time, or after the message was
    last resumed if that is later. The time over which the message is spread is added.
    """
    return max(push_at, resumed_at or push_at) + (spread or timedelta(0)) + step.after


def step_id(message_id: str, number: int, at: datetime) -> str:
    """The id of a step's message. It is the same in every process that makes the step."""
    return large_id(to_ms(at), hashlib.blake2b(f"{message_id} {number}".encode(), digest_size=16).hexdigest())


def first_due_at(steps: Sequence[Step], push_at: datetime, spread: timedelta | None) -> datetime | None:
    """The instant of the first step of a message; None where it has none."""
    return due_at(steps[0], push_at, spread, None) if steps else None
