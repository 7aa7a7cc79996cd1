"""A small message with the result of each of its slots, as it is read. Pure."""

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pushgate.bundles.bodies import Bodies, SmallMessage
from pushgate.bundles.values import INLINE, RESERVED, STATES, CellKind
from pushgate.domain.message_id import Position
from pushgate.domain.outcome import ReceiptKind, State
from pushgate.domain.terminal import Group

_DOUBT = 32


_RECEIPT = struct.Struct(">BI")


RECEIPTS = (
    None,
    ReceiptKind.DELIVERED,
    ReceiptKind.CLICKED,
    ReceiptKind.MUTED,
    ReceiptKind.GONE,
    ReceiptKind.RECALLED,
    ReceiptKind.UNPROVEN,
)
"""Receipts by the number that stands for them in a bundle."""


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
    """When the slot came to its state, in s since the epoch; for a pending slot, when it is due."""
    expires_s: int
    attempts: int
    """Attempts that settled nothing. The attempt that settled the slot counts, too, if there were
    others before it.
    """
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
        """Whether the push was sent and got no answer, so that the terminal may have it."""
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
    """Whether it was cancelled while it was being sent."""
    message: SmallMessage | None
    """None if it was not asked for, or the content was dropped."""
    slots: Sequence[MessageSlot]
    resend: bytes
    """The last request to send failures again, as it was given; else empty."""
    version: tuple[int, int]
    """The page and segment that stand for the message. They change when it is replaced."""
    unknown_reports: Mapping[str, int]
    """Reports on terminals that the message was not for, by receipt; empty unless slots were
    read.
    """
    withdrawn: frozenset[tuple[int, int]] = frozenset()
    """Shards and slots of terminals from which the notification is removed."""
    source: tuple[Bodies, int] | None = None
    """The source of the message: the bodies of its segment, and its index there."""


def receipt_times(raw: bytes) -> dict[ReceiptKind, int]:
    """The receipts of a slot, 5 bytes each, as times in s since the epoch."""
    found: dict[ReceiptKind, int] = {}
    for number, second in _RECEIPT.iter_unpack(raw):
        if kind := RECEIPTS[number]:
            found[kind] = second
    return found
