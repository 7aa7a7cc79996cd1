"""Small messages of all apps: wakes the rounds of due messages (urgent ones apart), the checks of
bundles, and the rounds of clicks that remove notifications.
"""

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from pushgate.bundles.segments import Announcement
from pushgate.bundles.values import Home
from pushgate.bundles.waiting import WaitingElsewhere
from pushgate.bundles.writer import SmallMessageWriter
from pushgate.redis.scripts import portions
from pushgate.runtime import logs
from pushgate.scheduler.bundle_recovery import BundleRecovery
from pushgate.scheduler.clicks import ClickRounds
from pushgate.scheduler.context import SchedulerContext
from pushgate.scheduler.home_rounds import HomeRounds, RoundWork
from pushgate.scheduler.small_dispatcher import SmallDispatcher
from pushgate.scheduler.timetable import Timetable

_DUE, _URGENT = 0, 1
"""Kinds of work, by their number in the timetable."""
_TRIM_PORTION = 500
_MAX_TRIMS = 20
_HOMES_AT_ONCE = 16
MAX_CLICKS = 100_000
"""How many entries a home's queue of clicks keeps: about 15 MB. Beyond that the oldest clicks are
dropped, for example while the app is paused or its scheduler is behind.
"""
_log = logs.get("scheduler")


@dataclass(frozen=True, slots=True)
class SmallTimings:
    """The pace of rounds, that of rounds of urgent messages, and how long a job waits in Gearman
    before it counts as lost.
    """

    pace: timedelta
    urgent_pace: timedelta
    resubmit_after: timedelta


class SmallMessages:
    """Wakes the rounds of every home. Homes are the shards of every app that has a registry."""

    def __init__(self, context: SchedulerContext, timings: SmallTimings) -> None:
        self._context = context
        stores = context.stores
        self._segments = stores.segments
        waiting = WaitingElsewhere(stores.segments, stores.message_index)
        self._writer = SmallMessageWriter(stores.segments, waiting, stores.retention, context.clock)
        dispatcher = SmallDispatcher(context, timings.resubmit_after)
        recovery = BundleRecovery(context, timings.resubmit_after)
        clicks = ClickRounds(context, self._writer)
        self._rounds = (
            HomeRounds(self._dispatching(partial(dispatcher.run_round, urgent=False)), timings.pace),
            HomeRounds(self._dispatching(partial(dispatcher.run_round, urgent=True)), timings.urgent_pace),
            HomeRounds(self._noting(recovery.look_after), timings.pace),
            HomeRounds(self._dispatching(clicks.run_round), timings.pace),
        )
        kinds = [rounds.wake for rounds in self._rounds]
        self._timetable = Timetable(self._segments, context.clock, kinds)
        self._homes: dict[tuple[str, int], Home] = {}
        self._losses = 0
        self._trim_cursors: dict[Home, int] = {}

    async def poll(self) -> None:
        """Wake what is due, and set timers for what is due soon. Raises EngineUnavailable."""
        apps = await self._context.stores.registered_apps.all_apps()
        homes = {(app.name, shard): Home(app, shard) for app in apps for shard in range(app.shards)}
        for place in self._homes.keys() - homes.keys():
            self._forget(self._homes[place])
        self._homes = homes
        await self._look_for_lost_jobs()
        await self._timetable.read(list(self._homes.values()))

    async def _look_for_lost_jobs(self) -> None:
        """Have all bundles checked if a Gearman server was lost, because their jobs may be lost
        with it.
        """
        losses = self._context.job_limiter.count_losses()
        if losses == self._losses:
            return
        now = self._context.clock.now()
        for some in portions(list(self._homes.values()), _HOMES_AT_ONCE):
            await asyncio.gather(*(self._context.stores.bundles.look_at_all(home, now) for home in some))
        self._losses = losses

    def hear(self, text: str) -> None:
        """Wake a round, or set its timer, for an announcement.

        An announcement of an unknown app is ignored: the next poll finds the app and its messages.
        """
        try:
            announcement = Announcement.parse(text)
        except ValueError:
            _log.warning("announcement passed over", action="wake_unreadable")
            return
        home = self._homes.get((announcement.app, announcement.shard))
        if home:
            self._timetable.expect(home, _URGENT if announcement.urgent else _DUE, announcement.push_at_ms)

    def _forget(self, home: Home) -> None:
        """Forget a home whose app was deleted."""
        self._trim_cursors.pop(home, None)
        for rounds in self._rounds:
            rounds.forget(home)

    def stop(self) -> None:
        """Begin no more rounds."""
        for rounds in self._rounds:
            rounds.stop()

    async def wait_until_idle(self) -> None:
        """Wait until no round runs; call `stop` before."""
        for rounds in self._rounds:
            await rounds.wait_until_idle()
        await self._timetable.close()
        await self._writer.close()

    async def trim(self) -> None:
        """Forget a limited number of expired pages of each home, and the oldest clicks where more
        than `MAX_CLICKS` wait. Raises EngineUnavailable.
        """
        for home in self._homes.values():
            if dropped := await self._context.stores.click_queue.drop_oldest(home, MAX_CLICKS):
                _log.warning(
                    "clicks dropped: too many wait to remove notifications",
                    action="clicks_dropped",
                    app=home.app.name,
                    shard=home.shard,
                    clicks=dropped,
                )
            for _ in range(_MAX_TRIMS):
                cursor, oldest_gone = await self._segments.trim(
                    home, self._trim_cursors.get(home, 0), _TRIM_PORTION
                )
                self._trim_cursors[home] = cursor
                if oldest_gone < _TRIM_PORTION:
                    break

    def _dispatching(self, work: RoundWork) -> RoundWork:
        """Wrap the work so that it is skipped while the app is paused; each poll asks for it
        again.
        """
        noting = self._noting(work)

        async def run(home: Home) -> bool:
            return not self._context.stores.pauses.find(home.app.name) and await noting(home)

        return run

    def _noting(self, work: RoundWork) -> RoundWork:
        """Wrap the work so that the home's next instants are read afterwards, unless more work is
        due at once.
        """

        async def run(home: Home) -> bool:
            more = await work(home)
            if not more:
                self._timetable.note(home)
            return more

        return run
