"""What a load costs Redis: commands, script calls, keys and bytes, from INFO and the keys."""

import re
from collections import Counter
from dataclasses import dataclass
from typing import cast

from redis import Redis

_SCRIPT_CALLS = frozenset({"eval", "evalsha", "evalsha_ro", "fcall", "fcall_ro"})
_SAMPLE = 500
"""Keys of a pattern whose size is asked; the others are taken for as large."""
_BODY_KEYS = ((re.compile(r"^\{q\}:message:[^:]+$"), "body"), (re.compile(r"^\{[^}]+\}:c:[^:]+$"), None))
"""Hashes that hold the bodies of messages, and the field; None = all fields are bodies."""
_ID = re.compile(r"(?<=[:{])[^:{}]*\d[^:{}]*|(?<=:)[0-9a-f]{4}(?![^:])")


@dataclass(frozen=True)
class Calls:
    """Commands and script calls that a server has executed."""

    commands: int
    """Those that scripts call included."""
    scripts: int

    @classmethod
    def read(cls, redis: Redis) -> "Calls":
        """Read them."""
        calls = {
            name.removeprefix("cmdstat_"): int(row["calls"])
            for name, row in cast("dict[str, dict[str, int]]", redis.info("commandstats")).items()
        }
        return cls(sum(calls.values()), sum(calls.get(name, 0) for name in _SCRIPT_CALLS))


@dataclass(frozen=True)
class Stored:
    """What a server keeps."""

    memory: int
    """Bytes, without the buffers of clients and of the append-only file."""
    keys: int
    bodies: int
    """Bytes of the stored bodies of messages."""

    @classmethod
    def read(cls, redis: Redis) -> "Stored":
        """Read it. Asks for every body, so the calls of the server grow."""
        memory = cast("dict[str, int]", redis.info("memory"))
        used = memory["used_memory"] - memory["mem_clients_normal"] - memory["mem_aof_buffer"]
        return cls(used, redis.dbsize(), _body_bytes(redis))


def _body_bytes(redis: Redis) -> int:
    total = 0
    batch: list[tuple[str, str | None]] = []
    for raw in redis.scan_iter(count=5000):
        key = raw.decode("utf-8", "replace")
        field = next((field for pattern, field in _BODY_KEYS if pattern.match(key)), "-")
        if field != "-":
            batch.append((key, field))
        if len(batch) == 1000:
            total += _lengths(redis, batch)
            batch = []
    return total + _lengths(redis, batch)


def _lengths(redis: Redis, batch: list[tuple[str, str | None]]) -> int:
    with redis.pipeline(transaction=False) as pipe:
        for key, field in batch:
            pipe.hvals(key) if field is None else pipe.hstrlen(key, field)
        return sum(
            sum(map(len, row)) if isinstance(row, list) else int(row)
            for row in pipe.execute(raise_on_error=False)
            if isinstance(row, list | int)
        )


def keys_by_pattern(redis: Redis) -> list[tuple[str, int, int]]:
    """Return each pattern of keys, ids as `*`, with the number of its keys and their bytes."""
    counts: Counter[str] = Counter()
    samples: dict[str, list[bytes]] = {}
    for key in redis.scan_iter(count=5000):
        pattern = _ID.sub("*", key.decode("utf-8", "replace"))
        counts[pattern] += 1
        if counts[pattern] <= _SAMPLE:
            samples.setdefault(pattern, []).append(key)
    rows = []
    for pattern, keys in samples.items():
        with redis.pipeline(transaction=False) as pipe:
            for key in keys:
                pipe.memory_usage(key, samples=0)
            sizes = [int(size or 0) for size in pipe.execute()]
        rows.append((pattern, counts[pattern], sum(sizes) * counts[pattern] // len(sizes)))
    return sorted(rows, key=lambda row: -row[2])
