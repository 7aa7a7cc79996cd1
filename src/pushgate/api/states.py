"""The JSON that operators get, as models for the OpenAPI document."""

from typing import Literal

from pydantic import AwareDatetime

from pushgate.api.request_schemas import VendorName
from pushgate.api.response_schemas import Answer, Count, sometimes
from pushgate.domain.outcome import State
from pushgate.fleet.problem_codes import SystemProblemCode


class Health(Answer):
    """The process is alive."""

    status: Literal["ok"]


class Readiness(Answer):
    """Whether a POST would be stored; each engine is `ok`, or what is wrong with it in words."""

    status: Literal["ready", "not ready"]
    redis: str
    gearman: str


class SystemProblem(Answer):
    """One thing that is wrong, and what to do."""

    code: SystemProblemCode
    app: str | None
    vendor: VendorName | None
    since: AwareDatetime | None
    until: AwareDatetime | None
    params: dict[str, str | int]
    message: str
    remedy: str


class MessageDepth(Answer):
    """Messages by status; for an operator also the jobs that wait for another try."""

    scheduled: Count
    dispatching: Count
    sending: Count
    retries: Count = sometimes()


class FunctionState(Answer):
    """A Gearman function, summed over the servers."""

    function: str
    queued: Count
    running: Count
    workers: Count


class Process(Answer):
    """A process that lives, or died within the last hour."""

    id: str
    kind: Literal["api", "scheduler", "worker"]
    host: str
    pid: int
    version: str
    started_at: AwareDatetime
    seen_at: AwareDatetime
    alive: bool
    metrics: str | None
    vendors: list[VendorName]


class GearmanServers(Answer):
    """Which Gearman servers answer."""

    up: list[str]
    down: list[str]


class AppVendors(Answer):
    """The vendors of an app."""

    vendors: list[VendorName]


class TerminalTotal(Answer):
    """Terminals by the state they came to, since the store was made."""

    app: str
    vendor: VendorName
    state: State
    count: Count


class HeldRemoval(Answer):
    """Tokens that a vendor called dead, kept because there were too many."""

    app: str
    vendor: VendorName
    tokens: Count


class UnknownReportTotal(Answer):
    """Receipts or clicks that name a message or a terminal that is not known. `source` is a vendor, or `client`."""

    app: str
    source: VendorName | Literal["client"]
    receipt: Literal["delivered", "clicked", "muted", "gone"]
    unknown: Literal["message", "terminal"]
    count: Count


class AppLanguages(Answer):
    """The languages that an app's terminals are grouped by, and the registrations that had no room for theirs."""

    app: str
    languages: Count
    limited: Count


class SystemStatus(Answer):
    """Problems and queues. Without a key an answer has the first four fields; the last two are for an operator alone."""

    status: Literal["ok", "problems"]
    version: str
    time: AwareDatetime
    problems: list[SystemProblem]
    messages: MessageDepth = sometimes()
    oldest_due: AwareDatetime | None = None
    lateness: float = sometimes()
    alive: dict[str, Count] = sometimes()
    gearman: list[FunctionState] = sometimes()
    backlog: dict[str, Count] = sometimes()
    apps: dict[str, AppVendors] = sometimes()
    terminals: list[TerminalTotal] = sometimes()
    removal_held: list[HeldRemoval] = sometimes()
    unknown_reports: list[UnknownReportTotal] = sometimes()
    languages: list[AppLanguages] = sometimes()
    processes: list[Process] = sometimes()
    gearman_servers: GearmanServers = sometimes()
