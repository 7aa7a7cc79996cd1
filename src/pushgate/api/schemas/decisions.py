"""Which variant the rest of a message gets, as a caller decides and reads it."""

from pydantic import AwareDatetime

from pushgate.api.schemas.base import RequestBody, ResponseModel
from pushgate.api.schemas.fields import MessageId
from pushgate.api.schemas.messages import VariantName
from pushgate.domain.experiment import WinnerGround


class DecisionBody(RequestBody):
    """A variant for the rest of a message."""

    variant: VariantName


class MessageDecision(ResponseModel):
    """The variant that the rest of a message gets."""

    id: MessageId
    variant: str
    ground: WinnerGround
    decided_at: AwareDatetime
