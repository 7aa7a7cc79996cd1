"""The entries of a stream of events, and their numbered parts. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, NamedTuple, Self, TypeAlias

from pushgate.domain.message import Status
from pushgate.domain.outcome import ReceiptKind, State

QUEUE_SHARD: Literal["q"] = "q"
"""Stands for the stream of the app's own events, beside those of its shards."""
Shard: TypeAlias = int | Literal["q"]


class EntryId(NamedTuple):
    """The place of an entry in its stream. `n` counts from 0 in each epoch, without a hole; an
    epoch has the number of a second since 1970, or a higher one.
    """

    epoch: int
    n: int

    def __str__(self) -> str:
        return f"{self.epoch}-{self.n}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """The id of its text. Raises ValueError."""
        epoch, _, n = text.partition("-")
        if not (epoch.isdecimal() and n.isdecimal() and text.isascii() and len(text) <= 40):
            raise ValueError("an entry's id is two numbers with a hyphen between them")
        return cls(int(epoch), int(n))


@dataclass(frozen=True, slots=True)
class LargePlanned:
    """Terminals of a group are pending in a large message, because the plan says so."""

    message_id: str
    group: str
    count: int


@dataclass(frozen=True, slots=True)
class LargeMoves:
    """Slots of a block moved to another state in a large message. `slots` are bits.

    `from_` is None for slots that the plan gave this state. `label` is '<vendor>|<state>|<code>|
    <reason>' of a failure, else empty.
    """

    message_id: str
    block: int
    group: str
    from_: State | None
    to: State
    label: str
    slots: int


@dataclass(frozen=True, slots=True)
class LargeReceipts:
    """Slots of a block got a receipt in a large message. `slots` are bits."""

    message_id: str
    block: int
    group: str
    receipt: ReceiptKind
    slots: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StepTold:
    """A step of an escalation was due for slots of a block: the message reached none of their
    users' terminals. `slots` are bits; `unless` is the missing report.
    """

    message_id: str
    block: int
    group: str
    step: int
    unless: str
    slots: int


@dataclass(frozen=True, slots=True)
class SmallMoves:
    """Slots of a bundle moved to another state. `slots` are bits; see `LargeMoves`."""

    bundle: int
    from_: State | None
    to: State
    label: str
    slots: int


@dataclass(frozen=True, slots=True)
class SmallReceipts:
    """Slots of a bundle got a receipt. `slots` are bits."""

    bundle: int
    receipt: ReceiptKind
    slots: int


@dataclass(frozen=True, slots=True)
class MessageChanged:
    """A message has this status now."""

    message_id: str
    status: Status


@dataclass(frozen=True, slots=True)
class Registered:
    """New terminals have these slots of the shard."""

    group: str
    slots: Sequence[int]


@dataclass(frozen=True, slots=True)
class Removed:
    """The terminals with these slots of the shard were removed."""

    group: str
    slots: Sequence[int]


@dataclass(frozen=True, slots=True)
class AppEvent:
    """Something else that happened to an app: `vendor.down`, `credential.expiring`..."""

    type: str
    fields: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class EpochBegan:
    """Entries before this one may be missing: nobody read (`subscribed`), the server was restarted
    or replaced (`restarted`), or it lost entries (`rolled_back`, `lost`).
    """

    reason: str


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The sums of a message in this shard, at this place of the stream: by group, terminals that
    are `targeted`, in each state, and with each receipt. They replace what was added up before.
    """

    message_id: str
    counts: Mapping[str, Mapping[str, int]]


Part: TypeAlias = (
    LargePlanned
    | LargeMoves
    | LargeReceipts
    | StepTold
    | SmallMoves
    | SmallReceipts
    | MessageChanged
    | Registered
    | Removed
    | AppEvent
    | EpochBegan
    | Snapshot
)


@dataclass(frozen=True, slots=True)
class Entry:
    """The events of one change."""

    id: EntryId
    at: datetime
    parts: Sequence[Part]


@dataclass(frozen=True, slots=True)
class Gap:
    """Entries between `after` and `resume` are lost to the reader; it goes on after `resume`.

    They were `trimmed`; or the store went back (`rolled_back`): it lost entries that were read; or
    another epoch began (`restarted`).
    """

    after: EntryId
    resume: EntryId
    reason: Literal["trimmed", "rolled_back", "restarted"]


@dataclass(frozen=True, slots=True)
class Batch:
    """Entries in their order; none where there is a gap. `last` is the place to read on after."""

    entries: Sequence[Entry]
    last: EntryId
    gap: Gap | None = None
