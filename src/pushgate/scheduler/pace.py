"""When rounds of one home begin. Pure: instants are seconds of any clock that never goes back."""

from enum import Enum


class _Phase(Enum):
    IDLE = "idle"
    PLANNED = "planned"
    RUNNING = "running"


class Pace:
    """Rounds one after the other.

    A round begins at once if no round ended within the pace, else when the pace is over. So work
    that arrives meanwhile is done together.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._phase = _Phase.IDLE
        self._is_wanted = False
        self._ended_at = float("-inf")

    def want(self, now: float) -> float | None:
        """Ask for a round; returns in how many seconds it begins.

        None if a round is planned already; if one is running, another one follows it.
        """
        if self._phase is _Phase.IDLE:
            self._phase = _Phase.PLANNED
            return max(0.0, self._ended_at + self._seconds - now)
        self._is_wanted = self._is_wanted or self._phase is _Phase.RUNNING
        return None

    def begin(self) -> None:
        """Note that the planned round begins."""
        self._phase, self._is_wanted = _Phase.RUNNING, False

    def end(self, now: float, *, more: bool) -> float | None:
        """Note that the round is over; returns in how many seconds the next one begins, None if
        none is wanted.

        `more` says that the round left work that is due: the next one begins at once.
        """
        self._ended_at = now
        if more or self._is_wanted:
            self._phase = _Phase.PLANNED
            return 0.0 if more else self._seconds
        self._phase = _Phase.IDLE
        return None
