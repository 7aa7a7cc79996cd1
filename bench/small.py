"""Measures small messages: each to one registered terminal through FCM, to the last outcome.

All processes of Pushgate share one core; the engines, nghttpd and the load generator share the
other. The references run on the same cores in the same run: the bare minimum of a POST (FastAPI,
uvicorn, one Redis pipeline), and gorush, if the environment variable GORUSH names its binary.

Examples:

  python -m bench.small
  python -m bench.small --quick              does it work? The figures say nothing
  GORUSH=/opt/gorush python -m bench.small --seconds 30
  python -m bench.small --keys               which keys are left, and their bytes
"""

import argparse
import platform
import sys
import tempfile
import time
import uuid
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import orjson
import uvloop
from redis import Redis

from bench import gorush
from bench.engines import MEASURED_CORE, OTHER_CORE, Engines, run_process, start_engines
from bench.figures import Figures, Reference, load_table, memory_table, reference_table
from bench.load import on_core, post_all, post_at_rate, request_bytes
from bench.machine import free_port, machine, require_program, wait_for
from bench.options import parser
from bench.redis_figures import Calls, Stored, keys_by_pattern
from bench.sender import nghttpd, write_files
from bench.system import (
    System,
    Usage,
    accepted,
    configuration,
    import_terminals,
    start_system,
    wait_until,
)

BATCH, QUICK_BATCH, CONNECTIONS, FIXED_RATE = 1000, 100, 32, 100
_BATCHES_IN_FLIGHT = 2
_SETTLE = 1.5
"""Seconds after the last outcome until memory is read."""


@dataclass(frozen=True)
class Load:
    """How messages are posted."""

    name: str
    batch: int = 1
    """Messages a request."""
    has_keys: bool = False
    """Whether each message has an idempotency key."""
    rate: float = 0
    """Messages a second; 0 = as fast as they are taken."""


def loads(batch: int) -> tuple[Load, ...]:
    """Return the loads that are measured, with so many messages a batch."""
    return (
        Load(f"`:batch` of {batch:,}", batch=batch),
        Load(f"`:batch` of {batch:,}, idempotency keys", batch=batch, has_keys=True),
        Load(f"single, {CONNECTIONS} in flight"),
        Load(f"single, {FIXED_RATE}/s", rate=FIXED_RATE),
    )


class Bench:
    """A running system, and what measures it."""

    def __init__(self, system: System, engines: Engines, terminals: int) -> None:
        self.system, self.terminals = system, terminals
        self.api = system.client()
        self.redis: Redis = Redis.from_url(engines.redis)
        self.pids = {**system.pids, **engines.pids}
        self._number = 0

    def resident(self) -> dict[str, int]:
        """Return the memory of every process now, in bytes."""
        return {kind: Usage.of(pid).resident for kind, pid in self.pids.items()}

    def _message(self, load: Load) -> dict[str, object]:
        self._number += 1
        text = f"Your order {self._number:08d} arrives on Tuesday."
        message: dict[str, object] = {
            "content": {"en": {"title": "Order shipped", "body": text}},
            "audience": {"terminals": [f"t-{self._number * 7919 % self.terminals}"]},
        }
        return message | ({"idempotency_key": str(uuid.uuid4())} if load.has_keys else {})

    def requests(self, load: Load, count: int) -> list[bytes]:
        """Make the requests of `count` messages."""
        messages = [self._message(load) for _ in range(count)]
        headers = self.system.headers
        if load.batch == 1:
            return [request_bytes("/v1/messages", orjson.dumps(one), headers) for one in messages]
        batches = (messages[start : start + load.batch] for start in range(0, count, load.batch))
        return [
            request_bytes("/v1/messages:batch", orjson.dumps({"messages": one}), headers) for one in batches
        ]

    def send(self, load: Load, count: int) -> float:
        """Send `count` messages; return the seconds from the first POST to the last outcome."""
        requests, before = self.requests(load, count), accepted(self.api)
        port, began = self.system.port, time.perf_counter()
        with on_core(OTHER_CORE):
            if load.rate:
                uvloop.run(post_at_rate(port, requests, load.rate, CONNECTIONS))
            else:
                connections = CONNECTIONS if load.batch == 1 else _BATCHES_IN_FLIGHT
                uvloop.run(post_all(port, requests, connections, load.batch))
            wait_until(lambda: accepted(self.api), before + count)
        return time.perf_counter() - began

    def measure(self, load: Load, seconds: float) -> Figures:
        """Measure a load for about so many seconds."""
        count = int(load.rate * seconds)
        if not count:
            trial = max(load.batch, 200)
            rate = trial / self.send(load, trial)
            count = max(int(rate * seconds) // trial, 1) * trial
        time.sleep(_SETTLE)
        stored, calls = Stored.read(self.redis), Calls.read(self.redis)
        cpu = {kind: Usage.of(pid).cpu for kind, pid in self.pids.items()}
        took = self.send(load, count)
        used = {kind: (Usage.of(pid).cpu - cpu[kind]) / count * 1e6 for kind, pid in self.pids.items()}
        calls_after = Calls.read(self.redis)
        time.sleep(_SETTLE)
        stored_after = Stored.read(self.redis)
        return Figures(
            count=count,
            rate=count / took,
            cpu=used,
            commands=(calls_after.commands - calls.commands) / count,
            scripts=(calls_after.scripts - calls.scripts) / count,
            memory=(stored_after.memory - stored.memory) / count,
            keys=(stored_after.keys - stored.keys) / count,
            body=(stored_after.bodies - stored.bodies) / count,
        )


def measure_floor(folder: Path, engines: Engines, seconds: float) -> Reference:
    """Measure the bare minimum of a POST."""
    port = free_port()
    command = [sys.executable, "-m", "bench.floor", str(port), engines.redis]
    body = b'{"content":{"en":{"title":"Order shipped"}},"audience":{"terminals":["t-1"]}}'
    count = max(int(2000 * seconds), 1000)
    requests = [request_bytes("/v1/messages", body)] * count
    with run_process(command, MEASURED_CORE, folder / "log") as process, on_core(OTHER_CORE):
        wait_for(port)
        uvloop.run(post_all(port, requests[:500], CONNECTIONS))
        cpu, began = Usage.of(process.pid).cpu, time.perf_counter()
        uvloop.run(post_all(port, requests, CONNECTIONS))
        took = time.perf_counter() - began
        used = Usage.of(process.pid).cpu - cpu
    return Reference(f"FastAPI + one pipeline, {CONNECTIONS} in flight", count / took, used / count * 1e6)


def measure_loads(folder: Path, engines: Engines, fcm: str, options: argparse.Namespace) -> None:
    """Run Pushgate, measure all loads and print."""
    cores = dict.fromkeys(("api", "scheduler", "worker"), MEASURED_CORE)
    with start_system(folder, configuration(folder, engines, fcm), cores) as system:
        bench = Bench(system, engines, 1000 if options.quick else 50_000)
        import_terminals(bench.api, bench.terminals)
        measured = loads(QUICK_BATCH if options.quick else BATCH)
        bench.send(measured[0], measured[0].batch)  # the first fill caches and open connections
        before = bench.resident()
        figures = {load.name: bench.measure(load, options.seconds) for load in measured}
        sys.stdout.write(load_table(figures, tuple(system.pids)) + "\n")
        sys.stdout.write(memory_table(before, bench.resident()) + "\n")
        if options.keys:
            for pattern, count, size in keys_by_pattern(bench.redis)[:25]:
                sys.stdout.write(f"{pattern:<60}{count:>10,} keys{size:>14,} B\n")
        bench.api.close()
        bench.redis.close()


def measure(folder: Path, options: argparse.Namespace) -> None:
    """Start the engines, measure Pushgate and then the references, print."""
    with ExitStack() as stack:
        fcm = stack.enter_context(nghttpd(folder, tls=False))
        engines = stack.enter_context(start_engines(folder))
        measure_loads(folder, engines, fcm, options)
        references = [measure_floor(folder, engines, options.seconds)]
        if program := gorush.binary():
            count = max(int(1000 * options.seconds) // 1000, 1) * 1000
            references += gorush.measure(program, folder / "gorush", count)
        sys.stdout.write(reference_table(references))
        if not gorush.binary():
            sys.stdout.write(f"gorush was left out: {gorush.VARIABLE} names no binary\n")


def main() -> None:
    """Measure and print."""
    arguments = parser(__doc__)
    arguments.add_argument("--seconds", type=float, default=12, help="for each load, about (default: 12)")
    arguments.add_argument("--quick", action="store_true", help="a smoke run")
    arguments.add_argument("--keys", action="store_true", help="print the keys by pattern")
    options = arguments.parse_args()
    if options.quick:
        options.seconds = 0.25
    require_program("nghttpd")
    sys.stdout.write(f"{machine()}, {platform.python_version()}, {time.strftime('%Y-%m-%d')}\n\n")
    with tempfile.TemporaryDirectory() as name:
        write_files(Path(name))
        measure(Path(name), options)


if __name__ == "__main__":
    main()
