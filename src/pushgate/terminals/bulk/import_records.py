"""Records of named imports: the progress of each, so that it can be watched and resumed.

One request at a time works on an import. Its hold ends by itself if the process dies.
"""

from collections.abc import Awaitable
from dataclasses import dataclass
from datetime import timedelta
from typing import cast

import msgspec
from redis.asyncio import Redis

from pushgate.domain.app import App
from pushgate.domain.clock import Clock, to_ms
from pushgate.domain.errors import Conflict, NotFound
from pushgate.redis.client import Changes, reaching
from pushgate.redis.hash_tags import QUEUE
from pushgate.redis.scripts import Value, script
from pushgate.terminals.bulk.import_state import ImportState, decode_state, encode_state

MAX_RECORDS = 1000
"""Records of an app. Beyond that, the records that changed longest ago are dropped."""
KEEP = timedelta(days=30)
"""How long a record is kept after its last change."""
HOLD = timedelta(seconds=90)
"""How long a request holds an import after it last noted its progress: longer than a client may
take to send the next lines.
"""
MAX_LINES_KEPT = 100
"""Bad lines that a record lists."""


@dataclass(frozen=True, slots=True)
class ImportHold:
    """An import that a request holds."""

    app: App
    name: str
    holder: str
    """Stands for the request."""


class ImportRecords:
    """The records of all apps. All calls raise EngineUnavailable."""

    def __init__(self, redis: Redis, clock: Clock) -> None:
        self._redis = redis
        self._clock = clock

    async def begin(self, hold: ImportHold) -> ImportState:
        """Take an import for a request; returns its progress. Raises Conflict while another request
        holds it.
        """
        found = cast("bytes", await self._run("begin_import", hold, HOLD))
        if found == b"held":
            raise Conflict(
                f"the import {hold.name} is running; GET /v1/imports/{hold.name} tells how far it is"
            )
        if found:
            return decode_state(found)
        now = self._clock.now()
        return ImportState(started_at=now, updated_at=now)

    async def note(self, hold: ImportHold, state: ImportState, *, is_running: bool) -> None:
        """Note the progress of an import. If it is not running, other requests may take it from now
        on. Raises Conflict if another request has taken it.
        """
        kept = msgspec.structs.replace(state, bad_lines=state.bad_lines[:MAX_LINES_KEPT])
        for_now = HOLD if is_running else timedelta(0)
        if not await self._run("note_import", hold, for_now, encode_state(kept)):
            raise Conflict(f"another request goes on with the import {hold.name}")

    async def read(self, app: App, name: str) -> tuple[ImportState, bool]:
        """The progress of an import, and whether a request holds it. Raises NotFound."""
        async with reaching(Changes.NOTHING):
            key = f"{QUEUE}:import:{app.name}:{name}"
            found = await cast("Awaitable[list[bytes | None]]", self._redis.hmget(key, ["state", "until"]))
        raw, held_until = found
        if not held_until:
            raise NotFound(f"there is no import {name}")
        now = self._clock.now()
        state = decode_state(raw) if raw else ImportState(started_at=now, updated_at=now)
        return state, int(held_until) > to_ms(now)

    async def _run(self, name: str, hold: ImportHold, for_now: timedelta, *more: Value) -> object:
        now = self._clock.now()
        args = (
            hold.app.name,
            hold.name,
            to_ms(now),
            hold.holder,
            to_ms(now + for_now),
            KEEP // timedelta(milliseconds=1),
            MAX_RECORDS,
            *more,
        )
        return await script("pushgate.terminals", name)(self._redis, [QUEUE], args)
