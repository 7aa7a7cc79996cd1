"""The laws of a registry at rest: terms, indexes and pointers follow from the rows."""

import hashlib
import struct
from collections.abc import AsyncIterator, Awaitable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import cast

import msgspec
from redis.asyncio import Redis

from pushgate.domain import bitmaps
from pushgate.domain.app import App
from pushgate.domain.attributes import value_of
from pushgate.domain.bitmaps import SLOTS_PER_RANGE
from pushgate.redis.hash_tags import shard_of, tag
from pushgate.terminals.rows import Row, bucket_of, decode_row, is_free, numbers_in
from pushgate.terminals.terms import (
    attribute_terms,
    bucket_of_term,
    registered_term,
    seen_term,
    user_term,
)

Sets = dict[str, set[int]]
"""Sets of slots by name."""


@dataclass
class StoredShard:
    """What is stored of one shard of a registry, read key by key."""

    rows: dict[int, Row] = field(default_factory=dict)
    free: dict[int, str] = field(default_factory=dict)
    """The id that a free slot keeps."""
    tokens: dict[int, str] = field(default_factory=dict)
    secrets: dict[int, bytes] = field(default_factory=dict)
    """By slot the digests of device secrets."""
    ids: dict[str, int] = field(default_factory=dict)
    pointers: dict[int, int] = field(default_factory=dict)
    people: dict[str, Mapping[str, str]] = field(default_factory=dict)
    terms: Sets = field(default_factory=dict)
    forms: dict[str, str] = field(default_factory=dict)
    """By term in which form it is stored (slots, or wide); by term and range, in which form the
    range is (offsets, or bits).
    """
    bits: Sets = field(default_factory=dict)
    """The sets that are always bits: alive, moved, shared, and `h`, slots with click hours."""
    clicked: set[int] = field(default_factory=set)
    """Slots whose terminals clicked in some hour."""
    days: set[str] = field(default_factory=set)
    faults: list[str] = field(default_factory=list)


async def check_registry(redis: Redis, app: App) -> None:
    """Raises AssertionError that lists every breach in the registry of the app."""
    faults: list[str] = []
    for shard in range(app.shards):
        stored = await read_shard(redis, app, shard)
        found = [*stored.faults, *_faults(app, shard, stored)]
        faults += [f"shard {shard}: {fault}" for fault in found]
    assert not faults, "\n".join(faults)


def expected_terms(rows: Mapping[int, Row], people: Mapping[str, Mapping[str, str]]) -> Sets:
    """The terms that follow from rows and from the attributes of people."""
    found: Sets = {}
    for slot, row in rows.items():
        for term in _terms_of(row, people):
            found.setdefault(term, set()).add(slot)
    return found


def _terms_of(row: Row, people: Mapping[str, Mapping[str, str]]) -> set[str]:
    terms = {*row.names, seen_term(row.seen_at.date()), registered_term(row.registered_at.date())}
    terms |= {attribute_terms(name, value_of(text))[0] for name, text in row.attributes.items()}
    if row.user is not None:
        terms.add(user_term(row.user))
        attributes = people.get(row.user, {})
        terms |= {attribute_terms(name, value_of(text))[1] for name, text in attributes.items()}
    return terms


def _faults(app: App, shard: int, stored: StoredShard) -> Iterable[str]:
    alive = set(stored.rows)
    expected = expected_terms(stored.rows, stored.people)
    for term in sorted(expected | stored.terms):
        yield from _differences(term, expected.get(term, set()), stored.terms.get(term, set()))
    yield from _differences("alive", alive, stored.bits.get("alive", set()))
    yield from _differences("moved", set(stored.pointers), stored.bits.get("moved", set()))
    yield from _differences("slots with a token", alive, set(stored.tokens))
    if strangers := (stored.bits["h"] | stored.clicked) - alive:
        yield f"slots {sorted(strangers)[:10]} have click hours of nobody"
    if unknown := stored.clicked - stored.bits["h"]:
        yield f"slots {sorted(unknown)[:10]} have click hours that would not be cleared"
    if strangers := stored.secrets.keys() - alive:
        yield f"slots {sorted(strangers)[:10]} have device secrets of nobody"
    ids = {row.id: slot for slot, row in stored.rows.items()}
    if ids != stored.ids:
        yield f"ids lead to {stored.ids}, rows say {ids}"
    yield from (f"{name} is another shard's" for name in ids if shard_of(app, name) != shard)
    yield from _pointer_faults(stored)
    yield from _shared_faults(stored)
    if missing := {term for term in expected if term[:2] in ("d:", "r:")} - stored.days:
        yield f"days lack {sorted(missing)}"


def _differences(name: str, expected: set[int], found: set[int]) -> Iterable[str]:
    if lacking := expected - found:
        yield f"{name} lacks slots {sorted(lacking)[:10]}"
    if more := found - expected:
        yield f"{name} has slots {sorted(more)[:10]} too many"


def _pointer_faults(stored: StoredShard) -> Iterable[str]:
    for slot, following in stored.pointers.items():
        row = stored.rows.get(following)
        if row is None or stored.free.get(slot) != row.id:
            yield f"slot {slot} of {stored.free.get(slot)} leads to slot {following} of somebody else"


def _shared_faults(stored: StoredShard) -> Iterable[str]:
    """A user who once had many terminals may keep the mark of the last one."""
    by_user: Sets = {}
    for slot, row in stored.rows.items():
        if row.user is not None:
            by_user.setdefault(row.user, set()).add(slot)
    marked, several = stored.bits.get("shared", set()), set[int]()
    for slots in by_user.values():
        several |= slots if len(slots) > 1 else set()
    if lacking := several - marked:
        yield f"shared lacks slots {sorted(lacking)[:10]}"
    if strangers := marked - set().union(*by_user.values()):
        yield f"shared has slots {sorted(strangers)[:10]} of terminals without a user"


async def read_shard(redis: Redis, app: App, shard: int) -> StoredShard:
    """Read all of a shard that a test filled."""
    return await _Reading(redis, tag(app, shard)).read()


class _Reading:
    """Reads one shard."""

    def __init__(self, redis: Redis, key: str) -> None:
        self._redis = redis
        self._key = key
        self._stored = StoredShard()

    async def read(self) -> StoredShard:
        await self._read_slots()
        await self._read_people()
        await self._read_terms()
        for name in ("alive", "moved", "shared", "h"):
            self._stored.bits[name] = await self._bits(name)
        self._stored.clicked = set().union(*[await self._bits(name) for name in await self._hours()])
        days = await cast("Awaitable[set[bytes]]", self._redis.smembers(f"{self._key}:days"))
        self._stored.days = {raw.decode() for raw in days}
        return self._stored

    async def _hashes(self, name: str) -> AsyncIterator[tuple[str, dict[bytes, bytes]]]:
        """The hashes of a name with what follows in their keys."""
        async for key in self._redis.scan_iter(f"{self._key}:{name}:*", count=1000):
            yield key.decode().removeprefix(f"{self._key}:{name}:"), await self._hash(key.decode())

    async def _hash(self, key: str) -> dict[bytes, bytes]:
        return await cast("Awaitable[dict[bytes, bytes]]", self._redis.hgetall(key))

    async def _read_slots(self) -> None:
        stored = self._stored
        names = {
            64 * int(number) + int(place): name.decode()
            async for number, values in self._hashes("named")
            for place, name in values.items()
        }
        async for chunk, rows in self._hashes("rows"):
            for place, raw in rows.items():
                slot = 64 * int(chunk) + int(place)
                row = decode_row(raw, [names[number] for number in numbers_in(raw)])
                if is_free(raw):
                    stored.free[slot] = row.id
                else:
                    stored.rows[slot] = row
        async for chunk, tokens in self._hashes("tokens"):
            stored.tokens |= {64 * int(chunk) + int(place): raw.decode() for place, raw in tokens.items()}
        async for chunk, secrets in self._hashes("secrets"):
            stored.secrets |= {64 * int(chunk) + int(place): raw for place, raw in secrets.items()}
        async for chunk, pointers in self._hashes("fwd"):
            stored.pointers |= {64 * int(chunk) + int(place): _u32(raw)[0] for place, raw in pointers.items()}
        async for bucket, slots in self._hashes("ids"):
            for terminal_id, raw in slots.items():
                stored.ids[terminal_id.decode()] = _u32(raw)[0]
                self._expect(bucket_of(terminal_id.decode()) == int(bucket), f"id in bucket {bucket}")

    async def _read_people(self) -> None:
        async for bucket, people in self._hashes("people"):
            for raw_user, record in people.items():
                user = raw_user.decode()
                self._stored.people[user] = msgspec.msgpack.decode(record, type=tuple[int, dict[str, str]])[1]
                self._expect(bucket_of_term(user_term(user)) == bucket, f"person in bucket {bucket}")
        count = int(await self._redis.get(f"{self._key}:people") or 0)
        self._expect(count == len(self._stored.people), f"{count} people are counted")

    async def _read_terms(self) -> None:
        async for bucket, terms in self._hashes("terms"):
            for raw_term, form in terms.items():
                term = raw_term.decode()
                self._expect(hashlib.sha1(raw_term).hexdigest()[:4] == bucket, f"{term} in bucket {bucket}")
                self._stored.forms[term] = "wide" if form == b"*" else "slots"
                if form == b"*":
                    self._stored.terms[term] = await self._read_ranges(term)
                else:
                    slots = _u32(form)
                    self._expect(0 < len(set(slots)) == len(slots) <= 64, f"{term} as {slots}")
                    self._stored.terms[term] = set(slots)

    async def _read_ranges(self, term: str) -> set[int]:
        found = set[int]()
        for raw_range, form in (await self._hash(f"{self._key}:t:{term}")).items():
            number = int(raw_range)
            self._stored.forms[f"{term} in {number}"] = "bits" if form == b"*" else "offsets"
            if form == b"*":
                found |= await self._bits_of_range(term, number)
            else:
                offsets = struct.unpack(f"<{len(form) // 2}H", form)
                self._expect(0 < len(set(offsets)) == len(offsets) <= 256, f"{term} in range {number}")
                found |= {number * SLOTS_PER_RANGE + offset for offset in offsets}
        return found

    async def _hours(self) -> list[str]:
        """The names of the bits of each hour in which terminals clicked."""
        hours = await cast("Awaitable[list[bytes]]", self._redis.hkeys(f"{self._key}:hours"))
        return [f"h:{name.decode()}" for name in hours]

    async def _bits(self, name: str) -> set[int]:
        found = set[int]()
        async for key in self._redis.scan_iter(f"{self._key}:b:*:{name}", count=1000):
            number = key.decode().removeprefix(f"{self._key}:b:").removesuffix(f":{name}")
            if number.isdecimal():  # not a term that ends in this name
                found |= await self._bits_of_range(name, int(number))
        return found

    async def _bits_of_range(self, name: str, number: int) -> set[int]:
        raw = cast("bytes", await self._redis.get(f"{self._key}:b:{number}:{name}") or b"")
        return {number * SLOTS_PER_RANGE + offset for offset in bitmaps.offsets(bitmaps.from_bytes(raw))}

    def _expect(self, is_so: bool, fault: str) -> None:
        if not is_so:
            self._stored.faults.append(f"wrong: {fault}")


def _u32(raw: bytes) -> tuple[int, ...]:
    return struct.unpack(f"<{len(raw) // 4}I", raw)
