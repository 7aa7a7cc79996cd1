"""A plain model of a registry, and the steps that a test plays on both."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time

from redis.asyncio import Redis
from tests.support.clock import SetClock
from tests.support.event_sums import EventSums
from tests.support.hygiene import RETENTION, REUSE_AFTER, run_phases
from tests.support.registry_laws import StoredShard

from pushgate.domain.app import App
from pushgate.domain.attributes import value_text
from pushgate.domain.clock import to_ms
from pushgate.domain.terminal import Group, Terminal
from pushgate.hygiene.progress import FAULTS
from pushgate.stores import Stores
from pushgate.terminals.bulk.registry import BulkRegistry
from pushgate.terminals.registry import Single
from pushgate.terminals.rows import bucket_of, group_key, names_for
from pushgate.terminals.shard_scripts import run_counting


@dataclass
class Kept:
    """A registered terminal, its device secrets, and the slots of its life, the latest last."""

    terminal: Terminal
    registered_at: datetime
    seen_at: datetime
    slots: list[int] = field(default_factory=list)
    digests: list[bytes] = field(default_factory=list)
    """Of the device secrets, the newest first."""

    def add_secret(self, digest: bytes) -> None:
        """The terminal gets one more secret: that in use and the latest two stay."""
        self.digests = [digest, *self.digests[:1], *self.digests[1:][-1:]]


class RegistryModel:
    """Plays steps on a registry of one shard, and keeps what must be in it."""

    def __init__(self, redis: Redis, clock: SetClock, app: App) -> None:
        self._redis, self._clock, self._app = redis, clock, app
        self._stores = Stores.open(redis, clock, RETENTION)
        self.kept: dict[str, Kept] = {}
        self._events = EventSums(self._stores, app)
        self._told: list[tuple[int, str, int]] = []
        """Shard, 'registered' or 'removed', and slot, as events must say."""
        self._secrets = 0
        self._left: dict[int, tuple[Kept, datetime]] = {}
        """Which terminal left a slot, and when. Absent for slots that are in use."""

    async def register(self, terminals: Sequence[Terminal], *, bulk: bool = False) -> None:
        """Register terminals one way or the other."""
        if not self._events.places:
            await self._events.subscribe()
        if bulk:
            async with BulkRegistry(self._redis, self._clock, self._stores.registry).open(
                self._app
            ) as opened:
                await opened.register(terminals)
        else:
            await self._stores.registry.register(self._app, terminals)
        for terminal in terminals:
            self._put(terminal)
        await self._follow()

    async def replace(self, terminal: Terminal, *, stale: bool) -> None:
        """Change a known terminal in the version that was read, and give it a device secret; a
        stale version changes nothing.
        """
        if terminal.id not in self.kept:
            return
        _, version = await self._stores.registry.read_version(self._app, terminal.id)
        if stale:
            self._clock.advance(1)
            await self.register([self.kept[terminal.id].terminal])
        self._secrets += 1
        secret = self._secrets.to_bytes(16)
        single = Single(version, secret)
        written = await self._stores.registry.replace(self._app, terminal, single)
        assert (written is None) == stale
        if not stale:
            self._put(terminal)
            self.kept[terminal.id].add_secret(secret)
        await self._follow()

    async def forget(self, names: Sequence[str]) -> None:
        """Forget terminals."""
        known = {name for name in names if name in self.kept}
        assert await self._stores.registry.forget(self._app, list(names)) == len(known)
        self._drop(known)

    async def forget_silent(self, before: date) -> None:
        """Forget terminals that were last seen before a day."""
        midnight = datetime.combine(before, time(), UTC)
        silent = {name for name, kept in self.kept.items() if kept.seen_at < midnight}
        removals = self._stores.silent_removals
        count = await removals.silent.count(self._app, before)
        assert (count.silent, count.terminals) == (len(silent), len(self.kept))
        await removals.begin(self._app, before, count, automatic=False)
        await run_phases(self._app, 0, removals)
        self._drop(silent)

    async def touch(self, names: Sequence[str]) -> None:
        """Terminals give signs of life, by any slot that they have or had."""
        refs = await self._stores.locations.locate(self._app, names)
        slots = [found[-1] for found in refs if found]
        await self._stores.signs_of_life.note(self._app, slots)
        await self._stores.signs_of_life.note(self._app, slots, clicked=True)
        now = self._clock.now()
        for name in names:
            if name in self.kept and self.kept[name].seen_at.date() < now.date():
                self.kept[name].seen_at = now

    async def move(self, names: Sequence[str]) -> None:
        """Move terminals as compaction does."""
        args = [
            part
            for name in dict.fromkeys(names)
            if name in self.kept
            for part in (self.kept[name].slots[-1], name, bucket_of(name))
        ]
        head = to_ms(self._clock.now()), to_ms(self._clock.now() - REUSE_AFTER) // 1000
        assert await run_counting(self._redis, "move", self._app, 0, *head, *args) == len(args) // 3
        await self._follow()

    async def look_after(self) -> None:
        """A whole pass of hygiene: nothing disagrees."""
        changes = await run_phases(self._app, 0, *self._stores.hygiene_phases)
        assert not FAULTS & changes.keys()
        await self._follow()

    def _put(self, terminal: Terminal) -> None:
        now = self._clock.now()
        kept = self.kept.get(terminal.id)
        if kept:
            kept.terminal, kept.seen_at = terminal, now
        else:
            self.kept[terminal.id] = Kept(terminal, now, now)

    def _drop(self, names: set[str]) -> None:
        for name in names:
            kept = self.kept.pop(name)
            self._left[kept.slots[-1]] = kept, self._clock.now()
            self._told.append((0, "removed", kept.slots[-1]))

    async def _follow(self) -> None:
        """See where terminals are now: a slot is given to another one only after the reuse time."""
        refs = await self._stores.locations.locate(self._app, list(self.kept))
        for (name, kept), found in zip(self.kept.items(), refs, strict=True):
            slot = found[0].slot
            assert found[0].group == Group.parse(group_key(kept.terminal)), name
            if not kept.slots or kept.slots[-1] != slot:
                if slot in self._left:
                    assert self._clock.now() - self._left.pop(slot)[1] >= REUSE_AFTER
                if kept.slots:
                    self._left[kept.slots[-1]] = kept, self._clock.now()
                else:
                    self._told.append((0, "registered", slot))
                kept.slots.append(slot)

    async def check(self, stored: StoredShard) -> None:
        """What is stored is what the model keeps, and former slots lead to their terminals."""
        if self._events.places:
            await self._events.catch_up()
        assert sorted(self._events.terminals) == sorted(self._told)
        assert stored.ids == {name: kept.slots[-1] for name, kept in self.kept.items()}
        for kept in self.kept.values():
            slot, terminal = kept.slots[-1], kept.terminal
            row = stored.rows[slot]
            assert stored.tokens[slot] == terminal.token
            assert stored.secrets.get(slot, b"") == b"".join(kept.digests)
            assert (row.user, sorted(row.names)) == (terminal.user, sorted(names_for(terminal)))
            assert row.attributes == {name: value_text(value) for name, value in terminal.attributes.items()}
            assert (row.registered_at, row.seen_at) == (kept.registered_at, kept.seen_at)
            left = [s for s in kept.slots if s in self._left and self._left[s][0] is kept]
            returned = await self._returned(left)
            followed = await self._stores.terms.follow(self._app, 0, left)
            assert followed == dict.fromkeys(set(left) - returned, slot)

    async def _returned(self, left: Sequence[int]) -> set[int]:
        """Those of the slots whose blocks went back to the shard, and their rows with them: that
        may be only once the time of their reuse has come.
        """
        ids = await self._stores.holders.ids(self._app, 0, left)
        returned = {slot for slot in left if slot not in ids}
        for slot in returned:
            assert self._clock.now() - self._left[slot][1] >= REUSE_AFTER
        return returned
