"""Waiting for events: all readers of an app in one process share one look at its streams."""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import timedelta

from pushgate.domain.app import App
from pushgate.domain.errors import Overloaded, PushgateError
from pushgate.eventlog.entries import EntryId, Shard
from pushgate.eventlog.log import EventLog
from pushgate.events.cursor import Cursor
from pushgate.events.feed import has_news
from pushgate.runtime.tasks import cancel_and_wait

POLL_EVERY = timedelta(milliseconds=200)
_PAUSE_PER_APP = timedelta(milliseconds=4)
"""Pause between two looks, for each app that is watched: so looks cost less than a tenth of a core,
however many apps there are.
"""
MAX_READERS = 200
"""Readers of one app in a process at once."""


class _Watch:
    """Looks at the streams of an app as long as somebody waits."""

    def __init__(self, log: EventLog, app: App, pause: Callable[[], timedelta]) -> None:
        self._log = log
        self._app = app
        self._pause = pause
        self._looked = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._ends: Mapping[Shard, EntryId] = {}
        self._error: PushgateError | None = None
        self.waiting = 0

    async def wait(self, cursor: Cursor) -> Sequence[Shard]:
        """Return the shards with news once there may be some. Raises what a look raises."""
        self.waiting += 1
        try:
            while True:
                if self._task is None:
                    self._task = asyncio.create_task(self._look())
                await self._looked.wait()
                if self._error is not None:
                    raise self._error
                places = cursor.places.items()
                if news := [shard for shard, place in places if has_news(place, self._ends.get(shard))]:
                    return news
        finally:
            self.waiting -= 1

    async def close(self) -> None:
        """Stop looking."""
        if self._task is not None:
            await cancel_and_wait(self._task)

    async def _look(self) -> None:
        try:
            while self.waiting:
                self._error = None
                try:
                    self._ends = await self._log.ends(self._app)
                except PushgateError as error:
                    self._error = error
                looked, self._looked = self._looked, asyncio.Event()
                looked.set()
                # A blocking read would hold a connection for each app that is read.
                await asyncio.sleep(self._pause().total_seconds())
        finally:
            self._task = None


class Arrivals:
    """Tells readers in one process of new events."""

    def __init__(self, log: EventLog, poll_every: timedelta = POLL_EVERY) -> None:
        self._log = log
        self._poll_every = poll_every
        self._watches: dict[App, _Watch] = {}
        self._readers: Counter[App] = Counter()
        self._closed = asyncio.Event()

    @property
    def is_closed(self) -> bool:
        """Whether the process is stopping, so that readers have to go on elsewhere."""
        return self._closed.is_set()

    def readers(self, app: App) -> int:
        """How many readers of the app are there."""
        return self._readers[app]

    def require_room(self, app: App) -> None:
        """Raise Overloaded where the app has too many readers already."""
        if self._readers[app] >= MAX_READERS:
            raise Overloaded(f"{MAX_READERS} readers of this app's events are there already")

    @contextmanager
    def reading(self, app: App) -> Iterator[None]:
        """Count a reader of the app."""
        self._readers[app] += 1
        try:
            yield
        finally:
            self._readers[app] -= 1

    async def wait(self, app: App, cursor: Cursor, seconds: float) -> Sequence[Shard]:
        """Wait until there may be events after a cursor, at most for this number of seconds.
        Returns the shards that may have them.

        Raises EngineUnavailable.
        """
        watch = self._watches.setdefault(app, _Watch(self._log, app, self._pause))
        news, closed = asyncio.create_task(watch.wait(cursor)), asyncio.create_task(self._closed.wait())
        try:
            await asyncio.wait([news, closed], timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
            return news.result() if news.done() else ()
        finally:
            news.cancel()
            closed.cancel()

    async def pause(self, seconds: float) -> None:
        """Wait for this number of seconds, or until the process stops."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._closed.wait()

    def _pause(self) -> timedelta:
        """How long a watch pauses between two looks."""
        busy = sum(watch.waiting > 0 for watch in self._watches.values())
        return max(self._poll_every, busy * _PAUSE_PER_APP)

    async def close(self) -> None:
        """Let all who wait return at once, now and later."""
        self._closed.set()
        for watch in self._watches.values():
            await watch.close()
