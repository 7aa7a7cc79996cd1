"""Sections of the scheduler and the worker, of metrics, and of every process's logs."""

from datetime import timedelta
from typing import Annotated, Literal

from pydantic import Field, ValidationInfo, field_validator
from pydantic_settings import NoDecode

from pushgate.settings.section import Duration, Section, split_texts

Pace = Annotated[timedelta, Field(ge=timedelta(0), le=timedelta(seconds=10))]
"""How long messages are gathered before they are dispatched; zero for not at all."""


class SchedulerSettings(Section):
    """Dispatching messages when they are due."""

    lease: Duration = Field(
        default=timedelta(seconds=30),
        description="how long a claimed message is held by one scheduler",
    )
    sweep_interval: Duration = Field(
        default=timedelta(seconds=5),
        description="how often lost work is looked for",
    )
    resubmit_after: Duration = Field(
        default=timedelta(seconds=60),
        description="a queued job not taken for this long is submitted again",
    )
    pace: Pace = Field(
        default=timedelta(milliseconds=25),
        description="due small messages of an app and shard are gathered for this long under load",
    )
    urgent_pace: Pace = Field(
        default=timedelta(milliseconds=5),
        description="the same for small messages of high priority",
    )


class HygieneSettings(Section):
    """Looking after registries in the background; the schedulers do so."""

    enabled: bool = Field(
        default=True, description="silent terminals are removed all the same where that is asked for"
    )
    pace: int = Field(
        default=1000,
        ge=1,
        le=1_000_000,
        description="slots a second that a scheduler looks at; a terminal that is moved counts as four",
    )
    interval: timedelta = Field(
        default=timedelta(days=1),
        ge=timedelta(minutes=1),
        le=timedelta(days=30),
        description="pause between two passes over a shard",
    )


class RestoreSettings(Section):
    """Holding back what a store that went back to an earlier time may have sent since."""

    hold_after: timedelta = Field(
        default=timedelta(minutes=15),
        ge=timedelta(0),
        le=timedelta(days=30),
        description=(
            "a store that no scheduler has seen for so long, and that another server has now, is held: "
            "see `pushgate restore`. Zero holds only copies that `pushgate backup` made"
        ),
    )


class EventsSettings(Section):
    """Streams of events, which are written for apps with webhooks or readers of `/v1/events`."""

    retention: timedelta = Field(
        default=timedelta(days=3),
        ge=timedelta(hours=1),
        le=timedelta(days=30),
        description="how long events can be read again; at most as long as results are kept",
    )
    max_bytes: int = Field(
        default=256 * 1024 * 1024,
        ge=1024 * 1024,
        le=1 << 40,
        description="memory for the events of one app, about; the oldest go first",
    )


class WorkerSettings(Section):
    """Sending pushes."""

    vendors: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(), description="vendors this worker serves; empty = all that any app has"
    )
    connections: int = Field(
        default=4, ge=1, le=64, description="Gearman connections, so jobs in hand at once"
    )
    urgent_connections: int = Field(
        default=1,
        ge=0,
        le=64,
        description="connections beside those, for messages of high priority to few terminals alone",
    )
    lease: Duration = Field(
        default=timedelta(seconds=15),
        description="how long a block is held by one worker without a sign of life",
    )
    flush_interval: Duration = Field(
        default=timedelta(milliseconds=50),
        description="outcomes are recorded at least this often",
    )
    drain_timeout: Duration = Field(
        default=timedelta(seconds=25),
        description="how long jobs in hand may take after SIGTERM",
    )

    _split = field_validator("vendors", mode="before")(split_texts)

    @field_validator("flush_interval")
    @classmethod
    def _require_shorter_than_lease(cls, value: timedelta, others: ValidationInfo) -> timedelta:
        lease = others.data.get("lease")
        if lease is not None and value >= lease:
            raise ValueError("must be shorter than worker.lease, which each record renews")
        return value


class MetricsSettings(Section):
    """The port of each scheduler, worker and sender of webhooks for its metrics and probes.

    The API has them on its own port.
    """

    host: str = Field(
        default="127.0.0.1", description="address to listen on; 0.0.0.0 and :: are all of this machine"
    )
    port: int = Field(
        default=0,
        ge=0,
        le=65535,
        description=(
            "0 takes a free port, which the log and /status tell; processes of one host need different ports"
        ),
    )


class LogSettings(Section):
    """Structured logs on standard error."""

    level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="lines of this level and above are written"
    )
    format: Literal["json", "console"] = Field(
        default="json", description="`json` is for programs, `console` for people"
    )
