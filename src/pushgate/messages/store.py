"""The store of messages as callers see them: put, read and cancel.

Domain messages in, stored messages out. Knows nothing of terminals, vendors or jobs.
"""

from collections.abc import Sequence
from typing import cast

from msgspec.structs import replace
from redis.asyncio import Redis

from pushgate.audiences.naming import saved_names
from pushgate.audit.creations import creation_entry
from pushgate.audit.entry import Author
from pushgate.audit.entry import encode as encode_entry
from pushgate.domain.audience import Audience, Everyone
from pushgate.domain.clock import to_ms
from pushgate.domain.errors import Conflict, NotFound, TooManyWaiting
from pushgate.domain.escalation import first_due_at
from pushgate.domain.message import Envelope, Message, Options
from pushgate.messages.codec import decode, decode_envelope, encode, split
from pushgate.messages.idempotency import IdempotencyRecords, RequestKey, creation, parse_creation
from pushgate.messages.retention import Retention
from pushgate.messages.stored import (
    StoredEnvelope,
    StoredMessage,
    message_key,
    read_field,
    read_fields,
    readable,
    run,
)
from pushgate.redis.client import Changes, reaching
from pushgate.redis.hash_tags import QUEUE
from pushgate.redis.replication import confirmed
from pushgate.redis.scripts import Value


def too_many_waiting(max_waiting: int) -> TooManyWaiting:
    """The error if `max_waiting` messages of an app wait already."""
    return TooManyWaiting(
        f"{max_waiting} messages of this app are scheduled or being sent; send this one again later"
    )


def deleted_meanwhile(name: bytes) -> Conflict:
    """The error if a message names a saved audience that was deleted during the request."""
    return Conflict(f"the saved audience {name.decode()} was deleted during the request; nothing was stored")


def escalates_ms(message: Message) -> int | str:
    """The instant of the message's first step, in ms since the epoch; empty where it has none."""
    at = first_due_at(message.escalate, message.push_at, message.options.spread)
    return to_ms(at) if at else ""


class MessageStore:
    """The messages of all apps. All calls raise EngineUnavailable."""

    def __init__(self, redis: Redis, retention: Retention) -> None:
        self._redis = redis
        self._records = IdempotencyRecords(redis)
        self._retention = retention

    async def put(
        self,
        message: Message,
        max_waiting: int = 0,
        *,
        audience: Audience | None = None,
        names_are_known: bool = False,
        author: Author | None = None,
    ) -> Message:
        """Store and schedule a message. It is durable once this returns. Idempotent by its id.

        `audience` is the full audience of which the message carries a summary; unset = everyone.
        `author` is the author for the audit log, None for no entry. Raises TooManyWaiting when
        `max_waiting` messages of the app (0 = any number) are scheduled or being sent, and Conflict
        where a saved audience that the message names was deleted, unless `names_are_known`.
        """
        audience = audience or Everyone()
        kind, pieces = split(audience)
        if kind is not message.audience.kind:
            raise ValueError(f"the message is to {message.audience.kind}, and this audience lists {kind}")
        args: list[Value] = [
            message.id,
            message.app,
            encode(message),
            to_ms(message.push_at),
            to_ms(self._retention.keep_until(message)),
            to_ms(self._retention.content_until(message)),
            max_waiting,
            encode(message.envelope),
            "" if names_are_known else " ".join(saved_names(audience)),
            encode_entry(creation_entry(message.id, author)) if author else b"",
            escalates_ms(message),
        ]
        # Confirmed also where the message was stored before: its first answer may have been lost.
        async with confirmed(self._redis, QUEUE):
            stored = await run(self._redis, "put", *args, *pieces)
        if not stored:
            raise too_many_waiting(max_waiting)
        if isinstance(stored, bytes):
            raise deleted_meanwhile(stored)
        return message

    async def put_once(
        self,
        message: Message,
        key: RequestKey,
        answer: bytes,
        max_waiting: int = 0,
        audience: Audience | None = None,
        author: Author | None = None,
    ) -> tuple[str, bytes]:
        """Store and schedule a message unless the idempotency key was used before.

        Returns the message's id and the answer of the request that used the key first. Raises
        IdempotencyKeyReused where that was another request, and TooManyWaiting and Conflict as
        `put` does.
        """
        # The record and the message may be on two nodes. The record comes first: after a crash
        # between the two, the next request with the key stores the message under the same id.
        record = creation(message.id, answer)
        async with confirmed(self._redis, key.hash_tag):
            message_id, first_answer = parse_creation(await self._records.remember(key, record))
        is_first = message_id == message.id
        if is_first or not await self._is_kept(message_id):
            try:
                await self.put(replace(message, id=message_id), max_waiting, audience=audience, author=author)
            except (TooManyWaiting, Conflict):
                await self._records.withdraw(key, record)
                if not is_first or not await self.exists(message_id):
                    raise
                # An equal request has stored the message at the same time, and may have found no
                # record.
                is_first = False
            if not is_first:
                await self._records.remember(key, creation(message_id, first_answer))
        return message_id, first_answer

    async def _is_kept(self, message_id: str) -> bool:
        """Whether the message of an earlier request still exists: it may be lost if no replica had
        it.
        """
        async with confirmed(self._redis, QUEUE):
            return await self.exists(message_id)

    async def exists(self, message_id: str) -> bool:
        """Whether there is a message with this id, of any app."""
        async with reaching(Changes.NOTHING):
            return bool(await self._redis.exists(message_key(message_id)))

    async def find(self, app: str, message_id: str) -> tuple[StoredEnvelope, Message | None]:
        """The app's message without its content, and with it; None where the content was dropped.

        Raises NotFound.
        """
        fields, status = await read_fields(self._redis, app, message_id, "envelope", "body")
        envelope, body = fields
        if envelope is None:
            raise NotFound(f"there is no message {message_id}")
        return StoredEnvelope(decode_envelope(envelope), status), decode(body) if body else None

    async def read(self, app: str, message_id: str) -> StoredMessage:
        """The app's message. Raises NotFound."""
        body, status = await read_field(self._redis, app, message_id, "body")
        return StoredMessage(decode(body), status)

    async def options(self, app: str, message_id: str) -> Options | None:
        """The options of the app's message, None where they were dropped with the content, or the
        message was forgotten.
        """
        try:
            return (await self.read(app, message_id)).message.options
        except NotFound:
            return None

    async def read_envelope(self, app: str, message_id: str) -> StoredEnvelope:
        """The app's message without its content. Raises NotFound."""
        raw, status = await read_field(self._redis, app, message_id, "envelope")
        return StoredEnvelope(decode_envelope(raw), status)

    async def envelopes(self, app: str, message_ids: Sequence[str]) -> dict[str, Envelope]:
        """The app's messages without their contents, by id; forgotten ones are left out."""
        async with reaching(Changes.NOTHING), self._redis.pipeline(transaction=False) as pipe:
            for message_id in message_ids:
                pipe.hmget(message_key(message_id), ["app", "envelope"])
            rows = cast("list[list[bytes | None]]", await pipe.execute())
        return {
            message_id: envelope
            for message_id, (owner, raw) in zip(message_ids, rows, strict=True)
            if owner == app.encode() and raw and (envelope := readable(raw))
        }

    async def cancel(self, app: str, message_id: str) -> StoredMessage:
        """Stop a message, before or during sending, with its steps. The caller ends its pending
        terminals. Idempotent.

        Raises NotFound, and Conflict where the message was already sent and no step was left.
        """
        async with confirmed(self._redis, QUEUE):
            answer = cast(
                "tuple[bytes, bytes, int] | None", await run(self._redis, "cancel", message_id, app)
            )
        if answer is None:
            raise NotFound(f"there is no message {message_id}")
        _, status, steps_cancelled = answer
        if status == b"sent" and not steps_cancelled:
            raise Conflict("the message was already sent")
        return await self.read(app, message_id)
