"""When API keys were last used, to within `NOTE_INTERVAL`. Written in the background, together for
all keys that a process served.
"""

import asyncio
from contextlib import suppress
from contextvars import Context
from datetime import datetime, timedelta
from typing import cast

from redis.asyncio import Redis

from pushgate.domain.clock import Clock, from_ms, to_ms
from pushgate.domain.errors import EngineUnavailable
from pushgate.redis.client import Changes, reaching, within
from pushgate.redis.hash_tags import QUEUE
from pushgate.redis.scripts import portions, script
from pushgate.runtime.tasks import cancel_and_wait

NOTE_INTERVAL = timedelta(seconds=10)
_USES = f"{QUEUE}:key-uses"
_MAX_NOTES = 256
_ENGINE_TIMEOUT = timedelta(seconds=5)


class KeyUses:
    """The last uses of keys. Of a process that is killed, those of the last interval are lost."""

    def __init__(self, redis: Redis, clock: Clock, *, interval: timedelta = NOTE_INTERVAL) -> None:
        self._redis = redis
        self._clock = clock
        self._interval = interval
        self._used: set[str] = set()
        self._task: asyncio.Task[None] | None = None

    def note(self, key_id: str) -> None:
        """Note that a key is used now."""
        self._used.add(key_id)
        if self._task is None:
            # The note belongs to no request.
            self._task = asyncio.get_running_loop().create_task(self._write_later(), context=Context())

    async def read(self, key_ids: list[str]) -> dict[str, datetime]:
        """The last uses of these keys; a key that was never used is left out. Raises
        EngineUnavailable.
        """
        if not key_ids:
            return {}
        async with reaching(Changes.NOTHING):
            raw = cast("list[bytes | None]", await self._redis.hmget(_USES, key_ids))
        return {key_id: from_ms(int(at)) for key_id, at in zip(key_ids, raw, strict=True) if at}

    async def write(self) -> None:
        """Write what was noted. Raises EngineUnavailable."""
        used, self._used = sorted(self._used), set()
        now_ms = to_ms(self._clock.now())
        async with within(_ENGINE_TIMEOUT):
            for some in portions(used, _MAX_NOTES):
                await script("pushgate.apps", "note_key_uses")(self._redis, [QUEUE], [now_ms, *some])

    async def close(self) -> None:
        """Write what was noted, unless Redis is out of reach."""
        if self._task is not None:
            await cancel_and_wait(self._task)
        with suppress(EngineUnavailable):
            await self.write()

    async def _write_later(self) -> None:
        try:
            await asyncio.sleep(self._interval.total_seconds())  # keys used meanwhile go along
        finally:
            self._task = None
        with suppress(EngineUnavailable):
            await self.write()
