"""Lists terminals that the removal guard keeps although a vendor called their push tokens dead,
until somebody decides about them.

`hold_removals.lua` describes the keys. A digest of each token is stored, so that only a terminal
that still has the token is removed.
"""

import struct
from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple, cast

from redis.asyncio import Redis

from pushgate.domain.app import App
from pushgate.domain.clock import Clock, from_ms, to_ms
from pushgate.redis.client import Changes, reaching
from pushgate.redis.hash_tags import QUEUE
from pushgate.redis.scripts import Value, portions, script
from pushgate.terminals.registry import DeadToken
from pushgate.terminals.token_owners import TokenOwners
from pushgate.terminals.tokens import digest

MAX_HELD = 20_000
"""Terminals that are listed of one app and vendor; further ones are counted."""
_PER_SCRIPT = 500
_DIGEST_BYTES = 12
_HEAD = struct.Struct(f">{_DIGEST_BYTES}sQQ")
_COUNTS = f"{QUEUE}:held"


class HeldCount(NamedTuple):
    """How many terminals are listed, and how many found no room on the list."""

    listed: int
    beyond: int


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldRemoval:
    """A terminal that stays although its push token was called dead.

    `since` is when the token was first called dead, `died_at` when it died according to the vendor,
    `code` the vendor's code.
    """

    terminal_id: str
    token_digest: bytes
    code: str
    since: datetime
    died_at: datetime | None


class HeldRemovals:
    """The lists of all apps and vendors. All calls raise EngineUnavailable."""

    def __init__(self, redis: Redis, clock: Clock) -> None:
        self._redis = redis
        self._clock = clock
        self._owners = TokenOwners(redis)

    async def hold(self, app: App, vendor: str, dead: Sequence[DeadToken]) -> int:
        """List the terminals that have these tokens; returns how many of them are new."""
        since_ms, new = to_ms(self._clock.now()), 0
        owners = await self._owners.find(app, [digest(one.token) for one in dead])
        rows = [
            (terminal_id, _encode(one, since_ms))
            for ids, one in zip(owners, dead, strict=True)
            for terminal_id in ids
        ]
        keys = [_key(app.name, vendor), _COUNTS]
        for some in portions(rows, _PER_SCRIPT):
            args: list[Value] = [pair_of(app, vendor), MAX_HELD, _DIGEST_BYTES]
            args += [value for row in some for value in row]
            new += cast("int", await script("pushgate.terminals", "hold_removals")(self._redis, keys, args))
        return new

    async def counts(self) -> Mapping[tuple[str, str], HeldCount]:
        """How many terminals are held, by app and vendor; those without any are left out."""
        async with reaching(Changes.NOTHING):
            rows = await cast("Awaitable[dict[bytes, bytes]]", self._redis.hgetall(_COUNTS))
        pairs = {parse_pair(field): int(beyond) for field, beyond in rows.items()}
        async with reaching(Changes.NOTHING), self._redis.pipeline(transaction=False) as pipe:
            for app, vendor in pairs:
                pipe.hlen(_key(app, vendor))
            lengths = cast("list[int]", await pipe.execute())
        counts = zip(pairs, map(HeldCount, lengths, pairs.values()), strict=True)
        return {pair: count for pair, count in counts if any(count)}

    async def count(self, app: App, vendor: str) -> HeldCount:
        """How many terminals of an app and vendor are held."""
        return (await self.counts()).get((app.name, vendor), HeldCount(0, 0))

    async def page(self, app: App, vendor: str, after: str, limit: int) -> list[HeldRemoval]:
        """At most `limit` terminals whose ids come after `after`, in the order of their ids."""
        key, start = _key(app.name, vendor), f"({after}" if after else "-"
        async with reaching(Changes.NOTHING):
            ids = cast("list[bytes]", await self._redis.zrangebylex(f"{key}:order", start, "+", 0, limit))
        if not ids:
            return []
        async with reaching(Changes.NOTHING):
            rows = await cast(
                "Awaitable[list[bytes | None]]", self._redis.hmget(key, [one.decode() for one in ids])
            )
        return [_decode(one.decode(), row) for one, row in zip(ids, rows, strict=True) if row is not None]

    async def drop(self, app: App, vendor: str, terminal_ids: Sequence[str]) -> None:
        """Take terminals off the list."""
        key = _key(app.name, vendor)
        for some in portions(terminal_ids, _PER_SCRIPT):
            async with reaching(Changes.AT_ONCE), self._redis.pipeline(transaction=True) as pipe:
                pipe.hdel(key, *some)
                pipe.zrem(f"{key}:order", *some)
                await pipe.execute()

    async def drop_everywhere(self, app: App, terminal_ids: Sequence[str]) -> None:
        """Take terminals off the lists of all vendors of the app."""
        for name, vendor in await self._pairs():
            if name == app.name and terminal_ids:
                await self.drop(app, vendor, terminal_ids)

    async def clear(self, app: App, vendor: str) -> None:
        """Take all terminals off the list, and forget how many found no room."""
        key = _key(app.name, vendor)
        async with reaching(Changes.AT_ONCE), self._redis.pipeline(transaction=True) as pipe:
            pipe.unlink(key, f"{key}:order")
            pipe.hdel(_COUNTS, pair_of(app, vendor))
            await pipe.execute()

    async def forget_beyond(self, app: App, vendor: str) -> None:
        """Forget how many terminals found no room on the list."""
        async with reaching(Changes.AT_ONCE):
            await self._redis.hset(_COUNTS, pair_of(app, vendor), 0)

    async def _pairs(self) -> list[tuple[str, str]]:
        async with reaching(Changes.NOTHING):
            return [
                parse_pair(one) for one in await cast("Awaitable[list[bytes]]", self._redis.hkeys(_COUNTS))
            ]


def _key(app: str, vendor: str) -> str:
    return f"{QUEUE}:held:{app}:{vendor}"


def pair_of(app: App, vendor: str) -> str:
    """The field of a hash that stands for an app and vendor."""
    return f"{app.name}|{vendor}"


def parse_pair(field: bytes) -> tuple[str, str]:
    """The names of the app and vendor of such a field."""
    app, _, vendor = field.decode().partition("|")
    return app, vendor


def _encode(dead: DeadToken, since_ms: int) -> bytes:
    died_ms = to_ms(dead.since) if dead.since else 0
    return _HEAD.pack(digest(dead.token), since_ms, died_ms) + dead.code.encode()


def _decode(terminal_id: str, raw: bytes) -> HeldRemoval:
    token_digest, since_ms, died_ms = _HEAD.unpack_from(raw)
    return HeldRemoval(
        terminal_id=terminal_id,
        token_digest=token_digest,
        code=raw[_HEAD.size :].decode(),
        since=from_ms(since_ms),
        died_at=from_ms(died_ms) if died_ms else None,
    )
