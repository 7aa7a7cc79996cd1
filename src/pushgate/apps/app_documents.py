"""The documents of apps in Redis, and the log of their last changes, by which each process keeps
its catalog current. `write_app.lua` lists the Redis keys.
"""

import secrets
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from typing import cast

import msgspec
from redis.asyncio import Redis

from pushgate.apps.app_document import AppDocument, decode, encode
from pushgate.domain.clock import Clock, from_ms, to_ms
from pushgate.domain.errors import Conflict
from pushgate.redis.client import Changes, reaching
from pushgate.redis.hash_tags import QUEUE
from pushgate.redis.scripts import Value, script
from pushgate.runtime import logs

MAX_CHANGES = 256
"""Changes in the log. A process that missed more reads all documents again."""
_DOCUMENTS = f"{QUEUE}:app-settings"
_CHANGES = f"{QUEUE}:app-changes"
_ATTEMPTS = 20
_log = logs.get("apps")


class AppDocuments:
    """The documents of all apps. All calls raise EngineUnavailable."""

    def __init__(self, redis: Redis, clock: Clock, max_apps: int) -> None:
        self._redis = redis
        self._clock = clock
        self._max_apps = max_apps

    async def read(self, app: str) -> AppDocument | None:
        """The app's document, None where there is none or this version cannot read it."""
        return (await self.read_some([app]))[app]

    async def read_some(self, apps: Sequence[str]) -> dict[str, AppDocument | None]:
        """The documents of these apps. An app without a document that this version can read has
        None. `apps` must not be empty.
        """
        return {
            app: self._decode(app, raw) if raw else None
            for app, raw in zip(apps, await self._read(apps), strict=True)
        }

    async def read_all(self) -> dict[str, AppDocument]:
        """All documents that this version can read."""
        async with reaching(Changes.NOTHING):
            raw = await cast("Awaitable[Mapping[bytes, bytes]]", self._redis.hgetall(_DOCUMENTS))
        found = ((name.decode(), self._decode(name.decode(), value)) for name, value in raw.items())
        return {app: document for app, document in found if document}

    async def change(
        self, app: str, change: Callable[[AppDocument | None], AppDocument | None]
    ) -> AppDocument | None:
        """Change the app's document; returns the new one. None stands for no document.

        `change` gets the document as it is, and may be called again where somebody else changed it
        meanwhile. Raises what `change` raises, and Conflict where there are too many apps or the
        app is changed all the time.
        """
        for _ in range(_ATTEMPTS):
            (raw,) = await self._read([app])
            known = decode(raw) if raw else None
            wanted = change(known)
            if wanted == known:
                return known
            written = await self._write(app, encode(wanted) if wanted else b"", raw or b"")
            if written:
                return wanted
        raise Conflict(f"the app {app} is changed all the time; send the request again")

    async def last_change(self) -> bytes | None:
        """The last entry of the log. None before the first change, and after a loss of data."""
        async with reaching(Changes.NOTHING):
            return await cast("Awaitable[bytes | None]", self._redis.lindex(_CHANGES, -1))

    async def changes_after(self, known: bytes) -> Sequence[bytes] | None:
        """The entries of the log after a known one. None where the log lacks the known one."""
        async with reaching(Changes.NOTHING):
            logged = await cast("Awaitable[list[bytes]]", self._redis.lrange(_CHANGES, 0, -1))
        return logged[logged.index(known) + 1 :] if known in logged else None

    async def _read(self, apps: Sequence[str]) -> list[bytes | None]:
        async with reaching(Changes.NOTHING):
            return await cast(
                "Awaitable[list[bytes | None]]", self._redis.hmget(_DOCUMENTS, cast("list[str]", apps))
            )

    async def _write(self, app: str, document: bytes, known: bytes) -> bool:
        """Write the document over the known one; returns False where that is there no more."""
        change_id = f"{to_ms(self._clock.now()):012x}{secrets.token_hex(8)}"
        args: list[Value] = [app, document, known, change_id, MAX_CHANGES, self._max_apps]
        written = await script("pushgate.apps", "write_app")(self._redis, [QUEUE], args)
        if written == -1:
            raise Conflict(
                f"there are {self._max_apps} apps, as many as max_apps allows: delete one, or raise max_apps"
            )
        return written == 1

    @staticmethod
    def _decode(app: str, raw: bytes) -> AppDocument | None:
        try:
            return decode(raw)
        except msgspec.DecodeError:  # its text may quote the value
            _log.error("the settings of an app cannot be read", action="app_unreadable", app=app)
            return None


def changed_app(change: bytes) -> str:
    """The app that an entry of the log is about."""
    return change.rpartition(b":")[2].decode()


def changed_at(change: bytes) -> datetime:
    """When an entry of the log was written, by the clock of the process that wrote it."""
    return from_ms(int(change[:12], 16))
