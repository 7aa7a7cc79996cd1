"""Runs rounds of one kind for all homes: at most one at a time for each home, and many homes at
once.

Knows nothing of what a round does.
"""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable
from datetime import timedelta

from pushgate.bundles.values import Home
from pushgate.domain.errors import EngineUnavailable
from pushgate.runtime import logs
from pushgate.scheduler.pace import Pace

MAX_RUNNING = 8
MAX_RUNNING_OF_APP = 2
"""Rounds of one app at the same time, so that other apps always have a place."""
_log = logs.get("scheduler")

RoundWork = Callable[[Home], Awaitable[bool]]
"""Does one round of a home; returns whether the round left work that is due."""


class HomeRounds:
    """Begins a round of a home when it is woken, at the pace."""

    def __init__(self, work: RoundWork, pace: timedelta) -> None:
        self._work = work
        self._pace = pace.total_seconds()
        self._paces: dict[Home, Pace] = {}
        self._running = asyncio.Semaphore(MAX_RUNNING)
        self._running_of_app: defaultdict[str, asyncio.Semaphore] = defaultdict(
            lambda: asyncio.Semaphore(MAX_RUNNING_OF_APP)
        )
        self._tasks: set[asyncio.Task[None]] = set()
        self._stopping = False

    def wake(self, home: Home) -> None:
        """Begin a round when the pace allows it: the home has due work."""
        pace = self._paces.get(home)
        if pace is None:
            pace = self._paces[home] = Pace(self._pace)
        self._plan(home, pace, pace.want(asyncio.get_running_loop().time()))

    def forget(self, home: Home) -> None:
        """Forget a home that is gone with its app. A running round ends by itself."""
        self._paces.pop(home, None)
        self._running_of_app.pop(home.app.name, None)

    def stop(self) -> None:
        """Begin no more rounds."""
        self._stopping = True

    async def wait_until_idle(self) -> None:
        """Wait until no round runs or is planned for now."""
        while self._tasks:
            await asyncio.wait(self._tasks)

    def _plan(self, home: Home, pace: Pace, delay: float | None) -> None:
        if delay:
            asyncio.get_running_loop().call_later(delay, self._begin, home, pace)
        elif delay is not None:
            self._begin(home, pace)

    def _begin(self, home: Home, pace: Pace) -> None:
        if not self._stopping:
            task = asyncio.create_task(self._run(home, pace))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _run(self, home: Home, pace: Pace) -> None:
        more = False
        async with self._running_of_app[home.app.name], self._running:
            pace.begin()
            try:
                more = not self._stopping and await self._work(home)
            except EngineUnavailable as error:
                _log.warning(
                    "round interrupted",
                    action="round_failed",
                    app=home.app.name,
                    shard=home.shard,
                    error=str(error),
                    outage=True,
                )
            except Exception:  # noqa: BLE001  # one home's fault must not stop the others
                _log.exception("round failed", action="round_failed", app=home.app.name, shard=home.shard)
        self._plan(home, pace, pace.end(asyncio.get_running_loop().time(), more=more))
