"""Filters for a message's terminals: by state, by receipt, or by a receipt that is missing.
Pure.
"""

from collections.abc import Collection, Sequence
from enum import StrEnum
from typing import Self

from pushgate.domain.outcome import FAILED, RECEIVED, ReceiptKind, State
from pushgate.ledger.slot_sets import TARGETED


class TerminalFilter(StrEnum):
    """Terminals in at least one of the sets `included`, and in none of the sets `excluded`.

    A set is `targeted`, a state, or a receipt.
    """

    included: tuple[str, ...]
    excluded: tuple[str, ...]

    def __new__(cls, name: str, included: Collection[str] = (), excluded: Collection[str] = ()) -> Self:
        """A member is equal to its name, a text. By default it is the set of that name."""
        member = str.__new__(cls, name)
        member._value_ = name
        member.included, member.excluded = tuple(included or (name,)), tuple(excluded)
        return member

    TARGETED = "targeted"
    PENDING = "pending"
    ACCEPTED = "accepted"
    INVALID = "invalid"
    REJECTED = "rejected"
    EXPIRED = "expired"
    CANCELLED = "cancelled"
    FAILED = "failed", FAILED
    DELIVERED = "delivered"
    CLICKED = "clicked"
    NOT_DELIVERED = "not_delivered", (State.ACCEPTED,), RECEIVED
    """Accepted, and neither delivered nor clicked: a click proves that the push came."""
    NOT_CLICKED = "not_clicked", (State.ACCEPTED, ReceiptKind.DELIVERED), (ReceiptKind.CLICKED,)
    """Accepted or delivered, and not clicked."""
    MUTED = "muted"
    GONE = "gone"
    RECALLED = "recalled"
    UNPROVEN = "unproven"

    @property
    def sets(self) -> tuple[str, ...]:
        """The names of the sets that decide."""
        return self.included + self.excluded

    def select(self, sets: Sequence[int]) -> int:
        """The slots that are asked for. `sets` are the slots in each of `self.sets`."""
        found = 0
        for bits in sets[: len(self.included)]:
            found |= bits
        for bits in sets[len(self.included) :]:
            found &= ~bits
        return found

    def holds(self, state: State, receipts: Collection[ReceiptKind]) -> bool:
        """Whether a terminal with this state and these receipts is asked for."""
        names = {TARGETED, state.value, *(receipt.value for receipt in receipts)}
        return not names.isdisjoint(self.included) and names.isdisjoint(self.excluded)
