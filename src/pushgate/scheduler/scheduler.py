"""The scheduler process: APScheduler wakes it, Redis says what is due.

Timers live in memory only; any number of schedulers may run, for each message is claimed by one of them.
"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.base import BaseTrigger
from apscheduler.triggers.date import DateTrigger
from redis.asyncio import Redis

from pushgate.domain.clock import Clock, from_ms, to_ms
from pushgate.domain.errors import EngineUnavailable
from pushgate.messages.claims import WAKE_CHANNEL
from pushgate.runtime import logs, tasks
from pushgate.scheduler.dispatcher import Dispatcher
from pushgate.scheduler.recovery import Recovery
from pushgate.scheduler.wakeups import round_up_to_tick, wakeups
from pushgate.stores import Stores

_AHEAD = timedelta(seconds=3)
_LOOK_AHEAD = 5000
_SET_BACK_MS = 1000
_log = logs.get("scheduler")


class Scheduler:
    """Keeps a timer for every moment of the near future at which something is due."""

    def __init__(
        self,
        redis: Redis,
        stores: Stores,
        fire: Dispatcher,
        sweep: Recovery,
        clock: Clock,
        sweep_every: timedelta,
    ) -> None:
        self._redis = redis
        self._stores = stores
        self._fire = fire
        self._sweep = sweep
        self._clock = clock
        self._again = asyncio.Event()
        # The default grace of 1 s would drop what a busy moment made late; nothing here may ever be dropped.
        self._timers = AsyncIOScheduler(
            timezone="UTC", job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1}
        )
        for name, work, every in (
            ("arm", self._arm_near_future, timedelta(seconds=1)),
            ("retry", sweep.retry, timedelta(milliseconds=500)),
            ("sweep", sweep.run_once, sweep_every),
            ("trim", self._trim, timedelta(minutes=1)),
        ):
            self._timers.add_job(_guarded(name, work), _Every(every), id=name)

    async def run(self, stop: asyncio.Event) -> None:
        """Work until `stop` is set; then claim no more, and finish what is claimed."""
        self._timers.start()
        self._again.set()
        async with asyncio.TaskGroup() as group:
            firing = group.create_task(self._keep_firing())
            listening = group.create_task(self._listen())
            watching = group.create_task(self._watch_clock())
            await stop.wait()
            self._fire.stop()
            self._timers.shutdown(wait=False)
            self._again.set()
            await tasks.cancel_and_wait(listening)
            await tasks.cancel_and_wait(watching)
            await firing
            await self._fire.settled()

    async def _keep_firing(self) -> None:
        """One pass at a time; a wake-up during a pass makes one more."""
        fire = _guarded("fire", self._fire.dispatch_due)
        while not self._fire.stopping:
            await self._again.wait()
            self._again.clear()
            await fire()

    async def _listen(self) -> None:
        """Hear of stored messages at once; what is missed here is found by the interval job within a second."""
        while True:
            try:
                async with self._redis.pubsub(ignore_subscribe_messages=True) as channel:
                    await channel.subscribe(WAKE_CHANNEL)
                    async for notice in channel.listen():
                        self._heard(int(notice["data"]))
            except Exception as error:  # noqa: BLE001  # whatever ends the subscription, it is opened again
                _log.warning("wake-up channel lost", action="wake_lost", error=type(error).__name__)
                await asyncio.sleep(1)

    def _heard(self, push_at: int) -> None:
        # What is due at once need not wait for the end of its moment.
        self._arm(push_at if push_at <= to_ms(self._clock.now()) else round_up_to_tick(push_at))

    async def _watch_clock(self) -> None:
        """When the clock is set back, what is to be done every so often would wait until the old time comes again."""
        loop = asyncio.get_running_loop()
        before = to_ms(self._clock.now()) - loop.time() * 1000
        while True:
            await asyncio.sleep(1)
            now = to_ms(self._clock.now()) - loop.time() * 1000
            if now < before - _SET_BACK_MS:
                _log.warning("the clock was set back", action="clock_set_back", ms=round(before - now))
                for job in self._timers.get_jobs():
                    if isinstance(job.trigger, _Every):
                        job.modify(next_run_time=self._clock.now())
            before = now

    async def _arm_near_future(self) -> None:
        now = self._clock.now()
        due = await self._stores.claims.due_times(now + _AHEAD, _LOOK_AHEAD)
        for at in wakeups(due, to_ms(now)):
            self._arm(at)
        self._again.set()  # abandoned claims are found by claiming

    def _arm(self, at: int) -> None:
        now = self._clock.now()
        if at <= to_ms(now):
            self._again.set()
        elif at <= to_ms(now + _AHEAD):
            self._timers.add_job(self._wake, DateTrigger(from_ms(at)), id=f"due:{at}", replace_existing=True)

    async def _wake(self) -> None:
        # A coroutine, for APScheduler runs plain functions in a thread, where an asyncio event must not be set.
        self._again.set()

    async def _trim(self) -> None:
        await self._stores.message_index.trim(self._clock.now())


class _Every(BaseTrigger):  # type: ignore[misc]  # APScheduler 3 is untyped
    """So long after the last time; what a clock that jumped ahead left out is not made up for."""

    def __init__(self, pause: timedelta) -> None:
        self._pause = pause

    def get_next_fire_time(self, previous_fire_time: datetime | None, now: datetime) -> datetime:
        """As APScheduler asks for it."""
        return now + self._pause


def _guarded(name: str, work: Callable[[], Awaitable[object]]) -> Callable[[], Awaitable[None]]:
    """Work that outlives an engine's outage: it is tried again at its next turn."""

    async def run() -> None:
        try:
            await work()
        except EngineUnavailable as error:
            _log.warning("engine out of reach", action="engine_unavailable", work=name, error=str(error))
        except Exception:  # noqa: BLE001  # the next turn may succeed; a scheduler that dies does not
            _log.exception("work failed", action="work_failed", work=name)

    return run
