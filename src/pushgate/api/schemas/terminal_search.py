"""Terminals that are searched for."""

from pydantic import ConfigDict

from pushgate.api.schemas.base import RequestBody, ResponseModel
from pushgate.api.schemas.fields import Id, Token, VendorName
from pushgate.api.schemas.terminals import Terminal


class TerminalPage(ResponseModel):
    """Some of the terminals that were searched for."""

    terminals: list[Terminal]
    next_cursor: str | None


class FindBody(RequestBody):
    """One terminal, named by its push token or by its id."""

    token: Token | None = None
    vendor: VendorName | None = None
    id: Id | None = None

    model_config = ConfigDict(json_schema_extra={"examples": [{"token": "0f" * 32, "vendor": "apns"}]})
