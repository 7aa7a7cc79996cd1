"""What vendors count pushes by, and the vendors' day. Pure."""

from datetime import datetime, timedelta, timezone
from enum import StrEnum

SHANGHAI = timezone(timedelta(hours=8))
RENEWAL_MARGIN = timedelta(minutes=10)
"""So long after midnight a vendor may still count the day before: the instant of the renewal is not
confirmed, and clocks differ.
"""


class PushClass(StrEnum):
    """The two classes of pushes that vendors in China tell apart; each vendor has names of its own
    for them.
    """

    MARKETING = "marketing"
    """Marketing, news, content: limited by vendors, and a push's class where nobody names one."""
    SERVICE = "service"
    """What a person waits for, such as messages, orders and codes. Needs the vendor's approval."""


def vendor_day(now: datetime) -> str:
    """The day in Shanghai, by which Chinese vendors count: `2031-01-31`."""
    return now.astimezone(SHANGHAI).date().isoformat()


def next_vendor_day(now: datetime) -> datetime:
    """The midnight in Shanghai at which Chinese vendors renew what they grant for a day.

    The exact instant is not confirmed: docs/reference/vendors/index.md#quotas
    """
    there = now.astimezone(SHANGHAI) + timedelta(days=1)
    return there.replace(hour=0, minute=0, second=0, microsecond=0).astimezone(now.tzinfo)


def renewed_at(now: datetime) -> datetime:
    """When a quota is renewed that a vendor refuses now. Soon after midnight that is the quota of
    the day before: a whole day would be lost to a vendor whose midnight is a second later.
    """
    next_day = next_vendor_day(now)
    return next_day - timedelta(days=1) + RENEWAL_MARGIN if is_renewing(now) else next_day


def is_renewing(now: datetime) -> bool:
    """Whether a vendor may still count the day before."""
    return next_vendor_day(now) - now > timedelta(days=1) - RENEWAL_MARGIN
