"""When a message is pushed: at one instant, at each terminal's own local time, or in the hour in
which it clicks most.
"""

import re
from collections.abc import Mapping
from datetime import datetime, time, timedelta
from typing import Annotated

from pydantic import Field, PlainSerializer, PlainValidator, WithJsonSchema, WrapValidator

from pushgate.api.schemas.base import RequestBody
from pushgate.api.times import Instant, parse_instant
from pushgate.domain.durations import PATTERN, format_duration, parse_duration
from pushgate.domain.local_time import Passed
from pushgate.settings.apps import TIME_OF_DAY

_is_local = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(?::[0-9]{2})?").fullmatch
_HOUR = timedelta(hours=1)
_SHORTEST, _LONGEST = 2 * _HOUR, 24 * _HOUR
_is_clock = re.compile(TIME_OF_DAY).match
_LOCAL_PATTERN = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(:[0-9]{2})?$"


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
    WithJsonSchema({"type": "string", "pattern": _LOCAL_PATTERN}),
]


class LocalPushTime(RequestBody):
    """One local time for all terminals: each is pushed to when clocks in its own time zone show
    it. A terminal without a time zone has the app's `timezone`.
    """

    local: LocalText = Field(description="date and time without an offset, such as 2031-01-01T20:00")
    passed: Passed = Field(
        default=Passed.SEND,
        description="terminals in whose zones the time is already past: send to them at once if the "
        "time to live is not over, skip them, or send at this time tomorrow",
    )


def parse_window(written: object) -> timedelta:
    """Return a time of 2 to 24 full hours. Raises ValueError for anything else."""
    window = parse_duration(written, _LONGEST)
    if window < _SHORTEST or window % _HOUR:
        raise ValueError("must be full hours, from 2h to 24h")
    return window


def parse_clock(written: object) -> time:
    """Return a naive time of day. Raises ValueError for anything else."""
    if not (isinstance(written, str) and _is_clock(written)):
        raise ValueError("must be a time of day, such as 10:00")
    return time.fromisoformat(written)


class BestHourPushTime(RequestBody):
    """Each terminal is pushed to in the one of the next full hours in which it clicks most."""

    best_hour_within: Annotated[
        timedelta,
        PlainValidator(parse_window),
        PlainSerializer(format_duration, return_type=str),
        WithJsonSchema({"type": "string", "pattern": PATTERN}),
    ] = Field(description="how many of the next full hours to choose from, from `2h` to `24h`")
    fallback: (
        Annotated[
            time,
            PlainValidator(parse_clock),
            PlainSerializer(lambda at: f"{at:%H:%M}", return_type=str),
            WithJsonSchema({"type": "string", "pattern": TIME_OF_DAY}),
        ]
        | None
    ) = Field(
        default=None,
        description="the local time for terminals without a known click, such as 10:00; unset = in the "
        "best hour of all terminals of the app",
    )


FamilyPushTime = LocalPushTime | BestHourPushTime
"""What makes a message go out in parts."""


def _parse(written: object, _: object) -> datetime | FamilyPushTime:
    """Read one of the forms; an error of an object names its own field."""
    if isinstance(written, Mapping):
        if "best_hour_within" in written:
            return BestHourPushTime.model_validate(written, strict=False)
        return LocalPushTime.model_validate(written, strict=False)
    return parse_instant(written)


PushTime = Annotated[Instant | FamilyPushTime, WrapValidator(_parse)]
