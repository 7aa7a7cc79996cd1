"""Decides when a job comes back; no other module decides such a delay.

Pure: the random number is an argument.
"""

from datetime import timedelta

BASE_DELAY = timedelta(seconds=2)
MAX_DELAY = timedelta(minutes=5)
MIN_DELAY = timedelta(milliseconds=100)
"""A vendor in trouble gets at least this pause."""
MIN_RATE_LIMIT_DELAY = timedelta(milliseconds=500)
"""A rate-limited job comes back no sooner: by then Gearman knows that its last run has ended."""

PAUSED_DELAY = timedelta(seconds=1)
"""How often a job comes back while its app or vendor is paused; schedulers do not submit it
meanwhile.
"""


FIRST_QUOTA_POLL, LAST_QUOTA_POLL = timedelta(seconds=10), timedelta(minutes=5)
MAX_QUOTA_POLLS = 5
"""How many times the delay before a job asks for a quota again doubles."""
LONGEST_JITTER = timedelta(minutes=1)
"""Jobs that wait for the same instant come back within this time after it."""


def quota_delay(postponements: int, day_left: timedelta, draw: float) -> timedelta:
    """The delay before a job asks for a vendor's daily quota again. By then others may have given
    pushes back, or somebody may have raised the quota. The delay ends soon after the vendor's day
    at the latest.

    `draw` is a random number from [0, 1).
    """
    poll = min(LAST_QUOTA_POLL, FIRST_QUOTA_POLL * (1 << min(postponements, MAX_QUOTA_POLLS)))
    return max(MIN_RATE_LIMIT_DELAY, min(poll * (1 + draw) / 2, day_left + LONGEST_JITTER * draw))


def exponential_backoff(attempt: int, draw: float) -> timedelta:
    """Exponential back-off with full jitter: between 0 and 2 s x 2^attempt, 5 min at most, at least
    100 ms.

    Source: docs/reference/vendors/index.md#pauses

    `attempt` counts from 0; `draw` is a random number from [0, 1).
    """
    ceiling = min(MAX_DELAY, BASE_DELAY * (1 << min(attempt, 16)))
    return max(ceiling * draw, MIN_DELAY)


def retry_delay(attempt: int, vendor_retry_after: float | None, draw: float) -> timedelta:
    """The delay before the next attempt: the vendor's, or the back-off where that is longer.

    `vendor_retry_after` is in seconds, from the vendor's response or its documentation. Up to a
    tenth is added, and at most a minute, so that not all jobs come back at once.
    """
    backoff = exponential_backoff(attempt, draw)
    if vendor_retry_after is None:
        return backoff
    asked = timedelta(seconds=max(vendor_retry_after, 0.0))
    return max(asked + min(asked / 10, LONGEST_JITTER) * draw, backoff)


def job_delay(
    *, attempt: int | None, vendor_retry_after: float | None, rate_limit_wait: timedelta | None, draw: float
) -> timedelta:
    """The delay before a job comes back: the longest of what makes it wait.

    `attempt` is None where no push of the job must be tried again; `rate_limit_wait` is None where
    no push waits for permits.
    """
    delay = timedelta(0)
    if rate_limit_wait is not None:
        delay = max(MIN_RATE_LIMIT_DELAY, rate_limit_wait)
    if attempt is not None:
        delay = max(delay, retry_delay(attempt, vendor_retry_after, draw))
    return delay
