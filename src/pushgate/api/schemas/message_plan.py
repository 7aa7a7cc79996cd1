"""The predicted results of a message."""

from pydantic import AwareDatetime, Field

from pushgate.api.schemas.audience_count import TimezoneCount
from pushgate.api.schemas.base import Count, ResponseModel, optional
from pushgate.api.schemas.controls import Pause
from pushgate.api.schemas.fields import MessageId, VendorName
from pushgate.api.schemas.message_responses import ShownBestHour, ShownLocalTime
from pushgate.api.schemas.problems import FieldError
from pushgate.domain.message import Status
from pushgate.preflight.plan import Effect, RateSource


class PlannedGroup(ResponseModel):
    """Terminals of one vendor and language, and the language of the content that they get."""

    vendor: VendorName
    language: str
    count: Count
    content_language: str


class LimitedContent(ResponseModel):
    """A content that the vendor refuses or that is cut for it, and how many terminals get it."""

    content_language: str
    topics: bool = Field(description="whether it is for topics, which have limits of their own")
    count: Count
    effect: Effect
    code: str
    field: str
    message: str


class Pace(ResponseModel):
    """How fast pushes go to a vendor, and the source of that figure."""

    per_second: float
    source: RateSource = Field(
        description="`settings` is the rate_limit of the app's section or the vendor's own quota; `measured` "
        "is the busiest minute of the last hour"
    )


class PlannedVendor(ResponseModel):
    """The predicted results for the terminals of one vendor."""

    vendor: VendorName
    configured: bool = Field(
        description="whether the app is set up for the vendor: pushes to others wait, and expire"
    )
    paused: Pause | None = Field(description="whether the app or the vendor is paused: pushes wait")
    count: Count
    refused: Count = Field(description="terminals that the vendor's limits on their content reject")
    cut: Count = Field(description="terminals for which the content is shortened")
    sent: Count = Field(description="terminals to which something is sent")
    contents: list[LimitedContent]
    rate: Pace | None = Field(description="null where none is set and too few pushes were measured")
    seconds: float | None = Field(description="from the push time to the last push; null without a rate")
    expiring: Count | None = Field(
        description="terminals that are not reached before the message expires; null without a rate"
    )


class RecentOutcomes(ResponseModel):
    """Terminals of the audience by the results of the last large messages."""

    messages: Count = Field(description="how many messages were read")
    muted: Count = Field(description="terminals that show no notifications")
    dead: Count = Field(description="registered terminals whose push token was called dead")


class OverlappingMessage(ResponseModel):
    """A message at about the same time that is for some of the same terminals."""

    id: MessageId
    status: Status
    push_time: AwareDatetime
    count: Count = Field(description="terminals that get both messages")


class Overlaps(ResponseModel):
    """Messages whose push times are at most 30 minutes away: large ones, and small ones that
    wait.
    """

    messages: list[OverlappingMessage]
    compared: Count = Field(description="how many messages were looked at")
    complete: bool = Field(description="false where there were too many to look at, or to list")


class PlannedValue(ResponseModel):
    """A value that a personal message names."""

    name: str = Field(description="as the placeholder has it, such as `user.city`")
    has_default: bool = Field(description="whether the content is sent without the value, too")
    missing: Count = Field(description="terminals that do not have the value, of those looked at")
    longest: Count = Field(description="characters of the longest value, of those looked at")


class PersonalPlan(ResponseModel):
    """The values that a personal message names."""

    looked_at: Count = Field(
        description="of how many terminals values were read: at most 1,024, spread over the audience"
    )
    values: list[PlannedValue]


class PlannedInstant(ResponseModel):
    """Terminals that are due at one instant."""

    at: AwareDatetime
    count: Count


class MessagePlan(ResponseModel):
    """The predicted results of a message. Nothing is stored."""

    push_time: AwareDatetime
    local_push_time: ShownLocalTime = optional()
    best_hour_push_time: ShownBestHour = optional()
    local_times: list[PlannedInstant] = optional(
        "for a message to a local time or to the best hour: how many terminals are due when"
    )
    expires_at: AwareDatetime
    total: Count
    groups: list[PlannedGroup]
    timezones: list[TimezoneCount] = optional()
    vendors: list[PlannedVendor]
    not_configured: Count = Field(description="terminals of vendors that the app is not set up for")
    refused: Count
    cut: Count
    expiring: Count | None = Field(description="null where the rate of a vendor is not known")
    last_push_at: AwareDatetime | None = Field(
        description="when the last terminal is reached; null where the rate of a vendor is not known"
    )
    recent_outcomes: RecentOutcomes | None = Field(description="null for push tokens")
    overlaps: Overlaps | None = Field(description="null for push tokens")
    personal: PersonalPlan = optional("of a personal message")
    warnings: list[FieldError] = Field(
        description="the warnings that the message would get, and limits of the figures"
    )
