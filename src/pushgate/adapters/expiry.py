"""How long a vendor may store a push, and when a vendor's day ends. Pure."""

from datetime import datetime, timedelta

from pushgate.adapters.contract import Push
from pushgate.domain.push_class import renewed_at

_SECOND = timedelta(seconds=1)


def seconds_to_live(push: Push, now: datetime, max_ttl: timedelta) -> int:
    """Return the rest of the push's time to live in whole seconds, at most `max_ttl`."""
    if not push.options.ttl:
        return 0
    left = min(push.expires_at - now, max_ttl)
    return max(0, left // _SECOND)


def seconds_until_renewal(now: datetime) -> float:
    """Return the seconds until Chinese vendors renew a daily quota that they refuse now: until
    midnight in Shanghai, or some minutes where that has just been.
    """
    return (renewed_at(now) - now).total_seconds()
