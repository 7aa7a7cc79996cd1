"""The API keys in the memory of one process, kept current. In: the id of a key. Out: the key.

A process reads all keys once, and after that what changed. A key that is revoked is refused within
`MAX_AGE` in every process, because no process trusts its table for longer without word from Redis.
A key that the table lacks is asked for in Redis, so that a new key works at once.
"""

import asyncio
import math
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import aclosing
from datetime import timedelta

from pushgate.apps.api_key import ApiKey
from pushgate.apps.key_store import KeyStore, changed_key
from pushgate.redis.client import within
from pushgate.runtime.coalescer import Coalescer
from pushgate.runtime.lru_cache import LRUCache

MAX_AGE = timedelta(seconds=1)
"""How long the table is trusted after Redis was asked for changes."""
REFRESH_AGE = timedelta(milliseconds=500)
"""The age at which the next request has the table refreshed, without waiting for the refresh."""
MAX_KEYS = 50_000
"""Keys in memory, about 550 bytes each. Of more, those used last stay, and the others are read when
they are used.
"""
_MAX_LOOKUPS = 256
_ENGINE_TIMEOUT = timedelta(seconds=5)
_LOOKUP_PAUSE = timedelta(milliseconds=5)
"""The shortest time between two questions to Redis. Callers who guess keys share the questions, so
that their number does not add to the work of Redis.
"""
_ANY = ""
"""The id of no key, for a look-up that only refreshes."""


async def _pause() -> None:
    """Wait between two questions to Redis, so that callers who guess keys cannot make more."""
    await asyncio.sleep(_LOOKUP_PAUSE.total_seconds())


class KeyTable:
    """The keys of a store. `monotonic` gives seconds that never go back."""

    def __init__(
        self,
        store: KeyStore,
        *,
        max_keys: int = MAX_KEYS,
        monotonic: Callable[[], float] = time.monotonic,
        pause: Callable[[], Awaitable[object]] = _pause,
    ) -> None:
        self._store = store
        self._max_keys = max_keys
        self._monotonic = monotonic
        self._lookups: Coalescer[str, ApiKey | None] = Coalescer(self._look_up, _MAX_LOOKUPS, pause)
        self._keys: LRUCache[str, ApiKey] = LRUCache(max_keys)
        self._is_complete = False
        self._last_change: bytes | None = None
        self._confirmed_at = -math.inf
        self._refresh_at = -math.inf

    async def find(self, key_id: str) -> ApiKey | None:
        """The key with this id, None if there is none. Asks Redis only where the table does not
        know.

        Raises EngineUnavailable.
        """
        now = self._monotonic()
        if now - self._confirmed_at < MAX_AGE.total_seconds():
            if now >= self._refresh_at:
                self._refresh_at = now + REFRESH_AGE.total_seconds()
                self._lookups.prefetch(_ANY)
            key = self._keys.get(key_id)
            if key is not None:
                return key
        return await self._lookups.get(key_id)

    async def find_anew(self, key_id: str) -> ApiKey | None:
        """The key with this id as Redis has it now. Raises EngineUnavailable."""
        return await self._lookups.get(key_id)

    async def refresh(self) -> None:
        """Bring the table up to date with Redis. Raises EngineUnavailable."""
        await self._lookups.get(_ANY)

    async def close(self) -> None:
        """Stop the look-ups that run."""
        await self._lookups.close()

    @property
    def is_loaded(self) -> bool:
        """Whether the table was ever read."""
        return self._confirmed_at > -math.inf

    async def _look_up(self, key_ids: Sequence[str]) -> list[ApiKey | None]:
        await self._refresh()
        found = {key_id: self._keys.get(key_id) for key_id in key_ids if key_id != _ANY}
        unknown = [key_id for key_id, key in found.items() if key is None]
        if unknown and not self._is_complete:
            for key_id, key in zip(unknown, await self._store.read(unknown), strict=True):
                found[key_id] = key
                self._note(key_id, key)
        return [found.get(key_id) for key_id in key_ids]

    async def _refresh(self) -> None:
        """Apply the changes since the last refresh. Only one refresh runs at a time."""
        began_at = self._monotonic()
        async with within(_ENGINE_TIMEOUT):
            last_change = await self._store.last_change()
        if not self.is_loaded:
            await self._load(last_change)
        elif last_change != self._last_change:
            await self._apply_changes(last_change)
        # What Redis said is true for the instant before the question.
        self._confirmed_at = began_at
        self._refresh_at = began_at + REFRESH_AGE.total_seconds()

    async def _apply_changes(self, last_change: bytes | None) -> None:
        known = self._last_change
        changes = await self._store.changes_after(known) if known else None
        if not changes:  # changes were missed, or the store lost its data
            await self._load(last_change)
            return
        key_ids = list(dict.fromkeys(changed_key(change) for change in changes))
        for key_id, key in zip(key_ids, await self._store.read(key_ids), strict=True):
            self._note(key_id, key)
        self._last_change = changes[-1]

    async def _load(self, last_change: bytes | None) -> None:
        """Read all keys, as far as there is room. Changes meanwhile come after `last_change`."""
        loaded: LRUCache[str, ApiKey] = LRUCache(self._max_keys)
        async with aclosing(self._store.scan()) as portions:
            async for some in portions:
                for key in some:
                    loaded.put(key.id, key)
                if len(loaded) >= self._max_keys:
                    break
        self._keys, self._last_change = loaded, last_change
        self._is_complete = len(loaded) < self._max_keys

    def _note(self, key_id: str, key: ApiKey | None) -> None:
        """Take in what Redis has under this id."""
        if key is None:
            self._keys.discard(key_id)
            return
        self._keys.put(key_id, key)
        if len(self._keys) >= self._max_keys:
            self._is_complete = False
