"""How long pushes take at a vendor's rate, as the rate limiter gives permits. Pure.

As if nothing else was sent: pushes that wait already, other messages, and a vendor that asks for
less make it longer.
"""

from datetime import timedelta
from math import sqrt

from pushgate.domain.app import PushRate
from pushgate.preflight.plan import Pace, RateSource

_RAMP_START = 0.1
"""The share of its rate with which a vendor that wants a ramp starts after a pause."""
_MIN_RAMP = timedelta(minutes=1)
_URGENT_RESERVE = 0.1
"""The share of a full bucket that is kept for urgent pushes."""
MIN_MEASURED = 1000
"""Pushes of the busiest minute from which a rate is taken: fewer say how much was sent, and not how
fast it can be.
"""
_SECONDS_PER_MINUTE = 60


def pace_of(rate: PushRate, busiest: int) -> Pace | None:
    """The rate of the settings, else that of the busiest minute, by its pushes; None where neither
    says anything.
    """
    if rate.per_second:
        return Pace(rate.per_second, RateSource.SETTINGS)
    return Pace(busiest / _SECONDS_PER_MINUTE, RateSource.MEASURED) if busiest >= MIN_MEASURED else None


class Sending:
    """Pushes of one message to one vendor: how many are sent by when."""

    def __init__(self, pace: Pace, ramp: timedelta, *, urgent: bool) -> None:
        """With a ramp, sending starts after a pause: at a tenth of the rate."""
        self._rate = pace.per_second
        self._start = _RAMP_START if ramp else 1.0
        length = max(ramp, _MIN_RAMP) if ramp else timedelta(0)
        self._ramp = (1 - self._start) * length.total_seconds()
        is_limited = pace.source is RateSource.SETTINGS
        full = self._rate * self._start if is_limited else 0.0
        self._at_once = full if urgent else full * (1 - _URGENT_RESERVE)

    def seconds(self, pushes: int) -> float:
        """How many seconds pass until so many are sent."""
        left = pushes - self._at_once
        if left <= 0:
            return 0.0
        if left <= self._sent_in_ramp:
            growth = (1 - self._start) / self._ramp
            speeds = self._start * self._start + 2 * growth * left / self._rate
            return (sqrt(speeds) - self._start) / growth
        return self._ramp + (left - self._sent_in_ramp) / self._rate

    def sent_within(self, seconds: float) -> int:
        """How many are sent within so many seconds."""
        in_ramp = min(seconds, self._ramp)
        share = self._start + (in_ramp / self._ramp * (1 - self._start) / 2 if self._ramp else 0.0)
        after = max(0.0, seconds - self._ramp)
        return int(self._at_once + self._rate * (in_ramp * share + after))

    @property
    def _sent_in_ramp(self) -> float:
        return self._rate * self._ramp * (self._start + 1) / 2
