"""Each process's own watch: it beats, and notices what happens to the store."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from datetime import datetime

from redis.asyncio import Redis

from pushgate.domain.errors import ConfigurationError, EngineUnavailable
from pushgate.fleet.heartbeats import BEAT_EVERY, Description, Heartbeats
from pushgate.redis.client import within
from pushgate.redis.key_space import Store, open_store, require_version, restore_store
from pushgate.runtime import logs

_log = logs.get("fleet")


class Watch:
    """The heartbeats of this process.

    `adopt` is called with the store's identity after the store lost its data, when this process may have to use
    another callback key and write back what it creates at start. `store` is the identity as known now,
    `unreachable_since` when the store stopped to answer, None while it answers.
    """

    def __init__(
        self,
        redis: Redis,
        store: Store,
        process_id: str,
        description: Description,
        ensure_app: Callable[[Store], Awaitable[None]],
    ) -> None:
        self._redis = redis
        self._heartbeats = Heartbeats(redis)
        self._process_id = process_id
        self._adopt = ensure_app
        self._seen_at = description.started_at
        self._one_at_a_time = (
            asyncio.Lock()
        )  # a probe's beat and that of `run` must not both recover the store
        self.description = description
        self.store = store
        self.unreachable_since: datetime | None = None

    async def run(self) -> None:
        """Beat until cancelled. Raises ConfigurationError when this process must not go on with its store."""
        try:
            while True:
                await self.beat()
                await asyncio.sleep(BEAT_EVERY.total_seconds())
        finally:
            with contextlib.suppress(EngineUnavailable, TimeoutError):
                async with asyncio.timeout(1):
                    await self._heartbeats.leave(self._process_id)

    async def beat(self) -> None:
        """Beat once. Raises ConfigurationError when this process must not go on with its store."""
        try:
            async with self._one_at_a_time, within(BEAT_EVERY):
                await self._beat()
        except EngineUnavailable as error:
            if self.unreachable_since is None:
                self.unreachable_since = self._seen_at
                _log.error("Redis is out of reach", action="redis_unreachable", error=str(error))
        except ConfigurationError as error:
            _log.error("this process cannot use the store", action="store_refused", error=str(error))
            raise
        else:
            if self.unreachable_since is not None:
                self.unreachable_since = None
                _log.warning("Redis answers again", action="redis_reachable")

    async def _beat(self) -> None:
        beat = await self._heartbeats.beat(self._process_id, self.description)
        if beat.version:
            require_version(beat.version)
        if beat.store_id != self.store.id or beat.lost_at != self.store.lost_at:
            await self._recover(beat.lost_at if beat.store_id else None)
        self._seen_at = beat.at

    async def _recover(self, lost_at: datetime | None) -> None:
        """The store is not as it was: write the identity back, or learn who did so.

        A beat that fails on the way leaves `store` as it was, so that the next beat begins again.
        """
        if lost_at is None:
            await restore_store(self._redis, self.store, self._seen_at)
        found = await open_store(self._redis)
        await self._adopt(found)
        self.store = found
        if found.lost_at is None:
            _log.warning("Redis has its earlier data again", action="store_back")
            return
        _log.error(
            "Redis lost its data: API keys, terminals and messages are gone; create keys again",
            action="store_lost",
            lost_at=found.lost_at.isoformat(),
        )
