"""Measures a whole worker by a broadcast to registered terminals through FCM.

`python -m bench.worker [terminals]`

The time runs from the first job to the last recorded outcome: jobs from a Gearman server, tokens
from Valkey, requests to nghttpd, outcomes to Valkey. The worker is one process with a core of its
own; everything else shares the other core. The reference is h2load with the same requests to the
same server.
"""

import asyncio
import hashlib
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bench import system
from bench.clients import STREAMS
from bench.engines import MEASURED_CORE, OTHER_CORE, PUSHGATE, run_process, start_engines
from bench.measuring import measure_in_folder
from bench.options import terminal_count
from bench.sender import h2load, nghttpd
from bench.system import Usage, configuration
from pushgate.domain.app import App
from pushgate.domain.audience import AudienceSummary
from pushgate.domain.clock import SystemClock
from pushgate.domain.message import Content, Message, Options
from pushgate.domain.message_id import new_id
from pushgate.domain.terminal import Terminal
from pushgate.ledger.results import ResultStore
from pushgate.messages.retention import Retention
from pushgate.messages.store import MessageStore
from pushgate.redis.client import connect
from pushgate.settings.redis import RedisSettings
from pushgate.terminals.registered_apps import RegisteredApps
from pushgate.terminals.registry import Registry

APP = App(system.APP)
TOKEN_LENGTH = 152
RETENTION = timedelta(days=30)


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
    redis = connect(RedisSettings(url=url))
    registry = Registry(redis, SystemClock(), RETENTION)
    await RegisteredApps(redis).ensure_app(APP)
    for batch in terminals(count):
        await registry.register(APP, batch)
    await redis.aclose()


@dataclass(frozen=True)
class Broadcast:
    """Seconds to the last outcome, seconds until all but one in a hundred were recorded, and the
    worker's CPU seconds.
    """

    seconds: float
    most: float
    cpu: float


async def broadcast(url: str, count: int, worker: int, given: Message | None = None) -> Broadcast:
    """Send a message to all: the given one, or that of this benchmark."""
    redis, clock = connect(RedisSettings(url=url)), SystemClock()
    messages, results = MessageStore(redis, Retention(RETENTION)), ResultStore(redis, clock)
    before = Usage.of(worker)
    stored = await messages.put(given or message())
    began = most = 0.0
    while True:
        open_count = await results.open_count(APP, stored.id)
        if began and not most and open_count <= count // 100:
            most = time.perf_counter() - began
        if began and open_count == 0:
            break
        if not began and open_count > 0:
            began = time.perf_counter()  # planned: the first job is being queued
        await asyncio.sleep(0.02)
    seconds = time.perf_counter() - began
    report = await results.report(APP, stored.id)
    assert report.states["accepted"] == count, report
    await redis.aclose()
    return Broadcast(seconds, most, Usage.of(worker).cpu - before.cpu)


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
        sent = asyncio.run(broadcast(engines.redis, count, worker.pid))
        peak = Usage.of(worker.pid).peak
    rate = count / sent.seconds
    sys.stdout.write(
        f"h2load, the same requests and server{reference.rate:>24,.0f}/s\n"
        f"whole worker{rate:>47,.0f}/s, {rate / reference.rate:.2f} x h2load\n"
        f"CPU of the worker per token{sent.cpu / count * 1e6:>32.1f} us\n"
        f"peak memory of the worker{peak / 2**20:>34.0f} MiB\n"
        f"nghttpd allows {STREAMS} streams a connection; "
        "nghttpd, Valkey, gearmand and the scheduler share one core\n"
    )


def main() -> None:
    """Measure and print."""
    count = terminal_count(__doc__)
    measure_in_folder(lambda folder: measure(folder, count))


if __name__ == "__main__":
    main()
