"""Stores that an earlier version of Pushgate wrote, recorded key by key, and loaded again.

A recorded store is independent of the server's version: it has values, not DUMP payloads.
"""

import gzip
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any, cast

import msgspec
import redis as plain
from redis.asyncio import Redis
from redis.cluster import RedisCluster
from tests.support.redis_urls import url_of

FOLDER = Path(__file__).parents[2] / "integration/migrations/recorded"
Pairs = list[tuple[bytes, bytes]]


class RecordedKey(msgspec.Struct, array_like=True):
    """A key with its value. `expires_ms` is an instant in ms since the epoch, -1 for never.

    `pairs` are fields and values of a hash, members and scores of a sorted set; `items` are those
    of a list or a set, or the one value of a string.
    """

    name: bytes
    kind: str
    expires_ms: int
    items: list[bytes] = []
    pairs: Pairs = []


class RecordedStore(msgspec.Struct, array_like=True):
    """A store as it was at an instant, in ms since the epoch."""

    recorded_ms: int
    keys: list[RecordedKey]


def record(store: plain.Redis) -> RecordedStore:
    """Read everything that a database holds."""
    seconds, micros = store.time()
    keys = [_read(store, name) for name in sorted(cast("Iterable[bytes]", store.scan_iter(count=1000)))]
    return RecordedStore(seconds * 1000 + micros // 1000, keys)


def write(file: Path, found: RecordedStore) -> None:
    """Write a recorded store; the same store gives the same bytes."""
    file.write_bytes(gzip.compress(msgspec.msgpack.encode(found), mtime=0))


def read(file: Path) -> RecordedStore:
    """Read a recorded store from its file."""
    return msgspec.msgpack.decode(gzip.decompress(file.read_bytes()), type=RecordedStore)


def load(store: plain.Redis | RedisCluster, found: RecordedStore) -> None:
    """Write a recorded store into an empty database. Keys live for as long as they had left when
    they were recorded.
    """
    with store.pipeline(transaction=False) as pipe:
        for key in found.keys:
            _write(pipe, key)
            if key.expires_ms >= 0:
                pipe.pexpire(key.name, max(key.expires_ms - found.recorded_ms, 60_000))
        pipe.execute()


def _read(store: plain.Redis, name: bytes) -> RecordedKey:
    kind = cast("bytes", store.type(name)).decode()
    found = RecordedKey(name, kind, store.pexpiretime(name.decode()))
    match kind:
        case "string":
            found.items = [cast("bytes", store.get(name))]
        case "hash":
            found.pairs = sorted(cast("dict[bytes, bytes]", store.hgetall(name)).items())
        case "list":
            found.items = cast("list[bytes]", store.lrange(name, 0, -1))
        case "set":
            found.items = sorted(cast("set[bytes]", store.smembers(name)))
        case "zset":
            rows = cast("list[tuple[bytes, float]]", store.zrange(name, 0, -1, withscores=True))
            found.pairs = [(member, repr(score).encode()) for member, score in rows]
        case _:
            raise AssertionError(f"{name!r} is a {kind}, which cannot be recorded")
    return found


def _write(pipe: plain.client.Pipeline, key: RecordedKey) -> None:
    match key.kind:
        case "string":
            pipe.set(key.name, key.items[0])
        case "hash":
            pipe.hset(key.name, mapping=dict(key.pairs))
        case "list":
            pipe.rpush(key.name, *key.items)
        case "set":
            pipe.sadd(key.name, *key.items)
        case "zset":
            pipe.zadd(key.name, {member: float(score) for member, score in key.pairs})


def content(redis: Redis) -> list[RecordedKey]:
    """Everything that a database holds, without when keys expire."""
    with plain.Redis.from_url(url_of(redis)) as store:
        return [msgspec.structs.replace(key, expires_ms=-1) for key in record(store).keys]


async def load_version(redis: Redis, version: int) -> RecordedStore:
    """Write the recorded store of a version of the key space into an empty database."""
    found = read(FOLDER / f"version-{version}-store.gz")
    with plain.Redis.from_url(url_of(redis)) as store:
        load(store, found)
    return found


def read_answers(version: int) -> Any:
    """What the API of that version answered about its store."""
    return json.loads(gzip.decompress((FOLDER / f"version-{version}-answers.json.gz").read_bytes()))
