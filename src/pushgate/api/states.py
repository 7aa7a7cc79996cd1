"""The JSON that operators get, as models for the OpenAPI document."""

from typing import Literal

from pydantic import AwareDatetime

from pushgate.api.answers import Answer, Count
from pushgate.api.schemas import VendorName
from pushgate.model import State


class Health(Answer):
    """The process is alive."""

    status: Literal["ok"]


class Readiness(Answer):
    """Whether the engines are in reach."""

    status: Literal["ready", "not ready"]
    redis: Literal["ok", "out of reach"]
    gearman: Literal["ok", "out of reach"]


class MessageDepth(Answer):
    """Messages by status, and jobs that wait for another try."""

    scheduled: Count
    dispatching: Count
    sending: Count
    retries: Count


class FunctionState(Answer):
    """A function of a Gearman server."""

    server: str
    function: str
    queued: Count
    running: Count
    workers: Count


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


class SystemStatus(Answer):
    """Queues, workers and vendors, as they are now."""

    version: str
    time: AwareDatetime
    messages: MessageDepth
    gearman: list[FunctionState] | None
    backlog: dict[str, Count]
    apps: dict[str, AppVendors]
    terminals: list[TerminalTotal]
    removal_held: list[HeldRemoval]
