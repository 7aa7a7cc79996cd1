"""How long a vendor may store a push, and when a vendor's day ends. Pure."""

from datetime import datetime, timedelta

from pushgate.adapters.contract import Push
from pushgate.domain.push_class import next_vendor_day


def seconds_to_live(push: Push, now: datetime, max_ttl: timedelta) -> int:
    """Return the rest of the push's time to live in whole seconds, at most `max_ttl`."""
    if not push.options.ttl:
        return 0
    left = min(push.expires_at - now, max_ttl)
    return max(0, left // timedelta(seconds=1))


def seconds_until_next_day(now: datetime) -> float:
    """Return the seconds until midnight in Shanghai, when Chinese vendors renew daily quotas."""
    return (next_vendor_day(now) - now).total_seconds()
