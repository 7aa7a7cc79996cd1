"""How the terminals of a message are split among its variants."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

MAX_VARIANTS = 8
"""Each variant costs 8 KB of Redis a range of 65,536 slots that a message is for."""
WHOLE = 100.0


class Unit(StrEnum):
    """What gets one variant: each terminal for itself, or all terminals of a user."""

    TERMINAL = "terminal"
    USER = "user"


class WinnerMeasure(StrEnum):
    """What makes one variant better than another."""

    CLICKS = "clicks"
    """The share of its targeted terminals that clicked."""


@dataclass(frozen=True, slots=True)
class Winner:
    """How the rest of a message gets its variant: the best variant at a set time after the push
    time, or as soon as one is clearly the best.
    """

    after: timedelta
    by: WinnerMeasure = WinnerMeasure.CLICKS


class WinnerGround(StrEnum):
    """Why the rest of a message gets a variant."""

    RACE = "race"
    """It won the click race while the rest waited."""
    END = "end"
    """It was clearly better than all others when the time was over."""
    BETTER = "better"
    """It had the highest rate when the time was over; none was clearly the best."""
    BY_HAND = "by_hand"
    """A caller chose it."""


@dataclass(frozen=True, slots=True)
class Decision:
    """The number of the variant that the rest of a message gets, why, and since when."""

    variant: int
    ground: WinnerGround
    at: datetime


@dataclass(frozen=True, slots=True)
class Split:
    """The variants of a message, in their order.

    `holdout` is the per cent of all terminals that get nothing, to compare with. `shares` are the
    per cent of the others that get each variant; together they are 100, or less where the rest
    waits for a winner.
    """

    names: tuple[str, ...]
    shares: tuple[float, ...]
    holdout: float = 0.0
    unit: Unit = Unit.TERMINAL
    winner: Winner | None = None
    """How the rest gets its variant, None for a message whose variants go to all terminals."""
