"""Small messages of concurrent requests, stored together. In: messages without an id. Out: what
became of each.

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


class SmallMessageWriter:
    """Stores small messages. One write of a home runs at a time; what comes meanwhile goes with the
    next one.

    An error of a write reaches the messages of that write alone. A caller that is cancelled touches
    no other; its messages may be stored all the same.
    """

    def __init__(
        self,
        segments: Segments,
        waiting: WaitingElsewhere,
        retention: Retention,
        clock: Clock,
        *,
        max_waiting: int,
    ) -> None:
        """At most `max_waiting` messages of an app wait, 0 for any number."""
        self._segments = segments
        self._waiting = waiting
        self._retention = retention
        self._clock = clock
        self._max_waiting = max_waiting
        self._homes: dict[tuple[str, int], HomeWriter] = {}
        self._turns: dict[str, int] = {}

    async def put(self, app: App, drafts: Sequence[Draft]) -> list[Written]:
        """Store messages; returns what became of each. They are durable once this returns.

        Raises EngineUnavailable: then some of them may be stored.
        """
        # Without a key any home will do: they take turns.
        turn = self._turns.get(app.name, 0) % app.shards
        self._turns[app.name] = turn + 1
        by_shard: dict[int, list[int]] = {}
        for number, draft in enumerate(drafts):
            by_shard.setdefault(draft.key.shard if draft.key else turn, []).append(number)
        if len(by_shard) == 1:
            return await self._home(app, next(iter(by_shard))).put(drafts)
        writes = (
            self._home(app, shard).put([drafts[number] for number in numbers])
            for shard, numbers in by_shard.items()
        )
        written: dict[int, Written] = {}
        for numbers, results in zip(by_shard.values(), await asyncio.gather(*writes), strict=True):
            written.update(zip(numbers, results, strict=True))
        return [written[number] for number in range(len(drafts))]

    async def close(self) -> None:
        """Wait for the writes that run."""
        for home in self._homes.values():
            await home.close()

    def _home(self, app: App, shard: int) -> HomeWriter:
        writer = self._homes.get((app.name, shard))
        if writer is None:
            home = Home(app, shard)
            writer = self._homes[app.name, shard] = HomeWriter(
                home, self._segments, self._retention, self._clock, lambda: self._room(home)
            )
        return writer

    async def _room(self, home: Home) -> int | None:
        """How many messages may wait in the home, None for any number."""
        if not self._max_waiting:
            return None
        return max(0, self._max_waiting - await self._waiting.count(home))
