"""When to try again. Pure: the draw of the dice comes in from outside."""

from datetime import timedelta

FIRST = timedelta(seconds=2)
LONGEST = timedelta(minutes=5)


def backoff(attempt: int, draw: float) -> timedelta:
    """Exponential back-off with full jitter: between 0 and 2 s x 2^attempt, 5 min at most
    (docs/reference/vendors/index.md#pauses).

    `attempt` counts from 0; `draw` is from [0, 1). Never under 100 ms, so that a vendor in trouble gets a pause.
    """
    ceiling = min(LONGEST, FIRST * (1 << min(attempt, 16)))
    return max(ceiling * draw, timedelta(milliseconds=100))


def delay(attempt: int, asked: float | None, draw: float) -> timedelta:
    """What the vendor, or its documents, ask for in seconds, and up to a tenth more so that not all come back at once;
    or the back-off, where that is longer by now."""
    wait = backoff(attempt, draw)
    return wait if asked is None else max(timedelta(seconds=max(asked, 0.0) * (1 + draw / 10)), wait)
