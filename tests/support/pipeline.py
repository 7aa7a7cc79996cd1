"""A scheduler and a worker over one Valkey, without Gearman: a test runs the jobs that the
scheduler submits.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from msgspec.structs import replace
from prometheus_client import CollectorRegistry
from redis.asyncio import Redis
from tests.support.apps import catalog_of, configured_app, configured_vendor
from tests.support.clock import SetClock
from tests.support.messages import message as new_message

from pushgate.adapters.contract import Adapter
from pushgate.adapters.topics import summarize_audience
from pushgate.apps.catalog import AppCatalog, ConfiguredVendor
from pushgate.dispatch.job import Job, decode
from pushgate.domain.app import App
from pushgate.domain.audience import Audience, Everyone
from pushgate.domain.escalation import Step
from pushgate.domain.message import Content, Message, Options, Resend, Status
from pushgate.domain.outcome import State
from pushgate.domain.terminal import Terminal
from pushgate.ledger.report import Report
from pushgate.receipts.callback_token import CallbackTokens
from pushgate.scheduler.canaries import CanaryRounds
from pushgate.scheduler.context import SchedulerContext
from pushgate.scheduler.dispatcher import Dispatcher
from pushgate.scheduler.metrics import SchedulerMetrics
from pushgate.stores import Stores
from pushgate.terminals.lookup import TerminalName
from pushgate.tracking.terminal_filters import TerminalFilter
from pushgate.worker.circuit_breaker import CircuitBreaker
from pushgate.worker.context import WorkerContext, WorkerTimings
from pushgate.worker.credential_uses import CredentialUses
from pushgate.worker.job_runner import JobRunner
from pushgate.worker.metrics import WorkerMetrics
from pushgate.worker.rate_limiter import RateLimiter

APP = App("shop")
LEASE = timedelta(seconds=15)
RETRY_HIDDEN_FOR = timedelta(seconds=30)
VENDORS = frozenset({"apns", "fcm", "huawei", "meizu", "oppo", "vivo", "xiaomi"})


def token(name: int | str, *, dead: bool = False) -> str:
    """A push token that the simulated vendors take, or call dead."""
    text = hashlib.sha256(str(name).encode()).hexdigest()
    return ("dead" if dead else "beef") + text[4:]


class JobQueue:
    """Takes the place of Gearman: submitted jobs wait in a list."""

    def __init__(self) -> None:
        self.jobs: list[Job] = []

    async def submit(self, jobs: Sequence[Job]) -> None:
        self.jobs += jobs


@dataclass(kw_only=True)
class Pipeline:
    """The parts of a scheduler and a worker."""

    clock: SetClock
    stores: Stores
    dispatcher: Dispatcher
    canaries: CanaryRounds
    dispatcher_without_settings: Dispatcher
    """A scheduler whose configuration lacks the app."""
    jobs: list[Job]
    """Submitted jobs that have not run yet."""
    run_job: JobRunner
    vendors: dict[str, ConfiguredVendor]
    """The app's vendors in the worker's catalog. A test may change them."""

    async def register(self, count: int, vendor: str = "apns", dead: int = 0, language: str = "en") -> None:
        """Register terminals of the vendor; the tokens of the first ones are dead."""
        await self.stores.registry.register(
            APP,
            [
                Terminal(f"{vendor}-{n}", vendor, token(f"{vendor}-{n}", dead=n < dead), language)
                for n in range(count)
            ],
        )

    async def dispatch(
        self,
        audience: Audience | None = None,
        options: Options | None = None,
        by: Dispatcher | None = None,
        escalate: tuple[Step, ...] = (),
        **content: Content,
    ) -> Message:
        """Store a message that is due, and dispatch it."""
        message = replace(
            new_message(self.clock),
            content=content or {"en": Content("Sale", "Today")},
            audience=summarize_audience(audience or Everyone()),
            options=options or Options(),
            escalate=escalate,
        )
        await self.stores.messages.put(message, audience=audience)
        await self.dispatch_due(by)
        return message

    async def dispatch_due(self, by: Dispatcher | None = None) -> None:
        """Dispatch what is due, to the end."""
        dispatcher = by or self.dispatcher
        await dispatcher.dispatch_due()
        await dispatcher.wait_until_idle()

    async def run_jobs(self) -> None:
        """Run every job that was submitted."""
        while self.jobs:
            await self.run_job(self.jobs.pop(0))

    async def due_jobs(self) -> list[Job]:
        """Take the jobs whose next attempt is due, as the scheduler does."""
        now = self.clock.now()
        raw = await self.stores.retries.take(now, now + RETRY_HIDDEN_FOR, 1000)
        await self.stores.retries.remove(raw, now + RETRY_HIDDEN_FOR)
        return [decode(job) for job in raw]

    async def run_due_jobs(self) -> None:
        """Run the jobs whose next attempt is due."""
        self.jobs += await self.due_jobs()
        await self.run_jobs()

    async def resend(self, message: Message, *states: State, by: Dispatcher | None = None) -> None:
        """Send the failures of these states again."""

        def change(message: Message) -> Message:
            count = message.resend.count if message.resend else 0
            expires_at = self.clock.now() + timedelta(seconds=60)
            return replace(message, resend=Resend(count + 1, states, expires_at))

        await self.stores.revisions.resend("shop", message.id, change)
        await self.dispatch_due(by)

    async def end(self, message: Message, state: State) -> int:
        """End all that is pending, as recovery does."""
        keep_until = self.stores.retention.keep_until(message)
        return await self.stores.pending.end(APP, message.id, keep_until, state)

    async def report(self, message: Message) -> Report:
        report = await self.stores.results.report(APP, message.id)
        assert report.targeted == sum(report.states.values())
        return report

    async def states(self, message: Message) -> dict[str, int]:
        """How many terminals are in each state; empty states are left out."""
        return {state: count for state, count in (await self.report(message)).states.items() if count}

    async def status(self, message: Message) -> Status:
        return (await self.stores.messages.read("shop", message.id)).status

    async def failures(self, message: Message) -> list[tuple[str, str, TerminalName]]:
        """State, code and name of every terminal that failed."""
        terminals = self.stores.tracked.terminals
        found, following = await terminals.page(APP, message.id, TerminalFilter.FAILED, None, 1000)
        assert following is None
        return [(one.state.value, one.failure.code, one.name) for one in found if one.failure]


def create_pipeline(
    redis: Redis, clock: SetClock, adapters: Mapping[str, Adapter], app: App = APP
) -> Pipeline:
    """A pipeline that sends through these adapters."""
    stores, queue = Stores.open(redis, clock, timedelta(days=30)), JobQueue()
    configured = {vendor: configured_vendor(vendor, adapter) for vendor, adapter in adapters.items()}
    worker_catalog = AppCatalog(stores.registered_apps, {app.name: configured_app(app, configured)})

    def scheduler(catalog: AppCatalog) -> SchedulerContext:
        return SchedulerContext(
            stores=stores,
            catalog=catalog,
            job_limiter=queue,  # type: ignore[arg-type]  # it has the one verb that a dispatcher uses
            clock=clock,
            metrics=SchedulerMetrics(CollectorRegistry()),
        )

    context = scheduler(catalog_of(stores.registered_apps, app, VENDORS | adapters.keys()))
    without_settings = scheduler(AppCatalog(stores.registered_apps, {}))

    return Pipeline(
        clock=clock,
        stores=stores,
        dispatcher=Dispatcher(context, "scheduler", LEASE),
        canaries=CanaryRounds(context),
        dispatcher_without_settings=Dispatcher(without_settings, "other", LEASE),
        jobs=queue.jobs,
        run_job=_job_runner(redis, clock, stores, worker_catalog),
        vendors=configured,
    )


def _job_runner(redis: Redis, clock: SetClock, stores: Stores, catalog: AppCatalog) -> JobRunner:
    breaker = CircuitBreaker(redis, clock)
    context = WorkerContext(
        stores=stores,
        rate_limiter=RateLimiter(redis, clock, catalog.push_rate, breaker),
        circuit_breaker=breaker,
        clock=clock,
        timings=WorkerTimings(LEASE, timedelta(milliseconds=20)),
        metrics=WorkerMetrics(CollectorRegistry()),
        credential_uses=CredentialUses(stores.credential_use, catalog, clock),
    )
    return JobRunner(context, catalog, CallbackTokens(b"k").sign, "worker")
