"""A canary: a small share of a message's terminals gets it first. Their results decide whether the
rest gets it, too.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

MAX_SHARE = 50.0
"""Per cent."""
MIN_SHARE = 0.1
MAX_WAIT = timedelta(days=1)
MIN_ANSWERS = 100
"""With fewer answers nothing is decided."""


class Measure(StrEnum):
    """What is counted among the canary's terminals."""

    REJECTED = "rejected"
    INVALID = "invalid"
    GONE = "gone"
    MUTED = "muted"
    CLICKS = "clicks"


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Limits on the results of a canary, in per cent; None for no limit.

    A limit is passed where the measure is above it; for clicks, where they are below
    `clicks_below`.
    """

    rejected: float | None = None
    invalid: float | None = None
    gone: float | None = None
    muted: float | None = None
    clicks_below: float | None = None

    @property
    def is_set(self) -> bool:
        """Whether there is a limit."""
        return self.clicks_below is not None or any(self.upper())

    def upper(self) -> Iterator[tuple[Measure, float]]:
        """The measures with an upper limit, and their limits."""
        for measure, limit in (
            (Measure.REJECTED, self.rejected),
            (Measure.INVALID, self.invalid),
            (Measure.GONE, self.gone),
            (Measure.MUTED, self.muted),
        ):
            if limit is not None:
                yield measure, limit


@dataclass(frozen=True, slots=True, kw_only=True)
class Canary:
    """How a message begins. `share` is the per cent of its terminals that get it first."""

    share: float
    wait: timedelta
    """The time from the push time until the rest is sent."""
    hold_if: Limits = field(default_factory=Limits)
    """The message is paused where one of these limits is passed."""
    slower_if: Limits = field(default_factory=Limits)
    """The rest is spread over twice the time where one of these limits is passed."""

    @property
    def most_spread(self) -> int:
        """The largest factor by which the canary may multiply the time of `spread`."""
        return 2 if self.slower_if.is_set else 1


class Phase(StrEnum):
    """How far a canary is."""

    RUNNING = "running"
    """Only the canary's share is sent."""
    HELD = "held"
    """A limit of `hold_if` was passed: the message is paused."""
    SLOWED = "slowed"
    """A limit of `slower_if` was passed: the rest is spread over twice the time."""
    PASSED = "passed"
    """The rest is sent."""
    ENDED = "ended"
    """The message ended before a decision, or while it was held: it was cancelled, expired, or has
    no rest. This phase is not stored.
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A limit that was passed: `count` of `answers` terminals. `vendor` is empty for all vendors
    together.
    """

    measure: Measure
    vendor: str
    count: int
    answers: int
    limit: float
    """Per cent."""

    @property
    def reason(self) -> str:
        """The finding in words, which name no terminal and no content."""
        side = "below" if self.measure is Measure.CLICKS else "above"
        rate = 100 * self.count / self.answers if self.answers else 0.0
        whose = f" of {self.vendor}" if self.vendor else ""
        text = f"{rate:.3g} % {self.measure} ({self.count} of {self.answers} terminals{whose})"
        return f"{text}, {side} the limit of {self.limit:g} %"


@dataclass(frozen=True, slots=True)
class FewAnswers:
    """A vendor whose answers are too few to judge a limit. An empty vendor stands for all vendors
    together: then `answers` are the accepted terminals, which are too few to judge clicks.
    """

    vendor: str
    answers: int


@dataclass(frozen=True, slots=True)
class CanaryState:
    """The phase of a message's canary. `until` is when the rest is due, while the canary runs;
    `finding` is why it was held or slowed. `few_answers` says what could not be judged at the
    decision. `decided_at` is None before the decision, and where an earlier version of Pushgate
    decided.
    """

    phase: Phase
    until: datetime | None = None
    finding: Finding | None = None
    few_answers: tuple[FewAnswers, ...] = ()
    decided_at: datetime | None = None
