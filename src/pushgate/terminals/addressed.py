"""Terminals as personal content needs them: push token, own attributes and those of the user.

A token and the attributes beside it belong to one terminal at one instant. Otherwise a terminal
could be shown another one's values after a slot changed hands.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import cast

from redis.asyncio import Redis

from pushgate.domain import bitmaps
from pushgate.domain.app import App
from pushgate.redis.client import Changes, reaching
from pushgate.redis.hash_tags import tag
from pushgate.redis.scripts import portions
from pushgate.terminals.attribute_decoder import AttributeDecoder, Values
from pushgate.terminals.chunks import SLOTS_PER_CHUNK
from pushgate.terminals.shard_scripts import LOOKUPS_PER_SCRIPT, run
from pushgate.terminals.tokens import FIELDS, WHOLE_CHUNK, chunks_in_block


class Wanted:
    """The attributes that contents name: the terminals' own, and their users'."""

    def __init__(self, own: Sequence[str], of_users: Sequence[str], *, users_of_all: bool = True) -> None:
        """Without `users_of_all`, users' attributes only stand in for the terminals' own."""
        self._users_of_all = users_of_all
        self.own = AttributeDecoder(own)
        self.of_users = AttributeDecoder(of_users)
        self.own_places = {name: place for place, name in enumerate(own)}
        self.user_places = {name: place for place, name in enumerate(of_users)}

    def users_to_read(self, found: "Addressed") -> list[str | None]:
        """The users whose attributes are wanted, None where no user's are."""
        if not self.user_places:
            return [None] * len(found.users)
        if self._users_of_all:
            return found.users
        return [user if None in own else None for user, own in zip(found.users, found.own, strict=True)]

    def without_attributes(self, slots: list[int], tokens: list[bytes]) -> "Addressed":
        """Tokens without a terminal of the registry, and so without attributes."""
        own, of_users = self.own.decode_person(b""), self.of_users.decode_person(b"")
        count = len(tokens)
        return Addressed(slots, tokens, [None] * count, [own] * count, [of_users] * count)


@dataclass(slots=True)
class Addressed:
    """Terminals by column, in the same order: slot, push token, user, and the wanted attributes."""

    slots: list[int] = field(default_factory=list)
    tokens: list[bytes] = field(default_factory=list)
    users: list[str | None] = field(default_factory=list)
    own: list[Values] = field(default_factory=list)
    of_users: list[Values] = field(default_factory=list)

    def add(self, others: "Addressed") -> None:
        """Add other terminals at the end."""
        self.slots += others.slots
        self.tokens += others.tokens
        self.users += others.users
        self.own += others.own
        self.of_users += others.of_users

    def one(self, index: int) -> "Addressed":
        """One of the terminals."""
        return Addressed(
            [self.slots[index]],
            [self.tokens[index]],
            [self.users[index]],
            [self.own[index]],
            [self.of_users[index]],
        )


class AddressedTerminals:
    """Reads tokens and attributes of all apps. All calls raise EngineUnavailable."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    async def read_block(self, app: App, shard: int, block: int, bits: int, wanted: Wanted) -> Addressed:
        """The terminals that have these slots of a block of the registry, or had them and moved
        within the vendor. Other slots are left out.

        One round trip; one more where attributes of users are wanted, or slots are left.
        """
        found, rows = await self._read_chunks(app, shard, block, bits)
        found.users, found.own = wanted.own.decode_rows(rows)
        found.of_users = await self._read_users(app, shard, wanted.users_to_read(found), wanted)
        if len(found.slots) == bits.bit_count():
            return found
        first = block * bitmaps.SLOTS_PER_BLOCK
        left = bits & ~bitmaps.from_offsets([slot - first for slot in found.slots])
        found.add(
            await self.read_slots(app, shard, [first + offset for offset in bitmaps.offsets(left)], wanted)
        )
        return found

    async def read_slots(self, app: App, shard: int, slots: Sequence[int], wanted: Wanted) -> Addressed:
        """The terminals that have or had these slots, in any order, as `read_block`."""
        found, rows = Addressed(), list[bytes]()
        for some in portions(slots, LOOKUPS_PER_SCRIPT):
            people = "1" if wanted.user_places else ""
            answers = cast("list[bytes]", await run(self._redis, "read_addressed", app, shard, people, *some))
            for slot, token, row, person in zip(
                some, answers[::3], answers[1::3], answers[2::3], strict=True
            ):
                if token:
                    found.slots.append(slot)
                    found.tokens.append(token)
                    found.of_users.append(wanted.of_users.decode_person(person))
                    rows.append(row)
        found.users, found.own = wanted.own.decode_rows(rows)
        return found

    async def _read_chunks(
        self, app: App, shard: int, block: int, bits: int
    ) -> tuple[Addressed, list[bytes]]:
        """Tokens and rows of a block, chunk by chunk, all of one instant."""
        chunks, key = chunks_in_block(bits), tag(app, shard)
        first_chunk = block * (bitmaps.SLOTS_PER_BLOCK // SLOTS_PER_CHUNK)
        async with reaching(Changes.NOTHING), self._redis.pipeline(transaction=True) as pipe:
            for chunk, offsets in chunks:
                for name in (f"{key}:tokens:{first_chunk + chunk}", f"{key}:rows:{first_chunk + chunk}"):
                    if len(offsets) >= WHOLE_CHUNK:
                        pipe.hgetall(name)
                    else:
                        pipe.hmget(name, [FIELDS[offset] for offset in offsets])
            answers = await pipe.execute()
        found, found_rows = Addressed(), list[bytes]()
        for (chunk, offsets), some_tokens, some_rows in zip(chunks, answers[::2], answers[1::2], strict=True):
            first = (first_chunk + chunk) * SLOTS_PER_CHUNK
            slots = [first + offset for offset in offsets]
            tokens, rows = _values(some_tokens, offsets), _values(some_rows, offsets)
            if None in tokens or None in rows:
                slots, tokens, rows = _without_free(slots, tokens, rows)
            found.slots += slots
            found.tokens += cast("list[bytes]", tokens)
            found_rows += cast("list[bytes]", rows)
        return found, found_rows

    async def _read_users(
        self, app: App, shard: int, users: Sequence[str | None], wanted: Wanted
    ) -> list[Values]:
        """The wanted attributes of these users, each person's record read once."""
        names = list(dict.fromkeys(user for user in users if user))
        some = list(portions(names, LOOKUPS_PER_SCRIPT))
        answers = await asyncio.gather(
            *(run(self._redis, "read_people", app, shard, *portion) for portion in some)
        )
        decode, values = wanted.of_users.decode_person, dict[str, Values]()
        for portion, records in zip(some, answers, strict=True):
            # A portion without an answer was read while nobody had a record.
            values |= {
                user: decode(record or b"") for user, record in zip(portion, records, strict=bool(records))
            }
        absent = decode(b"")
        return [values.get(user, absent) if user else absent for user in users]


def _values(answer: Mapping[bytes, bytes] | list[bytes | None], offsets: Sequence[int]) -> list[bytes | None]:
    """The values of a chunk, which was read whole or in part, at these offsets."""
    if not isinstance(answer, Mapping):
        return answer
    fields = FIELDS if len(offsets) == SLOTS_PER_CHUNK else [FIELDS[offset] for offset in offsets]
    return list(map(answer.get, fields))


def _without_free(
    slots: list[int], tokens: list[bytes | None], rows: list[bytes | None]
) -> tuple[list[int], list[bytes | None], list[bytes | None]]:
    """The slots that have both, with both."""
    used = [
        (slot, token, row)
        for slot, token, row in zip(slots, tokens, rows, strict=True)
        if token is not None and row is not None
    ]
    return [one[0] for one in used], [one[1] for one in used], [one[2] for one in used]
