"""How many terminals an audience holds."""

from enum import StrEnum

from pydantic import Field

from pushgate.api.schemas.audience import AudienceBody
from pushgate.api.schemas.base import Count, RequestBody, ResponseModel, optional
from pushgate.api.schemas.fields import VendorName
from pushgate.api.schemas.problems import FieldError

MAX_LINES = 20
"""Parts of an `all_of` that are counted one by one: each costs as much as a count."""


class CountBy(StrEnum):
    """What terminals are counted by, beside their groups."""

    TIMEZONE = "timezone"


class AudienceCountBody(RequestBody):
    """An audience that is to be counted."""

    audience: AudienceBody
    by: list[CountBy] = Field(
        default=[], max_length=len(CountBy), description="further counts beside those of the groups"
    )
    lines: bool = Field(
        default=False, description="also count how many terminals are left after each part of an `all_of`"
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
    lines: list[Count] = optional(
        "the terminals that are left after each part of the outermost `all_of`; the last count is the "
        "total, and the only one where the audience is no `all_of`"
    )
    warnings: list[FieldError] = Field(
        description="terminals and users that are not registered, and limits of the figures"
    )
