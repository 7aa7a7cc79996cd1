"""Terminals: registrations, changes, and terminals as the API returns them."""

from pydantic import ConfigDict, Field

from pushgate.api.schemas.base import RequestBody, ResponseModel
from pushgate.api.schemas.fields import Id, Language, Tag, Timezone, Token, User, VendorName
from pushgate.api.schemas.problems import FieldError


class TerminalBody(RequestBody):
    """A terminal's registration."""

    vendor: VendorName
    token: Token
    language: Language | None = Field(default=None, description="BCP 47; unset = the app's default")
    user: User | None = None
    tags: list[Tag] = Field(default_factory=list, max_length=64)
    timezone: Timezone | None = Field(default=None, description="IANA name, such as Asia/Shanghai")

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"vendor": "apns", "token": "0f" * 32, "language": "zh-Hans", "user": "u-17", "tags": ["vip"]}
            ]
        }
    )


class TerminalChangeBody(RequestBody):
    """What of a terminal is to be other than it was. Null clears; a vendor and a token cannot be
    cleared.
    """

    vendor: str = Field(default="", max_length=32)
    token: Token = ""
    language: Language | None = Field(default=None, description="BCP 47; null = the app's default")
    user: User | None = None
    tags: list[Tag] | None = Field(default=None, max_length=64)
    timezone: Timezone | None = None


class TerminalLine(TerminalBody):
    """One line of an import: a registration with its id."""

    id: Id


class Terminal(ResponseModel):
    """A terminal as it is registered."""

    id: Id
    vendor: VendorName
    token: str
    language: str
    user: str | None
    tags: list[str]
    timezone: str | None


class TerminalWithWarnings(Terminal):
    """A terminal as it is registered from now on, and what of it has less effect than the caller
    may expect.
    """

    warnings: list[FieldError]
