"""Erases the names of a person from large messages, saved audiences and records of requests."""

import re
from collections.abc import Awaitable, Callable, Collection
from dataclasses import replace
from typing import cast

import msgspec
from msgspec import structs
from redis.asyncio import Redis

from pushgate.audiences import json_form
from pushgate.audiences.mentions import Substitution
from pushgate.domain.audience import AudienceSummary
from pushgate.domain.message import Content, Message
from pushgate.domain.message_id import ID_LENGTH
from pushgate.messages.audiences import MessageAudiences
from pushgate.messages.codec import decode, encode, piece, split
from pushgate.messages.idempotency import DIGEST_SIZE
from pushgate.messages.saved_audiences import rules_key
from pushgate.messages.stored import message_key, run
from pushgate.redis.client import Changes, reaching
from pushgate.redis.scanning import Place, scan_from
from pushgate.redis.scripts import script

_ATTEMPTS = 20
_RECORDS_AT_ONCE = 1000
_NO_CONTENT = Content("", "")
_ids_in = re.compile(rb"[0-9a-f]{%d}" % ID_LENGTH).findall


class MessageErasure:
    """Erases names from stored messages, saved audiences and records.

    All calls may be repeated, and raise EngineUnavailable.
    """

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._audiences = MessageAudiences(redis)

    async def erase_saved(self, app: str, substitution: Substitution) -> int:
        """Erase names from the saved audiences of an app; returns how many listed one."""
        key = rules_key(app)
        async with reaching(Changes.NOTHING):
            names = await cast("Awaitable[list[bytes]]", self._redis.hkeys(key))
        erased = 0
        for name in names:
            for _ in range(_ATTEMPTS):
                async with reaching(Changes.NOTHING):
                    raw = await cast("Awaitable[bytes | None]", self._redis.hget(key, name.decode()))
                if raw is None:
                    break
                before = json_form.decode(raw)
                after = substitution.replaced(before)
                if after in (None, before):
                    break
                assert after is not None
                if await run(self._redis, "replace_rule", app, name, raw, json_form.encode(after)):
                    erased += 1
                    break
        return erased

    async def erase_audience(
        self, message_id: str, summary: AudienceSummary, substitution: Substitution
    ) -> tuple[bool, bool]:
        """Erase names from the audience of a message; returns whether any was still there, and
        whether it lists nobody else.
        """
        changed, is_all, index = False, True, 0
        async for raw in self._audiences.read_raw(message_id):
            audience = piece(summary.kind, raw)
            is_all = is_all and substitution.is_all(audience)
            after = substitution.replaced(audience)
            if after is not None and after != audience:
                (stored,) = split(after)[1]
                await run(self._redis, "replace_piece", message_id, index, raw, stored)
                changed = True
            index += 1
        return changed, index > 0 and is_all

    async def erase_values(self, message_id: str, users: Collection[str]) -> bool:
        """Erase the values that a personal message brings for these users; returns whether it
        brought any.
        """

        return await self._replace_body(message_id, lambda message: without_values(message, users))

    async def drop_content(self, message_id: str) -> bool:
        """Empty the content of a message; returns whether it had one."""
        return await self._replace_body(message_id, without_content)

    async def _replace_body(self, message_id: str, change: Callable[[Message], Message]) -> bool:
        """Replace the body of a message; returns whether that changed anything."""
        for _ in range(_ATTEMPTS):
            async with reaching(Changes.NOTHING):
                raw = await cast("Awaitable[bytes | None]", self._redis.hget(message_key(message_id), "body"))
            if raw is None:
                return False
            message = decode(raw)
            changed = change(message)
            if changed == message:
                return False
            if await run(self._redis, "replace_body", message_id, raw, encode(changed)):
                return True
        return False

    async def erase_records(self, app: str, place: Place, message_ids: Collection[str]) -> tuple[Place, int]:
        """Erase answers of requests about these messages, among some keys from a place on (empty to
        begin). Only such answers name anybody.

        Returns the next place, empty at the end, and how many answers were erased.
        """
        place, keys = await scan_from(self._redis, place, f"{{{app}:*}}:i:*", _RECORDS_AT_ONCE)
        async with reaching(Changes.NOTHING), self._redis.pipeline(transaction=False) as pipe:
            for key in keys:
                pipe.get(key)
            records = cast("list[bytes | None]", await pipe.execute())
        wanted = frozenset(one.encode() for one in message_ids)
        erased = 0
        for key, record in zip(keys, records, strict=True):
            if record and not wanted.isdisjoint(_find_ids(record)):
                args = [record, _without_answer(record)]
                if args[0] != args[1]:
                    call = script("pushgate.messages", "replace_record")
                    erased += cast("int", await call(self._redis, [key.decode()], args))
        return place, erased


def without_values(message: Message, users: Collection[str]) -> Message:
    """The message without the values that it brings for these users."""
    personal = message.personal
    if personal is None or personal.user_values.keys().isdisjoint(users):
        return message
    kept = {user: own for user, own in personal.user_values.items() if user not in users}
    return structs.replace(message, personal=replace(personal, user_values=kept))


def without_content(message: Message) -> Message:
    """The message with empty content in each of its languages, and without vendors' options, which
    may hold content.
    """
    content = dict.fromkeys(message.content, _NO_CONTENT)
    return structs.replace(
        message,
        content=content,
        variants=(content,) * len(message.variants),
        personal=None,
        options=replace(message.options, vendors={}, collapse_key=None),
    )


def _without_answer(record: bytes) -> bytes:
    """The record with an answer that has only the message's id, or nothing."""
    head, answer = record[:DIGEST_SIZE], record[DIGEST_SIZE:]
    message_id = answer[:ID_LENGTH]
    if _is_id(message_id) and answer[ID_LENGTH : ID_LENGTH + 1] in (b"", b"[", b"{"):
        if answer[ID_LENGTH : ID_LENGTH + 1] == b"{":
            return head + message_id + msgspec.json.encode({"id": message_id.decode()})
        return head + message_id
    return head + b"{}"


def _find_ids(record: bytes) -> list[bytes]:
    """The texts in a record's answer that look like ids of messages."""
    return _ids_in(record, DIGEST_SIZE)


def _is_id(text: bytes) -> bool:
    return len(text) == ID_LENGTH and not text.strip(b"0123456789abcdef")
