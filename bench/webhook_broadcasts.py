"""Measures a broadcast through a whole worker without a webhook, with one that is told of blocks,
and with one that is told of each terminal, by turns.

`pushgate webhook-sender` is a process of its own and posts signed deliveries over a socket. It
shares a core with Valkey, gearmand, nghttpd, the API, the scheduler and the receiver.
"""

import asyncio
import statistics
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import httpx
from redis.asyncio import Redis

from bench import worker
from bench.engines import MEASURED_CORE, OTHER_CORE, PUSHGATE, run_process, start_engines
from bench.sender import nghttpd
from bench.system import Usage, configuration, create_key, start_system
from bench.webhook_receiver import Receiver, receiving
from pushgate.redis.client import connect
from pushgate.sealing.master_keys import new_key
from pushgate.settings.redis import RedisSettings

ROUNDS = 3
_SETTLED = 2.0
"""Seconds in which a new or deleted webhook is known to its sender."""
_CAUGHT_UP = 120.0
KINDS = {"no webhook": None, "a webhook, events by block": False, "a webhook, an event a terminal": True}
"""Whether events are expanded, None without a webhook."""


@dataclass(frozen=True)
class Deployment:
    """Processes that run: the URL of Redis, the API with an `admin` key of the app, the id of the
    worker and of the sender of webhooks.
    """

    redis: str
    api: str
    key: str
    worker: int
    sender: int


@dataclass(frozen=True, kw_only=True)
class Figures:
    """What one broadcast cost; CPU in microseconds a terminal, `behind` in seconds.

    `rate` is that of the first 99 of a hundred: on a busy machine the last few may wait to be tried
    again.
    """

    rate: float
    worker: float
    redis: float
    sender: float
    behind: float = 0
    deliveries: int = 0
    bytes: int = 0


async def cpu_us(redis: Redis) -> float:
    """The CPU of the server's main thread so far, in microseconds."""
    found = cast("dict[str, float]", await redis.info("cpu"))
    return 1e6 * (found["used_cpu_user_main_thread"] + found["used_cpu_sys_main_thread"])


@contextmanager
def deployment(folder: Path, count: int) -> Iterator[Deployment]:
    """Run all processes with registered terminals."""
    with nghttpd(folder, tls=False) as fcm, start_engines(folder) as engines, ExitStack() as stack:
        config = configuration(folder, engines, fcm)
        with config.open("a") as file:
            file.write(f'\n[secrets]\nkey = "{new_key()}"\n\n[webhooks]\nallow_loopback = true\n')
        asyncio.run(worker.register(engines.redis, count))
        command = [*PUSHGATE, "webhook-sender", "--config", str(config)]
        sender = stack.enter_context(run_process(command, OTHER_CORE, folder / "log"))
        cores = {"api": OTHER_CORE, "scheduler": OTHER_CORE, "worker": MEASURED_CORE}
        system = stack.enter_context(start_system(folder, config, cores))
        key = create_key(config, "--scopes", "admin")
        address = f"http://127.0.0.1:{system.port}"
        yield Deployment(engines.redis, address, key, system.pids["worker"], sender.pid)


async def broadcast(running: Deployment, receiver: Receiver, count: int) -> Figures:
    """A broadcast, until a receiver that is told of it knows the whole of it."""
    redis, before = connect(RedisSettings(url=running.redis)), Usage.of(running.sender).cpu
    redis_before = await cpu_us(redis)
    receiver.forget()
    sent = await worker.broadcast(running.redis, count, running.worker)
    ended, behind = time.monotonic(), 0.0
    if receiver.is_told:
        while receiver.accepted.total() < count:
            await asyncio.sleep(0.01)  # the receiver adds up in this loop, between two looks
            behind = time.monotonic() - ended
            assert behind < _CAUGHT_UP, receiver.accepted
        assert receiver.accepted.total() == count
    figures = Figures(
        rate=0.99 * count / sent.most,
        worker=sent.cpu * 1e6 / count,
        redis=(await cpu_us(redis) - redis_before) / count,
        sender=(Usage.of(running.sender).cpu - before) * 1e6 / count,
        behind=behind,
        deliveries=receiver.deliveries,
        bytes=receiver.bytes,
    )
    await redis.aclose()
    return figures


async def measure(running: Deployment, count: int) -> dict[str, list[Figures]]:
    """Broadcast by turns."""
    found: dict[str, list[Figures]] = {name: [] for name in KINDS}
    headers = {"Authorization": f"Bearer {running.key}"}
    async with receiving() as receiver, httpx.AsyncClient(base_url=running.api, headers=headers) as api:
        await broadcast(running, receiver, count)  # connections are opened, code is warm
        for _ in range(ROUNDS):
            for name, expand in KINDS.items():
                if expand is None:
                    found[name].append(await broadcast(running, receiver, count))
                    continue
                wanted = {"url": receiver.url, "types": ["*"], "expand": expand}
                made = (await api.post("/v1/webhooks", json=wanted)).raise_for_status().json()
                receiver.expect(made["secret"])
                await asyncio.sleep(_SETTLED)  # no call tells whether the sender knows the webhook
                found[name].append(await broadcast(running, receiver, count))
                (await api.delete(f"/v1/webhooks/{made['id']}")).raise_for_status()
                await asyncio.sleep(_SETTLED)  # what the sender has in flight still needs its receiver
                receiver.expect_nothing()
    return found


def measure_broadcasts(folder: Path, count: int) -> None:
    """Measure, and print a table."""
    with deployment(folder, count) as running:
        found = asyncio.run(measure(running, count))
    reference = statistics.median(one.rate for one in found["no webhook"])
    sys.stdout.write(f"broadcast to {count:,}, a whole worker, {ROUNDS} rounds by turns\n")
    for name, rounds in found.items():
        rate = statistics.median(one.rate for one in rounds)
        rates = " ".join(f"{one.rate:,.0f}" for one in rounds)
        sys.stdout.write(f"{name}: {rate:,.0f} terminals/s, {rate / reference:.2f} x ({rates})\n")
        worker_us, redis_us = min(one.worker for one in rounds), min(one.redis for one in rounds)
        sys.stdout.write(f"  CPU of the worker {worker_us:.2f}, of Redis {redis_us:.2f} us a terminal\n")
        last = rounds[-1]
        if last.deliveries:
            sys.stdout.write(
                f"  CPU of the sender {min(one.sender for one in rounds):.2f} us a terminal\n"
                f"  {last.deliveries:,} deliveries, {last.bytes / count:.1f} B a terminal, "
                f"the last {statistics.median(one.behind for one in rounds):.2f} s behind\n"
            )
