"""Schedules: messages that recur by a cron expression."""

from typing import Annotated

from fastapi import Path
from pydantic import AwareDatetime, Field, JsonValue, StringConstraints

from pushgate.api.schemas.base import RequestBody, ResponseModel, optional
from pushgate.api.schemas.fields import Timezone
from pushgate.api.schemas.problems import FieldError
from pushgate.api.times import Instant
from pushgate.series.recurrence import Missed, Overlap
from pushgate.series.values import NoPart, SeriesStatus

SCHEDULE_ID = r"^[a-z0-9][a-z0-9_-]{0,27}$"
ScheduleIdInPath = Annotated[
    str, Path(pattern=SCHEDULE_ID, description="a schedule's id: at most 28 of a-z, 0-9, - and _")
]
_Cron = Annotated[str, StringConstraints(min_length=1, max_length=200)]
_CRON = "minute, hour, day of month, month, day of week; such as `30 9 * * 1-5`"
_ZONE = "of the IANA database; a time that does not exist is the first instant after the gap"
_START = "the first instant that counts; now by default"
_END = "the last instant that counts; none by default"
_MISSED = (
    "what no scheduler made in time: make up for the `latest` (at most an hour, and half an interval, "
    "late), `skip` all, or make up for `all` (at most 100)"
)
_OVERLAP = "while the last run's message is being sent: `send` beside it, or `skip` the run"
_MESSAGE = "as in `POST /v1/messages`, without `push_time`"


class ScheduleTimes(RequestBody):
    """When a schedule has runs."""

    cron: _Cron = Field(description=_CRON)
    timezone: Timezone = Field(default="UTC", description=_ZONE)
    start: Instant | None = Field(default=None, description=_START)
    end: Instant | None = Field(default=None, description=_END)


class ScheduleBody(ScheduleTimes):
    """A schedule, and the message of each run."""

    missed: Missed = Field(default=Missed.LATEST, description=_MISSED)
    overlap: Overlap = Field(default=Overlap.SEND, description=_OVERLAP)
    message: dict[str, JsonValue] = Field(description=_MESSAGE)


class ScheduleChange(RequestBody):
    """A change of a schedule. A `start` or `end` of null removes the bound."""

    cron: _Cron = optional(_CRON)
    timezone: Timezone = optional(_ZONE)
    start: Instant | None = optional(_START)
    end: Instant | None = optional(_END)
    missed: Missed = optional(_MISSED)
    overlap: Overlap = optional(_OVERLAP)
    message: dict[str, JsonValue] = optional(_MESSAGE)


class UpcomingRuns(ResponseModel):
    """The next instants."""

    upcoming: list[AwareDatetime]


class Schedule(UpcomingRuns):
    """A schedule, its message, and its next runs; none where it is paused forever or has ended."""

    id: str
    status: SeriesStatus
    cron: str
    timezone: str
    start: AwareDatetime | None
    end: AwareDatetime | None
    missed: Missed
    overlap: Overlap
    message: dict[str, JsonValue]
    created_at: AwareDatetime
    changed_at: AwareDatetime
    changed_by: str = Field(description="the name of the API key that wrote it last")


class ScheduleWithWarnings(Schedule):
    """A schedule as it is from now on, and the warnings that its message would get now."""

    warnings: list[FieldError]


class SchedulePage(ResponseModel):
    """Schedules, in the order of their ids."""

    schedules: list[Schedule]
    next_cursor: str | None


class Run(ResponseModel):
    """The result of one instant of a schedule."""

    at: AwareDatetime
    message_id: str | None = Field(description="null where there is no message")
    reason: NoPart | None = Field(description="why there is no message")


class RunPage(ResponseModel):
    """Runs, newest first."""

    runs: list[Run]
    next_cursor: str | None
