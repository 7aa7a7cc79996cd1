"""Small messages of concurrent requests, stored together. In: messages without an id. Out: the
result of each.

Knows no HTTP. A message gets its id here, because the id says where the message is stored.
"""

import asyncio
from collections.abc import Sequence

from pushgate.bundles.home_writer import Draft, HomeWriter, Written
from pushgate.bundles.segments import Segments
from pushgate.bundles.values import Home
from pushgate.bundles.waiting import WaitingElsewhere
from pushgate.domain.app import App
from pushgate.domain.clock import Clock
from pushgate.messages.retention import Retention
from pushgate.redis.client import mark_changed


class SmallMessageWriter:
    """Stores small messages. One write of a home runs at a time. Messages that arrive meanwhile go
    with the next write.

    An error of a write reaches only the messages of that write. If a caller is cancelled, no other
    caller is affected; the messages may be stored all the same.
    """

    def __init__(
        self,
        segments: Segments,
        waiting: WaitingElsewhere,
        retention: Retention,
        clock: Clock,
    ) -> None:
        self._segments = segments
        self._waiting = waiting
        self._retention = retention
        self._clock = clock
        self._homes: dict[tuple[str, int], HomeWriter] = {}
        self._turns: dict[str, int] = {}
        self._pages: dict[tuple[str, int], int] = {}

    async def put(self, app: App, drafts: Sequence[Draft], max_waiting: int = 0) -> list[Written]:
        """Store messages; returns the result of each. They are durable once this returns.

        At most `max_waiting` messages of the app wait afterwards, 0 for any number.
        Raises EngineUnavailable: then some of them may be stored.
        """
        turn = self._turn(app)
        by_shard: dict[int, list[int]] = {}
        for number, draft in enumerate(drafts):
            by_shard.setdefault(draft.key.shard if draft.key else turn, []).append(number)
        if len(by_shard) == 1:
            return await self._home(app, next(iter(by_shard))).put(drafts, max_waiting)
        writes = (
            self._home(app, shard).put([drafts[number] for number in numbers], max_waiting)
            for shard, numbers in by_shard.items()
        )
        written: dict[int, Written] = {}
        errors: list[BaseException] = []
        results = await asyncio.gather(*writes, return_exceptions=True)
        for numbers, result in zip(by_shard.values(), results, strict=True):
            if isinstance(result, BaseException):
                errors.append(result)
            else:
                written.update(zip(numbers, result, strict=True))
        if errors:
            if any(one.message for one in written.values()):
                mark_changed()
            raise errors[0]
        return [written[number] for number in range(len(drafts))]

    def _turn(self, app: App) -> int:
        """The shard for messages without a key. Any shard is right; they take turns, page by
        page.
        """
        turn = self._turns.get(app.name, 0)
        pages = self._home(app, turn).pages
        if pages > self._pages.get((app.name, turn), pages) > 0:
            turn = self._turns[app.name] = (turn + 1) % app.shards
            pages = self._home(app, turn).pages
        self._pages[app.name, turn] = pages
        return turn

    async def close(self) -> None:
        """Wait for the writes that run."""
        for home in self._homes.values():
            await home.close()

    def _home(self, app: App, shard: int) -> HomeWriter:
        writer = self._homes.get((app.name, shard))
        if writer is None:
            home = Home(app, shard)
            writer = self._homes[app.name, shard] = HomeWriter(
                home, self._segments, self._retention, self._clock, self._waiting
            )
        return writer
