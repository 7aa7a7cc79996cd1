"""How the terminals of a message are split among its variants."""

from dataclasses import dataclass
from enum import StrEnum

MAX_VARIANTS = 8
"""Each variant costs 8 KB of Redis a range of 65,536 slots that a message is for."""
WHOLE = 100.0


class Unit(StrEnum):
    """What gets one variant: each terminal for itself, or all terminals of a user."""

    TERMINAL = "terminal"
    USER = "user"


@dataclass(frozen=True, slots=True)
class Split:
    """The variants of a message, in their order.

    `holdout` is the per cent of all terminals that get nothing, to compare with. `shares` are the
    per cent of the others that get each variant; together they are 100.
    """

    names: tuple[str, ...]
    shares: tuple[float, ...]
    holdout: float = 0.0
    unit: Unit = Unit.TERMINAL
