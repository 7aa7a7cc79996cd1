"""Findings: faults and possible improvements, each with a remedy. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from pushgate.processes.doctor.redis_servers import ServerReport, StoreReport

_MAX_CLOCK_DIFFERENCE = 1.0  # s
_FULL_SHARE = 0.9
_SLOW_FORK = 500_000  # us
_SLOW_CALL = 1_000_000  # us
_FEW_FILES = 4096


@dataclass(frozen=True, slots=True)
class DoctorFinding:
    """One thing that was found. A `problem` loses data or stops pushes; a `warning` may do so."""

    severity: Literal["problem", "warning"]
    code: str
    message: str
    remedy: str


def store_findings(store: StoreReport, timeout: float) -> Iterator[DoctorFinding]:
    """Findings about the servers of Redis. `timeout` is redis.socket_timeout in seconds."""
    for server in store.servers:
        name = f"Redis {server.info.get('tcp_port', '')}".rstrip()
        yield from _memory(name, server)
        yield from _persistence(name, server)
        yield from _load(name, server)
        if abs(server.clock_ahead_seconds) > _MAX_CLOCK_DIFFERENCE:
            yield DoctorFinding(
                "problem",
                "clock_differs",
                f"the clock of {name} differs by {server.clock_ahead_seconds} s from this machine's",
                "keep the clocks of all machines by NTP: leases and push times are instants",
            )
    if store.down_after_ms is not None and timeout * 1000 >= store.down_after_ms:
        yield DoctorFinding(
            "problem",
            "socket_timeout_too_long",
            f"redis.socket_timeout is {timeout} s, and another server takes over after "
            f"{store.down_after_ms} ms: calls to a frozen master last until it lost its role",
            "set redis.socket_timeout below down-after-milliseconds or cluster-node-timeout",
        )


def _memory(name: str, server: ServerReport) -> Iterator[DoctorFinding]:
    policy = server.settings.get("maxmemory-policy", server.info.get("maxmemory_policy"))
    if policy not in (None, "noeviction"):
        yield DoctorFinding(
            "problem",
            "redis_evicts",
            f"{name} has maxmemory-policy {policy}: it drops keys where memory is short",
            "set maxmemory-policy noeviction: messages and terminals would be lost",
        )
    most, used = _number(server, "maxmemory"), _number(server, "used_memory")
    if most and used > most * _FULL_SHARE:
        yield DoctorFinding(
            "warning",
            "redis_full",
            f"{name} uses {used / most:.0%} of maxmemory",
            "raise maxmemory, add a node, or shorten retention",
        )
    if evicted := _number(server, "evicted_keys"):
        yield DoctorFinding(
            "problem",
            "redis_evicted",
            f"{name} has dropped {evicted:.0f} keys for lack of memory",
            "set maxmemory-policy noeviction, and give Redis more memory",
        )


def _persistence(name: str, server: ServerReport) -> Iterator[DoctorFinding]:
    if server.settings.get("appendonly", "yes") == "no" and not server.info.get("aof_enabled"):
        yield DoctorFinding(
            "problem",
            "redis_keeps_no_log",
            f"{name} has appendonly no: a restart loses what was written since the last snapshot",
            "set appendonly yes and appendfsync everysec",
        )
    for field in ("aof_last_write_status", "aof_last_bgrewrite_status", "rdb_last_bgsave_status"):
        if server.info.get(field, "ok") != "ok":
            yield DoctorFinding(
                "problem",
                "redis_cannot_write",
                f"{name} cannot write to its disk ({field} is {server.info[field]})",
                "see its log, free disk space, and mind vm.overcommit_memory = 1",
            )


def _load(name: str, server: ServerReport) -> Iterator[DoctorFinding]:
    if (fork := _number(server, "latest_fork_usec")) > _SLOW_FORK:
        yield DoctorFinding(
            "warning",
            "redis_forks_slowly",
            f"the last fork of {name} stopped it for {fork / 1000:.0f} ms",
            "turn transparent huge pages off, and prefer several smaller nodes",
        )
    if _number(server, "rejected_connections"):
        yield DoctorFinding(
            "warning",
            "redis_refused_connections",
            f"{name} has refused {_number(server, 'rejected_connections'):.0f} connections",
            "raise maxclients: each process opens up to redis.max_connections",
        )
    slowest = max((_as_number(call.get("microseconds")) for call in server.slow_calls), default=0.0)
    if slowest > _SLOW_CALL:
        yield DoctorFinding(
            "warning",
            "redis_call_slow",
            f"a call of {name} took {slowest / 1000:.0f} ms",
            "see slow_calls in the report: does something else use this Redis? Is the machine out of CPU?",
        )


def machine_findings(machine: Mapping[str, object], *, redis_is_here: bool) -> Iterator[DoctorFinding]:
    """Findings about the machine. Settings of the kernel matter where Redis runs."""
    files = machine["open_files"]
    if isinstance(files, Sequence) and 0 < files[0] < _FEW_FILES:
        yield DoctorFinding(
            "warning",
            "few_open_files",
            f"a process may have {files[0]} files open here",
            "raise LimitNOFILE (systemd) or ulimits (containers) to 65536: each connection takes one",
        )
    kernel = machine["kernel"]
    if not redis_is_here or not isinstance(kernel, Mapping):
        return
    if "[always]" in kernel.get("transparent_hugepage", ""):
        yield DoctorFinding(
            "warning",
            "huge_pages",
            "transparent huge pages are on where Redis runs: forks take long and memory grows",
            "echo madvise > /sys/kernel/mm/transparent_hugepage/enabled",
        )
    if kernel.get("overcommit_memory") == "0":
        yield DoctorFinding(
            "warning",
            "memory_not_overcommitted",
            "vm.overcommit_memory is 0 where Redis runs: a snapshot can fail though memory is free",
            "sysctl vm.overcommit_memory=1",
        )


def gearman_findings(down: Sequence[str]) -> Iterator[DoctorFinding]:
    """Findings about the Gearman servers that do not answer."""
    for server in down:
        yield DoctorFinding(
            "problem",
            "gearman_unreachable",
            f"the Gearman server {server} does not answer",
            "start it, or take it out of gearman.servers",
        )


def _number(server: ServerReport, name: str) -> float:
    return _as_number(server.info.get(name))


def _as_number(value: object) -> float:
    return float(value) if isinstance(value, int | float) else 0.0
