"""How many terminals an audience holds."""

from enum import StrEnum

from pydantic import Field

from pushgate.api.schemas.audience import AudienceBody
from pushgate.api.schemas.base import Count, RequestBody, ResponseModel, optional
from pushgate.api.schemas.fields import VendorName
from pushgate.api.schemas.problems import FieldError


class CountBy(StrEnum):
    """What terminals are counted by, beside their groups."""

    TIMEZONE = "timezone"


class AudienceCountBody(RequestBody):
    """An audience that is to be counted."""

    audience: AudienceBody
    by: list[CountBy] = Field(
        default=[], max_length=len(CountBy), description="counts beside those of the groups"
    )


class GroupCount(ResponseModel):
    """Terminals of one vendor and language."""

    vendor: VendorName
    language: str
    count: Count


class TimezoneCount(ResponseModel):
    """Terminals in one time zone."""

    timezone: str | None = Field(description="as the terminals registered it; null for none")
    count: Count


class AudienceCount(ResponseModel):
    """How many terminals an audience holds now."""

    total: Count
    groups: list[GroupCount]
    timezones: list[TimezoneCount] = optional()
    warnings: list[FieldError] = Field(
        description="terminals and users that are not registered, and what the figures do not say"
    )
