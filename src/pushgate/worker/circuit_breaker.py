"""States of circuit breakers, and the one place that reports their changes."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from pushgate.runtime import logs
from pushgate.worker.route import Part

_log = logs.get("worker")


class BreakerState(StrEnum):
    """Whether calls go through."""

    FAILING = "failing"
    """Calls fail, and more are tried."""
    OPEN = "open"
    """Nothing is sent."""
    HALF_OPEN = "half_open"
    """A few pushes try whether the vendor takes them again."""
    CLOSED = "closed"
    """Calls go through."""


@dataclass(frozen=True, slots=True)
class BreakerChange:
    """A breaker's new state: of which part, why it opened, and until when it is open."""

    part: Part
    state: BreakerState
    code: str = ""
    reason: str = ""
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class OpenBreaker:
    """A breaker that is not closed: since when and why; until when nothing is sent, in the past where it is half-open."""

    part: Part
    since: datetime
    until: datetime
    code: str
    reason: str


def log_change(change: BreakerChange) -> None:
    """Log it: as a warning where pushes are held up, as information where they are not any more."""
    level = _log.warning if change.state in (BreakerState.FAILING, BreakerState.OPEN) else _log.info
    level(
        f"circuit breaker {change.state.value.replace('_', '-')}",
        action=f"breaker_{change.state.value}",
        app=change.part.app,
        vendor=change.part.vendor,
        scope=change.part.scope.value,
        name=change.part.name,
        code=change.code,
        reason=change.reason,
        until=change.until.isoformat() if change.until else None,
    )
