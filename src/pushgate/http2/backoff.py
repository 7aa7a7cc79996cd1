"""When a server that fails is tried again."""

FIRST_PAUSE, LONGEST_PAUSE = 0.1, 5.0
"""Seconds between attempts, doubled each time."""
_MOST_DOUBLINGS = 10


class Backoff:
    """Pauses that grow with each failure, until the server answers a request. Times are those of the event loop."""

    def __init__(self) -> None:
        self.failures = 0
        """Failures since the last answer."""
        self.until = 0.0
        """No attempt is made before this time."""

    def fail(self, now: float) -> None:
        """An attempt came to nothing."""
        self.until = now + min(FIRST_PAUSE * 2 ** min(self.failures, _MOST_DOUBLINGS), LONGEST_PAUSE)
        self.failures += 1

    def succeed(self) -> None:
        """The server has answered a request. That it takes connections, or says hello, is no answer."""
        self.failures, self.until = 0, 0.0
