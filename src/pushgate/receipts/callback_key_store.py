"""The callback keys as one process knows them: read from Redis or the configuration, and followed.

`{q}:callback-key` has the ring (`callback_keys`), sealed where there is a master key.
"""

import asyncio
import secrets
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import cast

import msgspec
from redis.asyncio import Redis

from pushgate.domain.clock import Clock
from pushgate.domain.errors import (
    ConfigurationError,
    Conflict,
    EngineUnavailable,
    FieldError,
    SealedElsewhere,
)
from pushgate.receipts.callback_keys import DEFAULT_OVERLAP, MAX_KEYS, CallbackRing, decode, encode
from pushgate.receipts.callback_token import CallbackTokens
from pushgate.redis.client import Changes, reaching
from pushgate.redis.key_space import CALLBACK_KEYS
from pushgate.redis.replacing import replace_value
from pushgate.runtime import logs
from pushgate.sealing.master_keys import KEY_BYTES
from pushgate.sealing.sealer import Sealer
from pushgate.sealing.stored_secret import StoredSecret

FOLLOW_EVERY = timedelta(seconds=1)
"""How often the keys are read: a process knows a new key before it signs (`SIGNS_AFTER`)."""
CONTEXT = "callback-keys"
"""What the ring is sealed for."""
_ATTEMPTS = 20
_log = logs.get("receipts")


class CallbackKeys:
    """The callback keys, and the tokens that they sign.

    If the configuration has keys, the first of them signs. Earlier keys in Redis verify until their
    end.
    """

    def __init__(self, redis: Redis, sealer: Sealer, clock: Clock, configured: Sequence[bytes] = ()) -> None:
        self._redis = redis
        self._sealer = sealer
        self._clock = clock
        self._configured = CallbackRing.of(configured)
        self._stored_ring = CallbackRing()
        self._unreadable = b""
        self.tokens = CallbackTokens(*configured)
        self.stored = b""

    @property
    def is_configured(self) -> bool:
        """Whether the configuration has the keys."""
        return bool(self._configured.keys)

    @property
    def ring(self) -> CallbackRing:
        """All keys, those of the configuration first."""
        own = {found.key for found in self._configured.keys}
        kept = (found for found in self._stored_ring.keys if found.key not in own)
        return CallbackRing((*self._configured.keys, *kept))

    def receipt_path(self, vendor: str, app: str) -> str:
        """The path at which an app's vendor reports receipts, for consoles. It contains a secret.

        It is made with the newest key, whose addresses stay valid longest.
        """
        return CallbackTokens(self.ring.keys[0].key).path(vendor, app)

    async def load(self) -> None:
        """Read the keys; a store without any gets one. They are sealed if they were not.

        Raises ConfigurationError where they do not open, EngineUnavailable.
        """
        try:
            await self._change(self._completed)
        except SealedElsewhere as error:
            raise ConfigurationError([FieldError("secrets.key_file", _remedy(error))]) from error

    async def configure(self, keys: Sequence[bytes]) -> None:
        """Replace the keys of the configuration by these.

        Raises as `load` does; the new keys are in use all the same.
        """
        self._configured = CallbackRing.of(keys)
        self._use(self._stored_ring, self.stored)
        await self.load()

    async def look(self) -> None:
        """Open the keys without changing them.

        Raises ConfigurationError where they do not open, EngineUnavailable.
        """
        stored = await self._read()
        try:
            self._use(self._open(stored) if stored else CallbackRing(), stored or b"")
        except SealedElsewhere as error:
            raise ConfigurationError([FieldError("secrets.key_file", _remedy(error))]) from error

    async def follow(self) -> None:
        """Follow the keys until cancelled."""
        while True:
            await asyncio.sleep(FOLLOW_EVERY.total_seconds())
            try:
                await self.refresh()
            except EngineUnavailable as error:
                _log.debug("callback keys are not followed", action="keys_not_followed", error=str(error))

    async def refresh(self) -> None:
        """Use the keys as they are stored now. Raises EngineUnavailable."""
        stored = await self._read()
        if stored == self.stored or not stored:
            self._use(self._stored_ring, self.stored)
            return
        try:
            self._use(self._open(stored), stored)
        except SealedElsewhere as error:
            # The keys that are known stay in use: receipts go on.
            if stored != self._unreadable:
                self._unreadable = stored
                _log.error(
                    "callback keys cannot be opened",
                    action="callback_keys_sealed_elsewhere",
                    error=_remedy(error),
                )

    async def rotate(self, overlap: timedelta) -> CallbackRing:
        """Make a new key, which signs once every process knows it; the others end after the
        overlap.

        Raises Conflict where the configuration has the keys, or there are too many;
        SealedElsewhere, EngineUnavailable.
        """
        if self.is_configured:
            raise Conflict(
                "the callback keys are in the configuration: add a new one as the first line of "
                "secrets.callback_key_file, and take the old one out when its overlap ends"
            )
        new = secrets.token_bytes(KEY_BYTES)
        await self._change(lambda ring, now: ring.rotated(new, now, overlap))
        return self.ring

    def _completed(self, ring: CallbackRing, now: datetime) -> CallbackRing:
        """The ring as it is to be stored at the start of a process."""
        kept = ring.without_ended(now)
        if self.is_configured:
            # Keys from before the configuration had any: what they signed is still on its way.
            return kept.ending(now, DEFAULT_OVERLAP) if kept.is_open else kept
        if kept.is_open:
            return kept
        newest = CallbackRing(kept.keys[: MAX_KEYS - 1])
        return newest.rotated(secrets.token_bytes(KEY_BYTES), now, DEFAULT_OVERLAP)

    async def _change(self, change: Callable[[CallbackRing, datetime], CallbackRing]) -> None:
        for _ in range(_ATTEMPTS):
            stored = await self._read()
            known = self._open(stored) if stored else CallbackRing()
            wanted = change(known, self._clock.now())
            if stored and wanted == known and len(stored) != KEY_BYTES and self._sealer.is_current(stored):
                self._use(known, stored)
                return
            new = self._sealer.seal_if_possible(encode(wanted), CONTEXT)
            if await self._write(stored, new):
                self._use(wanted, new)
                return
        raise Conflict("the callback keys are changed all the time; try again")

    def _use(self, ring: CallbackRing, stored: bytes) -> None:
        self._stored_ring, self.stored = ring, stored
        keys = self.ring.ordered(self._clock.now())
        if keys:
            self.tokens.use(*keys)

    def _open(self, stored: bytes) -> CallbackRing:
        """Raises SealedElsewhere."""
        if len(stored) == KEY_BYTES:  # a single key in plain form, which may begin like a sealed value
            return decode(stored)
        try:
            return decode(self._sealer.open_or_clear(stored, CONTEXT))
        except msgspec.DecodeError:  # its text may quote the value
            raise SealedElsewhere(f"the value of {CALLBACK_KEYS} is no ring of callback keys") from None

    async def _read(self) -> bytes | None:
        async with reaching(Changes.NOTHING):
            return cast("bytes | None", await self._redis.get(CALLBACK_KEYS))

    async def _write(self, known: bytes | None, new: bytes) -> bool:
        if known is not None:
            return await replace_value(self._redis, CALLBACK_KEYS, known, new)
        async with reaching(Changes.AT_ONCE):
            return bool(await self._redis.set(CALLBACK_KEYS, new, nx=True))


async def stored_callback_keys(redis: Redis) -> AsyncIterator[StoredSecret]:
    """The stored ring. A single key in plain form is left out, because opening the store
    seals it.
    """
    async with reaching(Changes.NOTHING):
        stored = cast("bytes | None", await redis.get(CALLBACK_KEYS))
    if stored and len(stored) != KEY_BYTES:
        yield StoredSecret(CONTEXT, stored, partial(replace_value, redis, CALLBACK_KEYS, stored))


def _remedy(error: SealedElsewhere) -> str:
    return (
        f"{error}. Where that key is lost for good, delete {CALLBACK_KEYS} in Redis: new keys are made, "
        "receipts of earlier pushes are refused, and vendors' consoles need the new addresses"
    )
