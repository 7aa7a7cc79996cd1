"""Messages that are not finished, small and large: how many there are, and since when the oldest
one is due.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from pushgate.bundles.segments import Segments
from pushgate.bundles.values import Home
from pushgate.domain.app import App
from pushgate.domain.clock import Clock, from_ms, to_ms
from pushgate.domain.message import Status
from pushgate.messages.index import MessageIndex


class UnfinishedMessages:
    """Unfinished messages by app. All calls raise EngineUnavailable.

    A small message counts as scheduled until it is planned; then it counts as being sent, once for
    each of its terminals that is open.
    """

    def __init__(self, index: MessageIndex, segments: Segments, clock: Clock) -> None:
        self._index = index
        self._segments = segments
        self._clock = clock

    async def counts(self, apps: Sequence[App]) -> Mapping[str, int]:
        """How many messages of all apps are scheduled, dispatching, sending and
        paused.

        `apps` are the apps that may have small messages.
        """
        return await self._with_small(await self._index.counts(), apps)

    async def app_counts(self, app: App) -> Mapping[str, int]:
        """How many messages of one app are scheduled, dispatching, sending and
        paused."""
        return await self._with_small(await self._index.app_counts(app.name), [app])

    async def oldest_due_at(self, apps: Sequence[App]) -> datetime | None:
        """The push time of the oldest due message that no scheduler has claimed; None where there
        is none.
        """
        now = self._clock.now()
        found = [await self._index.oldest_due_at()]
        for due, urgent, *_ in await self._segments.next_due_at(_homes(apps)):
            found += [from_ms(at_ms) for at_ms in (due, urgent) if at_ms and at_ms <= to_ms(now)]
        return min(filter(None, found), default=None)

    async def _with_small(self, large: Mapping[str, int], apps: Sequence[App]) -> Mapping[str, int]:
        counts = dict(large)
        for scheduled, still_open in await self._segments.waiting_in(_homes(apps)):
            counts[Status.SCHEDULED.value] += scheduled
            counts[Status.SENDING.value] += still_open
        return counts


def _homes(apps: Sequence[App]) -> list[Home]:
    return [Home(app, shard) for app in apps for shard in range(app.shards)]
