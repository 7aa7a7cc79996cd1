"""Delays between attempts at a server that fails. Pure: the caller passes the time."""

MIN_PAUSE, MAX_PAUSE = 0.1, 5.0
"""Seconds between attempts. The pause doubles with each failure."""
_MAX_DOUBLINGS = 10


class Backoff:
    """Pauses that grow with each failure, until the server responds to a request.

    Times are seconds of the event loop's clock.
    """

    def __init__(self) -> None:
        self.failures = 0
        """Failures since the last response."""
        self.paused_until = 0.0
        """No attempt may begin before this time."""
        self._failed_at = 0.0

    def record_failure(self, now: float, began_at: float) -> None:
        """Count an attempt that began at `began_at` and has failed.

        An attempt that began before the last failure counts as part of that failure: attempts that
        fail together cause one pause.
        """
        if began_at < self._failed_at:
            return
        self._failed_at = now
        self.paused_until = now + min(MIN_PAUSE * 2 ** min(self.failures, _MAX_DOUBLINGS), MAX_PAUSE)
        self.failures += 1

    def record_success(self) -> None:
        """Reset: the server responded to a request.
        An accepted connection or SETTINGS is no response."""
        self.failures, self.paused_until = 0, 0.0
