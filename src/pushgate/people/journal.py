"""The journal of erasures: what is to be erased, and how far each erasure is, so that one that a
crash interrupts is completed.

Below the hash tag of the queue:
  :erasures             hash: id of the erasure -> how far it is
  :erasure:<id>         string: the names that it erases; gone before the erasure ends
"""

import secrets
from collections.abc import Awaitable, Iterable
from datetime import datetime
from typing import cast

import msgspec
from redis.asyncio import Redis

from pushgate.audiences.mentions import Names, Substitution
from pushgate.domain.clock import to_ms
from pushgate.domain.erased import substitute
from pushgate.redis.client import Changes, reaching
from pushgate.redis.hash_tags import QUEUE

_KEY = f"{QUEUE}:erasures"
_SECRET_BYTES = 32


class ErasedNames(msgspec.Struct, kw_only=True):
    """What an erasure erases: a user, the push tokens of the user's terminals by id, the terms that
    they have alone, and the secret from which substitutes are made. It is known here alone, so that
    nobody can tell later which name a substitute stands for.
    """

    user: str
    tokens: dict[str, str]
    terms: list[str]
    secret: bytes

    def substitution(self) -> Substitution:
        """The names with their substitutes; substitutes count as names that stay, so that what was
        replaced before a crash is recognized.
        """
        every = {self.user, *self.tokens, *self.tokens.values()}
        replaced = {name: substitute(self.secret, name) for name in every}

        def both(names: Iterable[str]) -> frozenset[str]:
            return frozenset(one for name in names for one in (name, replaced[name]))

        names = Names(
            terminals=both(self.tokens), users=both((self.user,)), tokens=both(self.tokens.values())
        )
        return Substitution(names, {**replaced, **{one: one for one in replaced.values()}})


class Erasure(msgspec.Struct, kw_only=True):
    """How far an erasure is: its step, the place in the step, and what was erased by then.

    `dropped` are ids of messages whose content was dropped, `log_writer` names the server that
    writes its log anew.
    """

    id: str
    app: str
    user: str
    step: int = 0
    place: list[int] = []
    after: str = ""
    counts: dict[str, int] = {}
    dropped: list[str] = []
    noted_ms: int = 0
    log_writer: str = ""

    def count(self, name: str, number: int) -> None:
        """Add to what was erased."""
        self.counts[name] = self.counts.get(name, 0) + number


_encode = msgspec.msgpack.encode
_decode_erasure = msgspec.msgpack.Decoder(Erasure).decode
_decode_names = msgspec.msgpack.Decoder(ErasedNames).decode


class ErasureJournal:
    """The erasures that have begun, of all apps. All calls raise EngineUnavailable."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    async def all(self) -> list[Erasure]:
        """All erasures that have not ended."""
        async with reaching(Changes.NOTHING):
            rows = await cast("Awaitable[list[bytes]]", self._redis.hvals(_KEY))
        return [_decode_erasure(row) for row in rows]

    async def begin(
        self, app: str, user: str, tokens: dict[str, str], terms: list[str], now: datetime
    ) -> Erasure:
        """Note what is to be erased, before anything is."""
        names = ErasedNames(user=user, tokens=tokens, terms=terms, secret=secrets.token_bytes(_SECRET_BYTES))
        erasure = Erasure(id=secrets.token_hex(8), app=app, user=user)
        erasure.noted_ms = to_ms(now)
        async with reaching(Changes.AT_ONCE), self._redis.pipeline(transaction=True) as pipe:
            pipe.set(_names_key(erasure.id), _encode(names))
            pipe.hset(_KEY, erasure.id, _encode(erasure))
            await pipe.execute()
        return erasure

    async def names(self, erasure: Erasure) -> ErasedNames | None:
        """What an erasure erases; None for one that another process has ended."""
        async with reaching(Changes.NOTHING):
            raw = cast("bytes | None", await self._redis.get(_names_key(erasure.id)))
        return _decode_names(raw) if raw else None

    async def note(self, erasure: Erasure, now: datetime) -> None:
        """Note how far an erasure is."""
        erasure.noted_ms = to_ms(now)
        async with reaching(Changes.AT_ONCE):
            await self._redis.hset(_KEY, erasure.id, _encode(erasure))

    async def forget_names(self, erasure: Erasure) -> None:
        """Forget what an erasure erased; what is noted from now on names nobody."""
        async with reaching(Changes.AT_ONCE):
            await self._redis.delete(_names_key(erasure.id))

    async def end(self, erasure: Erasure) -> None:
        """Forget an erasure that is complete."""
        await self.forget_names(erasure)
        async with reaching(Changes.AT_ONCE):
            await self._redis.hdel(_KEY, erasure.id)


def _names_key(erasure_id: str) -> str:
    return f"{QUEUE}:erasure:{erasure_id}"
