"""Steps of messages that do not reach a user: in requests, in messages and in results."""

from datetime import timedelta
from typing import Annotated

from pydantic import AwareDatetime, Field, StringConstraints

from pushgate.api.schemas.base import Count, RequestBody, ResponseModel
from pushgate.api.schemas.fields import DURATION_SCHEMA, MessageId, duration_up_to
from pushgate.domain.escalation import MAX_STEPS, Unless
from pushgate.domain.message import MAX_TTL, Status
from pushgate.tracking.steps import StepState


class StepBody(RequestBody):
    """A step: users whom the message did not reach get it on another terminal."""

    after: Annotated[timedelta, duration_up_to(MAX_TTL), DURATION_SCHEMA] = Field(
        description="how long after the push time, such as `10m`; within the time to live"
    )
    unless: Unless = Field(
        default=Unless.DELIVERED,
        description="if one of a user's terminals reported this, the user gets no step",
    )
    to: Annotated[str, StringConstraints(pattern=r"^(next_terminal|webhook|vendor:[a-z]{1,32})$")] = Field(
        description="`next_terminal`: the terminal last seen among the user's terminals that "
        "got nothing yet; "
        "`vendor:<name>`: the user's terminals of this vendor that got nothing yet; "
        "`webhook`: nobody, but readers of events get `terminal.not_reached`"
    )


StepBodies = Annotated[list[StepBody], Field(min_length=1, max_length=MAX_STEPS)]


class ShownStep(ResponseModel):
    """A step of a message."""

    after: str
    unless: Unless
    to: str


class ShownEscalates(ResponseModel):
    """Which step of which message a message is."""

    message: MessageId
    step: int = Field(ge=1, le=MAX_STEPS)
    unless: Unless
    to: str


class StepResult(ShownStep):
    """The result of a step. The counts are those of the step's message. For a step whose state is
    `told`, `targeted` is the number of terminals that the message did not reach.
    """

    step: int = Field(ge=1, le=MAX_STEPS)
    due_at: AwareDatetime
    state: StepState
    message: MessageId | None = Field(description="null where it has none (yet)")
    status: Status | None
    targeted: Count
    accepted: Count
    delivered: Count
    clicked: Count
