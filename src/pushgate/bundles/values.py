"""Values of small messages: segments to store, claimed messages, sends of a bundle, and the slots
of a message as they are read. Pure.
"""

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum, StrEnum
from typing import NamedTuple

import msgspec

from pushgate.bundles.bodies import Bodies, SmallMessage
from pushgate.domain.app import App
from pushgate.domain.message import Priority
from pushgate.domain.message_id import Position
from pushgate.domain.outcome import ReceiptKind, State
from pushgate.domain.terminal import Group
from pushgate.ledger.values import Failure

MAX_SEGMENT = 256
"""Messages of one segment."""
MAX_PAGE = 64
"""Segments of one page."""
MAX_BUNDLE = 512
"""Sends of one bundle, so few that a script records them within a millisecond."""
INLINE = 0xFFFF
"""The shard of a send whose token the message brought; the token's number is the slot."""
URGENT, NORMAL, LOW = 0, 1, 2
RANKS = {Priority.HIGH: URGENT, Priority.NORMAL: NORMAL, Priority.LOW: LOW}
"""A bundle's priority, by that of its messages: 0 is urgent."""
STATES = (
    State.PENDING,
    State.ACCEPTED,
    State.INVALID,
    State.REJECTED,
    State.EXPIRED,
    State.CANCELLED,
    State.REJECTED,
)
"""States by the number in a slot's byte. The last one is a slot that is reserved while it is sent
at most once; it counts as rejected.
"""
STATE_NUMBERS = {state: number for number, state in reversed(list(enumerate(STATES)))}
"""The number of each state in a slot's byte."""
RESERVED = 6
STOPPED = 16
"""The flag of a cell's kind: the message was cancelled after it was planned."""
_DOUBT = 32
_RECEIPT = struct.Struct(">BI")
RECEIPTS = (
    None,
    ReceiptKind.DELIVERED,
    ReceiptKind.CLICKED,
    ReceiptKind.MUTED,
    ReceiptKind.GONE,
    ReceiptKind.RECALLED,
)
"""Receipts by the number that stands for them in a bundle."""


@dataclass(frozen=True, slots=True)
class Home:
    """Where small messages are stored: a shard of an app."""

    app: App
    shard: int


CELLS_HEAD_BYTES, CELL_BYTES = 6, 8
"""The layout of a segment's cells: their creation time, then a cell for each message."""
VOID = 7
"""The kind of a cell without a message, because an idempotency key was known or too many wait."""


class CellKind(IntEnum):
    """Where a message stands, as its cell says; its slots say the rest."""

    WAITS = 0
    """It is scheduled, or due and not planned."""
    PLACED = 1
    """It has one slot."""
    SCATTERED = 2
    """It has several slots."""
    NOBODY = 3
    """It is for no terminal."""
    LARGE = 4
    """It is for so many terminals that it is sent as a broadcast."""
    CANCELLED = 5
    """It was cancelled before it was planned."""
    REPLACED = 6
    """Its new version is in another segment. Only lists of the app's messages see this kind."""


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


class Send(msgspec.Struct, frozen=True, gc=False):
    """One push of a small message: its segment, as an index into those of the bundle or of the
    plan, its index in the segment, and its terminal.

    `shard` is `INLINE` for a token that the message brought; `slot` is the token's number, then.
    """

    segment: int
    index: int
    shard: int
    slot: int


class PlannedSend(NamedTuple):
    """A send, its group, when it expires, and the state in which it starts.

    The failure of a pending send is the reason if it expires without an attempt.
    """

    send: Send
    group: Group
    expires_at: datetime
    state: State = State.PENDING
    failure: Failure | None = None


@dataclass(frozen=True, slots=True)
class DueBundle:
    """A bundle that must be submitted, and the soonest expiry of its slots, in s since the
    epoch.
    """

    number: int
    vendor: str
    priority: int
    expires_s: int


class Verb(StrEnum):
    """What happened to slots; `record.lua` says what each verb does."""

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
    """Slots to which the same happened. `due_at` is when they are to be sent again.

    The failure of a settled slot is why it failed; that of a slot to be sent again is the reason if
    it expires before.
    """

    verb: Verb
    slots: Sequence[int]
    failure: Failure | None = None
    due_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class RecordedChanges:
    """Whether the lease was held, how many slots are open, and the slots that each change
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
    """Tells the bundle from another one of the same number: after a failover, Redis may have lost
    that it gave the number.
    """

    def bodies_of(self, slot: BundleSlot) -> Bodies | None:
        """The bodies of the slot's segment; None where its message cannot be read."""
        bodies = self.bodies[slot.send.segment]
        return bodies if bodies is not None and slot.send.index < len(bodies) else None

    def count(self, state: State) -> int:
        """How many slots of the bundle were in this state when it was leased."""
        return sum(STATES[byte & 7] is state for byte in self.flags)


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageSlot:
    """One terminal of a small message, and what became of the push."""

    bundle: int
    slot: int
    group: Group
    terminal_shard: int
    terminal_slot: int
    flags: int
    since_s: int
    """When the slot came to its state, in s since the epoch; for a pending slot, when it is to be
    sent.
    """
    expires_s: int
    attempts: int
    """Attempts that settled nothing, and the one that did where others came before it."""
    label: str
    """'<vendor>|<state>|<code>|<reason>' of the failure or the last attempt, or empty."""
    receipt_times: Mapping[ReceiptKind, int]
    """When each receipt came, in s since the epoch."""

    @property
    def state(self) -> State:
        """The slot's state. A reserved slot counts as rejected."""
        return STATES[self.flags & 7]

    @property
    def is_open(self) -> bool:
        """Whether the state may still change by itself: pending, or reserved by a worker."""
        return self.flags & 7 in (0, RESERVED)

    @property
    def in_doubt(self) -> bool:
        """Whether the push was sent without an answer, so that the terminal may have it."""
        return bool(self.flags & _DOUBT)

    @property
    def is_inline(self) -> bool:
        """Whether the message brought the token."""
        return self.terminal_shard == INLINE


@dataclass(frozen=True, slots=True, kw_only=True)
class SmallAccount:
    """What became of a small message."""

    position: Position
    message_id: str
    created_ms: int
    kind: CellKind
    was_stopped: bool
    """Whether it was cancelled while it was sent."""
    message: SmallMessage | None
    """None where it was not asked for, or the content was dropped."""
    slots: Sequence[MessageSlot]
    resend: bytes
    """The last request to send failures again, as it was given; else empty."""
    version: tuple[int, int]
    """The page and segment that stand for the message. They change when it is replaced."""
    unknown_reports: Mapping[str, int]
    """Reports on terminals that the message was not for, by receipt; empty unless slots were
    read.
    """


def receipt_times(raw: bytes) -> dict[ReceiptKind, int]:
    """The receipts of a slot, 5 bytes each, as times in s since the epoch."""
    found: dict[ReceiptKind, int] = {}
    for number, second in _RECEIPT.iter_unpack(raw):
        if kind := RECEIPTS[number]:
            found[kind] = second
    return found
