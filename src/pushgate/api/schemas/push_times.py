"""When a message is pushed: at one instant, or at each terminal's own local time."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated

from pydantic import Field, PlainSerializer, PlainValidator, WithJsonSchema, WrapValidator

from pushgate.api.schemas.base import RequestBody
from pushgate.api.times import Instant, parse_instant
from pushgate.domain.local_time import Passed

_is_local = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(?::[0-9]{2})?").fullmatch
_PATTERN = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(:[0-9]{2})?$"


def parse_local(written: object) -> datetime:
    """Return a naive date and time. Raises ValueError for anything else."""
    if not (isinstance(written, str) and _is_local(written)):
        raise ValueError("must be a date and time without an offset, such as 2031-01-01T20:00")
    try:
        return datetime.fromisoformat(written)
    except ValueError as error:
        raise ValueError("is no time of the calendar; look at its month, day, hour and minute") from error


LocalText = Annotated[
    datetime,
    PlainValidator(parse_local),
    PlainSerializer(datetime.isoformat, return_type=str),
    WithJsonSchema({"type": "string", "pattern": _PATTERN}),
]


class LocalPushTime(RequestBody):
    """One local time for all terminals: each is pushed to when clocks in its own time zone show
    it. A terminal without a time zone has the app's `timezone`.
    """

    local: LocalText = Field(description="date and time without an offset, such as 2031-01-01T20:00")
    passed: Passed = Field(
        default=Passed.SEND,
        description="terminals in whose zones the time is past already: send to them at once where the "
        "time to live is not over, skip them, or send at this time of tomorrow",
    )


def _parse(written: object, _: object) -> datetime | LocalPushTime:
    """Read either form; an error of the local one names its own field."""
    if isinstance(written, Mapping):
        return LocalPushTime.model_validate(written, strict=False)
    return parse_instant(written)


PushTime = Annotated[Instant | LocalPushTime, WrapValidator(_parse)]
