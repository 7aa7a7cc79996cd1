"""Simulates a month of messages, and shows that Redis forgets all of it.

`python -m bench.month`

A Valkey under libfaketime has a clock that is set; Pushgate's stores, writer and scheduler run in
this process, and workers, vendors and client apps are played. A shop stores small messages in
batches and sends broadcasts, a chat stores small messages one at a time. Then time goes on until
the last retention is over. The command fails where a key is left, a message waits, or memory is
not what it was.

Examples:

  python -m bench.month
  python -m bench.month --messages 20000 --terminals 2000 --days 4 --retention 3   a smoke run
"""

import argparse
import asyncio
import platform
import re
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import cast

from redis.asyncio import Redis
from tests.support.faults import clocks

from bench.machine import machine
from bench.month_traffic import Traffic
from bench.month_world import CHAT, SHOP, World, homes, open_world
from bench.options import parser
from pushgate.domain.app import App
from pushgate.redis.hash_tags import tag
from pushgate.runtime import logs

DAY, STEPS_A_DAY = timedelta(days=1), 4
_ACTIVITY = 9 * DAY
"""For how long totals of a day are kept."""
_LIFE = 9 * DAY
"""In which a message is pushed and expires."""
MAX_GROWTH, MAX_SERVER_GROWTH = 0.03, 256 * 1024
"""By what part memory may have grown at the end, and by how many bytes beside: Valkey counts calls
of commands and notes slow ones.
"""
_OF_SMALL = re.compile(
    r"\{[^}]*\}:(c|p|b|i|day|minutes):|\{[^}]*\}:(due|urgent|open|lease|pages|next|waiting)$"
)
_FIXED = re.compile(
    r"\{[^}]*\}:(next|waiting|terms:[0-9a-f]{4}|t:[dr]:\d+|b:\d+:[dr]:\d+|b:\d+:h(:\d+:\d+)?|hours)$"
    r"|\{q\}:(totals|unknown-reports|reporting:[a-z]+)$"
)
"""Keys that do not grow with messages: a few counters of a home, an app or a vendor, the days on
which terminals were last seen, the hours in which they click, and the vendors of an app whose
deliveries are reported: these move with receipts.
"""


@dataclass(frozen=True, kw_only=True)
class Scale:
    """How much happens. `content_retention` is None for as long as `retention`."""

    messages: int
    singles: int
    """How many of the messages are stored alone."""
    broadcasts: int
    terminals: int
    """Of each app."""
    days: int
    retention: timedelta
    content_retention: timedelta | None
    seed: int


@dataclass
class Outcome:
    """What was measured: bytes of Valkey's data before, at the peak and after; bytes a small
    message beside its body at the peak; keys that are left; how many messages and sends wait.
    """

    before: int = 0
    peak: int = 0
    after: int = 0
    in_batches: float = 0.0
    alone: float = 0.0
    left: list[str] = field(default_factory=list)
    waiting: int = 0
    readable: int = 0
    """Messages of the sample that could be read at the peak."""
    with_content: int = 0
    """Those of them that had their content."""

    @property
    def growth(self) -> float:
        """By what part memory has grown."""
        return self.after / self.before - 1

    @property
    def faults(self) -> list[str]:
        """What should not be so."""
        found = [f"{count} keys are left: {name}" for name, count in kinds_of(self.left).items()]
        if self.waiting:
            found.append(f"{self.waiting} messages or sends are counted as waiting")
        if self.after > self.before * (1 + MAX_GROWTH) + MAX_SERVER_GROWTH:
            found.append(f"memory has grown by {self.growth:.1%}")
        return found


Report = Callable[[str], object]


async def simulate(folder: Path, scale: Scale, report: Report) -> Outcome:
    """Simulate the days, and then time until nothing is kept."""
    outcome = Outcome()
    async with open_world(folder, scale.retention, scale.content_retention) as world:
        traffic = Traffic(world, scale.seed, scale.terminals)
        await traffic.register()
        known, outcome.before = set(await world.keys()), await world.memory()
        report(f"before: {_mib(outcome.before)}, {len(known):,} keys of {scale.terminals:,} terminals an app")
        await _live(world, traffic, scale, report)
        outcome.peak = await world.memory()
        outcome.in_batches = await bytes_beside_bodies(world.redis, SHOP, scale.messages - scale.singles)
        outcome.alone = await bytes_beside_bodies(world.redis, CHAT, scale.singles)
        accounts = await world.stores.small_accounts.read(SHOP, traffic.ids)
        found = [account for account in accounts if account]
        outcome.readable = len(found)
        outcome.with_content = sum(account.message is not None for account in found)
        report(f"peak: {_mib(outcome.peak)}")
        await _wait(world, traffic, scale, report)
        outcome.after = await world.memory()
        outcome.left = [key for key in await world.keys() if key not in known and not _FIXED.fullmatch(key)]
        for home in homes():
            outcome.waiting += sum(await world.stores.segments.waiting(home))
        report(f"after: {_mib(outcome.after)}, {outcome.growth:+.1%}")
    return outcome


async def _live(world: World, traffic: Traffic, scale: Scale, report: Report) -> None:
    """The days in which messages are sent."""
    steps = scale.days * STEPS_A_DAY
    batched = scale.messages - scale.singles
    broadcasts = {steps * (number + 1) // (scale.broadcasts + 1) for number in range(scale.broadcasts)}
    for step in range(steps):
        await traffic.batches(_share(batched, step, steps))
        await traffic.singles(_share(scale.singles, step, steps))
        if step in broadcasts:
            await traffic.broadcast()
        await _pass(world, traffic, DAY / STEPS_A_DAY)
        if step % (7 * STEPS_A_DAY) == 7 * STEPS_A_DAY - 1:
            size, keys = await world.memory(), len(await world.keys())
            report(f"week {step // (7 * STEPS_A_DAY) + 1}: {_mib(size)}, {keys:,} keys")


async def _wait(world: World, traffic: Traffic, scale: Scale, report: Report) -> None:
    """The days until all retentions are over: a message expires days after it was stored."""
    for step in range(1, STEPS_A_DAY * (max(scale.retention, _ACTIVITY) + _LIFE) // DAY + 1):
        await _pass(world, traffic, DAY / STEPS_A_DAY)
        if step % (7 * STEPS_A_DAY) == 0:
            size, keys = await world.memory(), len(await world.keys())
            report(f"{step // STEPS_A_DAY} days later: {_mib(size)}, {keys:,} keys")


async def _pass(world: World, traffic: Traffic, duration: timedelta) -> None:
    """Let time pass, in two steps, so that retries are made before messages expire."""
    at = world.clock.now()
    world.clock.at = at + timedelta(minutes=6)
    await traffic.retries()
    await world.set(at + duration)
    await traffic.retries()
    await world.trim()


def _share(total: int, step: int, steps: int) -> int:
    return total * (step + 1) // steps - total * step // steps


async def bytes_beside_bodies(redis: Redis, app: App, messages: int) -> float:
    """Bytes of the keys of an app's small messages, without the bodies, by message."""
    total = 0
    for shard in range(app.shards):
        async for key in redis.scan_iter(f"{tag(app, shard)}:*", count=5000):
            if _OF_SMALL.match(key.decode()):
                total += cast("int", await redis.memory_usage(key, samples=0))
                if b":c:" in key:
                    values = await cast("Awaitable[list[bytes]]", redis.hvals(key.decode()))
                    total -= sum(map(len, values))
    return total / messages if messages else 0.0


def kinds_of(keys: Sequence[str]) -> Counter[str]:
    """How many keys there are of each kind: ids and numbers are left out."""
    return Counter(re.sub(r"(?<=:)[0-9a-f]*[0-9][0-9a-f]*(?=:|$)", "#", key) for key in keys)


def _mib(size: int) -> str:
    return f"{size / 2**20:,.1f} MiB"


def _write(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def arguments() -> argparse.Namespace:
    """The command line."""
    found = parser(__doc__)
    found.add_argument("--messages", type=int, default=1_000_000, help="small messages (default: 1,000,000)")
    found.add_argument("--singles", type=int, help="of them stored alone (default: 2 %%)")
    found.add_argument("--broadcasts", type=int, default=3, help="(default: 3)")
    found.add_argument("--terminals", type=int, default=100_000, help="of each app (default: 100,000)")
    found.add_argument("--days", type=int, default=30, help="in which they are sent (default: 30)")
    found.add_argument("--retention", type=int, default=30, help="in days (default: 30)")
    found.add_argument("--content-retention", type=int, help="in days (default: as --retention)")
    found.add_argument("--seed", type=int, default=1, help="(default: 1)")
    return found.parse_args()


def main() -> None:
    """Simulate and print."""
    options = arguments()
    if not clocks.find():
        raise SystemExit("libfaketime is missing; on Debian: apt install libfaketime")
    singles = options.messages // 50 if options.singles is None else options.singles
    scale = Scale(
        messages=options.messages,
        singles=singles,
        broadcasts=options.broadcasts,
        terminals=options.terminals,
        days=options.days,
        retention=options.retention * DAY,
        content_retention=options.content_retention and options.content_retention * DAY,
        seed=options.seed,
    )
    logs.configure("error")  # recovery tells of each message that expires
    _write(f"{machine()}, {platform.python_version()}, {time.strftime('%Y-%m-%d')}")
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as name:
        outcome = asyncio.run(simulate(Path(name), scale, _write))
    _write(f"beside the body: {outcome.in_batches:.0f} B a message in batches, {outcome.alone:.0f} B alone")
    _write(f"took {time.monotonic() - began:.0f} s")
    if outcome.faults:
        raise SystemExit("\n".join(outcome.faults))


if __name__ == "__main__":
    main()
