"""People: changes of their attributes, and all that is kept of them."""

from pydantic import ConfigDict

from pushgate.api.schemas.base import RequestBody, ResponseModel
from pushgate.api.schemas.fields import AttributeValue, MessageId, User
from pushgate.api.schemas.history import History
from pushgate.api.schemas.terminals import AttributeChanges, Terminal


class UserChangeBody(RequestBody):
    """What of a person is to be other than it was."""

    attributes: AttributeChanges | None

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"attributes": {"plan": "gold", "trial_ends": None}}]}
    )


class ChangedUser(ResponseModel):
    """A person after a change, with all attributes."""

    user: User
    attributes: dict[str, AttributeValue]


class TerminalOfUser(Terminal):
    """A terminal of a person, and the latest messages that it was sent."""

    history: History


class NamedBy(ResponseModel):
    """What lists the user, or the user's terminals or push tokens."""

    saved_audiences: list[str]
    scheduled_messages: list[MessageId]


class UserPage(ResponseModel):
    """A part of what is kept of a person. Attributes and saved audiences are in the first one."""

    user: User
    attributes: dict[str, AttributeValue]
    terminals: list[TerminalOfUser]
    named_by: NamedBy
    next_cursor: str | None
