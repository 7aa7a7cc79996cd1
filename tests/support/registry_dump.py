"""All that a registry stores of an app, with terminals' ids in place of slots: two registries with
the same terminals give the same dump.
"""

from collections import Counter
from collections.abc import Awaitable
from dataclasses import dataclass, field
from typing import cast

from redis.asyncio import Redis
from tests.support.registry_laws import StoredShard, read_shard

from pushgate.domain.app import App
from pushgate.domain.bitmaps import SLOTS_PER_BLOCK, SLOTS_PER_RANGE
from pushgate.redis.hash_tags import tag
from pushgate.terminals.rows import Row

_TYPES = (b"hash", b"string", b"list", b"set")


@dataclass
class RegistryDump:
    """The stored registry of an app."""

    rows: dict[str, Row] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)
    groups: dict[str, bytes] = field(default_factory=dict)
    terms: dict[str, set[str]] = field(default_factory=dict)
    """By term its terminals; with `alive` and `shared`."""
    forms: dict[str, str] = field(default_factory=dict)
    """As those of a shard."""
    days: set[str] = field(default_factory=set)
    owners: dict[bytes, bytes] = field(default_factory=dict)
    former: Counter[str] = field(default_factory=Counter)
    """How many slots each terminal had before that still lead to it."""


async def dump(redis: Redis, app: App) -> RegistryDump:
    """Read the registry of an app. Raises AssertionError for what cannot be read as a registry."""
    found = RegistryDump()
    for number in range(app.shards):
        key, shard = tag(app, number), await read_shard(redis, app, number)
        assert not shard.faults, shard.faults
        _add(found, shard)
        blocks = await cast("Awaitable[list[bytes]]", redis.lrange(f"{key}:blocks", 0, -1))
        found.groups |= {name: blocks[slot // SLOTS_PER_BLOCK] for name, slot in shard.ids.items()}
        async for owners in redis.scan_iter(f"{key}:owners:*", count=1000):
            found.owners |= await cast("Awaitable[dict[bytes, bytes]]", redis.hgetall(owners))
        async for stored in redis.scan_iter(f"{key}:*", count=1000):
            kind = await redis.type(stored)
            assert kind in _TYPES, f"{kind!r} is no type of the registry's keys"
        async for bits in redis.scan_iter(f"{key}:b:*", count=1000):
            assert await redis.strlen(bits) == SLOTS_PER_RANGE // 8, f"{bits!r} is not of a whole range"
    return found


def _add(found: RegistryDump, shard: StoredShard) -> None:
    assert sorted(shard.ids.values()) == sorted(shard.rows)
    ids = shard.free | {slot: row.id for slot, row in shard.rows.items()}
    found.rows |= {name: shard.rows[slot] for name, slot in shard.ids.items()}
    found.tokens |= {ids[slot]: token for slot, token in shard.tokens.items()}
    found.forms |= shard.forms
    for term, slots in (shard.terms | {name: shard.bits[name] for name in ("alive", "shared")}).items():
        names = [shard.rows[slot].id for slot in slots]
        assert len(set(names)) == len(names), f"{term} holds a terminal twice"
        found.terms.setdefault(term, set()).update(names)
    found.former.update(ids[slot] for slot in shard.bits["moved"])
    found.days |= shard.days
