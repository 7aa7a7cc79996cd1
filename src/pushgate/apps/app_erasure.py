"""Erases the data of a deleted app in bounded steps. Any scheduler goes on after a crash.

Redis: {q}:app-erasures, a hash: app -> the progress of its erasure. Each step may be repeated.
"""

from datetime import datetime, timedelta
from enum import IntEnum
from functools import partial
from typing import cast

import msgspec
from redis.asyncio import Redis

from pushgate.apps.erased_keys import SHARED, is_key_of, is_member_of
from pushgate.apps.shared_members import remove_members
from pushgate.domain.clock import Clock, from_ms, to_ms
from pushgate.messages.index import MessageIndex
from pushgate.redis.client import Changes, reaching
from pushgate.redis.hash_tags import QUEUE
from pushgate.redis.scanning import Place, scan_from

SETTLING = timedelta(seconds=15)
"""How long after the deletion other processes may still write data of their running work."""
_LEASE = timedelta(seconds=15)
_PROGRESS = f"{QUEUE}:app-erasures"
_PORTION = 1_000
_MESSAGES = 100


class Stage(IntEnum):
    """What is erased now."""

    MESSAGES = 0
    """Series, which make no messages any more, then large messages, those that are scheduled
    included.
    """
    MEMBERS = 1
    """Members of keys that all apps share. Schedulers look at the app's shards no more."""
    KEYS = 2
    """Keys of the app alone, in passes until one finds none."""


class Progress(msgspec.Struct, kw_only=True):
    """The progress of an erasure, and which scheduler works on it until when (ms).

    `series_are_off` says that no series of the app falls due any more.
    `place` is the number of a shared key, and `cursor` the place in it. `scan` is the place in the
    pass over all keys. `found` counts the keys of the pass, `erased` all.
    """

    holder: str = ""
    until_ms: int = 0
    stage: Stage = Stage.MESSAGES
    series_are_off: bool = False
    place: int = 0
    cursor: int = 0
    scan: Place = []
    found: int = 0
    erased: int = 0


class AppErasure:
    """The erasures of all deleted apps. All calls raise EngineUnavailable."""

    def __init__(self, redis: Redis, clock: Clock, messages: MessageIndex, holder: str) -> None:
        """`holder` names this process."""
        self._redis = redis
        self._clock = clock
        self._messages = messages
        self._holder = holder

    async def claim(self, app: str) -> Progress | None:
        """Where the erasure of the app goes on; None while another scheduler works on it."""
        async with reaching(Changes.NOTHING):
            raw = cast("bytes | None", await self._redis.hget(_PROGRESS, app))
        progress = msgspec.json.decode(raw, type=Progress) if raw else Progress()
        if progress.holder != self._holder and from_ms(progress.until_ms) > self._clock.now():
            return None
        await self._note(app, progress)
        return progress

    async def step(self, app: str, since: datetime, progress: Progress) -> bool:
        """Erase some more data of an app that was deleted at `since`; returns whether everything is
        erased.
        """
        is_over = False
        match progress.stage:
            case Stage.MESSAGES if not progress.series_are_off:
                await self._take_off_series(app, progress)
            case Stage.MESSAGES:
                count = await self._messages.forget_some(app, _MESSAGES)
                progress.erased += count
                if count < _MESSAGES:
                    progress.stage = Stage.MEMBERS
            case Stage.MEMBERS:
                await self._remove_members(app, progress)
            case Stage.KEYS:
                is_over = await self._unlink_keys(app, since, progress)
        await self._note(app, progress)
        return is_over

    async def forget(self, app: str) -> None:
        """Forget an erasure that is complete."""
        async with reaching(Changes.AT_ONCE):
            await self._redis.hdel(_PROGRESS, app)

    async def _note(self, app: str, progress: Progress) -> None:
        progress.holder, progress.until_ms = self._holder, to_ms(self._clock.now() + _LEASE)
        async with reaching(Changes.AT_ONCE):
            await self._redis.hset(_PROGRESS, app, msgspec.json.encode(progress))

    async def _take_off_series(self, app: str, progress: Progress) -> None:
        """Take the app's series off their schedule, in one portion of it."""
        progress.cursor, _ = await self._remove_some("series", app, progress.cursor)
        progress.series_are_off = progress.cursor == 0

    async def _remove_members(self, app: str, progress: Progress) -> None:
        """Remove the app's members from one portion of one shared key."""
        progress.cursor, removed = await self._remove_some(SHARED[progress.place], app, progress.cursor)
        progress.erased += removed
        if progress.cursor == 0:
            progress.place += 1
            if progress.place == len(SHARED):
                progress.stage, progress.place = Stage.KEYS, 0

    async def _remove_some(self, name: str, app: str, cursor: int) -> tuple[int, int]:
        """Remove the app's members from one portion of a shared key; returns the next cursor and
        how many were removed.
        """
        is_own = partial(is_member_of, app)
        return await remove_members(self._redis, f"{QUEUE}:{name}", f"*{app}*", is_own, cursor)

    async def _unlink_keys(self, app: str, since: datetime, progress: Progress) -> bool:
        """Unlink the app's keys in one portion of all keys; returns whether a pass found none."""
        progress.scan, keys = await scan_from(self._redis, progress.scan, f"*{app}*", _PORTION)
        own = [key for key in keys if is_key_of(app, key.decode("utf-8", "replace"))]
        async with reaching(), self._redis.pipeline(transaction=False) as pipe:
            for key in own:
                pipe.unlink(key)
            await pipe.execute()
        progress.found += len(own)
        progress.erased += len(own)
        if progress.scan:
            return False
        was_empty, progress.found = progress.found == 0, 0
        return was_empty and self._clock.now() >= since + SETTLING
