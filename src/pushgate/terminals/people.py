"""Attributes of people: a record by user, the same in every shard of the app.

A change is made and numbered in the home shard of the user's name, then brought to the others.
Registration reads the record of its own shard. A change that a crash interrupts is noted at home.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

import msgspec
from redis.asyncio import Redis

from pushgate.domain.app import App
from pushgate.domain.attributes import MAX_ATTRIBUTES, count_fault, value_of, value_text
from pushgate.domain.errors import Conflict, FieldError, InvalidRequest
from pushgate.domain.terminal import AttributeValue
from pushgate.redis.client import Changes, reaching
from pushgate.redis.hash_tags import shard_of, tag
from pushgate.redis.scripts import Value
from pushgate.terminals.shard_scripts import run, run_counting

MAX_TERMINALS = 256
"""Terminals that a user may have in one shard when the user's attributes change, for one script
changes the terms of all of them.
"""
_MAX_OVERTAKEN = 5
"""How often a change is brought to the shards again because another one overtook it; recovery does
the rest.
"""
_decode = msgspec.msgpack.Decoder(dict[str, str]).decode


@dataclass(frozen=True, slots=True)
class _Record:
    """A person's record at home: the attributes as MessagePack, empty for no record.

    The version of no record is that of the latest change of anybody there.
    """

    version: int
    attributes: bytes

    @property
    def known_version(self) -> int:
        """The version that `settle_person` finds with this record, 0 for none."""
        return self.version if self.attributes else 0


class People:
    """The attributes of all apps' people. All calls raise EngineUnavailable."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    async def attributes(self, app: App, user: str) -> dict[str, AttributeValue]:
        """The attributes of a person; empty for one who has none."""
        return _values((await self._read(app, user)).attributes)

    async def change(
        self, app: App, user: str, changes: Mapping[str, AttributeValue | None] | None
    ) -> dict[str, AttributeValue]:
        """Change attributes by name: None removes one, and as `changes` all. Returns all that there
        are then. The terms of the person's terminals follow.

        Raises InvalidRequest for too many attributes together, Conflict for a user with too many
        terminals; to remove all is always possible.
        """
        args: list[Value] = [user, MAX_ATTRIBUTES, MAX_TERMINALS]
        args += ("1" if app.shards > 1 else "", "1" if changes is None else "")
        for name, value in (changes or {}).items():
            args += (name, "" if value is None else value_text(value))
        answer = await run(self._redis, "change_person", app, shard_of(app, user), *args)
        version, *rest = cast("tuple[int, *tuple[bytes | int, ...]]", answer)
        if version == -1:
            raise Conflict(f"the user has more than {MAX_TERMINALS} terminals; give the attributes to those")
        if version == -2:
            raise InvalidRequest([FieldError("attributes", count_fault(cast("int", rest[0])) or "")])
        attributes = cast("bytes", rest[0])
        if version and app.shards > 1:
            await self._spread(app, user, version, _Record(version, attributes))
        return _values(attributes)

    async def complete_changes(self, app: App) -> int:
        """Bring changes that were interrupted to every shard; returns how many there were.

        A change that is on its way in another process is brought twice, which is harmless.
        """
        if app.shards == 1:
            return 0
        completed = 0
        for home in range(app.shards):
            for version, user in await self._interrupted(app, home):
                await self._spread(app, user, version, await self._read(app, user))
                completed += 1
        return completed

    async def _interrupted(self, app: App, home: int) -> list[tuple[int, str]]:
        """Version and user of changes that may not have reached every shard."""
        async with reaching(Changes.NOTHING):
            noted = self._redis.hscan_iter(f"{tag(app, home)}:person_changes")
            return [(int(version), user.decode()) async for version, user in noted]

    async def _spread(self, app: App, user: str, change: int, record: _Record) -> None:
        """Bring a person's record at home to the other shards, then note that the change is there.

        The note stays until no later change can be overwritten by this one, or be missed.
        """
        home = shard_of(app, user)
        others = [shard for shard in range(app.shards) if shard != home]
        for _ in range(_MAX_OVERTAKEN):
            args = user, record.version, record.attributes
            await asyncio.gather(*(run(self._redis, "put_person", app, shard, *args) for shard in others))
            if await self._settle(app, user, change, record):
                return
            record = await self._read(app, user)

    async def _settle(self, app: App, user: str, change: int, record: _Record) -> bool:
        args = user, change, record.known_version
        return await run_counting(self._redis, "settle_person", app, shard_of(app, user), *args) == 1

    async def _read(self, app: App, user: str) -> _Record:
        answer = await run(self._redis, "read_person", app, shard_of(app, user), user)
        version, attributes = cast("tuple[int, bytes]", answer)
        return _Record(version, attributes)


def _values(attributes: bytes) -> dict[str, AttributeValue]:
    """The attributes of a record, sorted by name: Lua's tables have no order."""
    texts = _decode(attributes) if attributes else {}
    return {name: value_of(texts[name]) for name in sorted(texts)}
