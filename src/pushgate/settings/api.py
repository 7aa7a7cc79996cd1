"""The section of the API: its address, its limits and its deadlines."""

from datetime import timedelta
from typing import Annotated

from pydantic import Field, IPvAnyNetwork, field_validator
from pydantic_settings import NoDecode

from pushgate.settings.section import MAX_BYTES, MAX_COUNT, MAX_DURATION, Duration, Section, split_texts


class ApiSettings(Section):
    """The HTTP API."""

    host: str = Field(
        default="127.0.0.1", description="address to listen on; 0.0.0.0 and :: are all of this machine"
    )
    port: int = Field(default=8080, ge=0, le=65535, description="0 takes a free port")
    public_url: str | None = Field(
        default=None,
        pattern=r"^https?://[^\s/?#]+(/[^\s?#]*)?$",
        max_length=400,
        description=(
            "where vendors reach the API, as https://push.example.com: pushes name it for their receipts"
        ),
    )
    max_body: int = Field(
        default=8 * 1024 * 1024,
        ge=1024,
        le=MAX_BYTES,
        description="bytes a request body may have; imports are streams and not bound by it",
    )
    max_audience: int = Field(
        default=100_000, ge=1, le=MAX_COUNT, description="ids or tokens one message may list"
    )
    max_languages: int = Field(
        default=256,
        ge=1,
        le=4096,
        description=(
            "languages an app's terminals are grouped by; a further one loses its region, "
            "and past twice as many its terminals read the default language"
        ),
    )
    max_message: int = Field(
        default=256 * 1024,
        ge=1024,
        le=MAX_BYTES,
        description="bytes of one message's content in all languages and its options",
    )
    max_in_hand: int = Field(
        default=256 * 1024 * 1024,
        ge=1024,
        le=MAX_BYTES,
        description=(
            "bytes of requests with a valid key that one process has in hand; more get 503. "
            "An eighth of it is for requests without a key"
        ),
    )
    max_connections: int = Field(
        default=4096,
        ge=1,
        le=MAX_COUNT,
        description="connections one process has open; more are refused with 503",
    )
    max_connections_per_client: int = Field(
        default=256,
        ge=1,
        le=MAX_COUNT,
        description="connections and running requests of one address (IPv6: one /64 network); more get 503",
    )
    access_log: int = Field(
        default=50,
        ge=0,
        le=MAX_COUNT,
        description="lines a second about requests, at most, and as many about those that failed; 0 = none",
    )
    trusted_proxies: Annotated[tuple[IPvAnyNetwork, ...], NoDecode] = Field(
        default=(),
        description=(
            "addresses or networks of reverse proxies: their X-Forwarded-For is believed, "
            "and they may open any number of connections"
        ),
    )
    header_timeout: Duration = Field(
        default=timedelta(seconds=10),
        description="how long a client may take to send a request's headers",
    )
    body_timeout: Duration = Field(
        default=timedelta(seconds=60),
        description=(
            "how long a client may take to send a body, or each 64 KiB of an import, and to read an answer"
        ),
    )
    idle_timeout: timedelta = Field(
        default=timedelta(seconds=65),
        ge=timedelta(seconds=1),
        le=MAX_DURATION,
        description="how long a connection stays open between two requests",
    )
    max_waiting: int = Field(
        default=1_000_000,
        ge=1,
        le=MAX_COUNT,
        description="an app's messages that may be scheduled or being sent; more get 429",
    )

    _split = field_validator("trusted_proxies", mode="before")(split_texts)
