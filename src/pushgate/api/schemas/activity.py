"""Recent activity of an app's terminals."""

from pydantic import AwareDatetime, Field

from pushgate.api.schemas.base import Count, ResponseModel
from pushgate.api.schemas.fields import VendorName


class ActivityCounts(ResponseModel):
    """Terminals by the state that they came to, and by receipt. A terminal that has left a state no
    longer counts in it.
    """

    accepted: Count
    invalid: Count
    rejected: Count
    expired: Count
    cancelled: Count
    delivered: Count
    clicked: Count
    muted: Count
    gone: Count


class VendorActivity(ActivityCounts):
    """What happened through one vendor."""

    vendor: VendorName


class ActivityToday(ActivityCounts):
    """What happened since midnight."""

    since: AwareDatetime = Field(description="midnight in the time zone")
    vendors: list[VendorActivity] = Field(description="the vendors through which anything happened")


class ActivityMinute(ActivityCounts):
    """What happened in one minute."""

    at: AwareDatetime = Field(description="the beginning of the minute")
    vendors: list[VendorActivity] = Field(description="the vendors through which anything happened")


class VendorRate(ResponseModel):
    """How fast the app may push through a vendor."""

    vendor: VendorName
    rate_limit: float | None = Field(description="pushes a second; null for no limit")


class ActivityReport(ResponseModel):
    """What happened to an app's terminals today, and in each of the last 60 minutes."""

    timezone: str
    today: ActivityToday
    minutes: list[ActivityMinute] = Field(
        max_length=60, description="oldest first; the last minute is still running"
    )
    rates: list[VendorRate] = Field(description="all vendors of the app")
