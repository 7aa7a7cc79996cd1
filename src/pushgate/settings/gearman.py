"""Section of the Gearman servers."""

from typing import Annotated

from pydantic import Field, field_validator
from pydantic_settings import NoDecode

from pushgate.settings.section import MAX_COUNT, Section, require_addresses, split_at_commas


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
        return require_addresses(value, "127.0.0.1:4730")
