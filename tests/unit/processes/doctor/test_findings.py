"""What the doctor finds in what it saw."""

from collections.abc import Mapping

import pytest

from pushgate.processes.doctor.findings import gearman_findings, machine_findings, store_findings
from pushgate.processes.doctor.redis_servers import ServerReport, StoreReport

GOOD: Mapping[str, str] = {"maxmemory-policy": "noeviction", "appendonly": "yes"}


def test_a_server_that_is_well_kept_has_no_findings() -> None:
    assert not [*store_findings(StoreReport([ServerReport({}, GOOD)], 5000), 1.5)]


@pytest.mark.parametrize(
    ("server", "code"),
    [
        (ServerReport({}, {**GOOD, "maxmemory-policy": "allkeys-lru"}), "redis_evicts"),
        (ServerReport({"maxmemory_policy": "volatile-lru"}), "redis_evicts"),
        (ServerReport({"maxmemory": 100, "used_memory": 95}, GOOD), "redis_full"),
        (ServerReport({"evicted_keys": 3}, GOOD), "redis_evicted"),
        (ServerReport({"aof_enabled": 0}, {**GOOD, "appendonly": "no"}), "redis_keeps_no_log"),
        (ServerReport({"aof_last_write_status": "err"}, GOOD), "redis_cannot_write"),
        (ServerReport({"latest_fork_usec": 900_000}, GOOD), "redis_forks_slowly"),
        (ServerReport({"rejected_connections": 1}, GOOD), "redis_refused_connections"),
        (ServerReport({}, GOOD, slow_calls=[{"microseconds": 2_000_000}]), "redis_call_slow"),
        (ServerReport({}, GOOD, clock_ahead_seconds=-4.0), "clock_differs"),
    ],
)
def test_what_is_wrong_with_a_server_has_a_code(server: ServerReport, code: str) -> None:
    assert [finding.code for finding in store_findings(StoreReport([server]), 20)] == [code]


def test_a_timeout_as_long_as_the_takeover_is_a_problem() -> None:
    store = StoreReport([ServerReport({}, GOOD)], down_after_ms=5000)
    assert [finding.code for finding in store_findings(store, 5.0)] == ["socket_timeout_too_long"]


def test_the_kernel_matters_where_redis_runs() -> None:
    machine = {
        "open_files": [1024, 4096],
        "kernel": {"transparent_hugepage": "[always] madvise never", "overcommit_memory": "0"},
    }
    codes = [finding.code for finding in machine_findings(machine, redis_is_here=True)]
    assert codes == ["few_open_files", "huge_pages", "memory_not_overcommitted"]
    assert len([*machine_findings(machine, redis_is_here=False)]) == 1


def test_every_gearman_server_that_is_down_is_a_problem() -> None:
    assert "g:4730" in next(iter(gearman_findings(["g:4730"]))).message
