"""Measures a whole worker by a broadcast to registered terminals through FCM.

`python -m bench.worker [terminals]`

The time runs from the first job to the last recorded outcome: jobs from a Gearman server, tokens
from Valkey, requests to nghttpd, outcomes to Valkey. The worker is one process with a core of its
own; everything else shares the other core. The reference is h2load with the same requests to the
same server.
"""

import asyncio
import hashlib
import os
import platform
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import tomli_w

from bench.clients import STREAMS
from bench.engines import MEASURED_CORE, OTHER_CORE, PUSHGATE, Engines, run_process, start_engines
from bench.machine import machine, require_program
from bench.options import terminal_count
from bench.sender import h2load, nghttpd, write_files
from pushgate.domain.app import App
from pushgate.domain.audience import AudienceSummary
from pushgate.domain.clock import SystemClock
from pushgate.domain.message import Content, Message, Options
from pushgate.domain.terminal import Terminal
from pushgate.ledger.results import ResultStore
from pushgate.messages.retention import Retention
from pushgate.messages.store import MessageStore, new_id
from pushgate.redis.client import connect
from pushgate.sandbox.credentials import Credentials
from pushgate.sandbox.registry import app_sections
from pushgate.terminals.registered_apps import RegisteredApps
from pushgate.terminals.registry import Registry

APP = App("bench")
TOKEN_LENGTH = 152
RETENTION = timedelta(days=30)
_HZ = os.sysconf("SC_CLK_TCK")


@dataclass
class Usage:
    """CPU and memory of a process."""

    cpu: float
    memory: int
    """Peak, in bytes."""

    @classmethod
    def of(cls, pid: int) -> "Usage":
        """The usage of a running process."""
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()
        peak = next(
            line for line in Path(f"/proc/{pid}/status").read_text().splitlines() if line.startswith("VmHWM")
        )
        return cls((int(fields[11]) + int(fields[12])) / _HZ, int(peak.split()[1]) * 1024)


def terminals(count: int) -> Iterator[list[Terminal]]:
    """Terminals in batches of 1,000."""
    for start in range(0, count, 1000):
        yield [
            Terminal(
                f"t-{n}",
                "fcm",
                (hashlib.sha512(b"%d" % n).hexdigest() * 2)[:TOKEN_LENGTH],
                ("en", "zh-Hans", "ja")[n % 3],
            )
            for n in range(start, min(start + 1000, count))
        ]


def message() -> Message:
    """A message to all terminals."""
    now = datetime.now(UTC)
    content = {name: Content("Sale", "Today only", None, {"page": "sale"}) for name in ("en", "zh-Hans")}
    return Message(new_id(now), APP.name, content, "en", now, now, AudienceSummary(), Options())


async def register(url: str, count: int) -> None:
    """Register the terminals."""
    redis = connect(url)
    registry = Registry(redis, SystemClock(), RETENTION)
    await RegisteredApps(redis).ensure_app(APP)
    for batch in terminals(count):
        await registry.register(APP, batch)
    await redis.aclose()


async def broadcast(url: str, count: int, worker: int) -> tuple[float, Usage]:
    """Send a message to all; return the seconds that it took and what the worker used."""
    redis, clock = connect(url), SystemClock()
    messages, results = MessageStore(redis, Retention(RETENTION)), ResultStore(redis, clock)
    before = Usage.of(worker)
    stored = await messages.put(message())
    began = 0.0
    while True:
        open_count = await results.open_count(APP, stored.id)
        if began and open_count == 0:
            break
        if not began and open_count > 0:
            began = time.perf_counter()  # planned: the first job is being queued
        await asyncio.sleep(0.02)
    seconds = time.perf_counter() - began
    report = await results.report(APP, stored.id)
    assert report.states["accepted"] == count, report
    await redis.aclose()
    after = Usage.of(worker)
    return seconds, Usage(after.cpu - before.cpu, after.memory)


def configuration(folder: Path, engines: Engines, fcm: str) -> Path:
    """Write a configuration: FCM's endpoint is `fcm`, its token endpoint is the sandbox."""
    section: dict[str, object] = dict(
        app_sections(Credentials(folder / "sandbox", f"https://127.0.0.1:{engines.sandbox}"))["fcm"]
    )
    section |= {"endpoint": fcm, "project_id": "bench", "max_connections": 5, "rate_limit": 0}
    file = folder / "pushgate.toml"
    file.write_text(
        tomli_w.dumps(
            {
                "redis": {"url": engines.redis},
                "gearman": {"servers": [f"127.0.0.1:{engines.gearman}"]},
                "log": {"level": "warning"},
                "apps": {APP.name: {"fcm": section}},
            }
        )
    )
    return file


def measure(folder: Path, count: int) -> None:
    """Start all processes, register terminals, broadcast, print."""
    with nghttpd(folder, tls=False) as fcm, start_engines(folder) as engines, ExitStack() as stack:
        reference = h2load(fcm, "fcm", folder)
        config = ["--config", str(configuration(folder, engines, fcm))]
        began = time.perf_counter()
        asyncio.run(register(engines.redis, count))
        sys.stdout.write(f"{count:,} terminals registered in {time.perf_counter() - began:.0f} s\n")
        stack.enter_context(run_process([*PUSHGATE, "scheduler", *config], OTHER_CORE, folder / "log"))
        worker = stack.enter_context(
            run_process([*PUSHGATE, "worker", *config], MEASURED_CORE, folder / "log")
        )
        time.sleep(3)
        seconds, used = asyncio.run(broadcast(engines.redis, count, worker.pid))
    rate = count / seconds
    sys.stdout.write(
        f"h2load, the same requests and server{reference.rate:>24,.0f}/s\n"
        f"whole worker{rate:>47,.0f}/s, {rate / reference.rate:.2f} x h2load\n"
        f"CPU of the worker per token{used.cpu / count * 1e6:>32.1f} us\n"
        f"peak memory of the worker{used.memory / 2**20:>34.0f} MiB\n"
        f"nghttpd allows {STREAMS} streams a connection; "
        "nghttpd, Valkey, gearmand and the scheduler share one core\n"
    )


def main() -> None:
    """Measure and print."""
    count = terminal_count(__doc__)
    require_program("nghttpd")
    sys.stdout.write(f"{machine()}, {platform.python_version()}, {time.strftime('%Y-%m-%d')}\n")
    with tempfile.TemporaryDirectory() as name:
        write_files(Path(name))
        measure(Path(name), count)


if __name__ == "__main__":
    main()
