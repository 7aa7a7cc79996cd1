"""The whole worker: a broadcast to so many registered terminals through FCM. `python -m bench.worker [terminals]`

From the first job taken to the last outcome recorded: jobs from a Gearman server, tokens from Valkey, requests to
nghttpd, outcomes to Valkey. The worker, one process, has one core; everything else shares the other one. The reference
is h2load with the same requests to the same server.
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
from bench.engines import MEASURED, OTHERS, PUSHGATE, Around, around, process
from bench.machine import machine, tool
from bench.sender import fill, h2load, nghttpd
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
TOKEN = 152
KEPT = timedelta(days=30)
_HZ = os.sysconf("SC_CLK_TCK")


@dataclass
class Usage:
    """What a process has used."""

    cpu: float
    memory: int
    """Most bytes at a time."""

    @classmethod
    def of(cls, pid: int) -> "Usage":
        """Of a process that runs."""
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()
        peak = next(
            line for line in Path(f"/proc/{pid}/status").read_text().splitlines() if line.startswith("VmHWM")
        )
        return cls((int(fields[11]) + int(fields[12])) / _HZ, int(peak.split()[1]) * 1024)


def terminals(count: int) -> Iterator[list[Terminal]]:
    """In batches of 1,000."""
    for start in range(0, count, 1000):
        yield [
            Terminal(
                f"t-{n}",
                "fcm",
                (hashlib.sha512(b"%d" % n).hexdigest() * 2)[:TOKEN],
                ("en", "zh-Hans", "ja")[n % 3],
            )
            for n in range(start, min(start + 1000, count))
        ]


def message() -> Message:
    """To everybody."""
    now = datetime.now(UTC)
    content = {name: Content("Sale", "Today only", None, {"page": "sale"}) for name in ("en", "zh-Hans")}
    return Message(new_id(now), APP.name, content, "en", now, now, AudienceSummary(), Options())


async def register(url: str, count: int) -> None:
    """Fill the registry."""
    redis = connect(url)
    registry = Registry(redis, SystemClock(), KEPT)
    await RegisteredApps(redis).ensure_app(APP)
    for batch in terminals(count):
        await registry.register(APP, batch)
    await redis.aclose()


async def broadcast(url: str, count: int, worker: int) -> tuple[float, Usage]:
    """Store a message; seconds from the first outcome to the last, and what the worker used in all."""
    redis, clock = connect(url), SystemClock()
    messages, results = MessageStore(redis, Retention(KEPT)), ResultStore(redis, clock)
    before = Usage.of(worker)
    stored = await messages.put(message())
    began = 0.0
    while True:
        left = await results.open_count(APP, stored.id)
        if began and left == 0:
            break
        if not began and left > 0:
            began = time.perf_counter()  # planned: the first job is being queued
        await asyncio.sleep(0.02)
    seconds = time.perf_counter() - began
    report = await results.report(APP, stored.id)
    assert report.states["accepted"] == count, report
    await redis.aclose()
    after = Usage.of(worker)
    return seconds, Usage(after.cpu - before.cpu, after.memory)


def configuration(folder: Path, near: Around, fcm: str) -> Path:
    """FCM's endpoint is the one given, its token endpoint the sandbox."""
    section: dict[str, object] = dict(
        app_sections(Credentials(folder / "sandbox", f"https://127.0.0.1:{near.sandbox}"))["fcm"]
    )
    section |= {"endpoint": fcm, "project_id": "bench", "max_connections": 5, "rate_limit": 0}
    file = folder / "pushgate.toml"
    file.write_text(
        tomli_w.dumps(
            {
                "redis": {"url": near.redis},
                "gearman": {"servers": [f"127.0.0.1:{near.gearman}"]},
                "log": {"level": "warning"},
                "apps": {APP.name: {"fcm": section}},
            }
        )
    )
    return file


def measure(folder: Path, count: int) -> None:
    """Start everything, register, broadcast, print."""
    with nghttpd(folder, tls=False) as fcm, around(folder) as near, ExitStack() as stack:
        reference = h2load(fcm, "fcm", folder)
        config = ["--config", str(configuration(folder, near, fcm))]
        began = time.perf_counter()
        asyncio.run(register(near.redis, count))
        sys.stdout.write(f"{count:,} terminals registered in {time.perf_counter() - began:.0f} s\n")
        stack.enter_context(process([*PUSHGATE, "scheduler", *config], OTHERS, folder / "log"))
        worker = stack.enter_context(process([*PUSHGATE, "worker", *config], MEASURED, folder / "log"))
        time.sleep(3)
        seconds, used = asyncio.run(broadcast(near.redis, count, worker.pid))
    rate = count / seconds
    sys.stdout.write(
        f"h2load, the same requests and server{reference.rate:>24,.0f}/s\n"
        f"whole worker{rate:>47,.0f}/s, {rate / reference.rate:.2f} x h2load\n"
        f"CPU of the worker a token{used.cpu / count * 1e6:>34.1f} us\n"
        f"memory of the worker at most{used.memory / 2**20:>31.0f} MiB\n"
        f"nghttpd with {STREAMS} streams a connection; it, Valkey, gearmand and the scheduler share one core\n"
    )


def main() -> None:
    """Measure and print."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    tool("nghttpd")
    sys.stdout.write(f"{machine()}, {platform.python_version()}, {time.strftime('%Y-%m-%d')}\n")
    with tempfile.TemporaryDirectory() as name:
        fill(Path(name))
        measure(Path(name), count)


if __name__ == "__main__":
    main()
