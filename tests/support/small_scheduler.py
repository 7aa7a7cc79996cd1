"""A scheduler's rounds of small messages over real engines: a test stores messages, runs rounds,
and plays the workers.
"""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta

from prometheus_client import CollectorRegistry
from redis.asyncio import Redis
from tests.support.apps import configured_app, configured_vendor
from tests.support.bundles import LEASE, SmallWorld
from tests.support.clock import SetClock
from tests.support.engines import Engine
from tests.support.gearman import JobRecorder

from pushgate.apps.catalog import AppCatalog
from pushgate.bundles.account_values import SmallAccount
from pushgate.bundles.bodies import SmallMessage
from pushgate.bundles.bundle_values import Change, TakenBundle, Verb
from pushgate.bundles.values import Home
from pushgate.dispatch.gearman.consumer import JobConsumer
from pushgate.dispatch.gearman.submitter import Submitter
from pushgate.dispatch.gearman_admin import GearmanAdmin
from pushgate.dispatch.job import BundleJob
from pushgate.domain.app import App
from pushgate.domain.terminal import Terminal
from pushgate.scheduler.bundle_recovery import BundleRecovery
from pushgate.scheduler.context import SchedulerContext
from pushgate.scheduler.job_limiter import JobQueueLimiter
from pushgate.scheduler.metrics import SchedulerMetrics
from pushgate.scheduler.small_dispatcher import SmallDispatcher
from pushgate.stores import Stores

SHOP, NEWS = App("shop", 2), App("news", 1)
VENDORS = ("apns", "fcm")
PATIENCE = timedelta(seconds=60)
MAX_QUEUED = 6


@dataclass
class SmallScheduler:
    """The parts of a scheduler that small messages pass."""

    redis: Redis
    clock: SetClock
    server: Engine
    stores: Stores
    context: SchedulerContext
    submitter: Submitter
    worlds: dict[tuple[str, int], SmallWorld] = field(default_factory=dict)
    numbers: dict[tuple[str, int], "itertools.count[int]"] = field(default_factory=dict)

    @classmethod
    def open(
        cls, redis: Redis, clock: SetClock, server: Engine, max_queued: int = MAX_QUEUED
    ) -> "SmallScheduler":
        """Over these engines; its submitter must be closed."""
        stores = Stores.open(redis, clock, timedelta(days=30))
        found = {name: configured_vendor(name) for name in VENDORS}
        apps = {app.name: configured_app(app, found) for app in (SHOP, NEWS)}
        submitter, admin = Submitter([server.url], 5), GearmanAdmin([server.url], 5)
        context = SchedulerContext(
            stores=stores,
            catalog=AppCatalog(stores.registered_apps, apps),
            job_limiter=JobQueueLimiter(submitter, admin, stores.backlog, max_queued),
            clock=clock,
            metrics=SchedulerMetrics(CollectorRegistry()),
        )
        return cls(redis, clock, server, stores, context, submitter)

    def over(self, redis: Redis) -> "SmallScheduler":
        """The same scheduler, whose commands go through another client."""
        stores = Stores.open(redis, self.clock, timedelta(days=30))
        return replace(self, context=replace(self.context, stores=stores))

    @property
    def dispatcher(self) -> SmallDispatcher:
        return SmallDispatcher(self.context, PATIENCE)

    @property
    def recovery(self) -> BundleRecovery:
        return BundleRecovery(self.context, PATIENCE)

    def world(self, shard: int = 0, app: App = SHOP) -> SmallWorld:
        """The stores of small messages of one home."""
        key = app.name, shard
        return self.worlds.setdefault(key, SmallWorld(self.redis, self.clock, app, shard))

    async def register(
        self, count: int, app: App = SHOP, vendor: str = "apns", user: str | None = None
    ) -> None:
        """Register terminals t0, t1 and so on; those of a user have the user's name in front."""
        prefix = user or "t"
        await self.stores.registry.register(
            app, [Terminal(f"{prefix}{n}", vendor, f"token-{prefix}{n}", "en", user) for n in range(count)]
        )

    async def store(
        self, messages: Sequence[SmallMessage], shard: int = 0, app: App = SHOP, per_segment: int = 250
    ) -> list[str]:
        """Store messages, so many of a segment, up to 64 segments a page; returns their ids."""
        world, ids = self.world(shard, app), list[str]()
        for start in range(0, len(messages), per_segment):
            number = next(self.numbers.setdefault((app.name, shard), itertools.count()))
            if number % 64 == 0:
                world.page = 0
            stored, _ = await world.put(messages[start : start + per_segment], number=number % 64)
            ids += stored
        return ids

    async def run_rounds(self, shard: int = 0, app: App = SHOP, *, urgent: bool = False) -> int:
        """Rounds of a home until nothing is due; returns how many."""
        for number in itertools.count(1):
            if not await self.dispatcher.run_round(Home(app, shard), urgent=urgent):
                return number
        raise AssertionError

    async def look(self, shard: int = 0, app: App = SHOP) -> None:
        """Look after all bundles of a home that are due for it."""
        while await self.recovery.look_after(Home(app, shard)):
            pass

    async def accounts(self, ids: Sequence[str], app: App = SHOP) -> list[SmallAccount]:
        """What became of the messages; each slot of a bundle belongs to one message."""
        found = [account for account in await self.stores.small_accounts.read(app, ids) if account]
        places = [
            (account.position.shard, slot.bundle, slot.slot) for account in found for slot in account.slots
        ]
        assert len(found) == len(ids)
        assert len(set(places)) == len(places), "two sends share a slot"
        return found

    async def queued(self) -> dict[str, int]:
        """Jobs in Gearman by function."""
        states = await GearmanAdmin([self.server.url], 5).status()
        return {state.name: state.queued for state in states if state.queued}

    async def work_off(self, count: int, app: App = SHOP) -> list[BundleJob]:
        """A worker takes so many jobs, and the vendor accepts every push; returns the jobs."""
        recorder = JobRecorder()
        consumer = JobConsumer(
            servers=[self.server.url],
            pairs=[(app.name, vendor) for vendor in VENDORS],
            connections=1,
            urgent_connections=0,
            handler=recorder,
        )
        consumer.start()
        done = [job for job in await recorder.until_done(count) if isinstance(job, BundleJob)]
        await consumer.drain(timedelta(seconds=5))
        for job in done:
            await self.send(Home(app, job.shard), job.bundle)
        return done

    async def send(self, home: Home, bundle: int) -> int:
        """The vendor accepts what is due in a bundle; returns how many pushes."""
        taken = await self.stores.bundles.take(home, bundle, "worker", LEASE)
        if not isinstance(taken, TakenBundle):
            return 0
        accepted = [Change(Verb.ACCEPTED, [slot.number for slot in taken.due])]
        await self.stores.bundles.record(home, bundle, "worker", None, accepted)
        return len(taken.due)
