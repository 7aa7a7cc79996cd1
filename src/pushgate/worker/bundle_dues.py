"""When the slots of a bundle are sent again: whole seconds, each slot by its own attempts. Pure."""

from datetime import UTC, datetime, timedelta

from pushgate.worker.backoff import MIN_RATE_LIMIT_DELAY, retry_delay

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def due_s(now: datetime, delay: timedelta) -> int:
    """The second since the epoch at which a delay that begins at `now` is over, rounded up.

    A bundle comes back no sooner than Gearman knows that its last run has ended.
    """
    due_at = now + max(delay, MIN_RATE_LIMIT_DELAY)
    return -((_EPOCH - due_at) // timedelta(seconds=1))


def retry_due_s(now: datetime, attempts: int, vendor_retry_after: float | None, draw: float) -> int:
    """The second since the epoch at which to send again. `attempts` earlier attempts settled
    nothing, and neither did this one.

    `vendor_retry_after` is in seconds; `draw` is a random number from [0, 1).
    """
    return due_s(now, retry_delay(attempts, vendor_retry_after, draw))
