"""The request to send a message again to its failed terminals, and its response."""

from datetime import timedelta
from typing import Literal

from pydantic import Field

from pushgate.api.schemas.base import Count, RequestBody
from pushgate.api.schemas.message_responses import Message
from pushgate.domain.message import MAX_TTL
from pushgate.domain.outcome import State

FailedState = Literal[State.INVALID, State.REJECTED, State.EXPIRED]


class RetryBody(RequestBody):
    """Which failures of a message are to be sent again, and for how long."""

    states: list[FailedState] = Field(
        default=[State.REJECTED, State.EXPIRED],
        min_length=1,
        max_length=3,
        description="`invalid` helps if tokens were called dead because the app's credentials were wrong",
    )
    ttl: int | None = Field(
        default=None,
        ge=0,
        le=MAX_TTL // timedelta(seconds=1),
        description="seconds from now at which pending pushes expire; unset = the message's own ttl",
    )


class Retry(Message):
    """A message that is sent again, and to how many terminals."""

    terminals: Count
