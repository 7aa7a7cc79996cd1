"""Messages as the API returns them: single ones, pages and batches."""

from datetime import date
from typing import Annotated, Literal

from pydantic import AwareDatetime, Field

from pushgate.api.schemas.base import Count, ResponseModel, optional
from pushgate.api.schemas.canaries import Canary
from pushgate.api.schemas.escalation import ShownEscalates, ShownStep
from pushgate.api.schemas.fields import AttributeValue, Id, MessageId, VendorName
from pushgate.api.schemas.problems import FieldError, Problem
from pushgate.domain.experiment import Unit, WinnerMeasure
from pushgate.domain.local_time import Passed
from pushgate.domain.message import Delivery, InQuietHours, OnMissing, Priority, Status, TooLong

_WITHDRAWS = (
    "the message whose notification this one removes, because the user clicked on another terminal; "
    "lists leave such messages out"
)


class Content(ResponseModel):
    """Content in one language, as stored."""

    title: str
    body: str
    image: str | None
    url: str | None
    data: dict[str, str]


class TemplateVersion(ResponseModel):
    """The version of a stored template whose content a message has."""

    name: str
    version: int


class Variant(ResponseModel):
    """One of several contents that are compared."""

    name: str
    share: float
    content: dict[str, Content]


class ShownWinner(ResponseModel):
    """How the rest of a message gets one of its variants."""

    after: str
    by: WinnerMeasure


class InlineToken(ResponseModel):
    """A terminal that the message named by its push token."""

    vendor: VendorName
    token: str
    language: str


class Days(ResponseModel):
    """Days in UTC: before one, from one on, or both."""

    before: date = optional()
    after: date = optional()


class Sample(ResponseModel):
    """A stable share of an audience."""

    share: float
    seed: str = optional()
    of: "Audience"


class Audience(ResponseModel):
    """Who receives a message, or a part of that. A list of terminals, users or tokens is shown by
    its length, or whole with `include=audience`.
    """

    all: Literal[True] = optional()
    terminals: Count | list[Id] = optional()
    users: Count | list[str] = optional()
    tokens: Count | list[InlineToken] = optional()
    tag: str = optional()
    language: str = optional()
    vendor: VendorName = optional()
    timezone: str = optional()
    registered: Days = optional()
    seen: Days = optional()
    app_version: str = optional()
    attribute: str = optional()
    equals: AttributeValue = optional()
    one_of: list[AttributeValue] = optional()
    targeted: MessageId = optional()
    accepted: MessageId = optional()
    delivered: MessageId = optional()
    clicked: MessageId = optional()
    failed: MessageId = optional()
    saved: str = optional()
    frozen: str = optional("the key of a frozen audience; only in a saved audience")
    all_of: list["Audience"] = optional()
    any_of: list["Audience"] = optional()
    not_: "Audience" = optional(alias="not")
    sample: Sample = optional()
    one_per_user: "Audience" = optional()
    escalation_of: MessageId = optional("for a step: users whom this message did not reach")


class Options(ResponseModel):
    """How a message is pushed: the options of all vendors, and under its name those of
    each vendor.
    """

    ttl: Count
    priority: Priority
    delivery: Delivery
    collapse_key: str | None
    on_too_long: TooLong
    dry_run: bool
    silent: bool
    badge: Count | None
    category: str | None
    quiet_hours: InQuietHours
    require_audience: bool
    clear_on_click: bool
    spread: str | None = Field(description="a duration such as `10m`")
    canary: Canary | None


class ShownLocalTime(ResponseModel):
    """The local time at which each terminal is pushed to. `push_time` of the message is the instant
    of the first ones.
    """

    local: str = Field(description="date and time, without an offset")
    passed: Passed
    timezone: str = Field(description="IANA name; that of terminals without a time zone")
    first_at: AwareDatetime = Field(description="when the first terminals are due")
    last_at: AwareDatetime = Field(description="when the last terminals are due")


class ShownBestHour(ResponseModel):
    """Each terminal is pushed to in its best hour. `push_time` of the message is the first hour."""

    within: str = Field(description="full hours, such as `24h`")
    fallback: str | None = Field(description="local time for terminals without a known click")
    timezone: str = Field(description="IANA name; that of terminals without a time zone")
    app_hour: Count | None = Field(
        description="the best hour (UTC) of all terminals of the app, for those of which no click is known; "
        "null where a fallback is given, and where no click is known at all"
    )
    first_at: AwareDatetime = Field(description="the first hour in which terminals are due")
    last_at: AwareDatetime = Field(description="the last hour in which terminals are due")


class Message(ResponseModel):
    """A message with its status."""

    id: MessageId
    status: Status
    push_time: AwareDatetime
    local_push_time: ShownLocalTime = optional()
    best_hour_push_time: ShownBestHour = optional()
    created_at: AwareDatetime
    expires_at: AwareDatetime
    retries: Count
    content: dict[str, Content]
    template: TemplateVersion | None = Field(description="null where the content came with the message")
    default_language: str
    audience: Audience
    options: Options
    personal: bool = Field(description="whether each terminal's values are filled into the content")
    on_missing: OnMissing = optional()
    fallback: dict[str, Content] = optional()
    values: dict[str, AttributeValue] = optional()
    user_values: dict[str, dict[str, AttributeValue]] = optional()
    variants: list[Variant] = optional("`content` is that of the first")
    holdout: float = optional("per cent")
    unit: Unit = optional()
    winner: ShownWinner = optional("for a message with a rest that waits for a winner")
    withdraws: MessageId = optional(_WITHDRAWS)
    escalate: list[ShownStep] = optional("the steps for users whom it does not reach in time")
    escalates: ShownEscalates = optional("of which message it is a step")


class TrackedMessage(ResponseModel):
    """A message with its status. If its content was dropped before its results, `content_dropped`
    is true and the lost fields are null.
    """

    id: MessageId
    status: Status
    push_time: AwareDatetime | None
    local_push_time: ShownLocalTime = optional()
    best_hour_push_time: ShownBestHour = optional()
    created_at: AwareDatetime
    expires_at: AwareDatetime | None
    retries: Count
    content: dict[str, Content] | None
    template: TemplateVersion | None
    default_language: str | None
    audience: Audience | None
    options: Options | None
    personal: bool | None
    on_missing: OnMissing = optional()
    fallback: dict[str, Content] = optional()
    values: dict[str, AttributeValue] = optional()
    user_values: dict[str, dict[str, AttributeValue]] = optional()
    variants: list[Variant] = optional("`content` is that of the first")
    holdout: float = optional("per cent")
    unit: Unit = optional()
    winner: ShownWinner = optional("for a message with a rest that waits for a winner")
    withdraws: MessageId = optional(_WITHDRAWS)
    escalate: list[ShownStep] = optional("the steps for users whom it does not reach in time")
    escalates: ShownEscalates = optional("of which message it is a step")
    content_dropped: Literal[True] = optional()


class MessageWithWarnings(Message):
    """A message, and warnings about fields that were accepted but have less effect than the caller
    may expect.
    """

    warnings: list[FieldError]


class BatchResult(ResponseModel):
    """The result of one item of a batch: a message, or a problem."""

    status: Annotated[int, Field(ge=200, le=599)]
    message: MessageWithWarnings = optional()
    problem: Problem = optional()


class BatchResults(ResponseModel):
    """One result for each item, in the order of the request."""

    results: list[BatchResult]


class MessagePage(ResponseModel):
    """Some messages, newest first."""

    messages: list[TrackedMessage]
    next_cursor: str | None
