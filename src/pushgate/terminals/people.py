"""Attributes, opt-outs and quiet hours of people: a record by user, the same in every shard of the
app.

A change is made and numbered in the home shard of the user's name, then brought to the others.
Registration reads the record in its own shard. The home shard keeps a note of an unfinished change,
by which a change that a crash interrupted is completed.
"""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import cast

import msgspec
from redis.asyncio import Redis

from pushgate.domain import categories
from pushgate.domain.app import App
from pushgate.domain.attributes import MAX_ATTRIBUTES, count_fault, value_of, value_text
from pushgate.domain.errors import Conflict, FieldError, InvalidRequest
from pushgate.domain.terminal import AttributeValue
from pushgate.redis.client import Changes, reaching
from pushgate.redis.hash_tags import shard_of, tag
from pushgate.redis.scripts import Value, portions
from pushgate.terminals.shard_scripts import LOOKUPS_PER_SCRIPT, run, run_counting
from pushgate.terminals.terms import OPT_OUT_MARK, OPTED_OUT, QUIET_HOURS_NAME, opt_out_name

MAX_TERMINALS = 256
"""Terminals that a user may have in one shard when the user's attributes change: one script changes
the terms of all of them.
"""
_MAX_OVERTAKEN = 5
"""How often a change is brought to the shards again because another one overtook it; recovery does
the rest.
"""
_decode = msgspec.msgpack.Decoder(dict[str, str]).decode
_decode_record = msgspec.msgpack.Decoder(tuple[int, dict[str, str]]).decode


@dataclass(frozen=True, slots=True)
class Person:
    """A person's record: attributes by name, the categories that the person opted out of, sorted,
    and quiet hours such as 22:00-07:00, empty for none.
    """

    attributes: Mapping[str, AttributeValue]
    opt_out: Sequence[str]
    quiet_hours: str = ""


@dataclass(frozen=True, slots=True)
class OptOutChange:
    """Categories that a person opts out of from now on, and those that the person takes back; with
    `replaces` all earlier ones.
    """

    add: Sequence[str] = ()
    remove: Sequence[str] = ()
    replaces: bool = False


_NO_CHANGE: Mapping[str, AttributeValue | None] = {}
_SAME_OPT_OUT = OptOutChange()


@dataclass(frozen=True, slots=True)
class _Record:
    """A person's record at home: attributes, opt-outs and quiet hours as MessagePack, empty for no
    record.

    The version of no record is that of the latest change of anybody there.
    """

    version: int
    attributes: bytes

    @property
    def known_version(self) -> int:
        """The version that `settle_person` finds with this record, 0 for none."""
        return self.version if self.attributes else 0


class People:
    """Attributes, opt-outs and quiet hours of all apps' people. All calls raise
    EngineUnavailable.
    """

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    async def read(self, app: App, user: str) -> Person:
        """The record of a person; an empty one for a person without a record."""
        return _person((await self._read(app, user)).attributes)

    async def attributes(self, app: App, user: str) -> Mapping[str, AttributeValue]:
        """The attributes of a person; empty for one who has none."""
        return (await self.read(app, user)).attributes

    async def change(
        self,
        app: App,
        user: str,
        changes: Mapping[str, AttributeValue | None] | None = _NO_CHANGE,
        opt_out: OptOutChange = _SAME_OPT_OUT,
        quiet_hours: str | None = None,
    ) -> Person:
        """Change attributes by name: a value of None removes one, `changes` of None removes all.
        Empty `quiet_hours` are removed, None leaves them as they are. Returns the whole record
        after the change. The terms of the person's terminals are updated.

        Raises InvalidRequest for too many attributes or opt-outs together, Conflict for a user with
        too many terminals. Removing everything is always possible.
        """
        args: list[Value] = [user, MAX_ATTRIBUTES, MAX_TERMINALS]
        without = ("a" if changes is None else "") + ("o" if opt_out.replaces else "")
        args += ("1" if app.shards > 1 else "", without)
        for name, value in (changes or {}).items():
            args += (name, "" if value is None else value_text(value))
        for category in opt_out.remove:
            args += (opt_out_name(category), "")
        for category in opt_out.add:
            args += (opt_out_name(category), value_text(OPTED_OUT))
        if quiet_hours is not None:
            args += (QUIET_HOURS_NAME, value_text(quiet_hours) if quiet_hours else "")
        answer = await run(self._redis, "change_person", app, shard_of(app, user), *args)
        version, *rest = cast("tuple[int, *tuple[bytes | int, ...]]", answer)
        if version == -1:
            raise Conflict(
                f"the user has more than {MAX_TERMINALS} terminals; give attributes and opt_out to those"
            )
        if version == -2:
            raise InvalidRequest([FieldError("attributes", count_fault(cast("int", rest[0])) or "")])
        if version == -3:
            fault = categories.count_fault(cast("int", rest[0])) or ""
            raise InvalidRequest([FieldError("opt_out", fault)])
        attributes = cast("bytes", rest[0])
        if version and app.shards > 1:
            await self._spread(app, user, version, _Record(version, attributes))
        return _person(attributes)

    async def quiet_hours_in_use(self, app: App, shards: Collection[int]) -> dict[int, list[str]]:
        """The quiet hours that people have or had, in each of these shards, sorted."""
        async with reaching(Changes.NOTHING), self._redis.pipeline(transaction=False) as pipe:
            for shard in shards:
                pipe.smembers(f"{tag(app, shard)}:quiet_hours")
            found = cast("list[set[bytes]]", await pipe.execute())
        return {
            shard: sorted(str(value_of(text.decode())) for text in texts)
            for shard, texts in zip(shards, found, strict=True)
        }

    async def quiet_hours_of(self, app: App, shard: int, users: Sequence[str]) -> dict[str, str]:
        """The quiet hours of the users among these who have any, as a shard knows them."""
        found: dict[str, str] = {}
        for some in portions(users, LOOKUPS_PER_SCRIPT):
            answer = cast("list[bytes]", await run(self._redis, "read_people", app, shard, *some))
            for user, packed in zip(some, answer, strict=False):
                if packed and (hours := _decode_record(packed)[1].get(QUIET_HOURS_NAME)):
                    found[user] = str(value_of(hours))
        return found

    async def erase(self, app: App, user: str) -> None:
        """Remove the person's record."""
        await self.change(app, user, None, OptOutChange(replaces=True), quiet_hours="")

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
        """Copy a person's record from the home shard to the others, then settle the change.

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


def quiet_hours_in(record: bytes) -> str:
    """The quiet hours of a person's stored record, in the form in which records keep them; empty
    for none.
    """
    name = QUIET_HOURS_NAME.encode()
    return _decode_record(record)[1].get(QUIET_HOURS_NAME, "") if name in record else ""


def _person(record: bytes) -> Person:
    """The content of a record, sorted by name, because Lua's tables have no order."""
    texts = _decode(record) if record else {}
    hours = texts.pop(QUIET_HOURS_NAME, None)
    names = sorted(texts)
    return Person(
        quiet_hours=str(value_of(hours)) if hours else "",
        attributes={name: value_of(texts[name]) for name in names if not name.startswith(OPT_OUT_MARK)},
        opt_out=[name.removeprefix(OPT_OUT_MARK) for name in names if name.startswith(OPT_OUT_MARK)],
    )
