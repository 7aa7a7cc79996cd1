"""API keys in Redis, and the log of their last changes, by which a process keeps its table of keys
current. `write_key.lua` lists the Redis keys.
"""

import secrets
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from typing import NamedTuple, cast

import msgspec
from redis.asyncio import Redis

from pushgate.apps.api_key import ApiKey
from pushgate.audit.entry import AuditEntry, encode
from pushgate.redis.client import Changes, reaching
from pushgate.redis.hash_tags import QUEUE
from pushgate.redis.replication import confirmed
from pushgate.redis.scripts import Value, script
from pushgate.runtime import logs

MAX_CHANGES = 256
"""Changes in the log. A process that missed more reads all keys again."""
_KEYS = f"{QUEUE}:keys"
_CHANGES = f"{QUEUE}:key-changes"
_SCAN_SIZE = 500
_log = logs.get("api_keys")


class Change(NamedTuple):
    """A key before and after a change; None for one that is deleted."""

    before: ApiKey
    after: ApiKey | None


Alter = Callable[[ApiKey], tuple[ApiKey | None, AuditEntry]]
"""Gives the state of a key after a change, None to delete it, and what the audit log is to have."""


class KeyStore:
    """All API keys in Redis. All calls raise EngineUnavailable."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    async def create(self, key: ApiKey, entry: AuditEntry) -> None:
        """Store a new key, with an entry of the audit log."""
        await self._write(key.id, b"", key, entry)

    async def change(self, key_id: str, alter: Alter) -> Change | None:
        """Replace or delete a key, with an entry of the audit log. None where there is none.

        `alter` may be called again, where another process changes the key at the same time. Raises
        what `alter` raises.
        """
        while True:
            async with reaching(Changes.NOTHING):
                raw = await cast("Awaitable[bytes | None]", self._redis.hget(_KEYS, key_id))
            if raw is None:
                return None
            before = msgspec.json.decode(raw, type=ApiKey)
            after, entry = alter(before)
            if await self._write(key_id, raw, after, entry, before.app):
                return Change(before, after)

    async def count(self) -> int:
        """How many keys there are."""
        async with reaching(Changes.NOTHING):
            return await self._redis.hlen(_KEYS)

    async def read_all(self) -> list[ApiKey]:
        """All keys."""
        async with reaching(Changes.NOTHING):
            raw = await cast("Awaitable[Mapping[bytes, bytes]]", self._redis.hgetall(_KEYS))
        return [msgspec.json.decode(value, type=ApiKey) for value in raw.values()]

    async def read(self, key_ids: Sequence[str]) -> list[ApiKey | None]:
        """The keys with these ids; None for an id without a readable key."""
        async with reaching(Changes.NOTHING):
            raw = await cast(
                "Awaitable[list[bytes | None]]", self._redis.hmget(_KEYS, cast("list[str]", key_ids))
            )
        return [_decode(value) if value else None for value in raw]

    async def scan(self) -> AsyncGenerator[Sequence[ApiKey]]:
        """All readable keys, in portions. A key that is written or deleted meanwhile may come."""
        cursor = 0
        while True:
            async with reaching(Changes.NOTHING):
                cursor, some = await cast(
                    "Awaitable[tuple[int, Mapping[bytes, bytes]]]",
                    self._redis.hscan(_KEYS, cursor, count=_SCAN_SIZE),
                )
            yield [key for value in some.values() if (key := _decode(value))]
            if cursor == 0:
                return

    async def last_change(self) -> bytes | None:
        """The last entry of the log. None before the first change, and after a loss of data."""
        async with reaching(Changes.NOTHING):
            return await cast("Awaitable[bytes | None]", self._redis.lindex(_CHANGES, -1))

    async def changes_after(self, known: bytes) -> Sequence[bytes] | None:
        """The entries of the log after a known one. None where the log lacks the known one."""
        async with reaching(Changes.NOTHING):
            logged = await cast("Awaitable[list[bytes]]", self._redis.lrange(_CHANGES, 0, -1))
        return logged[logged.index(known) + 1 :] if known in logged else None

    async def _write(
        self, key_id: str, known: bytes, key: ApiKey | None, entry: AuditEntry, app: str = ""
    ) -> bool:
        """Write or delete a key that is stored as known. Returns False where it is not.

        A change has a random id, which no other state of a store has.
        """
        value = msgspec.json.encode(key) if key else b""
        of_app = key.app if key else app
        args: list[Value] = [key_id, value, known, secrets.token_hex(8), MAX_CHANGES, of_app, encode(entry)]
        async with confirmed(self._redis, QUEUE):
            return bool(await script("pushgate.apps", "write_key")(self._redis, [QUEUE], args))


def changed_key(change: bytes) -> str:
    """The id of the key that an entry of the log is about."""
    return change.rpartition(b":")[2].decode()


def _decode(value: bytes) -> ApiKey | None:
    """The key; None for one that a later version wrote with scopes unknown here."""
    try:
        return msgspec.json.decode(value, type=ApiKey)
    except msgspec.DecodeError:  # its text may quote the value
        _log.warning("an API key cannot be read by this version", action="key_unreadable")
        return None
