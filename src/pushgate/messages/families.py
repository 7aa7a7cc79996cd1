"""Families that are due for their next part, and the parts as they are made.

Serves the scheduler. Knows nothing of time zones.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from msgspec.structs import replace
from redis.asyncio import Redis

from pushgate.domain.audience import AudienceKind, AudienceSummary
from pushgate.domain.clock import from_ms, to_ms
from pushgate.domain.family import Made, Part
from pushgate.domain.message import Envelope, Message, Status
from pushgate.domain.message_id import part_id
from pushgate.messages.codec import decode, encode
from pushgate.messages.retention import Retention
from pushgate.messages.stored import message_key, read_again, read_due, readable, run
from pushgate.redis.client import Changes, reaching
from pushgate.redis.hash_tags import QUEUE
from pushgate.redis.replication import confirmed
from pushgate.runtime import logs

_FAMILIES = f"{QUEUE}:families"
_FIELDS = ("parts", "part_at", "complete")
_log = logs.get("queue")


@dataclass(frozen=True, slots=True, kw_only=True)
class DueFamily:
    """A family that is due for a look, and how far it has come. `body` is the message as stored."""

    message: Message
    body: bytes
    made: Made


class Families:
    """The families of all apps. All calls raise EngineUnavailable."""

    def __init__(self, redis: Redis, retention: Retention) -> None:
        self._redis = redis
        self._retention = retention

    async def due(self, now: datetime, limit: int) -> Sequence[DueFamily]:
        """At most `limit` families whose next look is due, the most overdue first."""
        due, later = list[DueFamily](), list[str]()
        found = await read_due(self._redis, _FAMILIES, now, limit, "app", "body", *_FIELDS)
        for family_id, (app, body, *made) in found:
            if body is None:
                await self._end(family_id, app, int(made[0] or 0))
                later.append(family_id)
            elif message := _readable(body):
                due.append(DueFamily(message=message, body=body, made=_made(made)))
            else:
                later.append(family_id)
        await read_again(self._redis, _FAMILIES, later, now)
        return due

    async def _end(self, family_id: str, app: bytes | None, made: int) -> None:
        """End a family whose content was dropped, once none of its parts is being sent: no more
        parts can be made. A forgotten family leaves the queue.
        """
        if app is None:
            async with reaching():
                await self._redis.zrem(_FAMILIES, family_id)
        else:
            await run(self._redis, "finish_family", family_id, app, b"", made)

    async def count(self) -> int:
        """How many families of all apps have parts to come, or parts that are being sent."""
        async with reaching(Changes.NOTHING):
            return int(await self._redis.zcard(_FAMILIES))

    async def made(self, family_id: str) -> Made:
        """The progress of a family; no parts for an unknown family."""
        async with reaching(Changes.NOTHING):
            row = await self._redis.hmget(message_key(family_id), list(_FIELDS))
        return _made(cast("list[bytes | None]", row))

    async def statuses(self, family_id: str, count: int) -> Mapping[str, Status]:
        """The statuses of the first `count` parts of a family, by id; without forgotten ones."""
        ids = [part_id(family_id, number) for number in range(1, count + 1)]
        async with reaching(Changes.NOTHING), self._redis.pipeline(transaction=False) as pipe:
            for one in ids:
                pipe.hget(message_key(one), "status")
            rows = cast("list[bytes | None]", await pipe.execute())
        return {one: Status(row.decode()) for one, row in zip(ids, rows, strict=True) if row}

    async def envelopes(self, message_ids: Sequence[str]) -> Mapping[str, Envelope]:
        """Envelopes of parts, by id; without forgotten ones."""
        async with reaching(Changes.NOTHING), self._redis.pipeline(transaction=False) as pipe:
            for one in message_ids:
                pipe.hget(message_key(one), "envelope")
            rows = cast("list[bytes | None]", await pipe.execute())
        found = zip(message_ids, rows, strict=True)
        return {one: envelope for one, raw in found if raw and (envelope := readable(raw))}

    async def make(self, family: DueFamily, part: Part, *, is_last: bool, next_look: datetime) -> bool:
        """Make the next part of a family, due at its instant. The family is looked at again at
        `next_look`.

        Returns False, and makes nothing, if the family was changed or ended, another process has
        made the part, or the previous part is not planned yet.
        """
        message = _part_of(family.message, part)
        times = message.push_at, self._retention.keep_until(message), self._retention.content_until(message)
        async with confirmed(self._redis, QUEUE):
            made = await run(
                self._redis,
                "make_part",
                family.message.id,
                family.message.app,
                family.body,
                family.made.count,
                encode(message),
                encode(message.envelope),
                *map(to_ms, times),
                int(is_last),
                to_ms(next_look),
            )
        return bool(made)

    async def look_again(self, family: DueFamily, at: datetime) -> None:
        """Look at a family again at this instant, unless it has ended."""
        async with reaching():
            await self._redis.zadd(_FAMILIES, {family.message.id: to_ms(at)}, xx=True)

    async def finish(self, family: DueFamily) -> None:
        """Mark a family as sent that has no part to come, where none is being sent. Idempotent."""
        message = family.message
        await run(self._redis, "finish_family", message.id, message.app, family.body, family.made.count)


def _made(row: Sequence[bytes | None]) -> Made:
    parts, at, complete = row
    return Made(int(parts or 0), from_ms(int(at)) if at else None, complete is not None)


def _readable(body: bytes) -> Message | None:
    try:
        message = decode(body)
    except ValueError as error:
        _log.error("family passed over", action="message_unreadable", error=type(error).__name__)
        return None
    return message if message.family else None


def _part_of(family: Message, part: Part) -> Message:
    """The message of a part: the family's content and options, at the part's own instant."""
    return replace(
        family,
        id=part_id(family.id, part.number),
        push_at=part.by,
        audience=AudienceSummary(AudienceKind.PART),
        family=None,
        part=part,
    )
