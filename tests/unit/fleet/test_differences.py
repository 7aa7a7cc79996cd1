"""Processes that differ from the others are named, whoever is right."""

from datetime import UTC, datetime, timedelta

from pushgate.fleet.differences import MAX_LAG, AppsChange, find_differing
from pushgate.fleet.heartbeats import Process, ProcessDescription

NOW = datetime(2030, 1, 1, 12, tzinfo=UTC)


def process(
    pid: int,
    configuration: str = "a",
    *,
    version: str = "1",
    apps_change: str = "",
    started: int = 0,
    alive: bool = True,
) -> Process:
    description = ProcessDescription(
        kind="worker",
        host="host",
        pid=pid,
        version=version,
        started_at=NOW + timedelta(seconds=started),
        configuration=configuration,
        apps_change=apps_change,
    )
    return Process(f"worker-{pid}", description, NOW, alive)


def test_equal_processes_do_not_differ() -> None:
    assert find_differing([process(1), process(2), process(3)], None) == []
    assert find_differing([], None) == []


def test_the_minority_differs() -> None:
    found = find_differing([process(1), process(2), process(3, "b"), process(4, version="2")], None)
    assert found == ["worker host:3 (1)", "worker host:4 (2)"]


def test_of_two_halves_those_that_were_started_earlier_differ() -> None:
    assert find_differing([process(1, "old"), process(2, "new", started=1)], None) == ["worker host:1 (1)"]


def test_dead_processes_do_not_count() -> None:
    assert find_differing([process(1), process(2, "b", alive=False)], None) == []


def test_a_process_that_lags_behind_the_last_change_of_apps_differs() -> None:
    processes = [process(1, apps_change="5"), process(2, apps_change="4")]
    late = AppsChange("5", NOW - MAX_LAG - timedelta(milliseconds=1))
    assert find_differing(processes, late) == ["worker host:2 (1)"]
    assert find_differing(processes, AppsChange("5", NOW - MAX_LAG)) == [], "its heartbeat may be older"
