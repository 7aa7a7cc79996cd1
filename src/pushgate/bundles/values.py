"""Values that all parts of small messages share: homes, kinds of cells, and the numbers of states
and receipts. Pure.
"""

from dataclasses import dataclass
from enum import IntEnum

import msgspec

from pushgate.domain.app import App
from pushgate.domain.message import Priority
from pushgate.domain.outcome import State

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
"""States by the number in a slot's byte. The last number stands for a slot that is reserved for its
at-most-once send; it counts as rejected.
"""


STATE_NUMBERS = {state: number for number, state in reversed(list(enumerate(STATES)))}
"""The number of each state in a slot's byte."""


RESERVED = 6


STOPPED = 16
"""The flag of a cell's kind: the message was cancelled after it was planned."""


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
    """The kind of a message's cell: where the message stands, apart from its slots."""

    WAITS = 0
    """It is scheduled, or due and not planned."""
    PLACED = 1
    """It has one slot."""
    SCATTERED = 2
    """It has several slots."""
    NOBODY = 3
    """It is for no terminal."""
    LARGE = 4
    """It is stored as a large message."""
    CANCELLED = 5
    """It was cancelled before it was planned."""
    REPLACED = 6
    """Its new version is in another segment. Only lists of the app's messages see this kind."""
    BECOMES_LARGE = 8
    """It is about to be stored as a large message, or just was. It is no longer a small one."""


class Send(msgspec.Struct, frozen=True, gc=False):
    """One push of a small message: its segment, as an index into those of the bundle or of the
    plan, its index in the segment, and its terminal.

    `shard` is `INLINE` for a token that the message brought; then `slot` is the token's number.
    """

    segment: int
    index: int
    shard: int
    slot: int
