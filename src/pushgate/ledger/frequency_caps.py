"""Frequency caps: how many messages of a category a terminal gets in one of its own days.

Counts are bit planes by local day and range. A script admits slots and counts them in one step, so
that no terminal passes its cap, however many messages are planned at once.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple, cast

from redis.asyncio import Redis

from pushgate.domain import bitmaps
from pushgate.domain.app import App
from pushgate.domain.clock import to_ms
from pushgate.ledger.shard_scripts import milliseconds, run
from pushgate.ledger.values import MessageShard, message_key
from pushgate.redis.client import Changes, reaching
from pushgate.redis.hash_tags import tag
from pushgate.redis.scripts import Value, portions, script

_KEPT = timedelta(days=3)
"""How long the counts of a day are kept after it began in UTC: it ends last at UTC-12."""
_ANSWERS_KEPT = timedelta(minutes=1)
"""How long answers are kept for a repeated round of small messages, whose claim lapses after
seconds.
"""
_SLOTS_PER_SCRIPT = 200


@dataclass(frozen=True, slots=True)
class Cap:
    """A cap: at most this many messages of a category a day. A cap with a vendor is that vendor's
    own limit: it is counted apart from the app's caps, by the vendor's day.
    """

    category: str
    per_day: int
    vendor: str = ""

    def place(self, day: date) -> str:
        """The day under which counts are kept."""
        return f"{day.isoformat()}.{self.vendor}" if self.vendor else day.isoformat()


class SmallPush(NamedTuple):
    """A push of a small message to the terminal of a slot, and the caps that apply to it, each with
    the day on which it is counted.
    """

    message_id: str
    shard: int
    slot: int
    caps: tuple[tuple[Cap, date], ...]


class FrequencyCaps:
    """The caps of all apps. All calls raise EngineUnavailable."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    async def admit(
        self, message_shard: MessageShard, cap: Cap, day: date, wanted: Mapping[int, int]
    ) -> dict[int, int]:
        """Admit slots (bits by range) whose terminals have this local day; returns the slots over
        the cap. The same slots get the same answer again for the same message.
        """
        over: dict[int, int] = {}
        head = cap.category, cap.place(day), _kept_until(day), to_ms(message_shard.keep_until), cap.per_day
        for number, bits in wanted.items():
            if bits:
                args = *head, number, bitmaps.short_bytes(bits), _first_day(day)
                answer = await run(self._redis, "admit", message_shard, *args)
                over[number] = bitmaps.from_bytes(cast("bytes", answer))
        return {number: bits for number, bits in over.items() if bits}

    async def admit_small(self, app: App, pushes: Sequence[SmallPush]) -> dict[SmallPush, Cap]:
        """Admit pushes of small messages; returns the pushes over a cap, each with the first such
        cap. These take no place of any cap.
        """
        by_shard: dict[int, list[SmallPush]] = {}
        for push in pushes:
            by_shard.setdefault(push.shard, []).append(push)
        over = dict[SmallPush, Cap]()
        for shard, of_shard in by_shard.items():
            for some in portions(of_shard, _SLOTS_PER_SCRIPT):
                days = [day for push in some for _, day in push.caps]
                head = _kept_until(max(days)), milliseconds(_ANSWERS_KEPT), _first_day(min(days))
                args: list[Value] = [*head]
                for push in some:
                    args += (push.message_id, push.slot, len(push.caps))
                    for cap, day in push.caps:
                        args += (cap.category, cap.place(day), cap.per_day)
                call = script("pushgate.ledger", "admit_slots")
                answers = cast("list[int]", await call(self._redis, [tag(app, shard)], args))
                refused = zip(some, answers, strict=True)
                over.update((push, _numbered(push, number)) for push, number in refused if number)
        return over

    async def give_back(self, app: App, message_id: str) -> int:
        """Give back the places that a large message took and did not use, because its pushes were
        never sent; returns how many. Harmless to repeat.
        """
        given = 0
        async with reaching(Changes.NOTHING), self._redis.pipeline(transaction=False) as pipe:
            for shard in range(app.shards):
                pipe.hgetall(f"{message_key(app, shard, message_id)}:caps")
            found = cast("list[dict[bytes, bytes]]", await pipe.execute())
        for shard, places in enumerate(found):
            message_shard = MessageShard(app, shard, message_id, datetime.max.replace(tzinfo=UTC))
            for place, category in places.items():
                day, _, number = place.decode().partition(":")
                given += cast(
                    "int", await run(self._redis, "give_back", message_shard, category, day, int(number))
                )
        return given


def _numbered(push: SmallPush, number: int) -> Cap:
    """The push's cap of this number. A kept answer may be from a time when the app had more
    caps.
    """
    return push.caps[min(number, len(push.caps)) - 1][0]


def _kept_until(day: date) -> int:
    return to_ms(datetime.combine(day, time(), UTC) + _KEPT)


def _first_day(day: date) -> str:
    return (day - _KEPT).isoformat()
