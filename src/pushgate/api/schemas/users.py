"""People: changes of their attributes."""

from pydantic import ConfigDict

from pushgate.api.schemas.base import RequestBody, ResponseModel
from pushgate.api.schemas.fields import AttributeValue, User
from pushgate.api.schemas.terminals import AttributeChanges


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
