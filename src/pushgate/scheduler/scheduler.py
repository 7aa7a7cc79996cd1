"""The scheduler: APScheduler wakes it, and Redis says what is due.

Timers live in memory only. Any number of schedulers may run, because each message is claimed by one
of them.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from typing import Protocol

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.base import BaseTrigger
from apscheduler.triggers.date import DateTrigger
from redis.asyncio import Redis

from pushgate.bundles.segments import CHANNEL
from pushgate.domain.clock import from_ms, to_ms
from pushgate.domain.errors import EngineUnavailable
from pushgate.fleet.pauses import FOLLOW_EVERY
from pushgate.messages.claims import WAKE_CHANNEL
from pushgate.people.erasure import PersonErasure
from pushgate.runtime import logs, tasks
from pushgate.scheduler.audit import INTERVAL, AuditRounds
from pushgate.scheduler.canaries import CanaryRounds
from pushgate.scheduler.context import SchedulerContext
from pushgate.scheduler.dispatcher import Dispatcher
from pushgate.scheduler.escalations import EscalationRounds
from pushgate.scheduler.families import FamilyRounds
from pushgate.scheduler.freezes import FreezeRounds
from pushgate.scheduler.held_removals import HeldRemovalRounds
from pushgate.scheduler.hygiene import TICK
from pushgate.scheduler.notices import EXPIRIES_EVERY, OUTAGES_EVERY, NoticeRounds
from pushgate.scheduler.pauses import PauseRounds
from pushgate.scheduler.people import PeopleRecovery
from pushgate.scheduler.recovery import Recovery
from pushgate.scheduler.retry_submitter import RetrySubmitter
from pushgate.scheduler.series import SeriesRounds
from pushgate.scheduler.small_messages import SmallMessages
from pushgate.scheduler.store_hold import StoreHoldRounds
from pushgate.scheduler.wakeups import round_up_to_tick, wakeups

_NEAR_FUTURE = timedelta(seconds=3)
_MAX_DUE_TIMES = 5000
_MIN_SET_BACK_MS = 1000
_SMALL_CHANNEL = CHANNEL.encode()
_log = logs.get("scheduler")


class TickWork(Protocol):
    """Periodic work that decides by itself how much is due."""

    @property
    def name(self) -> str:
        """The name of its timer."""
        ...

    async def run_once(self) -> None:
        """Do what is due."""
        ...


class Scheduler:
    """Keeps a timer for every instant of the near future at which a message is due."""

    def __init__(
        self,
        *,
        context: SchedulerContext,
        redis: Redis,
        dispatcher: Dispatcher,
        series: SeriesRounds,
        small_messages: SmallMessages,
        recovery: Recovery,
        audit: AuditRounds,
        each_tick: Sequence[TickWork],
    ) -> None:
        self._context = context
        self._redis = redis
        self._dispatcher = dispatcher
        self._series = series
        self._small_messages = small_messages
        self._wake_event = asyncio.Event()
        erasure = PersonErasure(context.stores, redis, context.clock)
        # The default grace time of 1 s would drop runs that a busy moment made late; no run may
        # ever be dropped here.
        self._timers = AsyncIOScheduler(
            timezone="UTC", job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1}
        )
        escalations = EscalationRounds(context.stores, context.clock, context.catalog)
        self._step_telling = escalations.telling
        notices = NoticeRounds(context.stores, context.catalog, context.clock)
        for name, work, pause in (
            ("pauses", PauseRounds(context).run_once, FOLLOW_EVERY),
            ("wakeups", self._set_near_timers, timedelta(seconds=1)),
            ("small messages", small_messages.poll, timedelta(milliseconds=500)),
            ("store hold", StoreHoldRounds(context).run_once, timedelta(seconds=1)),
            ("families", FamilyRounds(context.stores, context.clock).run_once, timedelta(milliseconds=500)),
            ("canaries", CanaryRounds(context).run_once, timedelta(milliseconds=500)),
            ("escalations", escalations.run_once, timedelta(milliseconds=500)),
            ("retries", RetrySubmitter(context).submit_due, timedelta(milliseconds=500)),
            ("recovery", recovery.run_once, recovery.interval),
            ("people", PeopleRecovery(context, erasure).run_once, recovery.interval),
            ("outages", notices.end_outages, OUTAGES_EVERY),
            ("expiring credentials", notices.tell_expiries, EXPIRIES_EVERY),
            ("held removals", HeldRemovalRounds(context).run_once, TICK),
            ("frozen audiences", FreezeRounds(context).run_once, TICK),
            ("trim", self._trim, timedelta(minutes=1)),
            ("audit", audit.run_once, INTERVAL),
            *((work.name, work.run_once, TICK) for work in each_tick),
        ):
            self._timers.add_job(_resilient(name, work), _PauseTrigger(pause), id=name)

    async def run(self, stop: asyncio.Event) -> None:
        """Work until `stop` is set; then claim no more messages, and finish the claimed ones."""
        self._timers.start()
        self._wake_event.set()
        async with asyncio.TaskGroup() as group:
            dispatching = group.create_task(self._keep_dispatching())
            listening = group.create_task(self._listen())
            watching = group.create_task(self._watch_clock())
            await stop.wait()
            self._dispatcher.stop()
            self._small_messages.stop()
            self._timers.shutdown(wait=False)
            self._wake_event.set()
            await tasks.cancel_and_wait(listening)
            await tasks.cancel_and_wait(watching)
            await dispatching
            await self._dispatcher.wait_until_idle()
            await self._small_messages.wait_until_idle()
            await self._step_telling.close()

    async def _keep_dispatching(self) -> None:
        """One pass at a time; a wake-up during a pass makes one more."""
        move_series = _resilient("series", self._series.move_due)
        dispatch = _resilient("dispatch", self._dispatcher.dispatch_due)
        while not self._dispatcher.stopping:
            await self._wake_event.wait()
            self._wake_event.clear()
            await move_series()
            await dispatch()

    async def _listen(self) -> None:
        """Set timers for stored messages at once.

        A message that is missed here is found within a second.
        """
        while True:
            try:
                async with self._redis.pubsub(ignore_subscribe_messages=True) as channel:
                    await channel.subscribe(WAKE_CHANNEL, CHANNEL)
                    async for notice in channel.listen():
                        if notice["channel"] == _SMALL_CHANNEL:
                            self._small_messages.hear(notice["data"].decode())
                        else:
                            self._set_timer_for(int(notice["data"]))
            except Exception as error:  # noqa: BLE001  # whatever ends the subscription, it is opened again
                _log.warning(
                    "wake-up channel lost", action="wake_lost", error=type(error).__name__, outage=True
                )
                await asyncio.sleep(1)

    def _set_timer_for(self, push_at_ms: int) -> None:
        # A message that is due now need not wait for the end of its tick.
        is_due = push_at_ms <= to_ms(self._context.clock.now())
        self._set_timer(push_at_ms if is_due else round_up_to_tick(push_at_ms))

    async def _watch_clock(self) -> None:
        """Wake periodic work when the clock is set back: otherwise its timers would wait for as
        long as the clock was set back.
        """
        loop = asyncio.get_running_loop()
        offset = to_ms(self._context.clock.now()) - loop.time() * 1000
        while True:
            await asyncio.sleep(1)
            new_offset = to_ms(self._context.clock.now()) - loop.time() * 1000
            if new_offset < offset - _MIN_SET_BACK_MS:
                _log.warning("the clock was set back", action="clock_set_back", ms=round(offset - new_offset))
                for job in self._timers.get_jobs():
                    if isinstance(job.trigger, _PauseTrigger):
                        job.modify(next_run_time=self._context.clock.now())
            offset = new_offset

    async def _set_near_timers(self) -> None:
        """Set timers for the messages and series that are due in the near future."""
        now, stores = self._context.clock.now(), self._context.stores
        due = [
            *await stores.claims.due_times(now + _NEAR_FUTURE, _MAX_DUE_TIMES),
            *await stores.series.due_times(now + _NEAR_FUTURE, _MAX_DUE_TIMES),
        ]
        for at_ms in wakeups(due, to_ms(now)):
            self._set_timer(at_ms)
        self._wake_event.set()  # abandoned claims are found by claiming

    def _set_timer(self, at_ms: int) -> None:
        now = self._context.clock.now()
        if at_ms <= to_ms(now):
            self._wake_event.set()
        elif at_ms <= to_ms(now + _NEAR_FUTURE):
            self._timers.add_job(
                self._wake, DateTrigger(from_ms(at_ms)), id=f"due:{at_ms}", replace_existing=True
            )

    async def _wake(self) -> None:
        # A coroutine, for APScheduler runs plain functions in a thread, where an asyncio event must
        # not be set.
        self._wake_event.set()

    async def _trim(self) -> None:
        await self._context.stores.message_index.trim(self._context.clock.now())
        await self._context.stores.message_index.drop_contents(self._context.clock.now())
        await self._small_messages.trim()


class _PauseTrigger(BaseTrigger):  # type: ignore[misc]  # APScheduler 3 is untyped
    """Fires a fixed time after the last run.

    Runs that were missed because the clock jumped ahead are not made up for.
    """

    def __init__(self, pause: timedelta) -> None:
        self._pause = pause

    def get_next_fire_time(self, previous_fire_time: datetime | None, now: datetime) -> datetime:
        """The next run, as APScheduler asks for it."""
        return now + self._pause


def _resilient(name: str, work: Callable[[], Awaitable[object]]) -> Callable[[], Awaitable[None]]:
    """Wrap work so that it survives an engine's outage: it is tried again at its next run."""

    async def run() -> None:
        try:
            await work()
        except EngineUnavailable as error:
            _log.warning(
                "engine out of reach", action="engine_unavailable", work=name, error=str(error), outage=True
            )
        except Exception:  # noqa: BLE001  # the next run may succeed; a dead scheduler does not
            _log.exception("work failed", action="work_failed", work=name)

    return run
