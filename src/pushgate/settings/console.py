"""The section of the console: who reaches it, and how long a session lasts."""

from datetime import timedelta
from typing import Annotated

from pydantic import Field, field_validator
from pydantic_settings import NoDecode

from pushgate.settings.oidc import OidcSettings
from pushgate.settings.section import MAX_COUNT, Section, split_texts

HOST_NAME = r"^(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?)$"


class ConsoleSettings(Section):
    """The pages for people, served beside the API."""

    enabled: bool = Field(default=True, description="false = the API alone, without console and guide")
    hosts: Annotated[tuple[Annotated[str, Field(pattern=HOST_NAME, max_length=255)], ...], NoDecode] = Field(
        default=(),
        max_length=100,
        description=(
            "names by which browsers reach the console, without ports; those of this machine and "
            "of api.public_url hold always"
        ),
    )
    session_lifetime: timedelta = Field(
        default=timedelta(hours=12),
        ge=timedelta(minutes=5),
        le=timedelta(days=30),
        description="after how long one signs in again",
    )
    confirm_above: int = Field(
        default=1_000,
        ge=0,
        le=MAX_COUNT,
        description="for more terminals than this the number is typed before a message is sent",
    )

    oidc: OidcSettings | None = Field(
        default=None, description="the provider by which people sign in; unset = by API keys alone"
    )

    _split = field_validator("hosts", mode="before")(split_texts)
