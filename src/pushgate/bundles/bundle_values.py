"""Bundles: sends to be planned, slots that a worker has leased, and what became of them. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

import msgspec

from pushgate.bundles.bodies import Bodies
from pushgate.bundles.values import STATES, Send
from pushgate.domain.outcome import State
from pushgate.domain.terminal import Group
from pushgate.ledger.values import Failure


class PlannedSend(NamedTuple):
    """A send, its group, when it expires, and the state in which it starts.

    The failure of a pending send is the reason if it expires without an attempt. `due_s` is when a
    pending one is to be sent, in s since the epoch; 0 for at once.
    """

    send: Send
    group: Group
    expires_at: datetime
    state: State = State.PENDING
    failure: Failure | None = None
    due_s: int = 0


@dataclass(frozen=True, slots=True)
class DueBundle:
    """A bundle that must be handled now, because slots are to be sent, or quiet hours of deferred
    slots have ended. `expires_s` is the soonest expiry of its slots, in s since the epoch. `due_s`
    is the latest second until which a slot waited that is to be sent now, 0 where no slot is.
    """

    number: int
    vendor: str
    priority: int
    expires_s: int
    is_to_send: bool
    has_deferred: bool
    due_s: int


class Verb(StrEnum):
    """The kinds of changes of slots; `record.lua` says what each verb does."""

    ACCEPTED = "accepted"
    INVALID = "invalid"
    REJECTED = "rejected"
    TRIED = "tried"
    UNCONFIRMED = "unconfirmed"
    POSTPONED = "postponed"
    RESERVE = "reserve"
    RELEASE = "release"
    EXPIRED = "expired"
    FORGOTTEN = "forgotten"


VERB_STATES = {
    Verb.INVALID: State.INVALID,
    Verb.REJECTED: State.REJECTED,
    Verb.FORGOTTEN: State.CANCELLED,
    Verb.ACCEPTED: State.ACCEPTED,
    Verb.TRIED: State.EXPIRED,
    Verb.UNCONFIRMED: State.EXPIRED,
    Verb.POSTPONED: State.EXPIRED,
    Verb.EXPIRED: State.EXPIRED,
    Verb.RESERVE: State.REJECTED,
    Verb.RELEASE: State.PENDING,
}
"""The state that the label of each change names. An attempt that settled nothing is labelled as
expired: it is the reason if the slot expires.
"""


@dataclass(frozen=True, slots=True)
class Change:
    """Slots with the same change. `due_at` is when they are to be sent again.

    The failure of a settled slot is why it failed; that of a slot to be sent again is the reason if
    it expires before.
    """

    verb: Verb
    slots: Sequence[int]
    failure: Failure | None = None
    due_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class RecordedChanges:
    """Whether the lease was held, how many slots are open, and the slots that each change has
    changed.
    """

    held: bool
    open: int
    changed: Sequence[Sequence[int]]


class BundleSlot(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """One slot of a bundle that a worker has leased, by its number in the bundle.

    `attempts` counts the attempts that settled nothing. `expires_s` is in s since the epoch.
    """

    number: int
    send: Send
    group: Group
    expires_s: int
    attempts: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenBundle:
    """A leased bundle: the slots that are to be sent now, and the bodies by segment."""

    vendor: str
    priority: int
    due: Sequence[BundleSlot]
    places: Sequence[tuple[int, int]]
    """Page and number of each segment."""
    bodies: Sequence[Bodies | None]
    """None where the content was dropped."""
    flags: bytes
    """A byte of each slot of the bundle, with its state."""
    digest: str
    """Distinguishes the bundle from another one with the same number: after a failover, Redis may
    give a number twice.
    """

    def bodies_of(self, slot: BundleSlot) -> Bodies | None:
        """The bodies of the slot's segment; None where its message cannot be read."""
        bodies = self.bodies[slot.send.segment]
        return bodies if bodies is not None and bodies.has_content(slot.send.index) else None

    def readable_bodies_of(self, slot: BundleSlot) -> Bodies:
        """The bodies of the segment of a slot whose message can be read."""
        bodies = self.bodies[slot.send.segment]
        assert bodies is not None
        return bodies

    def count(self, state: State) -> int:
        """How many slots of the bundle were in this state when it was leased."""
        return sum(STATES[byte & 7] is state for byte in self.flags)
