"""Messages and their schedule in Redis: put, read, reschedule, cancel by callers; claim under a lease by schedulers.

Domain messages in, entries out. Knows nothing of terminals, vendors or jobs.
"""

import itertools
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import cast

from redis.asyncio import Redis

from pushgate.domain.audience import Audience, AudienceKind, AudienceSummary, Everyone
from pushgate.domain.clock import Clock, from_ms, to_ms
from pushgate.domain.errors import Conflict, NotFound, TooManyWaiting
from pushgate.domain.message import Envelope, Message, Status
from pushgate.messages.codec import decode, decode_envelope, encode, piece, split
from pushgate.messages.idempotency import KEPT_FOR_MS, IdempotencyRecords, RequestKey
from pushgate.redis.client import Changes, reaching
from pushgate.redis.keys import QUEUE
from pushgate.redis.scripts import script
from pushgate.runtime import logs

WAKE_CHANNEL = f"{QUEUE}:wake"
SETTLE_AFTER = timedelta(seconds=60)
PAGE_BYTES = 1024 * 1024
"""A page of messages ends once it holds so many bytes, whatever its limit."""
_REPLACE_ATTEMPTS = 5
_REFUSED = {
    Status.SCHEDULED: "the message is {}; only a scheduled one can be changed",
    Status.SENT: "the message is {}; only of one that was sent can the failures be sent again",
}
_AFTER = {Status.SCHEDULED: Status.SCHEDULED, Status.SENT: Status.DISPATCHING}
"""The status of a message after it was replaced, by the status it had."""
_log = logs.get("queue")


@dataclass(frozen=True, slots=True)
class StoredMessage:
    """A message and where it stands."""

    message: Message
    status: Status


@dataclass(frozen=True, slots=True)
class StoredEnvelope:
    """A message's envelope and where the message stands."""

    envelope: Envelope
    status: Status


@dataclass(frozen=True, slots=True)
class Answering:
    """A change under an idempotency key, and how its answer is made of the message that it leaves."""

    key: RequestKey
    told: Callable[[StoredMessage], bytes]


def new_id(now: datetime) -> str:
    """A new message id: 28 hexadecimal digits that sort by time and cannot be guessed."""
    return f"{to_ms(now):012x}{secrets.token_hex(8)}"


class Messages:
    """The message queue. All of its keys carry the hash tag of the queue."""

    def __init__(self, redis: Redis, clock: Clock, retention: timedelta) -> None:
        self._redis = redis
        self._clock = clock
        self._retention = retention
        self.first_answers = IdempotencyRecords(redis)

    def keep_until(self, message: Message | Envelope) -> datetime:
        """Until when the message and all that is known of it are kept."""
        return message.push_at + message.lifetime + self._retention

    async def put(
        self, message: Message, max_waiting: int = 0, *, audience: Audience | None = None
    ) -> Message:
        """Store and schedule a message; it is durable once this returns. `audience` is the one that the message
        carries in short; unset = everyone.

        Raises TooManyWaiting when `max_waiting` messages of the app (0 = any number) are scheduled or being sent.
        """
        await self._put(message, audience, "", b"", max_waiting)
        return message

    async def put_once(
        self,
        message: Message,
        key: RequestKey,
        answer: bytes,
        max_waiting: int = 0,
        audience: Audience | None = None,
    ) -> bytes:
        """Store and schedule a message unless the key was used before.

        Return the answer of the request that used the key first. Raises IdempotencyKeyReused if that was another request,
        and TooManyWaiting as `put` does.
        """
        known = await self._put(message, audience, key.name, key.record(answer), max_waiting)
        return answer if known is None else key.answer(known)

    async def _put(
        self, message: Message, audience: Audience | None, name: str, record: bytes, max_waiting: int
    ) -> bytes | None:
        kind, pieces = split(audience or Everyone())
        if kind is not message.audience.kind:
            raise ValueError(f"the message is to {message.audience.kind}, and this audience lists {kind}")
        answer = await self._run(
            "put",
            message.id,
            message.app,
            encode(message),
            to_ms(message.push_at),
            to_ms(self.keep_until(message)),
            name,
            record,
            KEPT_FOR_MS,
            max_waiting,
            encode(message.envelope),
            *pieces,
        )
        match cast("list[bytes]", answer):
            case [b"known", known]:
                return known
            case [b"full"]:
                raise TooManyWaiting(
                    f"{max_waiting} messages of this app are scheduled or being sent; send this one again later"
                )
        return None

    async def read(self, app: str, message_id: str) -> StoredMessage:
        """The app's message. Raises NotFound."""
        body, status = await self._read(app, message_id)
        return StoredMessage(decode(body), status)

    async def look(self, app: str, message_id: str) -> StoredEnvelope:
        """The app's message without its content. Raises NotFound."""
        raw, status = await self._read(app, message_id, "envelope")
        return StoredEnvelope(decode_envelope(raw), status)

    async def audience(self, message_id: str, summary: AudienceSummary) -> AsyncIterator[Audience]:
        """The listed audience of a message in pieces, each an audience of its own; none for everyone."""
        if summary.kind is not AudienceKind.ALL:
            async for raw in self.audience_pieces(message_id):
                yield piece(summary.kind, raw)

    async def audience_pieces(self, message_id: str) -> AsyncIterator[bytes]:
        """The pieces of a listed audience as they are kept: JSON arrays of items as the API has them."""
        for index in itertools.count():
            async with reaching(Changes.NOTHING):
                raw = await cast(
                    "Awaitable[bytes | None]", self._redis.lindex(f"{QUEUE}:audience:{message_id}", index)
                )
            if raw is None:
                return
            yield raw

    async def page(
        self, app: str, status: Status | None, cursor: str | None, limit: int
    ) -> tuple[list[StoredMessage], str | None]:
        """The app's messages from newest to oldest, after the one named by `cursor`; and the next cursor.

        At most `limit`, and no more than one beyond `PAGE_BYTES` of them.
        """
        index = f"{QUEUE}:messages:{app}" + (f":{status}" if status else "")
        async with reaching():
            ids = cast(
                "list[bytes]",
                await self._redis.zrevrangebylex(index, f"({cursor}" if cursor else "+", "-", 0, limit + 1),
            )
            keys = [f"{QUEUE}:message:{message_id.decode()}" for message_id in ids[:limit]]
            shown = await self._fitting(keys)
            async with self._redis.pipeline(transaction=False) as pipe:
                for key in keys[:shown]:
                    pipe.hmget(key, ["body", "status"])
                rows = await pipe.execute()
        entries = [StoredMessage(decode(body), Status(at.decode())) for body, at in rows if body]
        return entries, ids[shown - 1].decode() if len(ids) > shown else None

    async def _fitting(self, keys: Sequence[str]) -> int:
        """How many of these messages, from the first one on, a page has room for; at least one."""
        async with self._redis.pipeline(transaction=False) as pipe:
            for key in keys:
                pipe.hstrlen(key, "body")
            sizes = cast("list[int]", await pipe.execute())
        before = itertools.accumulate(sizes, initial=0)
        return sum(
            1
            for _ in itertools.takewhile(lambda size: size < PAGE_BYTES, itertools.islice(before, len(sizes)))
        )

    async def reschedule(
        self,
        app: str,
        message_id: str,
        change: Callable[[Message], Message],
        answering: Answering | None = None,
    ) -> StoredMessage:
        """Replace a message that is still scheduled by what `change` makes of it.

        Raises NotFound, and Conflict when it is no longer scheduled, is being changed by others all the time, or
        another request under the key of `answering` has just changed it.
        """
        return await self._replace(app, message_id, Status.SCHEDULED, change, answering)

    async def resend(
        self,
        app: str,
        message_id: str,
        change: Callable[[Message], Message],
        answering: Answering | None = None,
    ) -> StoredMessage:
        """Dispatch a message that was sent once more, as `change` makes it.

        Raises NotFound, and Conflict when it is not at its end, is being changed by others all the time, or
        another request under the key of `answering` has just done this.
        """
        return await self._replace(app, message_id, Status.SENT, change, answering)

    async def _replace(
        self,
        app: str,
        message_id: str,
        status: Status,
        change: Callable[[Message], Message],
        answering: Answering | None,
    ) -> StoredMessage:
        for _ in range(_REPLACE_ATTEMPTS):
            body, current = await self._read(app, message_id)
            if current is not status:
                raise Conflict(_REFUSED[status].format(current))
            message = decode(body)
            changed = replace(change(message), id=message.id, app=message.app)
            entry = StoredMessage(changed, _AFTER[status])
            answer = await self._run(
                "replace",
                message_id,
                app,
                body,
                encode(changed),
                to_ms(changed.push_at),
                to_ms(self.keep_until(changed)),
                status.value,
                to_ms(self._clock.now()),
                encode(changed.envelope),
                answering.key.name if answering else "",
                answering.key.record(answering.told(entry)) if answering else b"",
                KEPT_FOR_MS,
            )
            match cast("list[bytes]", answer):
                case [b"stored", _]:
                    return entry
                case [b"known", _]:
                    raise Conflict("a request with this Idempotency-Key was just answered; repeat this one")
                case [b"missing"]:
                    raise NotFound(f"there is no message {message_id}")
        raise Conflict("the message is being changed by others; try again")

    async def cancel(self, app: str, message_id: str) -> StoredMessage:
        """Stop a message, before or during sending; what is pending is for the caller to end. Idempotent.

        Raises NotFound, and Conflict when it was already sent.
        """
        answer = cast("list[bytes] | None", await self._run("end", message_id, app, "cancel"))
        if answer is None:
            raise NotFound(f"there is no message {message_id}")
        if answer[1] == b"sent":
            raise Conflict("the message was already sent")
        return await self.read(app, message_id)

    async def finish(self, app: str, message_id: str) -> None:
        """Nothing of the message is open any more: a message being sent is now sent. Idempotent.

        The sweep looks at it once more later, for this call may come a moment too early.
        """
        at = to_ms(self._clock.now() + SETTLE_AFTER)
        await self._run("end", message_id, app, "finish", at)

    async def settle(self, app: str, message_id: str) -> None:
        """The last look found nothing open. Idempotent."""
        await self._run("end", message_id, app, "settle")

    async def reopen(self, app: str, message_id: str) -> None:
        """Something of a message that counted as sent is open. Idempotent."""
        await self._run("end", message_id, app, "reopen")

    async def replan(self, app: str, message_id: str) -> None:
        """A message being sent has lost its plan in some shard: the next claim takes it. Idempotent."""
        await self._run("end", message_id, app, "replan", to_ms(self._clock.now()))

    async def was_replanned(self, message_id: str) -> bool:
        """Whether the message has lost its plan in some shard before."""
        async with reaching(Changes.NOTHING):
            key = f"{QUEUE}:message:{message_id}"
            return bool(await cast("Awaitable[bytes | None]", self._redis.hget(key, "replanned")))

    async def claim(self, now: datetime, lease: timedelta, holder: str, limit: int) -> list[Envelope]:
        """Take at most `limit` due messages, and abandoned ones, under a lease. No two callers get the same one."""
        answer = await self._run("claim", to_ms(now), to_ms(now + lease), holder, limit)
        return [envelope for envelope in map(_readable, cast("list[bytes]", answer)) if envelope]

    async def renew(self, message_id: str, holder: str, until: datetime) -> Status | None:
        """Hold a claimed message longer. Returns its status, or None when somebody else holds it by now."""
        return await self._hold(message_id, holder, "renew", until)

    async def submitted(self, message_id: str, holder: str, next_look: datetime) -> Status | None:
        """All jobs of a claimed message are on their way; the sweep looks at it from `next_look` on."""
        return await self._hold(message_id, holder, "submitted", next_look)

    async def put_back(self, message_id: str, holder: str, at: datetime) -> Status | None:
        """Give up a claimed message, so that a scheduler takes it from `at` on."""
        return await self._hold(message_id, holder, "put back", at)

    async def unfinished(self, now: datetime, next_look: datetime, limit: int) -> list[StoredEnvelope]:
        """Messages being sent, or cancelled with something pending, that are due for a look."""
        return await self._looked_at("sending", now, next_look, limit)

    async def settling(self, now: datetime, next_look: datetime, limit: int) -> list[StoredEnvelope]:
        """Messages that were finished a while ago and are due for their last look."""
        return await self._looked_at("settling", now, next_look, limit)

    async def due_times(self, until: datetime, limit: int) -> Sequence[int]:
        """Push times up to `until` of at most `limit` scheduled messages, in ms, earliest first."""
        async with reaching():
            rows = await self._redis.zrangebyscore(
                f"{QUEUE}:schedule", "-inf", to_ms(until), start=0, num=limit, withscores=True
            )
        return [int(score) for _, score in cast("list[tuple[bytes, float]]", rows)]

    async def depth(self) -> Mapping[str, int]:
        """How many messages are scheduled, dispatching and sending, and how many jobs wait to be tried again."""
        names = ("schedule", "dispatching", "sending", "retries")
        async with reaching(), self._redis.pipeline(transaction=False) as pipe:
            for name in names:
                pipe.zcard(f"{QUEUE}:{name}")
            counts = cast("list[int]", await pipe.execute())
        return dict(zip(("scheduled", "dispatching", "sending", "retries"), counts, strict=True))

    async def depth_of(self, app: str) -> Mapping[str, int]:
        """How many messages of one app are scheduled, dispatching and sending."""
        names = (Status.SCHEDULED, Status.DISPATCHING, Status.SENDING)
        async with reaching(), self._redis.pipeline(transaction=False) as pipe:
            for status in names:
                pipe.zcard(f"{QUEUE}:messages:{app}:{status}")
            counts = cast("list[int]", await pipe.execute())
        return dict(zip((status.value for status in names), counts, strict=True))

    async def oldest_due(self) -> datetime | None:
        """When the oldest message that is due, and that no scheduler took yet, became due; None when there is none."""
        async with reaching():
            rows = await self._redis.zrange(f"{QUEUE}:schedule", 0, 0, withscores=True)
        at = from_ms(int(rows[0][1])) if rows else None
        return at if at and at <= self._clock.now() else None

    async def trim(self, now: datetime, limit: int = 100) -> int:
        """Forget the index entries of messages past their retention, `limit` at a time; returns how many."""
        total = 0
        while True:
            gone = cast("int", await self._run("trim", to_ms(now), limit))
            total += gone
            if gone < limit:
                return total

    async def _read(self, app: str, message_id: str, field: str = "body") -> tuple[bytes, Status]:
        async with reaching(Changes.NOTHING):
            raw = await self._redis.hmget(f"{QUEUE}:message:{message_id}", ["app", field, "status"])
        owner, body, status = cast("list[bytes | None]", raw)
        if owner is None or body is None or status is None or owner.decode() != app:
            raise NotFound(f"there is no message {message_id}")
        return body, Status(status.decode())

    async def _looked_at(
        self, kind: str, now: datetime, next_look: datetime, limit: int
    ) -> list[StoredEnvelope]:
        flat = cast("list[bytes]", await self._run("unfinished", to_ms(now), to_ms(next_look), limit, kind))
        rows = zip(map(_readable, flat[1::2]), flat[::2], strict=True)
        return [StoredEnvelope(envelope, Status(status.decode())) for envelope, status in rows if envelope]

    async def _hold(self, message_id: str, holder: str, verb: str, at: datetime) -> Status | None:
        answer = cast("bytes | None", await self._run("hold", message_id, holder, verb, to_ms(at)))
        return Status(answer.decode()) if answer else None

    async def _run(self, name: str, *args: bytes | str | int) -> object:
        return await script("pushgate.messages", name)(self._redis, [QUEUE], args)


def _readable(raw: bytes) -> Envelope | None:
    """The envelope, or None for what this version cannot read: it must not stop the others."""
    try:
        return decode_envelope(raw)
    except ValueError as error:
        _log.error("message passed over", action="message_unreadable", error=type(error).__name__)
        return None
