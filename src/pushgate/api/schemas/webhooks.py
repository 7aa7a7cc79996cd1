"""Webhooks, their deliveries, and what is asked of them."""

from datetime import timedelta
from typing import Annotated

from pydantic import AwareDatetime, Field

from pushgate.api.schemas.base import Count, RequestBody, ResponseModel, optional
from pushgate.api.schemas.fields import Text
from pushgate.api.schemas.keys import Overlap
from pushgate.webhooks.answer import AttemptFailure
from pushgate.webhooks.destination import MAX_URL
from pushgate.webhooks.webhook import ID, MAX_DESCRIPTION, PauseReason, WebhookState

MAX_TYPES = 64
_EXPAND = "whether events name each terminal with its user and the message's data; else they are by block"
Url = Annotated[Text, Field(max_length=MAX_URL, description="an https:// address with a public host")]
Types = Annotated[
    list[Text],
    Field(
        max_length=MAX_TYPES,
        description='types of events, ["*"] for all. `events.gap` and `store.rolled_back` always come',
    ),
]
Description = Annotated[Text, Field(max_length=MAX_DESCRIPTION)]


class WebhookBody(RequestBody):
    """A webhook that is to be created."""

    url: Url
    types: Types
    expand: bool = Field(default=False, description=_EXPAND)
    description: Description = ""


class WebhookChange(RequestBody):
    """A change of a webhook. Fields that are left out stay."""

    url: Url = optional()
    types: Types = optional()
    expand: bool = optional(_EXPAND)
    description: Description = optional()


class RotationBody(RequestBody):
    """How long the old secret signs beside the new one."""

    overlap: Overlap = Field(default=timedelta(hours=24), description="such as 24h, from 0s to 30d")


class ReplayBody(RequestBody):
    """From where events are delivered once more."""

    from_: Text = Field(
        alias="from",
        min_length=1,
        max_length=4096,
        description="an event's id, a cursor of `GET /v1/events`, or a time (RFC 3339)",
    )


class Webhook(ResponseModel):
    """A webhook. Its secret is shown once, where it is made."""

    id: Annotated[str, Field(pattern=ID)]
    url: str
    types: list[str]
    expand: bool = Field(description=_EXPAND)
    description: str
    state: WebhookState
    paused_at: AwareDatetime | None
    pause_reason: PauseReason | None = Field(
        description="`requested`; `gone`: the receiver answered 410; `undeliverable`: a delivery failed for "
        "`webhooks.give_up_after`"
    )
    created_at: AwareDatetime
    created_by: str = Field(description="the id of the API key that created it")
    previous_secret_until: AwareDatetime | None = Field(
        description="until when the secret before a rotation also signs"
    )


class WebhookWithSecret(Webhook):
    """A webhook whose secret is new: keep it, it is not shown again."""

    secret: str = Field(description="whsec_ and base64, as the Standard Webhooks libraries take it")


class WebhookList(ResponseModel):
    """The webhooks of an app, the oldest first."""

    webhooks: list[Webhook]


class DeliveryAttempt(ResponseModel):
    """One attempt to deliver events."""

    delivery: str = Field(description="the header `webhook-id`, the same in each attempt")
    shard: str
    attempt: Annotated[int, Field(ge=1)]
    at: AwareDatetime
    duration_ms: Count
    events: Count
    status: int | None = Field(description="of the response; null where there was none")
    failure: AttemptFailure | None = Field(description="why there was no response")
    reason: str
    next_attempt_at: AwareDatetime | None = Field(
        description="null if the delivery was confirmed, or the webhook was paused because of it"
    )


class DeliveryList(ResponseModel):
    """The last 100 attempts, the newest first."""

    deliveries: list[DeliveryAttempt]


class WebhookTest(ResponseModel):
    """The receiver's answer to a test event."""

    delivered: bool = Field(description="whether the receiver answered with a status of 200 to 299")
    status: int | None
    failure: AttemptFailure | None
    reason: str
    duration_ms: Count


class Replay(ResponseModel):
    """From which places events are delivered once more, by shard."""

    shards: dict[str, str]
