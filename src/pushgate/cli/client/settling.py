"""How fast a message's terminals settle, and how long the rest will take. Pure."""

from collections import deque

from pushgate_client import types

_WINDOW = 10.0
"""Seconds over which the rate is taken."""


def settled(results: types.Results) -> int:
    """Return how many terminals are not pending any more."""
    return results["targeted"] - results["pending"]


def is_over(results: types.Results) -> bool:
    """Whether nothing more is sent."""
    return results["status"] in ("sent", "cancelled") and not results["pending"]


class Speed:
    """The rate of the last ten seconds, from counts at instants of a clock in seconds."""

    def __init__(self) -> None:
        self._seen: deque[tuple[float, int]] = deque()

    def observe(self, now: float, count: int) -> None:
        """Take a count. One that is lower than before begins anew."""
        if self._seen and count < self._seen[-1][1]:
            self._seen.clear()
        self._seen.append((now, count))
        while len(self._seen) > 2 and now - self._seen[1][0] >= _WINDOW:
            self._seen.popleft()

    def per_second(self) -> float:
        """Return the rate, 0 where it is not known."""
        if len(self._seen) < 2:
            return 0.0
        (first, before), (last, after) = self._seen[0], self._seen[-1]
        return (after - before) / (last - first) if last > first else 0.0

    def seconds_left(self, count: int) -> float | None:
        """Return how long so many will take, None where the rate is not known."""
        rate = self.per_second()
        return count / rate if rate > 0 else None
