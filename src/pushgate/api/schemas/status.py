"""The state of the installation, for operators and probes."""

from typing import Literal

from pydantic import AwareDatetime, Field

from pushgate.api.schemas.base import Count, ResponseModel, optional
from pushgate.api.schemas.fields import VendorName
from pushgate.domain.outcome import State
from pushgate.fleet.problem_codes import SystemProblemCode


class Health(ResponseModel):
    """The process is alive."""

    status: Literal["ok"]


class Readiness(ResponseModel):
    """Whether a POST would be stored; each engine is `ok`, or what is wrong with it in words."""

    status: Literal["ready", "not ready"]
    redis: str
    gearman: str


class SystemProblem(ResponseModel):
    """One fault of the installation, and what to do about it."""

    code: SystemProblemCode
    app: str | None
    vendor: VendorName | None
    since: AwareDatetime | None
    until: AwareDatetime | None
    params: dict[str, str | int]
    message: str
    remedy: str


class MessageDepth(ResponseModel):
    """Messages by status; for an operator also the jobs that wait for another try."""

    scheduled: Count
    dispatching: Count
    sending: Count
    paused: Count
    retries: Count = optional()


class FunctionState(ResponseModel):
    """A Gearman function, summed over the servers."""

    function: str
    queued: Count
    running: Count
    workers: Count


class UnreadableSection(ResponseModel):
    """A vendor's section that a process cannot open."""

    app: str
    vendor: str
    master_key: str = Field(description="the id of the master key that sealed the section")


class Process(ResponseModel):
    """A process that lives, or died within the last hour."""

    id: str
    kind: Literal["api", "scheduler", "worker", "webhooks"]
    host: str
    pid: int
    version: str
    configuration: str = Field(description="a digest of the settings that all processes must have in common")
    started_at: AwareDatetime
    seen_at: AwareDatetime
    alive: bool
    metrics: str | None
    vendors: list[VendorName]
    unreadable_sections: list[UnreadableSection] = Field(
        description="sealed with master keys that the process lacks; at most 100"
    )


class GearmanServers(ResponseModel):
    """Which Gearman servers answer, and for each of these its jobs of all functions, running ones
    included.
    """

    up: list[str]
    down: list[str]
    queued: dict[str, Count]


class AppVendors(ResponseModel):
    """The vendors of an app."""

    vendors: list[VendorName]


class TerminalTotal(ResponseModel):
    """Terminals by the state they came to, since the store was made."""

    app: str
    vendor: VendorName
    state: State
    count: Count


class HeldRemoval(ResponseModel):
    """Tokens that a vendor called dead, kept because there were too many."""

    app: str
    vendor: VendorName
    tokens: Count


class UnknownReportTotal(ResponseModel):
    """Receipts or clicks that name a message or a terminal that is not known. `source` is a vendor,
    or `client`.
    """

    app: str
    source: VendorName | Literal["client"]
    receipt: Literal["delivered", "clicked", "muted", "gone"]
    unknown: Literal["message", "terminal"]
    count: Count


class AppLanguages(ResponseModel):
    """The languages that an app's terminals are grouped by, and the registrations whose language
    had no room.
    """

    app: str
    languages: Count
    limited: Count


class SystemStatus(ResponseModel):
    """Problems and queues. Without a key an answer has the first four fields; the last two are for
    an operator alone.
    """

    status: Literal["ok", "problems"]
    version: str
    time: AwareDatetime
    problems: list[SystemProblem]
    messages: MessageDepth = optional()
    oldest_due: AwareDatetime | None = None
    lateness: float = optional()
    alive: dict[str, Count] = optional()
    gearman: list[FunctionState] = optional()
    backlog: dict[str, Count] = optional()
    apps: dict[str, AppVendors] = optional()
    terminals: list[TerminalTotal] = optional()
    removal_held: list[HeldRemoval] = optional()
    unknown_reports: list[UnknownReportTotal] = optional()
    languages: list[AppLanguages] = optional()
    processes: list[Process] = optional()
    gearman_servers: GearmanServers = optional()
