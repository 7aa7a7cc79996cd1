"""The scheduler over real engines; a test plays the workers."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta

from msgspec.structs import replace
from prometheus_client import CollectorRegistry
from redis.asyncio import Redis
from tests.support.apps import catalog_of
from tests.support.clock import SetClock
from tests.support.engines import Engine
from tests.support.messages import message as new_message
from tests.support.pauses import pause

from pushgate.adapters.topics import summarize_audience
from pushgate.dispatch.gearman.submitter import Submitter
from pushgate.dispatch.gearman_admin import GearmanAdmin
from pushgate.domain.app import App
from pushgate.domain.audience import Audience, Everyone
from pushgate.domain.escalation import Step
from pushgate.domain.message import Message, Options, Status
from pushgate.domain.outcome import State
from pushgate.domain.terminal import Terminal
from pushgate.ledger.values import Failure, MessageShard, Move, message_key
from pushgate.scheduler.context import SchedulerContext
from pushgate.scheduler.dispatcher import Dispatcher
from pushgate.scheduler.job_limiter import JobQueueLimiter
from pushgate.scheduler.metrics import SchedulerMetrics
from pushgate.scheduler.recovery import Recovery, RecoveryIntervals
from pushgate.scheduler.retry_submitter import RetrySubmitter
from pushgate.stores import Stores

APP = App("shop", 2)
LEASE = timedelta(seconds=15)


@dataclass
class SchedulerParts:
    """The parts of a scheduler, and what a test does in place of a worker."""

    clock: SetClock
    stores: Stores
    context: SchedulerContext
    job_limiter: JobQueueLimiter
    retry_submitter: RetrySubmitter
    dispatcher: Dispatcher
    recovery: Recovery
    admin: GearmanAdmin
    server: Engine

    async def dispatch(self, terminals: int = 5, options: Options | None = None) -> Message:
        await self.stores.registry.register(
            APP, [Terminal(f"t{n}", "apns", f"{n:032x}", "en") for n in range(terminals)]
        )
        message = await self.store(Everyone(), options)
        await self.dispatch_due()
        return message

    async def dispatch_due(self) -> None:
        """Dispatch all messages that are due."""
        await self.dispatcher.dispatch_due()
        await self.dispatcher.wait_until_idle()

    async def store(
        self, audience: Audience, options: Options | None = None, escalate: tuple[Step, ...] = ()
    ) -> Message:
        """Store a message that is due."""
        message = replace(
            new_message(self.clock),
            audience=summarize_audience(audience),
            options=options or Options(),
            escalate=escalate,
        )
        await self.stores.messages.put(message, audience=audience)
        return message

    async def work(self, message: Message) -> None:
        """A worker takes all that is pending, and the vendor accepts all of it."""
        await self.answer(message, State.ACCEPTED)
        if await self.stores.results.settled(APP, message.id):
            await self.stores.lifecycle.finish("shop", message.id)

    async def reject(self, message: Message) -> None:
        """A worker takes all that is pending, the vendor rejects all of it, and the worker dies."""
        await self.answer(message, State.REJECTED, Failure("apns", "BadMessageId", "the id is not one"))

    async def answer(
        self,
        message: Message,
        to: State,
        failure: Failure | None = None,
        shards: Sequence[int] = range(APP.shards),
    ) -> None:
        """All that is pending in these shards comes to this state."""
        stores = self.stores
        for shard in shards:
            scope = MessageShard(APP, shard, message.id, self.stores.retention.keep_until(message))
            held = await stores.pending.blocks(scope)
            taken = await stores.leases.take(scope, "worker", LEASE, held)
            moves = [Move(block, bits, to, failure) for block, bits in taken.pending.items()]
            await stores.outcomes.record(scope, "worker", LEASE, held, moves)
            await stores.leases.release(scope, "worker", held)

    async def takeable(self, message: Message, *, of_canary: bool = False) -> int:
        """How many blocks a worker gets, with a job of the message's canary or without."""
        total = 0
        for shard in range(APP.shards):
            scope = MessageShard(APP, shard, message.id, self.stores.retention.keep_until(message))
            held = await self.stores.pending.blocks(scope)
            taken = await self.stores.leases.take(scope, "worker", LEASE, held, of_canary=of_canary)
            await self.stores.leases.release(scope, "worker", list(taken.pending))
            total += len(taken.pending)
        return total

    async def pause_app(self) -> None:
        """Pause the app, and let the scheduler hear of it."""
        await self.stores.pauses.pause(APP.name, "", pause(self.clock.now()))
        await self.stores.pauses.refresh()

    async def resume_app(self) -> None:
        """Resume the app, and let the scheduler hear of it."""
        await self.stores.pauses.resume(APP.name, "")
        await self.stores.pauses.refresh()

    async def queued(self) -> int:
        return sum(item.queued for item in await self.admin.status())

    async def status(self, message: Message) -> Status:
        return (await self.stores.messages.read("shop", message.id)).status

    async def states(self, message: Message) -> dict[str, int]:
        report = await self.stores.results.report(APP, message.id)
        assert report.targeted == sum(report.states.values())
        return {state: count for state, count in report.states.items() if count}


async def lose_plans(redis: Redis, message_id: str, *shards: int) -> None:
    """Let shards that have a message forget it, as in a failover."""
    for shard in shards:
        keys = [key async for key in redis.scan_iter(f"{message_key(APP, shard, message_id)}:*")]
        assert await redis.delete(*keys) > 0


@asynccontextmanager
async def opened_parts(redis: Redis, clock: SetClock, server: Engine) -> AsyncIterator[SchedulerParts]:
    """The parts of a scheduler over this store and this Gearman server."""
    stores = Stores.open(redis, clock, timedelta(days=30))
    await stores.registered_apps.ensure_app(APP)
    submitter, admin = Submitter([server.url], 2), GearmanAdmin([server.url], 2)
    job_limiter = JobQueueLimiter(submitter, admin, stores.backlog, 6)
    context = SchedulerContext(
        stores=stores,
        catalog=catalog_of(stores.registered_apps, APP, ["apns"]),
        job_limiter=job_limiter,
        clock=clock,
        metrics=SchedulerMetrics(CollectorRegistry()),
    )
    yield SchedulerParts(
        clock=clock,
        stores=stores,
        context=context,
        job_limiter=job_limiter,
        retry_submitter=RetrySubmitter(context),
        dispatcher=Dispatcher(context, "scheduler", LEASE),
        recovery=Recovery(context, admin, RecoveryIntervals(timedelta(seconds=5), timedelta(seconds=60))),
        admin=admin,
        server=server,
    )
    await submitter.close()
