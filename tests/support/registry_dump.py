"""All that a registry stores of an app, read from the raw keys, with terminals' ids in place of
slots: two registries with the same terminals give the same dump.
"""

import struct
from array import array
from collections import Counter
from dataclasses import dataclass, field

from redis.asyncio import Redis

from pushgate.domain.app import App
from pushgate.terminals.rows import Row, decode_row, is_free, numbers_in

SLOTS_PER_RANGE = 65_536
Value = object


@dataclass
class RegistryDump:
    """The stored registry of an app."""

    rows: dict[str, Row] = field(default_factory=dict)
    tokens: dict[str, bytes] = field(default_factory=dict)
    groups: dict[str, bytes] = field(default_factory=dict)
    terms: dict[str, set[str]] = field(default_factory=dict)
    """By term its terminals; with `alive`, `shared` and `moved`."""
    forms: dict[str, str] = field(default_factory=dict)
    """By term in which form it is stored, by term and range for the offsets or bits of a range."""
    days: set[bytes] = field(default_factory=set)
    owners: dict[bytes, bytes] = field(default_factory=dict)
    former: Counter[str] = field(default_factory=Counter)
    """How many slots each terminal had before that still lead to it."""


class _Shard:
    """The keys of one shard, without their hash tag."""

    def __init__(self, keys: dict[str, Value]) -> None:
        self.keys = keys
        self.blocks = list(self._list("blocks"))
        names = {
            int(part) * 64 + int(at): name.decode()
            for part, named in self.starting("named")
            for at, name in named.items()
        }
        self.rows: dict[int, Row] = {}
        self.ids: dict[int, str] = {}
        for chunk, rows in self.starting("rows"):
            for at, row in rows.items():
                slot = int(chunk) * 64 + int(at)
                found = decode_row(row, [names[number] for number in numbers_in(row)])
                self.ids[slot] = found.id
                if not is_free(row):
                    self.rows[slot] = found

    def starting(self, name: str) -> list[tuple[str, dict[bytes, bytes]]]:
        """The hashes whose keys begin so, by the rest of the key."""
        return [
            (key.partition(":")[2], value)
            for key, value in self.keys.items()
            if key.startswith(f"{name}:") and isinstance(value, dict)
        ]

    def _list(self, name: str) -> list[bytes]:
        found = self.keys.get(name, [])
        assert isinstance(found, list)
        return found

    def bits(self, name: str) -> list[int]:
        """The slots in a set of bits."""
        found: list[int] = []
        for key, value in self.keys.items():
            head, _, rest = key.partition(":")
            number, _, of = rest.partition(":")
            if head == "b" and of == name and isinstance(value, bytes):
                assert len(value) == SLOTS_PER_RANGE // 8
                first = int(number) * SLOTS_PER_RANGE
                found += [first + i for i in range(len(value) * 8) if value[i >> 3] >> (i & 7) & 1]
        return found

    def terms(self) -> dict[str, tuple[str, list[int]]]:
        """By term, or term and range, its form and its slots."""
        found: dict[str, tuple[str, list[int]]] = {}
        for _, terms in self.starting("terms"):
            for raw, form in terms.items():
                term = raw.decode()
                if form != b"*":
                    found[term] = "slots", list(struct.unpack(f"<{len(form) // 4}I", form))
                    continue
                found[term] = "wide", []
                ranges = self.keys.get(f"t:{term}")
                assert isinstance(ranges, dict)
                for number, text in ranges.items():
                    found[f"{term} in {int(number)}"] = self._range(term, int(number), text)
        return found

    def _range(self, term: str, number: int, text: bytes) -> tuple[str, list[int]]:
        first = number * SLOTS_PER_RANGE
        if text == b"*":
            slots = [slot for slot in self.bits(term) if slot // SLOTS_PER_RANGE == number]
            return "bits", slots
        return "offsets", [first + offset for offset in array("H", text)]


async def dump(redis: Redis, app: App) -> RegistryDump:
    """Read the registry of an app."""
    found = RegistryDump()
    for number in range(app.shards):
        shard = _Shard(await _keys(redis, f"{{{app.name}:{number}}}:"))
        _add(found, shard)
    return found


def _add(found: RegistryDump, shard: _Shard) -> None:
    slots: dict[str, int] = {}
    for _, ids in shard.starting("ids"):
        slots |= {raw.decode(): struct.unpack("<I", packed)[0] for raw, packed in ids.items()}
    for name, slot in slots.items():
        found.rows[name] = shard.rows[slot]
        found.groups[name] = shard.blocks[slot // 1024]
    assert sorted(slots.values()) == sorted(shard.rows)
    for chunk, tokens in shard.starting("tokens"):
        found.tokens |= {shard.ids[int(chunk) * 64 + int(at)]: token for at, token in tokens.items()}
    for term, (form, of_term) in shard.terms().items():
        found.forms[term] = form
        names = [shard.rows[slot].id for slot in of_term]
        assert len(set(names)) == len(names), f"{term} holds a slot twice"
        found.terms.setdefault(term.partition(" in ")[0], set()).update(names)
    for name in ("alive", "shared"):
        found.terms.setdefault(name, set()).update(shard.rows[slot].id for slot in shard.bits(name))
    found.former.update(shard.ids[slot] for slot in shard.bits("moved"))
    days = shard.keys.get("days", set())
    assert isinstance(days, set)
    found.days |= days
    for _, owners in shard.starting("owners"):
        found.owners |= owners


async def _keys(redis: Redis, head: str) -> dict[str, Value]:
    found: dict[str, Value] = {}
    async for raw in redis.scan_iter(f"{head}*", count=1000):
        key = raw.decode()
        match await redis.type(key):
            case b"hash":
                value: Value = await redis.hgetall(key)
            case b"string":
                value = await redis.get(key)
            case b"list":
                value = await redis.lrange(key, 0, -1)
            case b"set":
                value = await redis.smembers(key)
            case other:
                raise AssertionError(f"{other!r} is no type of the registry's keys")
        found[key.removeprefix(head)] = value
    return found
