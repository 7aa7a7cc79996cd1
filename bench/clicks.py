"""Measures what a click costs, on messages that clear on click and on others, and what follows from
it: the terminals of the user are found, chosen, and small messages to them stored.

`python -m bench.clicks [users]`

Each user has three terminals. Both kinds of messages are measured by turns in one run; the
reference is the kind without the option. Times of Redis are its main thread's CPU, the least of
some rounds; those of the scheduler are the CPU of this process.
"""

import asyncio
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

from msgspec.structs import replace
from prometheus_client import CollectorRegistry
from redis.asyncio import Redis
from tests.support.apps import RemovingAdapter, configured_app, configured_vendor
from tests.support.bundles import LEASE
from tests.support.clicks import PlayedClicks
from tests.support.clock import SetClock
from tests.support.messages import message as new_message
from tests.support.small_pushes import SmallPushes

from bench.engines import start_valkey
from bench.machine import machine
from bench.options import parser
from bench.webhook_broadcasts import cpu_us
from pushgate.apps.catalog import AppCatalog
from pushgate.bundles.bundle_values import Change, TakenBundle, Verb
from pushgate.bundles.values import MAX_SEGMENT, Home
from pushgate.dispatch.gearman.submitter import Submitter
from pushgate.dispatch.gearman_admin import GearmanAdmin
from pushgate.domain import bitmaps
from pushgate.domain.app import App
from pushgate.domain.audience import ByUser, Everyone
from pushgate.domain.message import Options
from pushgate.domain.outcome import ReceiptKind, SlotRef, State
from pushgate.domain.terminal import Group, Terminal
from pushgate.ledger.values import Block, MessageShard, Move, Planned
from pushgate.redis.client import connect
from pushgate.scheduler.clicks import ClickRounds
from pushgate.scheduler.context import SchedulerContext
from pushgate.scheduler.job_limiter import JobQueueLimiter
from pushgate.scheduler.metrics import SchedulerMetrics
from pushgate.settings.redis import RedisSettings
from pushgate.stores import Stores

ROUNDS, TERMINALS, ALONE, AT_ONCE = 3, 3, 300, 100
APP, GROUP = App("bench"), Group("apns", "en")
PLAIN, CLEARING = Options(), Options(clear_on_click=True)
Clicks = Sequence[tuple[str, SlotRef]]
"""Message and terminal of each click."""
Record = Callable[[Clicks], Awaitable[object]]
Costs = defaultdict[tuple[str, bool], list[float]]
"""By step and by whether the message clears, microseconds a click in each round."""


class World:
    """One app, its terminals, and messages that all of them got."""

    def __init__(self, redis: Redis, users: int) -> None:
        self.redis, self.users = redis, users
        self.clock = SetClock()
        self.pushes = SmallPushes(redis, self.clock, APP)
        self.stores: Stores = self.pushes.stores
        self.slots: list[SlotRef] = []
        """The first slot of each user."""

    async def register(self) -> None:
        """Register the terminals of all users."""
        rows = [
            Terminal(f"t{user}-{n}", GROUP.vendor, f"{user:016x}{n:016x}", "en", f"user-{user}")
            for user in range(self.users)
            for n in range(TERMINALS)
        ]
        for start in range(0, len(rows), 500):
            await self.stores.registry.register(APP, rows[start : start + 500])
        names = [f"t{user}-0" for user in range(self.users)]
        self.slots = [slots[0] for slots in await self.stores.locations.locate(APP, names)]

    async def send_large(self, options: Options) -> tuple[Clicks, Record]:
        """A message that everyone gets; returns a click of each user, and what records clicks."""
        stores, message = self.stores, replace(new_message(self.clock, app=APP.name), options=options)
        await stores.messages.put(message, audience=Everyone())
        shard = MessageShard(APP, 0, message.id, stores.retention.keep_until(message))
        whole = (1 << bitmaps.SLOTS_PER_BLOCK) - 1
        last = self.users * TERMINALS // bitmaps.SLOTS_PER_BLOCK
        blocks = [Block(GROUP, number) for number in range(last + 1)]
        await stores.plans.write(shard, [Planned(block, whole) for block in blocks])
        for block in blocks:
            await stores.leases.take(shard, "worker", LEASE, [block])
            accepted = Move(block, whole, State.ACCEPTED)
            await stores.outcomes.record(shard, "worker", LEASE, [block], [accepted])

        async def record(clicks: Clicks) -> None:
            slots = [[slot] for _, slot in clicks]
            clears = options.clear_on_click
            await stores.results.record_receipts(
                ReceiptKind.CLICKED, APP, message.id, slots, shard.keep_until, clears=clears
            )

        return [(message.id, slot) for slot in self.slots], record

    async def send_small(self, options: Options) -> tuple[Clicks, Record]:
        """A message to each user, who gets it; returns the same."""
        home, ids = Home(APP, 0), list[str]()
        for start in range(0, self.users, MAX_SEGMENT):
            users = range(start, min(self.users, start + MAX_SEGMENT))
            ids += await self.pushes.put(*(ByUser((f"user-{user}",)) for user in users), options=options)
        while await self.pushes.place():
            pass
        accounts = await self.stores.small_accounts.read(APP, ids, bodies=False)
        for bundle in {slot.bundle for account in accounts if account for slot in account.slots}:
            taken = await self.stores.bundles.take(home, bundle, "worker", LEASE)
            assert isinstance(taken, TakenBundle)
            accepted = [Change(Verb.ACCEPTED, [slot.number for slot in taken.due])]
            await self.stores.bundles.record(home, bundle, "worker", None, accepted)

        async def record(clicks: Clicks) -> None:
            reports = [(one, [(slot.shard, slot.slot)]) for one, slot in clicks]
            await self.stores.small_accounts.record_receipts(ReceiptKind.CLICKED, APP, reports)

        return list(zip(ids, self.slots, strict=True)), record


async def record_clicks(world: World, options: Options, costs: Costs, *, large: bool) -> None:
    """Record the clicks of all users, the first of them alone."""
    kind = "large" if large else "small"
    clicks, record = await (world.send_large if large else world.send_small)(options)
    for name, some, at_once in (
        (f"{kind}: a click, one a call", clicks[:ALONE], 1),
        (f"{kind}: a click, {AT_ONCE} a call", clicks[ALONE:], AT_ONCE),
    ):
        before = await cpu_us(world.redis)
        for start in range(0, len(some), at_once):
            await record(some[start : start + at_once])
        taken = (await cpu_us(world.redis) - before) / len(some)
        costs[name, options.clear_on_click].append(taken)


async def follow_clicks(world: World, rounds: ClickRounds, costs: Costs, *, large: bool) -> None:
    """Run the scheduler's rounds until nothing is queued."""
    redis_before, before = await cpu_us(world.redis), time.process_time()
    while await rounds.run_round(Home(APP, 0)):
        pass
    kind = "large" if large else "small"
    in_redis = (await cpu_us(world.redis) - redis_before) / world.users
    costs[f"{kind}: what follows, Redis", True].append(in_redis)
    costs[f"{kind}: what follows, scheduler", True].append(1e6 * (time.process_time() - before) / world.users)


def open_rounds(stores: Stores, clock: SetClock) -> ClickRounds:
    """The rounds of a scheduler whose app has one vendor with silent pushes."""
    app = configured_app(APP, {GROUP.vendor: configured_vendor(GROUP.vendor, RemovingAdapter())})
    limiter = JobQueueLimiter(Submitter([], 1), GearmanAdmin([], 1), stores.backlog, 1)
    context = SchedulerContext(
        stores=stores,
        catalog=AppCatalog(stores.registered_apps, {APP.name: app}),
        job_limiter=limiter,
        clock=clock,
        metrics=SchedulerMetrics(CollectorRegistry()),
    )
    return PlayedClicks(context, APP).rounds()


async def run(url: str, users: int) -> None:
    """Measure by turns, and print a table."""
    redis, costs = connect(RedisSettings(url=url)), Costs(list)
    for _ in range(ROUNDS):
        await redis.flushall()
        world = World(redis, users)
        await world.register()
        rounds = open_rounds(world.stores, world.pushes.clock)
        for large in (True, False):
            for options in (PLAIN, CLEARING):
                await record_clicks(world, options, costs, large=large)
            await follow_clicks(world, rounds, costs, large=large)
    await redis.aclose()
    sys.stdout.write(f"{'us a click':<40}{'without':>10}{'with':>10}\n")
    for name in dict.fromkeys(name for name, _ in costs):
        without, clearing = costs.get((name, False)), costs[name, True]
        shown = f"{min(without):.1f}" if without else "0"
        sys.stdout.write(f"{name:<40}{shown:>10}{min(clearing):>10.1f}\n")


def main() -> None:
    """Measure on a temporary server."""
    options = parser(__doc__)
    options.add_argument("users", type=int, nargs="?", default=2300, help="users, of three terminals each")
    users = options.parse_args().users
    sys.stdout.write(f"{machine()}, {time.strftime('%Y-%m-%d')}\n")
    with tempfile.TemporaryDirectory() as folder, start_valkey(Path(folder)) as (url, _):
        asyncio.run(run(url, users))


if __name__ == "__main__":
    main()
