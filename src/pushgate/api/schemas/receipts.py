"""Reports of client apps."""

from typing import Annotated

from pydantic import Field, StringConstraints

from pushgate.api.schemas.base import RequestBody
from pushgate.api.schemas.fields import Text


class ReceiptBody(RequestBody):
    """A client app's report: `token` is the callback token that came with the push."""

    token: Annotated[str, StringConstraints(min_length=1, max_length=256)]
    terminal: Annotated[Text, StringConstraints(min_length=1, max_length=4096)] = Field(
        description="the terminal's id, or its push token if the message named it by the token"
    )
