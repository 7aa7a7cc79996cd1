"""The identity of the store, and the version of its key space.

A process remembers the identity. A store that lost its data has another identity or none, by which
the process notices the loss.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from redis.asyncio import Redis

from pushgate.domain.clock import from_ms, to_ms
from pushgate.domain.errors import ConfigurationError, FieldError
from pushgate.redis.client import Changes, masters, ping, reaching
from pushgate.redis.hash_tags import QUEUE
from pushgate.redis.scripts import script

KEY_SPACE_VERSION = 3
"""The version of the layout of keys and values in Redis.

A process refuses a store of any other version.
"""
OLDEST_MIGRATED = 2
"""The oldest version that `pushgate migrate` carries over to this one."""
STORE = f"{QUEUE}:store"
"""The Redis key of the identity and the version."""
OLDEST_REDIS = (7, 0)
CALLBACK_KEYS = f"{QUEUE}:callback-key"
"""The Redis key of the secrets behind callback tokens and receipt URLs."""


@dataclass(frozen=True, slots=True)
class StoreIdentity:
    """What a process knows of its store.

    `lost_at` is when a loss of data was noticed, None if never.
    """

    id: str
    lost_at: datetime | None


class UnknownVersion(ConfigurationError):
    """The key space of the store has another version than this process uses."""

    def __init__(self, version: str) -> None:
        super().__init__([FieldError("redis.url", _remedy(version))])


class OtherStore(ConfigurationError):
    """redis.url now leads to the store of another installation."""

    def __init__(self) -> None:
        super().__init__(
            [
                FieldError(
                    "redis.url",
                    "now leads to the store of another installation: restart the process "
                    "if this is meant, else correct the address",
                )
            ]
        )


async def open_store(redis: Redis) -> StoreIdentity:
    """Read the identity of the store; a new store gets one.

    Raises ConfigurationError for a server that is too old or a store of an unknown version,
    EngineUnavailable.
    """
    await require_server(redis)
    answer = await script("pushgate.redis", "open_store")(
        redis, [QUEUE], [secrets.token_hex(16), KEY_SPACE_VERSION]
    )
    store_id, version, lost_at = cast("tuple[bytes, bytes | None, bytes]", answer)
    require_version((version or b"").decode(errors="replace"))
    return StoreIdentity(store_id.decode(), parse_ms(lost_at))


async def check_store(redis: Redis) -> None:
    """Try the store without changing it.

    Raises ConfigurationError for a server that is too old or a store of an unknown version,
    EngineUnavailable.
    """
    await require_server(redis)
    async with reaching():
        version = cast("bytes | None", await redis.hget(STORE, "version"))
    if version is not None:
        require_version(version.decode(errors="replace"))


async def restore_store(
    redis: Redis, known: StoreIdentity, seen_at: datetime, callback_keys: bytes = b""
) -> bool:
    """Write the identity and the callback keys that a process knows back to a store that lost its
    data.

    `callback_keys` are the keys as they were stored, empty for none. `seen_at` is when the process
    last saw its store. Returns whether this call restored them; another process may have been
    first. Raises OtherStore, EngineUnavailable.
    """
    restored = await script("pushgate.redis", "restore_store")(
        redis, [QUEUE], [known.id, callback_keys, KEY_SPACE_VERSION, to_ms(seen_at)]
    )
    if restored == -1:
        raise OtherStore
    return restored == 1


async def require_server(redis: Redis) -> None:
    """Raise ConfigurationError when a server is older than Redis 7.0, EngineUnavailable when none
    answers.
    """
    await ping(redis)
    for server in await masters(redis):
        await _require_version(server)


async def _require_version(server: Redis) -> None:
    async with reaching(Changes.NOTHING):
        found = cast("dict[str, object]", await server.info("server"))
    version = str(found.get("redis_version", ""))
    numbers = tuple(int(part) for part in version.split(".")[:2] if part.isdecimal())
    if numbers < OLDEST_REDIS:
        raise ConfigurationError(
            [
                FieldError(
                    "redis.url",
                    f"the server is Redis {version}; Pushgate needs Redis 7.0 or later, or Valkey",
                )
            ]
        )


def require_version(version: str) -> None:
    """Raise UnknownVersion unless it is this process's version of the key space."""
    if version != str(KEY_SPACE_VERSION):
        raise UnknownVersion(version)


def under_way(source: int) -> str:
    """The version of a store that is being migrated from this version to the next."""
    return f"{source}>{source + 1}"


def _remedy(version: str) -> str:
    for source in range(OLDEST_MIGRATED, KEY_SPACE_VERSION):
        if version == under_way(source):
            return (
                f"the store is being migrated from key space version {source}: wait until "
                "`pushgate migrate` ends, or run it again where it was interrupted"
            )
        if version == str(source):
            return (
                f"the store has key space version {source}, this Pushgate uses version "
                f"{KEY_SPACE_VERSION}: "
                "stop all processes, make a copy of the store, and run `pushgate migrate`"
            )
    return (
        f"the store has key space version {version or '(none)'}, this Pushgate uses version "
        f"{KEY_SPACE_VERSION}: "
        "run the version of Pushgate that wrote the store, "
        "or name an empty database in redis.url and import the terminals again"
    )


def parse_ms(text: bytes) -> datetime | None:
    """The instant of a number of milliseconds as Redis returns it; None for an empty one."""
    return from_ms(int(text)) if text else None
