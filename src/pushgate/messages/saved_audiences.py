"""Audiences that an app saves under a name. A message that names a saved audience gets it as it is
when the message is planned.

`saved_names.lua` lists the keys.
"""

from collections.abc import AsyncIterator, Awaitable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import cast

import msgspec
from redis.asyncio import Redis

from pushgate.audiences import json_form
from pushgate.audiences.expansion import NotExpandable, put_in_place
from pushgate.audiences.naming import saved_names
from pushgate.audiences.saving import find_errors
from pushgate.audiences.shapes import Shape, shape_of
from pushgate.domain.app import App
from pushgate.domain.audience import Audience, ByTerminal
from pushgate.domain.clock import Clock, from_ms, to_ms
from pushgate.domain.errors import Conflict, InvalidRequest, NotFound
from pushgate.messages.stored import run
from pushgate.redis.client import Changes, reaching
from pushgate.redis.hash_tags import QUEUE
from pushgate.redis.scripts import portions
from pushgate.runtime import logs

MAX_SHOWN_USERS = 20
"""Audiences and messages that an answer lists as those that name an audience."""
_ATTEMPTS = 20
_RELEASE_AFTER_MS = 3_600_000
"""How long a frozen audience stays whole after another took its name: messages that are being
planned may still read it.
"""
_RULES_AT_ONCE = 20
_LOOKED_AT = 1000
"""Messages that one script looks at."""
_NOBODY = ByTerminal(())
_log = logs.get("audiences")


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedAudience:
    """A saved audience without the ids of its lists: `short` is its JSON, with the length of each
    list.
    """

    name: str
    created_at: datetime
    changed_at: datetime
    short: str


class _Times(msgspec.Struct, array_like=True):
    """The data stored beside a rule: its times in ms since the epoch, and its short form."""

    created_ms: int
    changed_ms: int
    short: str


_times = msgspec.json.Decoder(_Times)
_shape = msgspec.json.Decoder(tuple[int, int, int, tuple[str, ...]])


@dataclass(frozen=True, slots=True)
class _Shapes:
    """The shapes of an app's saved audiences, and how many changes there had been when they were
    read.
    """

    changes: bytes
    by_name: Mapping[str, Shape]


def rules_key(app: str) -> str:
    """The hash of an app's rules: name -> the JSON of the audience."""
    return f"{QUEUE}:audience-rules:{app}"


class SavedAudiences:
    """The saved audiences of all apps. All calls raise EngineUnavailable."""

    def __init__(self, redis: Redis, clock: Clock) -> None:
        self._redis = redis
        self._clock = clock

    async def unknown(self, app: App, names: Collection[str]) -> set[str]:
        """The names under which no audience is saved."""
        wanted = list(names)
        found = await self._read(f"{QUEUE}:audiences:{app.name}", wanted)
        return {name for name, raw in zip(wanted, found, strict=True) if raw is None}

    async def find(self, app: App, name: str) -> tuple[SavedAudience, bytes]:
        """A saved audience, and the JSON of its whole rule. Raises NotFound."""
        (about,) = await self._read(f"{QUEUE}:audiences:{app.name}", [name])
        (rule,) = await self._read(rules_key(app.name), [name])
        if about is None or rule is None:
            raise NotFound(f"there is no saved audience {name}")
        return _saved(name, about), rule

    async def page(self, app: App, cursor: str, limit: int) -> tuple[list[SavedAudience], str | None]:
        """At most `limit` audiences whose names come after the cursor, in the order of their names;
        and the name after which the next page begins, None at the end.
        """
        key = f"{QUEUE}:audiences:{app.name}"
        async with reaching(Changes.NOTHING):
            names = await cast("Awaitable[list[bytes]]", self._redis.hkeys(key))
        after = sorted(name for name in map(bytes.decode, names) if name > cursor)
        wanted = after[:limit]
        found = await self._read(key, wanted)
        shown = [_saved(name, raw) for name, raw in zip(wanted, found, strict=True) if raw is not None]
        return shown, wanted[-1] if len(after) > limit else None

    async def all(self, app: App) -> AsyncIterator[tuple[str, Audience]]:
        """The names of all saved audiences of an app, each with its whole rule."""
        key = rules_key(app.name)
        async with reaching(Changes.NOTHING):
            names = await cast("Awaitable[list[bytes]]", self._redis.hkeys(key))
        for some in portions(list(map(bytes.decode, names)), _RULES_AT_ONCE):
            for name, rule in zip(some, await self._read(key, some), strict=True):
                if rule is not None:
                    yield name, json_form.decode(rule)

    async def naming(self, app: App, name: str) -> list[str]:
        """The names of the saved audiences that name this one, in order."""
        shapes = (await self._shapes(app)).by_name
        return sorted(other for other, shape in shapes.items() if name in shape.names)

    async def save(self, app: App, name: str, audience: Audience, field: str) -> tuple[SavedAudience, bool]:
        """Save an audience, or replace it; returns it, and whether the name is new.

        Raises InvalidRequest where it must not name another one, and beyond the limits; `field` is
        where the audience stands in the request. Raises Conflict where others change the app's
        audiences all the time.
        """
        own = shape_of(audience)
        for _ in range(_ATTEMPTS):
            shapes = await self._shapes(app)
            if errors := find_errors(name, audience, field, shapes.by_name):
                raise InvalidRequest(errors)
            (before,) = await self._read(f"{QUEUE}:audiences:{app.name}", [name])
            now_ms = to_ms(self._clock.now())
            created_ms = _times.decode(before).created_ms if before else now_ms
            about = msgspec.json.encode(_Times(created_ms, now_ms, json_form.shorten(audience)))
            shape = msgspec.json.encode((own.nodes, own.ids, own.depth, own.names))
            rule = json_form.encode(audience)
            args = app.name, name, shapes.changes, about, rule, shape, now_ms + _RELEASE_AFTER_MS
            if await run(self._redis, "save_audience", *args):
                return _saved(name, about), before is None
        raise Conflict("the saved audiences are being changed by others; try again")

    async def require_room(self, app: App, name: str, audience: Audience, field: str) -> None:
        """Raise InvalidRequest where the audience cannot be saved under this name now."""
        if errors := find_errors(name, audience, field, (await self._shapes(app)).by_name):
            raise InvalidRequest(errors)

    async def delete(self, app: App, name: str) -> None:
        """Delete a saved audience.

        Raises NotFound, and Conflict where other audiences, or messages that are still to be
        planned, name it.
        """
        for _ in range(_ATTEMPTS):
            shapes = await self._shapes(app)
            if name not in shapes.by_name:
                raise NotFound(f"there is no saved audience {name}")
            if others := [other for other, shape in shapes.by_name.items() if name in shape.names]:
                raise _is_named("saved audiences", sorted(others))
            args = app.name, name, shapes.changes, to_ms(self._clock.now()), _LOOKED_AT, MAX_SHOWN_USERS + 1
            match cast("list[bytes]", await run(self._redis, "delete_audience", *args)):
                case [b"deleted"]:
                    return
                case [b"used", *message_ids]:
                    raise _is_named("scheduled messages", list(map(bytes.decode, message_ids)))
        raise Conflict("the saved audiences are being changed by others; try again")

    async def expand(self, app: App, audience: Audience) -> Audience:
        """The audience with saved audiences in the places of the nodes that name them.

        If a named audience is lost, which happens only when the store loses writes, the whole
        audience holds nobody: without the lost part it might hold too many terminals.
        """
        known: dict[str, Audience] = {}
        wanted = list(saved_names(audience))
        while wanted:
            rules = await self._read(rules_key(app.name), wanted)
            found = {
                name: json_form.decode(rule)
                for name, rule in zip(wanted, rules, strict=True)
                if rule is not None
            }
            known |= found
            named = dict.fromkeys(other for rule in found.values() for other in saved_names(rule))
            wanted = [name for name in named if name not in known]
        try:
            return put_in_place(audience, known)
        except NotExpandable as error:
            _log.error("a saved audience is lost", action="audience_lost", app=app.name, name=str(error))
            return _NOBODY

    async def _shapes(self, app: App) -> _Shapes:
        async with reaching(Changes.NOTHING):
            raw = await cast(
                "Awaitable[dict[bytes, bytes]]",
                self._redis.hgetall(f"{QUEUE}:audience-shapes:{app.name}"),
            )
        changes = raw.pop(b"#", b"0")
        return _Shapes(changes, {name.decode(): Shape(*_shape.decode(shape)) for name, shape in raw.items()})

    async def _read(self, key: str, names: Sequence[str]) -> list[bytes | None]:
        if not names:
            return []
        async with reaching(Changes.NOTHING):
            return await cast("Awaitable[list[bytes | None]]", self._redis.hmget(key, list(names)))


def _saved(name: str, raw: bytes) -> SavedAudience:
    found = _times.decode(raw)
    return SavedAudience(
        name=name,
        created_at=from_ms(found.created_ms),
        changed_at=from_ms(found.changed_ms),
        short=found.short,
    )


def _is_named(kind: str, names: Sequence[str]) -> Conflict:
    shown = ", ".join(names[:MAX_SHOWN_USERS])
    more = " and others" if len(names) > MAX_SHOWN_USERS else ""
    return Conflict(f"the audience is named by these {kind}: {shown}{more}")
