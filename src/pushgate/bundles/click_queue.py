"""The queue of each home with clicks that remove notifications from the user's other terminals, and
with the terminals chosen for that.

An entry stays until its consequences are stored, so a crash repeats work and loses none. If there
are too many entries, the oldest clicks are dropped; chosen terminals never are.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from typing import cast

from redis.asyncio import Redis

from pushgate.bundles.accounts import pack_terminal
from pushgate.bundles.scripts import run
from pushgate.bundles.values import Home
from pushgate.domain.app import App
from pushgate.domain.clock import Clock, to_ms
from pushgate.domain.message_id import Position, created_ms, position_of, small_id
from pushgate.ledger.withdrawals import by_vendor
from pushgate.redis.client import reaching
from pushgate.redis.hash_tags import tag
from pushgate.redis.scripts import Value, portions

_LARGE_CLICKED, _SMALL_CLICKED = "l", "s"
"""The first letters of entries about a click; that of an entry with terminals is `w`. Then comes
the message: its id, or of a small one that was clicked creation time (ms), page, segment and index;
then a bar, and the terminals.
"""
_MESSAGES_PER_SCRIPT = 32
_LOOKED_AT_ONCE = 1000
Place = tuple[int, int]
"""A shard and a slot: where a terminal was when the message was sent to it."""


@dataclass(frozen=True, slots=True)
class ClickEntry:
    """A first click on a message, or terminals from which its notification is to be removed."""

    raw: bytes
    message_id: str
    places: tuple[Place, ...]
    is_click: bool


@dataclass(frozen=True, slots=True)
class SmallChoice:
    """Terminals that may show the notification of a small message, and the vendors through which it
    cannot be removed.
    """

    message_id: str
    places: Sequence[Place]
    unable: Sequence[str]


class ClickQueue:
    """The queues of all homes. All calls raise EngineUnavailable."""

    def __init__(self, redis: Redis, clock: Clock) -> None:
        self._redis = redis
        self._clock = clock

    async def claim(self, home: Home, lease_until: datetime, limit: int) -> list[ClickEntry]:
        """Claim entries of a home: nobody else gets them until the lease ends."""
        args = to_ms(self._clock.now()), to_ms(lease_until), limit
        raw = cast("list[bytes]", await run(self._redis, "claim_clicks", home.app, home.shard, *args))
        return [_parse(home, one) for one in raw]

    async def remove(self, home: Home, entries: Sequence[ClickEntry]) -> None:
        """Forget entries whose consequences are stored."""
        if not entries:
            return
        async with reaching():
            await self._redis.zrem(f"{tag(home.app, home.shard)}:clicks", *(entry.raw for entry in entries))

    async def drop_oldest(self, home: Home, keep: int) -> int:
        """Drop the oldest clicks of a home that has more than `keep` entries; returns how many were
        dropped. Chosen terminals stay.

        While its app is paused, a queue grows with each click.
        """
        dropped, kept = 0, 0
        while True:
            args = keep, kept, _LOOKED_AT_ONCE
            now = cast("list[int]", await run(self._redis, "drop_clicks", home.app, home.shard, *args))
            if not any(now):
                return dropped
            dropped, kept = dropped + now[0], kept + now[1]

    async def choose(self, app: App, choices: Sequence[SmallChoice]) -> Counter[str]:
        """Choose the terminals from which notifications of small messages are removed, and queue
        them in the messages' homes. Each terminal is chosen once.

        These terminals have the message and no click. Returns by vendor how many are newly chosen.
        """
        now_ms, found = to_ms(self._clock.now()), Counter[str]()
        by_shard: dict[int, list[tuple[Value, ...]]] = {}
        for one in choices:
            position = position_of(one.message_id)
            if position is not None and position.shard < app.shards:
                packed = b"".join(pack_terminal(*place) for place in one.places)
                place = created_ms(one.message_id), position.page, position.segment, position.offset
                row = f" {' '.join(one.unable)} ", one.message_id, *place, packed
                by_shard.setdefault(position.shard, []).append(row)
        for shard, rows in by_shard.items():
            for some in portions(rows, _MESSAGES_PER_SCRIPT):
                args = chain.from_iterable(some)
                found += by_vendor(await run(self._redis, "withdraw", app, shard, now_ms, *args))
        return found


def _parse(home: Home, raw: bytes) -> ClickEntry:
    kind, text = chr(raw[0]), raw[1:].decode()
    message_id, _, rest = text.partition("|")
    if kind == _SMALL_CLICKED:
        created, page, segment, index = map(int, message_id.split("."))
        message_id = small_id(created, Position(home.shard, page, segment, index))
    if kind in (_LARGE_CLICKED, _SMALL_CLICKED):
        return ClickEntry(raw, message_id, (_place(rest.split("|")),), is_click=True)
    places = tuple(_place(one.split(".")) for one in rest.split(","))
    return ClickEntry(raw, message_id, places, is_click=False)


def _place(numbers: Sequence[str]) -> Place:
    shard, slot = map(int, numbers)
    return shard, slot
