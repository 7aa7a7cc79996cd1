"""Sections of the engines: where Redis and the Gearman servers are."""

from typing import Annotated
from urllib.parse import urlsplit

from pydantic import Field, field_validator
from pydantic_settings import NoDecode

from pushgate.settings.section import MAX_COUNT, Section, split_at_commas


class RedisSettings(Section):
    """Where Redis or Valkey is."""

    url: str = Field(default="redis://127.0.0.1:6379/0", description="redis://, rediss:// or unix:// address")
    max_connections: int = Field(
        default=64, ge=4, le=65536, description="connections a process opens at most"
    )

    @field_validator("url")
    @classmethod
    def _require_redis_url(cls, value: str) -> str:
        if not _is_redis_url(value):
            # The address may hold a password: it is not repeated.
            raise ValueError(
                "is not an address such as redis://:password@host:6379/0; write # as %23 in a password"
            )
        return value


def _is_redis_url(text: str) -> bool:
    try:
        parts = urlsplit(text)
        if parts.scheme == "unix":
            return bool(parts.path)
        return parts.scheme in ("redis", "rediss") and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:  # the port is no number
        return False


class GearmanSettings(Section):
    """Where the Gearman servers are."""

    servers: Annotated[tuple[str, ...], NoDecode] = Field(
        default=("127.0.0.1:4730",), min_length=1, description="host:port of each server; IPv4 or a name"
    )
    timeout: float = Field(
        default=5.0, gt=0, le=3600, description="seconds to wait for a server's answer to a submit"
    )
    max_queued: int = Field(
        default=2000,
        ge=1,
        le=MAX_COUNT,
        description="jobs of one app and vendor in Gearman's queue, about; more wait in Redis",
    )

    _split = field_validator("servers", mode="before")(split_at_commas)

    @field_validator("servers")
    @classmethod
    def _require_addresses(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for server in value:
            host, _, port = server.rpartition(":")
            if not host or not port.isdigit() or not 0 < int(port) < 65536:
                raise ValueError(f"{server!r} is not host:port, for example 127.0.0.1:4730")
        return value
