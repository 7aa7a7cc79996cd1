"""Processes and engines of the installation, each kind as one line. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from pushgate_client.types import SystemStatus

KINDS = ("api", "scheduler", "worker", "webhooks")
_NEEDED = ("api", "scheduler", "worker")


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A kind of process, or an engine."""

    kind: str
    alive: int
    gone: int
    """Processes that died within the last hour and were not replaced."""
    state: str
    """`wrong`, `slow` or `well`."""


def list_parts(status: SystemStatus) -> list[Part]:
    """Return the kinds of processes, then Redis and Gearman.

    Who has no operator's key learns of each kind only how many processes are alive.
    """
    alive = status.get("alive", {})
    parts = [_processes(kind, alive.get(kind, 0), status) for kind in KINDS]
    codes = {problem["code"] for problem in status["problems"]}
    store = any(code.startswith("store_") for code in codes)
    parts.append(Part(kind="redis", alive=1, gone=0, state="wrong" if store else "well"))
    parts.append(_gearman(status, is_down="gearman_unreachable" in codes))
    return parts


def count_queued(status: SystemStatus) -> int:
    """Return how many jobs wait, in Gearman and in the backlog."""
    return sum(row["queued"] for row in status.get("gearman", [])) + sum(status.get("backlog", {}).values())


def count_running(status: SystemStatus) -> int:
    """Return how many jobs workers hold."""
    return sum(row["running"] for row in status.get("gearman", []))


def count_seen(parts: Sequence[Part]) -> tuple[int, int]:
    """Return how many processes are alive, and how many there should be."""
    processes = [part for part in parts if part.kind in KINDS]
    alive = sum(part.alive for part in processes)
    return alive, alive + sum(part.gone for part in processes)


def _processes(kind: str, alive: int, status: SystemStatus) -> Part:
    seen = [row for row in status.get("processes", []) if row["kind"] == kind]
    replaced = {(row["host"], row["kind"]) for row in seen if row["alive"]}
    gone = sum(not row["alive"] and (row["host"], row["kind"]) not in replaced for row in seen)
    missing = alive == 0 and (kind in _NEEDED or gone > 0)
    return Part(kind=kind, alive=alive, gone=gone, state="wrong" if missing else "slow" if gone else "well")


def _gearman(status: SystemStatus, *, is_down: bool) -> Part:
    servers = status.get("gearman_servers")
    up = len(servers["up"]) if servers else 0 if is_down else 1
    gone = len(servers["down"]) if servers else int(is_down)
    state = "wrong" if not up else "slow" if gone else "well"
    return Part(kind="gearman", alive=up, gone=gone, state=state)
