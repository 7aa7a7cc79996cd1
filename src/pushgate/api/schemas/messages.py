"""Request bodies that create and change messages."""

from datetime import timedelta
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from pushgate.api.idempotency import KeyText
from pushgate.api.schemas.audience import AudienceBody
from pushgate.api.schemas.base import DescribedWithoutNull, RequestBody, optional
from pushgate.api.schemas.canaries import CanaryBody
from pushgate.api.schemas.escalation import StepBodies
from pushgate.api.schemas.fields import (
    DURATION_SCHEMA,
    AttributeName,
    AttributeValue,
    Category,
    CollapseKey,
    Language,
    Link,
    TemplateName,
    Text,
    Url,
    User,
    duration_up_to,
)
from pushgate.api.schemas.push_times import PushTime
from pushgate.domain.attributes import MAX_ATTRIBUTES
from pushgate.domain.experiment import MAX_VARIANTS, Unit, WinnerMeasure
from pushgate.domain.message import (
    DEFAULT_TTL,
    MAX_TTL,
    Delivery,
    InQuietHours,
    OnMissing,
    Priority,
    TooLong,
)

MAX_BATCH = 1000
"""Messages of a batch."""
MAX_USERS_WITH_VALUES = 1000
"""Users for whom a message brings values of their own."""
Values = Annotated[dict[AttributeName, AttributeValue], Field(max_length=MAX_ATTRIBUTES)]
UserValues = Annotated[dict[User, Values], Field(max_length=MAX_USERS_WITH_VALUES)]
MAX_VERSION = 2**31
"""The highest number of a template's version that a request may name."""


class ContentBody(RequestBody):
    """What is shown, in one language."""

    title: Annotated[Text, StringConstraints(min_length=1, max_length=1000)]
    body: Annotated[Text, StringConstraints(min_length=1, max_length=4000)]
    image: Url | None = Field(default=None, description="address of a picture")
    url: Link | None = Field(
        default=None,
        description="opened on a click: an https:// page or a deep link; an app that opens links "
        "itself finds the link in the data of the push",
    )
    data: dict[
        Annotated[Text, StringConstraints(min_length=1, max_length=128)],
        Annotated[Text, StringConstraints(max_length=4096)],
    ] = Field(
        default_factory=dict,
        max_length=64,
        description="passed to the client app unchanged; values are strings",
    )


class OptionsBody(BaseModel):
    """How the message is pushed. Every further key is a vendor's name, with that vendor's own
    options.
    """

    model_config = ConfigDict(extra="allow", strict=True, frozen=True)

    ttl: int = Field(
        default=DEFAULT_TTL // timedelta(seconds=1),
        ge=0,
        le=MAX_TTL // timedelta(seconds=1),
        description="seconds after the push time at which pending pushes expire",
    )
    priority: Priority = Priority.NORMAL
    delivery: Delivery = Field(
        default=Delivery.AT_LEAST_ONCE, description="whether a push that got no answer is sent again"
    )
    on_too_long: TooLong = Field(
        default=TooLong.REJECT,
        description="what to do with content that is longer than a vendor takes: reject the vendor's "
        "terminals, refuse the message, or truncate the content",
    )
    silent: bool = Field(
        default=False, description="pass the data to the app and show nothing, if the vendor has such pushes"
    )
    badge: int | None = Field(
        default=None, ge=0, le=99_999, description="the number at the app's icon, where the vendor sets it"
    )
    category: Category | None = Field(
        default=None,
        description="what the message is about: message, account, order, reminder, news, marketing, or "
        "a name of the app's own. Terminals and people that opted out of it are left out. It also "
        "decides each vendor's class, unless the vendor's own option names one",
    )
    quiet_hours: InQuietHours | None = Field(
        default=None,
        description="what terminals in quiet hours get: nothing (leave_out), or the message when their "
        "quiet hours end, within `ttl` (hold); ignore is for messages that cannot wait, such as codes "
        "and alarms; null is the app's setting quiet_hours",
    )
    require_audience: bool = Field(
        default=False,
        description="refuse the message if its audience names unknown terminals or users, or is empty; "
        "if false, only `warnings` say so",
    )
    dry_run: bool = Field(
        default=False, description="check everything and deliver nothing; FCM and Huawei check it themselves"
    )
    spread: Annotated[timedelta, duration_up_to(MAX_TTL), DURATION_SCHEMA] | None = Field(
        default=None,
        description="send evenly over this time, such as `10m`, instead of as fast as vendors take it; "
        "shorter than the time to live",
    )
    canary: Annotated[CanaryBody | None, DescribedWithoutNull] = optional()
    clear_on_click: bool = Field(
        default=False,
        description="a click on one terminal removes the notification from the user's other terminals, "
        "where the vendor or the client app can do that",
    )
    collapse_key: CollapseKey | None = Field(
        default=None, description="a later message with the same key replaces this one on the device"
    )


_NO_OPTIONS = OptionsBody()


class TemplateReference(RequestBody):
    """A stored template; the message gets a copy of its content."""

    name: TemplateName
    version: int | None = Field(
        default=None, ge=1, le=MAX_VERSION, description="unset = the latest when the message is created"
    )


Contents = Annotated[dict[str, ContentBody], Field(min_length=1, max_length=100)]


VariantName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{1,32}$")]


class VariantBody(RequestBody):
    """One of several contents that are compared."""

    name: VariantName
    share: float = Field(
        gt=0,
        lt=100,
        description="per cent of the terminals that are not held out; the shares add up to 100, or to "
        "less with `winner`",
    )
    content: dict[str, ContentBody] = Field(
        min_length=1, max_length=100, description="by BCP 47 language, the same languages in all variants"
    )


class WinnerBody(RequestBody):
    """How the rest gets a variant: the variants' shares add up to less than 100, and the rest waits
    for the best variant.
    """

    after: Annotated[timedelta, duration_up_to(MAX_TTL), DURATION_SCHEMA] = Field(
        description="how long variants are compared once they are sent, such as `2h`; "
        "shorter than the time to live. The rest gets its variant then, or as soon as one is clearly "
        "the best"
    )
    by: WinnerMeasure = Field(
        default=WinnerMeasure.CLICKS,
        description="the best variant has the highest rate of terminals that clicked",
    )


class MessageBody(RequestBody):
    """One push request. It has `content` or `variants`, or names a `template`."""

    content: Annotated[Contents | None, DescribedWithoutNull] = optional("by BCP 47 language")
    template: Annotated[TemplateReference | None, DescribedWithoutNull] = optional()
    variants: Annotated[
        Annotated[list[VariantBody], Field(min_length=2, max_length=MAX_VARIANTS)] | None,
        DescribedWithoutNull,
    ] = optional("in place of `content`: each terminal gets one of the variants, always the same one")
    holdout: Annotated[Annotated[float, Field(gt=0, le=90)] | None, DescribedWithoutNull] = optional(
        "with variants: per cent of terminals that get nothing, to compare with"
    )
    unit: Annotated[Unit | None, DescribedWithoutNull] = optional(
        "with variants: `user` gives all terminals of a user the same variant; unset = `terminal`"
    )
    winner: Annotated[WinnerBody | None, DescribedWithoutNull] = optional(
        "with variants: how the rest gets one of them"
    )
    default_language: Language | None = Field(
        default=None,
        description="one of content's, for terminals whose language none of them fits; "
        "unset = the app's, or the only one",
    )
    push_time: PushTime | None = Field(
        default=None,
        description="RFC 3339 with offset; unset, or past by at most 5 minutes = now; at most 366 days "
        "ahead; or a local time, at which each terminal is pushed to in its own time zone; or the best "
        "hour, in which each terminal clicks most",
    )
    audience: AudienceBody
    options: OptionsBody = Field(default_factory=lambda: _NO_OPTIONS)  # shared, for it is frozen
    personal: bool = Field(
        default=False,
        description='content has placeholders such as `{{ name | default: "friend" }}`, into which each '
        "terminal's values are filled; else they are sent as they are. Of a template with placeholders they "
        "are always filled",
    )
    on_missing: OnMissing | None = Field(
        default=None,
        description="what a terminal gets that lacks a value without a default: nothing (it is rejected with "
        "the code `missing_value`), or the fallback; unset = `leave_out`",
    )
    fallback: dict[str, ContentBody] | None = Field(
        default=None,
        min_length=1,
        max_length=100,
        description="content without placeholders, in the same languages, for `on_missing`: `fallback`",
    )
    fallback_template: Annotated[TemplateReference | None, DescribedWithoutNull] = optional(
        "in place of `fallback`: a stored template without placeholders, in all languages of content"
    )
    values: Values = Field(
        default_factory=dict, description="what `{{ values.<name> }}` shows, for all terminals"
    )
    user_values: UserValues = Field(
        default_factory=dict,
        description="values for the terminals of a user, by the user's name; they take "
        "precedence over `values`",
    )

    escalate: Annotated[StepBodies | None, DescribedWithoutNull] = optional(
        "what follows where the message does not reach a user in time, in the order of time: "
        "each step is a message of its own"
    )

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "content": {
                        "en": {"title": "Sale", "body": "Today only", "data": {"page": "sale"}},
                        "zh-Hans": {"title": "特卖", "body": "仅限今天"},
                    },
                    "default_language": "en",
                    "push_time": "2027-01-01T20:00:00+08:00",
                    "audience": {"all": True},
                    "options": {
                        "ttl": 3600,
                        "priority": "high",
                        "collapse_key": "sale",
                        "apns": {"badge": 1},
                    },
                }
            ]
        }
    )


class ChangeBody(RequestBody):
    """A change of a scheduled message. Fields that are left out stay."""

    push_time: PushTime | None = Field(
        default=None,
        description="RFC 3339 with offset; past by at most 5 minutes = now; at most 366 days ahead; "
        "for a message to a local time or to the best hour another of these",
    )
    content: Contents | None = None
    template: TemplateReference | None = Field(
        default=None, description="a stored template whose content takes the place of the message's"
    )
    variants: list[VariantBody] | None = Field(
        default=None,
        min_length=2,
        max_length=MAX_VARIANTS,
        description="in place of `content`, for a message that has variants: all variants anew",
    )
    default_language: Language | None = None
    audience: AudienceBody | None = None
    personal: bool | None = Field(
        default=None,
        description="whether placeholders are filled in; unset = as before. Of a template with placeholders "
        "they are always filled",
    )
    on_missing: OnMissing | None = Field(
        default=None, description="of a personal message; with `leave_out` its fallback goes"
    )
    fallback: Contents | None = Field(
        default=None,
        description="in place of the fallback of a personal message, in the languages of content",
    )
    fallback_template: TemplateReference | None = Field(
        default=None, description="a stored template whose content takes the place of the fallback"
    )
    values: Values | None = Field(default=None, description="in place of all `values` of a personal message")
    user_values: UserValues | None = Field(
        default=None, description="in place of all `user_values` of a personal message"
    )


class BatchItem(MessageBody):
    """One push request of a batch."""

    idempotency_key: KeyText | None = Field(
        default=None,
        description="as the header Idempotency-Key of a single request; unset = derived from the batch's key",
    )


class BatchBody(RequestBody):
    """Up to 1,000 push requests."""

    messages: list[BatchItem] = Field(min_length=1, max_length=MAX_BATCH)
