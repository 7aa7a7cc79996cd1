"""Drafts of messages: bodies of messages as somebody writes them, complete or not. To send a draft,
post its body as a message.

`replace_draft.lua` describes the keys. A draft is replaced only in the revision that was read.
"""

import secrets
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import cast

import msgspec
import orjson
from redis.asyncio import Redis

from pushgate.domain.app import App
from pushgate.domain.clock import Clock
from pushgate.domain.errors import Conflict, NotFound, OutdatedRevision
from pushgate.redis.client import Changes, reaching
from pushgate.redis.hash_tags import QUEUE
from pushgate.redis.scripts import Value, script

MAX_DRAFTS = 1000
"""Drafts of one app."""
_ID_BYTES = 10
_MAX_TITLE = 200
ANY_REVISION = 0
"""Stands for any revision of a draft."""


class DraftHead(msgspec.Struct, frozen=True, kw_only=True):
    """A draft without its body. `revision` counts its versions from 1.

    `changed_by` is the name of the API key that wrote it last; `title` that of the content that
    comes first.
    """

    revision: int
    created_at: datetime
    changed_at: datetime
    changed_by: str
    title: str | None


@dataclass(frozen=True, slots=True)
class Draft:
    """A draft; its body is JSON."""

    id: str
    head: DraftHead
    body: bytes


_decode = msgspec.msgpack.Decoder(DraftHead).decode
_encode = msgspec.msgpack.encode


class Drafts:
    """The drafts of all apps. All calls raise EngineUnavailable."""

    def __init__(self, redis: Redis, clock: Clock) -> None:
        self._redis = redis
        self._clock = clock

    async def create(self, app: App, body: bytes, changed_by: str, draft_id: str | None = None) -> Draft:
        """Store a new draft. If the id exists already, the request was carried out before: the
        stored draft is returned.

        Raises Conflict where the app has too many.
        """
        now = self._clock.now()
        head = DraftHead(
            revision=1, created_at=now, changed_at=now, changed_by=changed_by, title=title_of(body)
        )
        new = Draft(draft_id or secrets.token_hex(_ID_BYTES), head, body)
        match await self._replace(app, new.id, b"", _encode(head), body):
            case b"full":
                raise Conflict(f"an app may have {MAX_DRAFTS} drafts; delete some first")
            case b"changed":
                return await self.read(app, new.id)
        return new

    async def read(self, app: App, draft_id: str) -> Draft:
        """The draft. Raises NotFound."""
        async with reaching(Changes.NOTHING), self._redis.pipeline(transaction=True) as pipe:
            pipe.hget(_key(app), draft_id)
            pipe.hget(f"{_key(app)}:bodies", draft_id)
            head, body = cast("list[bytes | None]", await pipe.execute())
        if head is None or body is None:
            raise NotFound("there is no such draft")
        return Draft(draft_id, _decode(head), body)

    async def replace(self, app: App, draft_id: str, revision: int, body: bytes, changed_by: str) -> Draft:
        """Replace the draft, which must have this revision, or ANY_REVISION.

        Raises NotFound, OutdatedRevision.
        """
        raw, head = await self._head(app, draft_id, revision)
        changed = msgspec.structs.replace(
            head,
            revision=head.revision + 1,
            changed_at=self._clock.now(),
            changed_by=changed_by,
            title=title_of(body),
        )
        if await self._replace(app, draft_id, raw, _encode(changed), body) != b"written":
            raise _changed()
        return Draft(draft_id, changed, body)

    async def delete(self, app: App, draft_id: str, revision: int) -> None:
        """Delete the draft, which must have this revision, or ANY_REVISION.

        Raises NotFound, OutdatedRevision.
        """
        raw, _ = await self._head(app, draft_id, revision)
        if await self._replace(app, draft_id, raw, b"", b"") != b"written":
            raise _changed()

    async def rewrite(self, app: App, draft_id: str, change: Callable[[bytes], bytes | None]) -> bool:
        """Replace the draft by the body that `change` returns: b'' deletes the draft, None leaves
        it. Returns whether it was replaced or deleted. It has another revision then, so that nobody
        brings the earlier body back unseen. Raises NotFound.
        """
        while True:
            draft = await self.read(app, draft_id)
            body = change(draft.body)
            if body is None:
                return False
            with suppress(OutdatedRevision):
                if body:
                    await self.replace(app, draft_id, draft.head.revision, body, draft.head.changed_by)
                else:
                    await self.delete(app, draft_id, draft.head.revision)
                return True

    async def heads(self, app: App) -> dict[str, DraftHead]:
        """All drafts without their bodies, by id; those changed last come first."""
        async with reaching(Changes.NOTHING):
            rows = await cast("Awaitable[dict[bytes, bytes]]", self._redis.hgetall(_key(app)))
        found = [(draft_id.decode(), _decode(raw)) for draft_id, raw in rows.items()]
        return dict(sorted(found, key=lambda item: (item[1].changed_at, item[0]), reverse=True))

    async def bodies(self, app: App, draft_ids: Sequence[str]) -> list[bytes | None]:
        """The bodies of drafts, None for those that are gone."""
        if not draft_ids:
            return []
        async with reaching(Changes.NOTHING):
            bodies = self._redis.hmget(f"{_key(app)}:bodies", list(draft_ids))
            return await cast("Awaitable[list[bytes | None]]", bodies)

    async def _head(self, app: App, draft_id: str, revision: int) -> tuple[bytes, DraftHead]:
        async with reaching(Changes.NOTHING):
            raw = await cast("Awaitable[bytes | None]", self._redis.hget(_key(app), draft_id))
        if raw is None:
            raise NotFound("there is no such draft")
        head = _decode(raw)
        if revision not in (ANY_REVISION, head.revision):
            raise OutdatedRevision(
                f"the draft has the revision {head.revision}, written by the key {head.changed_by}; "
                "read it again"
            )
        return raw, head

    async def _replace(self, app: App, draft_id: str, before: bytes, after: bytes, body: bytes) -> bytes:
        args: list[Value] = [draft_id, before, after, body, MAX_DRAFTS]
        answer = await script("pushgate.messages", "replace_draft")(self._redis, [_key(app)], args)
        return cast("bytes", answer)


def title_of(body: bytes) -> str | None:
    """The title of the content that comes first in a message's JSON, or in its first variant, or
    the name of its template; None where it has none.
    """
    with suppress(ValueError, LookupError, TypeError, AttributeError, StopIteration):
        written = orjson.loads(body)
        if "template" in written:
            name = written["template"]["name"]
            return name[:_MAX_TITLE] if isinstance(name, str) else None
        content = written["content"] if "content" in written else written["variants"][0]["content"]
        title = next(iter(content.values()))["title"]
        return title[:_MAX_TITLE] if isinstance(title, str) else None
    return None


def _key(app: App) -> str:
    return f"{QUEUE}:drafts:{app.name}"


def _changed() -> OutdatedRevision:
    return OutdatedRevision("the draft was changed at the same time; read it again")
