"""Notices that a part of the store went back to an earlier state, and informs readers and the
log.
"""

from collections import deque
from collections.abc import Mapping
from datetime import datetime, timedelta

from pushgate.domain.app import App
from pushgate.domain.clock import Clock
from pushgate.fleet.write_counters import Part, Rollback, parts_of
from pushgate.runtime import logs
from pushgate.scheduler.metrics import SchedulerMetrics
from pushgate.stores import Stores

_WITNESS_EVERY = timedelta(seconds=5)
_LOOKS = 60
"""How many checks are remembered: they show since when writes are lost."""
_log = logs.get("scheduler")


class StoreRollbacks:
    """Compares the counter of each part of the store with the highest that was seen.

    Raises EngineUnavailable.
    """

    name = "store rollbacks"

    def __init__(self, stores: Stores, clock: Clock, metrics: SchedulerMetrics) -> None:
        self._stores = stores
        self._clock = clock
        self._metrics = metrics
        self._counters = stores.write_counters
        self._looks: deque[tuple[datetime, Mapping[Part, int]]] = deque(maxlen=_LOOKS)
        """The instants of the last checks with the counters at each; the latest comes last."""
        self._seen: Mapping[Part, int] = {}
        """The highest counter of each part, as of the latest check."""
        self._witness_due_at: datetime | None = None

    async def run_once(self) -> None:
        """Look at all parts once."""
        apps = await self._stores.registered_apps.all_apps()
        parts, now = parts_of(apps), self._clock.now()
        if not self._looks:
            self._looks.extend(await self._counters.read_witnesses())
            self._seen = {
                part: max((look.get(part, 0) for _, look in self._looks), default=0) for part in parts
            }
        # Once the counter is raised, it no longer shows that the part went back. So that comes
        # last.
        for part, found in zip(parts, await self._counters.read(parts), strict=True):
            if found < (seen := self._seen.get(part, 0)):
                await self._report(part, seen, found, now)
        counters = dict(zip(parts, await self._counters.count(parts), strict=True))
        self._looks.append((now, counters))
        self._seen = counters
        due_at = self._witness_due_at
        if due_at is None or not now < due_at <= now + _WITNESS_EVERY:
            await self._counters.write_witnesses(counters, now)
            self._witness_due_at = now + _WITNESS_EVERY

    async def _report(self, part: Part, seen: int, found: int, now: datetime) -> None:
        """Report a part that went back, and raise its counter. If this is cut off, the next check
        repeats it. Only one of several schedulers logs it.
        """
        app = await self._stores.registered_apps.find_app(part.app) if part.app else None
        if part.app and app is None:
            return  # the app was deleted
        rollback = Rollback(
            app=part.app,
            shard=part.shard,
            lost_from=self._last_kept(part, found),
            at=now,
            seen=seen,
            found=found,
        )
        await self._counters.note(rollback)
        await self._begin_epochs(part, app, rollback.lost_from)
        if await self._counters.restore(part, seen):
            self._metrics.store_rolled_back()
            _log.error(
                "the store went back to an earlier state: its last writes are lost",
                action="store_rolled_back",
                part=part.name,
                lost_from=rollback.lost_from.isoformat(),
                seen=seen,
                found=found,
            )

    def _last_kept(self, part: Part, found: int) -> datetime:
        """The last check whose counter the part still reaches, or the first check."""
        kept = [at for at, look in self._looks if look.get(part, found + 1) <= found]
        return kept[-1] if kept else self._looks[0][0]

    async def _begin_epochs(self, part: Part, app: App | None, lost_from: datetime) -> None:
        """Begin new epochs, so that readers of events get snapshots next."""
        tending = self._stores.event_tending
        if app:
            await tending.roll_back(app, part.shard, lost_from)
            return
        for each in await self._stores.registered_apps.all_apps():
            await tending.roll_back(each, None, lost_from)
