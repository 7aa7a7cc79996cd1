"""How long a message takes that is sent in two stages, or spread over time. Pure.

A canary goes first, or the variants; what waits for them is sent afterwards. As long as nothing is
held, slowed or decided by hand.
"""

from dataclasses import dataclass
from datetime import timedelta

from pushgate.domain.experiment import WHOLE
from pushgate.domain.message import Message
from pushgate.preflight.pace import Sending

_NO_TIME = timedelta(0)


@dataclass(frozen=True, slots=True)
class Stages:
    """A message's stages. `first` is the share of pushes, from 0 to 1, that are sent at the push
    time, over `first_spread`; the others are sent over `spread`, `wait` after the push time, or,
    with `after_first`, so long after the first ones.
    """

    first: float = 0.0
    first_spread: timedelta = _NO_TIME
    wait: timedelta = _NO_TIME
    after_first: bool = False
    spread: timedelta = _NO_TIME

    @classmethod
    def of(cls, message: Message) -> "Stages":
        """The stages of a message."""
        options, split = message.options, message.split
        spread = options.spread or _NO_TIME
        if options.canary:
            return cls(options.canary.share / WHOLE, wait=options.canary.wait, spread=spread)
        if split and split.winner:
            share = sum(split.shares) / WHOLE
            return cls(share, spread, split.winner.after, after_first=True, spread=spread)
        return cls(spread=spread)

    def seconds(self, sending: Sending, pushes: int) -> float:
        """How many seconds pass from the push time until so many pushes are sent."""
        first = round(pushes * self.first)
        first_seconds = _spread_over(self.first_spread, sending.seconds(first), first)
        begin, others = self._begin(first_seconds), pushes - first
        if not others:
            return first_seconds
        return max(first_seconds, begin + _spread_over(self.spread, sending.seconds(others), others))

    def sent_within(self, sending: Sending, pushes: int, seconds: float) -> int:
        """How many of these pushes are sent within so many seconds."""
        first = round(pushes * self.first)
        first_seconds = _spread_over(self.first_spread, sending.seconds(first), first)
        left = max(0.0, seconds - self._begin(first_seconds))
        sent_first = min(first, sending.sent_within(seconds))
        return sent_first + (min(pushes - first, sending.sent_within(left)) if left else 0)

    def _begin(self, first_seconds: float) -> float:
        """When the second stage begins."""
        wait = self.wait.total_seconds()
        return first_seconds + wait if self.after_first else wait


def _spread_over(spread: timedelta, seconds: float, pushes: int) -> float:
    """How long pushes take that are spread, and need so many seconds at least."""
    return max(spread.total_seconds(), seconds) if pushes else 0.0
