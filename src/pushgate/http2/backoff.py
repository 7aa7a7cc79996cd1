"""When a server that fails is tried again."""

MIN_PAUSE, MAX_PAUSE = 0.1, 5.0
"""Seconds between attempts, doubled each time."""
_MOST_DOUBLINGS = 10


class Backoff:
    """Pauses that grow with each failure, until the server answers a request.

    Times are those of the event loop.
    """

    def __init__(self) -> None:
        self.failures = 0
        """Failures since the last answer."""
        self.until = 0.0
        """No attempt is made before this time."""
        self._failed_at = 0.0

    def fail(self, now: float, began_at: float) -> None:
        """An attempt that began then has failed.

        An attempt that began before the last failure is part of that failure: attempts that fail
        together make one pause.
        """
        if began_at < self._failed_at:
            return
        self._failed_at = now
        self.until = now + min(MIN_PAUSE * 2 ** min(self.failures, _MOST_DOUBLINGS), MAX_PAUSE)
        self.failures += 1

    def succeed(self) -> None:
        """The server has answered a request. Accepting a connection is not an answer, nor is SETTINGS."""
        self.failures, self.until = 0, 0.0
