"""Terminals that are marked for tests."""

from pydantic import AwareDatetime, Field

from pushgate.api.schemas.base import RequestBody, ResponseModel
from pushgate.api.schemas.fields import VendorName


class MarkBody(RequestBody):
    """The name of a terminal for tests."""

    name: str = Field(min_length=1, max_length=100, description="such as `Anna's phone`")


class MarkedTerminal(ResponseModel):
    """A terminal for tests, registered or not: its mark stays until it is taken off."""

    id: str
    name: str
    marked_at: AwareDatetime
    registered: bool
    vendor: VendorName | None = Field(description="null for a terminal that is not registered")
    language: str | None


class MarkedTerminals(ResponseModel):
    """The terminals for tests, in the order of their names."""

    terminals: list[MarkedTerminal]
