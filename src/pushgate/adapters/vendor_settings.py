"""Settings that every vendor's section of the configuration has. Pure."""

from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field

from pushgate.settings.section import Section


def _endpoint_url(text: str) -> str:
    parts = urlsplit(text)
    try:
        port = parts.port  # one out of range raises ValueError, too
    except ValueError as error:
        raise ValueError("has no valid port") from error
    if parts.scheme == "https" and parts.hostname and port != 0:
        return text
    if parts.scheme == "http" and parts.hostname in ("127.0.0.1", "::1", "localhost"):
        return text
    raise ValueError(
        "must be an https:// address (http:// is for this machine only): credentials travel there"
    )


EndpointUrl = Annotated[str, AfterValidator(_endpoint_url)]
"""The base address of a vendor's server: https, or http on this machine."""


class VendorSettings(Section):
    """The settings of every vendor's section."""

    ca_file: Path | None = Field(
        default=None, description="PEM file of the CAs to trust instead of the system's"
    )
    proxy: str | None = Field(
        default=None,
        pattern=r"^http://[^\s/]+/?$",
        description="http:// address of a proxy that tunnels all requests (CONNECT)",
    )
    max_connections: int = Field(default=8, ge=1, le=1000)
    rate_limit: float | None = Field(
        default=None,
        ge=0,
        le=1_000_000,
        description="pushes a second for the app, all workers together; unset = the vendor's quota, "
        "0 = no limit",
    )
