"""The heartbeats of a process, by which it also notices that its store was lost or replaced."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime, timedelta

from redis.asyncio import Redis

from pushgate.domain.errors import ConfigurationError, EngineUnavailable
from pushgate.fleet.heartbeats import BEAT_EVERY, Heartbeats, ProcessDescription
from pushgate.redis.client import within
from pushgate.redis.key_space import StoreIdentity, open_store, require_version, restore_store
from pushgate.redis.replication import replication_of
from pushgate.runtime import logs

_MISSING_SHOWN_FOR = timedelta(minutes=1)
"""How long after a write without its confirmation replicas count as missing."""
_log = logs.get("fleet")


class Watch:
    """The heartbeats of this process.

    `store` is the identity of the store as known now. `unreachable_since` is when the store stopped
    answering, None while it answers. `callback_keys` returns the callback keys as they are stored,
    to be restored with the identity. `on_restored` is called with the new identity after the store
    lost its data, or got earlier data back. The process may then have to use other callback keys,
    and must write again the data that it creates at its start.
    """

    def __init__(
        self,
        redis: Redis,
        *,
        store: StoreIdentity,
        process_id: str,
        description: ProcessDescription,
        on_restored: Callable[[StoreIdentity], Awaitable[None]],
        callback_keys: Callable[[], bytes] = bytes,
    ) -> None:
        self._redis = redis
        self._replication = replication_of(redis)
        self._heartbeats = Heartbeats(redis)
        self._process_id = process_id
        self._on_restored = on_restored
        self._callback_keys = callback_keys
        self._seen_at = description.started_at
        # A beat of a probe and one of `run` must not both restore the store.
        self._lock = asyncio.Lock()
        self._hastened = asyncio.Event()
        self.description = description
        self.store = store
        self.unreachable_since: datetime | None = None

    async def run(self) -> None:
        """Beat until cancelled.

        Raises ConfigurationError when this process must not go on with its store.
        """
        try:
            while True:
                self._hastened.clear()
                await self.beat()
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(BEAT_EVERY.total_seconds()):
                        await self._hastened.wait()
        finally:
            with contextlib.suppress(EngineUnavailable, TimeoutError):
                async with asyncio.timeout(1):
                    await self._heartbeats.sign_off(self._process_id)

    def describe(self, description: ProcessDescription) -> None:
        """Report this description from now on; the next beat comes at once."""
        if description != self.description:
            self.description = description
            self._hastened.set()

    async def beat(self) -> None:
        """Beat once. Raises ConfigurationError when this process must not go on with its store."""
        try:
            async with self._lock, within(BEAT_EVERY):
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

    def _note_replicas(self) -> None:
        """Report whether too few replicas confirm writes of this process, and log when that
        changes.
        """
        if self._replication is None:
            return
        state, description = self._replication.state, self.description
        missed_at = state.missed_at
        if missed_at is not None and self._replication.now() - missed_at > _MISSING_SHOWN_FOR:
            missed_at = None
        if missed_at and not description.unconfirmed_at:
            _log.error(
                "fewer replicas of Redis than redis.wait_replicas confirm writes in time",
                action="replicas_missing",
                missed=state.missed,
            )
        if description.unconfirmed_at and not missed_at:
            _log.warning("replicas of Redis confirm writes again", action="replicas_back")
        self.description = replace(description, unconfirmed_at=missed_at)

    async def _beat(self) -> None:
        self._note_replicas()
        reply = await self._heartbeats.beat(self._process_id, self.description)
        if reply.version:
            require_version(reply.version)
        if reply.store_id != self.store.id or reply.lost_at != self.store.lost_at:
            await self._restore(reply.lost_at if reply.store_id else None)
        self._seen_at = reply.at

    async def _restore(self, lost_at: datetime | None) -> None:
        """Handle a changed identity of the store: write the known identity back, or read the one
        that another process wrote.

        When this fails, `store` stays as it is, so that the next beat tries again.
        """
        if lost_at is None:
            await restore_store(self._redis, self.store, self._seen_at, self._callback_keys())
        found = await open_store(self._redis)
        await self._on_restored(found)
        self.store = found
        if found.lost_at is None:
            _log.warning("Redis has its earlier data again", action="store_back")
            return
        _log.error(
            "Redis lost its data: API keys, terminals and messages are gone; create keys again",
            action="store_lost",
            lost_at=found.lost_at.isoformat(),
        )
