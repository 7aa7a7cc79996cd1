"""A message as Redis holds it: reading fields of its hash, and running the scripts of the queue.

All keys of the queue carry the hash tag of the queue; `status.lua` lists them.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import cast

import msgspec
from redis.asyncio import Redis

from pushgate.domain.clock import to_ms
from pushgate.domain.errors import NotFound
from pushgate.domain.message import Envelope, Message, Status
from pushgate.messages.codec import decode_envelope
from pushgate.redis.client import Changes, reaching
from pushgate.redis.hash_tags import QUEUE
from pushgate.redis.scripts import Value, script
from pushgate.runtime import logs

_READ_AGAIN = timedelta(minutes=1)
_log = logs.get("queue")


class StoredMessage(msgspec.Struct, frozen=True):
    """A message and its status."""

    message: Message
    status: Status


@dataclass(frozen=True, slots=True)
class StoredEnvelope:
    """A message's envelope and the message's status."""

    envelope: Envelope
    status: Status


def message_key(message_id: str) -> str:
    """The key of a message's hash."""
    return f"{QUEUE}:message:{message_id}"


async def read_field(redis: Redis, app: str, message_id: str, field: str) -> tuple[bytes, Status]:
    """One field of the app's message, and the message's status.

    Raises NotFound where the app has no such message, EngineUnavailable.
    """
    (value,), status = await read_fields(redis, app, message_id, field)
    if value is None:
        raise NotFound(f"there is no message {message_id}")
    return value, status


async def read_fields(
    redis: Redis, app: str, message_id: str, *fields: str
) -> tuple[Sequence[bytes | None], Status]:
    """Fields of the app's message, and the message's status.

    Raises NotFound where the app has no such message, EngineUnavailable.
    """
    async with reaching(Changes.NOTHING):
        raw = await redis.hmget(message_key(message_id), ["app", "status", *fields])
    owner, status, *values = cast("list[bytes | None]", raw)
    if owner is None or status is None or owner.decode() != app:
        raise NotFound(f"there is no message {message_id}")
    return values, Status(status.decode())


async def read_due(
    redis: Redis, queue: str, now: datetime, limit: int, *fields: str
) -> list[tuple[str, list[bytes | None]]]:
    """The ids of at most `limit` messages that are due in a queue, the most overdue first, each
    with these fields of the message. Raises EngineUnavailable.
    """
    async with reaching(Changes.NOTHING):
        found = await redis.zrangebyscore(queue, "-inf", to_ms(now), start=0, num=limit)
    ids = [one.decode() for one in cast("list[bytes]", found)]
    if not ids:
        return []
    async with reaching(Changes.NOTHING), redis.pipeline(transaction=False) as pipe:
        for message_id in ids:
            pipe.hmget(message_key(message_id), list(fields))
        rows = cast("list[list[bytes | None]]", await pipe.execute())
    return list(zip(ids, rows, strict=True))


async def read_again(redis: Redis, queue: str, message_ids: Iterable[str], now: datetime) -> None:
    """Make messages that this version cannot judge due again in a minute, so that they do not block
    others in the queue: another process may be able to judge them. Raises EngineUnavailable.
    """
    if later := dict.fromkeys(message_ids, to_ms(now + _READ_AGAIN)):
        async with reaching():
            await redis.zadd(queue, later, xx=True)


async def run(redis: Redis, name: str, *args: Value) -> object:
    """Run a script of this package on the queue. Raises EngineUnavailable."""
    return await script("pushgate.messages", name)(redis, [QUEUE], args)


def readable(raw: bytes) -> Envelope | None:
    """The envelope, or None for one that this version cannot read: one message must not stop the
    others.
    """
    try:
        return decode_envelope(raw)
    except ValueError as error:
        log_unreadable(error)
        return None


def log_unreadable(error: ValueError) -> None:
    """Note that this version passes over a message that it cannot read."""
    _log.error("message passed over", action="message_unreadable", error=type(error).__name__)
