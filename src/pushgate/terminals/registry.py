"""The registry: an app's terminals, already grouped by vendor and language, each with a slot in its group.

Terminals and ids in, slots and bits out. Cut into shards by terminal id; the index of token owners is cut by token,
so a registration is a short row of writes, each harmless if it is the last: at worst an index entry points at a
terminal that has another token by now, and everything that follows such an entry checks the token.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, cast

import msgspec
from redis.asyncio import Redis

from pushgate.domain import bitmaps
from pushgate.domain.app import App
from pushgate.domain.clock import Clock, to_ms
from pushgate.domain.errors import NotFound
from pushgate.domain.message import MAX_TTL
from pushgate.domain.outcome import SlotRef
from pushgate.domain.terminal import Group, Terminal
from pushgate.redis.client import Changes, reaching
from pushgate.redis.keys import QUEUE, shard_of, tag
from pushgate.redis.scripts import portions, script
from pushgate.terminals.language_limits import DEFAULT_LIMITS, LanguageLimits, Languages
from pushgate.terminals.token_owners import Holding, TokenOwners
from pushgate.terminals.tokens import digest

_BATCH = 1000
_PER_SCRIPT = 100
"""Terminals that one script registers or forgets: everybody else waits for a script to end."""
_LOOKED_UP = 250
"""Ids or tokens that one script looks up."""
_USERS = 500
_FEW = 64
"""Terminals of one user up to which a script reads them; more are read in pieces."""

Version = tuple[bytes, bytes]
"""A terminal's record and push token as they were read."""
Condition = tuple[str, str | Literal[False], int | Literal[False], str | Literal[False]]
"""A terminal id; the token it must still have; the instant (ms) it must have been registered before; its vendor."""


@dataclass(frozen=True, slots=True)
class DeadToken:
    """A push token a vendor called dead; if `since` is given, terminals registered from then on stay."""

    token: str
    since: datetime | None = None


class Registry:
    """The terminals of all apps."""

    def __init__(
        self, redis: Redis, clock: Clock, retention: timedelta, languages: LanguageLimits = DEFAULT_LIMITS
    ) -> None:
        self._redis = redis
        self._clock = clock
        self._unused_for = retention + MAX_TTL
        self._owners = TokenOwners(redis)
        self.languages = Languages(redis, languages)

    async def register(self, app: App, terminals: Sequence[Terminal]) -> list[bool]:
        """Register terminals, new or known; of several with one id the last counts. Tells which ids are new.

        A token that another terminal had is taken over: that terminal is forgotten.
        """
        latest: dict[str, Terminal] = {}
        for terminal in terminals:
            latest.pop(terminal.id, None)  # so that it stands where it came last
            latest[terminal.id] = terminal
        created: set[str] = set()
        distinct = list(latest.values())
        for start in range(0, len(distinct), _BATCH):
            created |= await self._register(app, distinct[start : start + _BATCH]) or set()
        return [terminal.id in created for terminal in terminals]

    async def replace(self, app: App, terminal: Terminal, version: Version) -> bool:
        """Register a terminal anew if it is still the one that was read; tells whether it was."""
        return await self._register(app, [terminal], version) is not None

    async def read(self, app: App, terminal_id: str) -> Terminal:
        """The terminal. Raises NotFound."""
        return (await self.read_version(app, terminal_id))[0]

    async def read_version(self, app: App, terminal_id: str) -> tuple[Terminal, Version]:
        """The terminal, and what tells later whether it was changed. Raises NotFound."""
        answer = await self._run("read", app, shard_of(app, terminal_id), terminal_id)
        packed, token = answer or (None, None)
        if packed is None or token is None:
            raise NotFound(f"there is no terminal {terminal_id}")
        group, _, _, user, tags, timezone, _, _, *later = msgspec.msgpack.decode(packed)
        vendor, grouped = str(group).split("/")
        own = later[0] if later and later[0] else grouped  # a record of an earlier version has none
        terminal = Terminal(
            terminal_id,
            vendor,
            token.decode(),
            own,
            user or None,
            tuple(tags or ()),
            timezone or None,
            None if own == grouped else grouped,
        )
        return terminal, (packed, token)

    async def forget(self, app: App, terminal_ids: Sequence[str]) -> int:
        """Forget terminals; returns how many there were."""
        every: list[Condition] = [(terminal_id, False, False, False) for terminal_id in terminal_ids]
        return len(await self._forget(app, every))

    async def forget_dead(self, app: App, vendor: str, dead: Sequence[DeadToken]) -> int:
        """Forget the vendor's terminals that still have these tokens; returns how many there were."""
        owners = await self._owners.of(app, [digest(item.token) for item in dead])
        conditions: list[Condition] = [
            (owner, item.token, to_ms(item.since) if item.since else False, vendor)
            for all_owners, item in zip(owners, dead, strict=True)
            for owner in all_owners
        ]
        return len(await self._forget(app, conditions))

    async def groups(self, app: App) -> dict[Group, int]:
        """How many terminals each group has."""
        totals: dict[Group, int] = {}
        for shard in range(app.shards):
            for group, bits in (await self.alive(app, shard)).items():
                totals[group] = totals.get(group, 0) + bitmaps.count(bits)
        return {group: total for group, total in totals.items() if total}

    async def is_empty(self, app: App) -> bool:
        """Whether the app has no terminal; found out without reading who there is."""
        for shard in range(app.shards):
            head = tag(app, shard)
            async with reaching(Changes.NOTHING):
                groups = cast("list[bytes]", await self._redis.hkeys(f"{head}:next"))
                # A block without terminals is not kept, so neither is a group without blocks.
                names = [f"{head}:alive:{group.decode()}" for group in groups]
                if names and await self._redis.exists(*names):
                    return False
        return True

    async def alive(self, app: App, shard: int) -> dict[Group, dict[int, int]]:
        """The slots in use in one shard, as bits by group and block."""
        head = tag(app, shard)
        async with reaching():
            keys = cast("list[bytes]", await self._redis.hkeys(f"{head}:next"))
            # In one step: a terminal that just then moves is in one group, not in two or none.
            async with self._redis.pipeline(transaction=True) as pipe:
                for key in keys:
                    pipe.hgetall(f"{head}:alive:{key.decode()}")
                rows = await pipe.execute()
        return {
            Group.parse(key.decode()): {int(number): bitmaps.from_bytes(raw) for number, raw in row.items()}
            for key, row in zip(keys, rows, strict=True)
        }

    async def locate(self, app: App, terminal_ids: Sequence[str]) -> list[list[SlotRef]]:
        """For each id its place, followed by its former one if it moved between groups; empty if unknown."""
        found: list[list[SlotRef]] = [[] for _ in terminal_ids]
        by_shard: dict[int, list[int]] = {}
        for index, terminal_id in enumerate(terminal_ids):
            by_shard.setdefault(shard_of(app, terminal_id), []).append(index)
        for shard, indexes in by_shard.items():
            ids = [terminal_ids[index] for index in indexes]
            for index, places in zip(indexes, await self._locate(app, shard, ids), strict=True):
                found[index] = places
        return found

    async def locate_tokens(self, app: App, tokens: Sequence[str]) -> list[list[SlotRef]]:
        """For each push token the places of the terminal that has it; empty if none has."""
        owners = await self._owners.of(app, [digest(token) for token in tokens])
        known = [(index, ids[0]) for index, ids in enumerate(owners) if ids]
        places = await self.locate(app, [terminal_id for _, terminal_id in known])
        found: list[list[SlotRef]] = [[] for _ in tokens]
        for (index, _), some in zip(known, places, strict=True):
            found[index] = some
        return found

    async def current_holders(
        self, app: App, shard: int, group: Group, tokens: Mapping[int, str]
    ) -> dict[int, str]:
        """Ids of the terminals that have these slots, by slot; found by the push tokens they hold."""
        slots = list(tokens)
        owners = await self._owners.of(app, [digest(tokens[slot]) for slot in slots])
        pairs = [(slot, owner) for slot, some in zip(slots, owners, strict=True) for owner in some]
        places = await self.locate(app, [owner for _, owner in pairs])
        return {
            slot: owner
            for (slot, owner), found in zip(pairs, places, strict=True)
            if SlotRef(shard, group, slot) in found[:1]
        }

    async def previous_holders(
        self, app: App, shard: int, group: Group, slots: Sequence[int]
    ) -> dict[int, tuple[str, bytes]]:
        """Who had slots that are free by now: the id, and the push token it has elsewhere with the same vendor, or b""."""
        if not slots:
            return {}
        flat = await self._run("previous_holders", app, shard, group.key, *slots)
        rows = zip(slots, flat[::2], flat[1::2], strict=True)
        return {
            slot: (terminal_id.decode(), token or b"") for slot, terminal_id, token in rows if terminal_id
        }

    async def unknown_terminals(self, app: App, terminal_ids: Sequence[str]) -> int:
        """How many of these ids are no terminal's."""
        return sum(not places for places in await self.locate(app, terminal_ids))

    async def unknown_users(self, app: App, users: Sequence[str]) -> int:
        """How many of these users have no terminal."""
        unknown = list(users)
        for shard in range(app.shards):
            texts: list[bytes | None] = []
            while len(texts) < len(unknown):
                texts += await self._run("users", app, shard, _FEW, _LOOKED_UP, *unknown[len(texts) :])
            # None stands for more terminals than one script lists.
            unknown = [user for user, text in zip(unknown, texts, strict=True) if text == b""]
        return len(unknown)

    async def locate_users(self, app: App, users: Sequence[str]) -> AsyncIterator[list[SlotRef]]:
        """The places of all terminals of these users, in pieces, whatever the number of a user's terminals."""
        for some in portions(users, _USERS):
            found = await asyncio.gather(
                *(self._locate_users(app, shard, some) for shard in range(app.shards))
            )
            for shard, (places, large) in enumerate(found):
                yield places
                for user in large:
                    async for ids in self._terminals_of(app, shard, user):
                        yield [slot_refs[0] for slot_refs in await self._locate(app, shard, ids) if slot_refs]

    async def _locate_users(
        self, app: App, shard: int, users: Sequence[str]
    ) -> tuple[list[SlotRef], list[str]]:
        """The places of these users' terminals in a shard, and the users who have too many for one script."""
        places: list[SlotRef] = []
        large: list[str] = []
        done = 0
        while done < len(users):
            for text in await self._run("users", app, shard, _FEW, _LOOKED_UP, *users[done:]):
                if text:
                    places += _places(shard, text)
                elif text is None:
                    large.append(users[done])
                done += 1
        return places, large

    async def _terminals_of(self, app: App, shard: int, user: str) -> AsyncIterator[list[str]]:
        """The ids of a user's terminals in a shard, in pieces."""
        cursor = 0
        while True:
            async with reaching(Changes.NOTHING):
                cursor, ids = await cast(
                    "Awaitable[tuple[int, list[bytes]]]",
                    self._redis.sscan(f"{tag(app, shard)}:user:{user}", cursor, count=_LOOKED_UP),
                )
            yield [terminal_id.decode() for terminal_id in ids]
            if cursor == 0:
                return

    async def ensure_app(self, app: App) -> App:
        """The app as its registry was created; creates it if there is none.

        The number of shards cannot change afterwards: terminals are found by it.
        """
        async with reaching():
            await self._redis.hsetnx(f"{QUEUE}:apps", app.name, app.shards)
            shards = await self._redis.hget(f"{QUEUE}:apps", app.name)
        return App(app.name, int(shards or app.shards))

    async def find(self, name: str) -> App | None:
        """The app as its registry was created, None where there is no registry of it."""
        async with reaching():
            shards = await self._redis.hget(f"{QUEUE}:apps", name)
        return App(name, int(shards)) if shards else None

    async def _register(
        self, app: App, terminals: Sequence[Terminal], version: Version | None = None
    ) -> set[str] | None:
        """Register them and let them take over their tokens. The ids of those that are new, None where the one terminal
        that is to be changed is not of this version any more."""
        last = {terminal.token: terminal.id for terminal in terminals}
        kept = [terminal for terminal in terminals if last[terminal.token] == terminal.id]
        created: set[str] = set()
        left: list[Holding] = []
        for shard, some in _by_shard(app, kept).items():
            async for terminal, verdict, token in self._write(app, shard, some, version):
                if verdict == b"changed":
                    return None
                if verdict == b"created":
                    created.add(terminal.id)
                elif token.decode() != terminal.token:
                    left.append((digest(token.decode()), terminal.id))
        taken_over: list[Condition] = []
        contested: list[Terminal] = []
        held = [(digest(terminal.token), terminal.id) for terminal in kept]
        for others, terminal in zip(await self._owners.own(app, held), kept, strict=True):
            taken_over += [(loser, terminal.token, False, False) for loser in others]
            left += [(digest(terminal.token), loser) for loser in others]
            contested += [terminal] if others else []
        # Forgotten before it is disowned: a crash in between leaves the others listed for the next registration.
        await self._forget(app, taken_over)
        await self._owners.disown(app, left)
        if nobodys := await self._nobodys(app, contested):
            created |= await self._register(app, nobodys) or set()
        return created | await self._give_way(
            app, {item.id for item in terminals} - {item.id for item in kept}
        )

    async def _nobodys(self, app: App, contested: Sequence[Terminal]) -> list[Terminal]:
        """Those of these terminals whose token nobody has now.

        Of two that take a token at the same time, each may have been told to forget the other.
        """
        owners = await self._owners.of(app, [digest(terminal.token) for terminal in contested])
        return [terminal for terminal, ids in zip(contested, owners, strict=True) if not ids]

    async def _give_way(self, app: App, losers: Collection[str]) -> set[str]:
        """Forget terminals of a batch in which others came later with the same token; returns those that were new.

        They are not registered first: the index would have to list them all.
        """
        now = to_ms(self._clock.now()) + 1  # whoever is registered again meanwhile stays
        forgotten = await self._forget(app, [(loser, False, now, False) for loser in losers])
        return set(losers) - forgotten

    async def _write(
        self, app: App, shard: int, terminals: Sequence[Terminal], version: Version | None
    ) -> AsyncIterator[tuple[Terminal, bytes, bytes]]:
        """Write the records; for each the verdict and the token it had before."""
        now = self._clock.now()
        for some in portions(terminals, _PER_SCRIPT):
            rows = msgspec.msgpack.encode([_row(terminal) for terminal in some])
            reusable = to_ms(now - self._unused_for)
            flat = await self._run("register", app, shard, to_ms(now), reusable, rows, *(version or ()))
            if flat == [b"changed"]:
                flat.append(None)
            for terminal, verdict, token in zip(some, flat[::2], flat[1::2], strict=True):
                yield terminal, verdict or b"", token or b""

    async def _forget(self, app: App, conditions: Sequence[Condition]) -> set[str]:
        """Forget those that meet their condition, then what the index says of their tokens; the ids of these."""
        left: list[Holding] = []
        now = to_ms(self._clock.now())
        by_shard: dict[int, list[Condition]] = {}
        for condition in conditions:
            by_shard.setdefault(shard_of(app, condition[0]), []).append(condition)
        for shard, found in by_shard.items():
            for some in portions(found, _PER_SCRIPT):
                flat = await self._run("forget", app, shard, now, msgspec.msgpack.encode(some))
                for condition, token in zip(some, flat, strict=True):
                    if token:
                        left.append((digest(token.decode()), condition[0]))
        await self._owners.disown(app, left)
        return {terminal_id for _, terminal_id in left}

    async def _locate(self, app: App, shard: int, ids: Sequence[str]) -> list[list[SlotRef]]:
        found: list[list[SlotRef]] = []
        for some in portions(ids, _LOOKED_UP):
            found += [_places(shard, text or b"") for text in await self._run("locate", app, shard, *some)]
        return found

    async def _run(self, name: str, app: App, shard: int, *args: bytes | str | int) -> list[bytes | None]:
        answer = await script("pushgate.terminals", name)(self._redis, [tag(app, shard)], args)
        return cast("list[bytes | None]", answer or [])


def _row(terminal: Terminal) -> list[object]:
    """A terminal as `register.lua` takes it."""
    return [
        terminal.id,
        Group(terminal.vendor, terminal.group_language or terminal.language).key,
        terminal.token,
        terminal.user or False,
        list(terminal.tags),
        terminal.timezone or False,
        terminal.group_language not in (None, terminal.language) and terminal.language,
    ]


def _places(shard: int, text: bytes) -> list[SlotRef]:
    lines = (line.split(" ") for line in text.decode().splitlines())
    return [SlotRef(shard, Group.parse(group), int(slot)) for group, slot in lines]


def _by_shard(app: App, terminals: Sequence[Terminal]) -> dict[int, list[Terminal]]:
    by_shard: dict[int, list[Terminal]] = {}
    for terminal in terminals:
        by_shard.setdefault(shard_of(app, terminal.id), []).append(terminal)
    return by_shard
