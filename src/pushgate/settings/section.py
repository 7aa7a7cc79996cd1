"""What all sections of the configuration share: strictness, bounds, and lists written with commas.

Pure.
"""

from datetime import timedelta
from typing import Annotated, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator

MAX_DURATION = timedelta(hours=1)
"""For leases, deadlines and intervals: a longer one is surely a mistake."""
Duration = Annotated[timedelta, Field(gt=timedelta(0), le=MAX_DURATION)]
"""A lease, deadline or interval: more than zero, at most `MAX_DURATION`."""
MAX_BYTES = 2**40
MAX_COUNT = 1_000_000_000


class Section(BaseModel):
    """A section that refuses unknown settings, so that a misspelt name is reported and not
    ignored.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    @field_validator("*", mode="before")
    @classmethod
    def _reject_booleans(cls, value: object, field: ValidationInfo) -> object:
        """Refuse `true` as a number.

        Conversely, 1 is accepted for true, because the environment has no booleans.
        """
        wanted = cls.model_fields[str(field.field_name)].annotation
        if isinstance(value, bool) and bool not in (wanted, *get_args(wanted)):
            raise ValueError("takes no true or false")
        return value


def split_at_commas(value: object) -> object:
    """Split `a,b`, as one writes a list in an environment variable; any other value is left as it
    is.
    """
    return _parts(value) if isinstance(value, str) else value


def require_addresses(servers: tuple[str, ...], example: str) -> tuple[str, ...]:
    """The servers, each of which must be host:port. Raises ValueError."""
    for server in servers:
        host, _, port = server.rpartition(":")
        if not host or not port.isdigit() or not 0 < int(port) < 65536:
            raise ValueError(f"{server!r} is not host:port, for example {example}")
    return servers


def split_texts(value: object) -> object:
    """Split at commas, and leave out empty parts.

    Raises ValueError for a list of anything but texts.
    """
    items = value if isinstance(value, list | tuple) else [value]
    if any(isinstance(item, bool | int | float) for item in items):
        raise ValueError("must be a list of texts")
    return [part for part in _parts(value) if part] if isinstance(value, str) else value


def _parts(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(","))
