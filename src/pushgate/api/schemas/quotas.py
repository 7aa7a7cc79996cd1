"""How much of vendors' daily quotas an app has used."""

from datetime import date

from pydantic import AwareDatetime, Field

from pushgate.api.schemas.base import Count, ResponseModel
from pushgate.api.schemas.fields import VendorName
from pushgate.domain.push_class import PushClass


class VendorQuota(ResponseModel):
    """One quota of a vendor, today."""

    vendor: VendorName
    push_class: PushClass = Field(description="the class that the quota is for")
    limit: Count = Field(description="pushes a day, from the app's settings")
    used: Count = Field(description="pushes that the vendor accepted, or did not answer")
    sending: Count = Field(description="pushes that workers are sending now")
    waiting: Count = Field(description="about how many pushes are due and not sent yet")
    left: Count = Field(description="pushes that may still be sent today")
    refused_at: AwareDatetime | None = Field(
        description="when the vendor said that the quota is used up; then nothing more is sent that day"
    )


class QuotaReport(ResponseModel):
    """Vendors' daily quotas of an app, today."""

    day: date = Field(description="the day in Asia/Shanghai")
    ends_at: AwareDatetime = Field(description="when the next day begins, and quotas are renewed")
    quotas: list[VendorQuota]
