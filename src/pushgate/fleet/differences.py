"""Finds processes with another version or configuration than most others. Pure."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from pushgate.fleet.heartbeats import Process

MAX_NAMED = 20
MAX_LAG = timedelta(seconds=5)
"""How long after a change of apps a heartbeat must show it."""


@dataclass(frozen=True, slots=True)
class AppsChange:
    """The last change of apps that was stored, and when."""

    id: str
    at: datetime


def find_differing(processes: Sequence[Process], last: AppsChange | None) -> list[str]:
    """The live processes that differ from most others, or lag behind the last change of apps.

    Of two halves, the one with the process that was started last counts as right.
    """
    alive = [process for process in processes if process.alive]
    if not alive:
        return []
    counts = Counter(map(_common, alive))
    started = {_common(one): one.description.started_at for one in sorted(alive, key=_started_at)}
    usual = max(counts, key=lambda common: (counts[common], started[common]))
    return [_name(one) for one in alive if _common(one) != usual or _lags(one, last)][:MAX_NAMED]


def _common(process: Process) -> tuple[str, str]:
    return process.description.version, process.description.configuration


def _started_at(process: Process) -> datetime:
    return process.description.started_at


def _lags(process: Process, last: AppsChange | None) -> bool:
    if last is None or process.description.apps_change == last.id:
        return False
    return process.seen_at > last.at + MAX_LAG


def _name(process: Process) -> str:
    description = process.description
    return f"{description.kind} {description.host}:{description.pid} ({description.version})"
