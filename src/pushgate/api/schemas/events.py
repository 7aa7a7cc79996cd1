"""Events of an app, as they are read and as webhooks send them."""

from typing import Annotated

from pydantic import AwareDatetime, Field

from pushgate.api.schemas.base import Count, ResponseModel, optional
from pushgate.api.schemas.fields import MessageId, VendorName
from pushgate.domain.escalation import Unless
from pushgate.domain.event_type import EventType
from pushgate.domain.experiment import WinnerGround


class EventSums(ResponseModel):
    """Sums of a message: terminals that are targeted, in each state and with each receipt."""

    targeted: Count
    states: dict[str, Count]
    receipts: dict[str, Count]


class EventGroup(EventSums):
    """The sums of one group."""

    vendor: VendorName
    language: str


class Event(ResponseModel):
    """What happened. Fields that an event of this type does not have are left out.

    `id` is the same whenever the event is sent. Events of one `shard` are in order.
    """

    id: str
    type: EventType
    at: AwareDatetime
    app: str
    shard: Annotated[str, Field(description="a number, or q for events of the app itself")]
    message: MessageId = optional()
    part: Count = optional("number of the part, for a message that goes out in parts")
    vendor: VendorName = optional()
    language: str = optional()
    from_: str | None = optional("a state, null where the push is new; of a gap a place", alias="from")
    to: str | None = optional("a state; of a gap a place")
    code: str | None = optional()
    reason: str | None = optional()
    count: Count = optional()
    terminals: list[str | None] | None = optional(
        "null where the key may not see terminals; a null item is a terminal whose person was erased"
    )
    token_digests: list[str | None] = optional("SHA-256 of push tokens that the message brought, in hex")
    unproven: bool = optional("whether a click is not proven by the device")
    step: Count = optional("number of the step, for a message that is escalated")
    unless: Unless = optional("the report that came for none of the user's terminals")
    terminal: str | None = optional()
    user: str | None = optional()
    erased: bool = optional()
    token_digest: str | None = optional()
    data: dict[str, str] | None = optional("of the message's content")
    category: str | None = optional()
    collapse_key: str | None = optional()
    status: str = optional()
    variant: str = optional("the variant that the rest of the message gets")
    ground: WinnerGround = optional("why the rest gets it")
    targeted: Count = optional()
    states: dict[str, Count] = optional()
    receipts: dict[str, Count] = optional()
    groups: list[EventGroup] = optional()
    credential: str = optional("the setting that has the credential")
    fingerprint: str = optional("of the credential")
    expires_at: AwareDatetime = optional()
    days: str = optional("how many days are left at most, until the credential expires")


class EventPage(ResponseModel):
    """The next events, and where to read on."""

    events: list[Event]
    after: Annotated[str, Field(description="the `after` of the next call")]
    has_more: Annotated[bool, Field(description="whether there are more events already")]
