"""Silent terminals are removed where a removal was requested, in portions."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from datetime import UTC, date, datetime, time
from functools import partial

from msgspec import structs
from redis.asyncio import Redis

from pushgate.domain.app import App
from pushgate.domain.clock import Clock
from pushgate.hygiene.progress import Change, Progress
from pushgate.hygiene.removals import Removal, Removals, RemovalState
from pushgate.hygiene.silent_terminals import SilentCount, SilentTerminals
from pushgate.redis.scripts import portions
from pushgate.terminals.holders import SlotHolders
from pushgate.terminals.registry import Registry

_TERMINALS_PER_STEP = 50
_COST_OF_REMOVAL = 4
"""To forget a terminal costs as much as to look at so many slots."""


class SilentRemovals:
    """Begins, stops and carries out removals. A phase of hygiene. All calls raise
    EngineUnavailable.
    """

    def __init__(self, redis: Redis, registry: Registry, clock: Clock) -> None:
        self._registry = registry
        self._clock = clock
        self._holders = SlotHolders(redis)
        self.silent = SilentTerminals(redis)
        self.removals = Removals(redis)

    async def begin(self, app: App, before: date, count: SilentCount, *, automatic: bool) -> Removal:
        """Begin to remove terminals that were last seen before a day; returns the app's removal.

        That is the running one where there is one. An automatic removal of more terminals than can
        be believed is held.
        """
        while True:
            stored = await self.removals.read(app.name)
            if stored and stored.removal.state is RemovalState.RUNNING:
                return stored.removal
            is_held = automatic and count.implausible
            removal = Removal(
                before=before,
                requested_at=self._clock.now(),
                automatic=automatic,
                state=RemovalState.HELD if is_held else RemovalState.RUNNING,
                silent=count.silent,
            )
            if await self.removals.write(app.name, removal, stored):
                return removal

    async def stop(self, app: App) -> Removal | None:
        """Stop the app's removal; returns it as it is then, None where there never was one."""
        return await self._change(app, lambda removal: _end(removal, RemovalState.STOPPED, self._clock.now()))

    async def held(self) -> Mapping[str, int]:
        """By app, how many silent terminals are kept because they are more than can be believed."""
        found = await self.removals.all()
        return {
            name: stored.removal.silent
            for name, stored in found.items()
            if stored.removal.state is RemovalState.HELD
        }

    async def run(self, app: App, shard: int, cursor: int) -> AsyncIterator[Progress]:
        """Remove the silent terminals of a shard. The cursor is a range."""
        stored = await self.removals.read(app.name)
        if stored is None or not _is_open(stored.removal, shard):
            return
        before = stored.removal.before
        # Again from the first range: a terminal may have moved to a range that was looked at.
        for first in (cursor, 0):
            async for number, slots in self.silent.slots(app, shard, first, before):
                for some in portions(slots, _TERMINALS_PER_STEP):
                    forgotten = await self._forget(app, shard, some, before)
                    counted = await self._change(app, partial(_counted, forgotten))
                    if counted is None or not _is_open(counted, shard):
                        return
                    yield Progress(number, _COST_OF_REMOVAL * len(some), {Change.SILENT: forgotten})
                yield Progress(number + 1, 1)
        await self._change(app, lambda removal: _done(removal, shard, app.shards, self._clock.now()))

    async def _forget(self, app: App, shard: int, slots: Sequence[int], before: date) -> int:
        ids = await self._holders.ids(app, shard, slots)
        midnight = datetime.combine(before, time(), UTC)
        return await self._registry.forget_silent(app, list(ids.values()), midnight)

    async def _change(self, app: App, change: Callable[[Removal], Removal]) -> Removal | None:
        """Change the app's removal as long as it is running; returns it as it is then."""
        while True:
            stored = await self.removals.read(app.name)
            if stored is None:
                return None
            if stored.removal.state is not RemovalState.RUNNING:
                return stored.removal
            changed = change(stored.removal)
            if await self.removals.write(app.name, changed, stored):
                return changed


def _is_open(removal: Removal, shard: int) -> bool:
    return removal.state is RemovalState.RUNNING and shard not in removal.done


def _counted(forgotten: int, removal: Removal) -> Removal:
    return structs.replace(removal, forgotten=removal.forgotten + forgotten)


def _end(removal: Removal, state: RemovalState, now: datetime) -> Removal:
    return structs.replace(removal, state=state, ended_at=now)


def _done(removal: Removal, shard: int, shards: int, now: datetime) -> Removal:
    done = removal.done | {shard}
    if len(done) < shards:
        return structs.replace(removal, done=done)
    return _end(structs.replace(removal, done=done), RemovalState.FINISHED, now)
