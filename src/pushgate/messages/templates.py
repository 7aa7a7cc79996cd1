"""Stored templates: contents by language under a name, in versions that never change. A message
that names a template gets a copy of its content.

`put_template.lua` describes the keys.
"""

import hashlib
from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import cast

import msgspec
from redis.asyncio import Redis

from pushgate.domain.app import App
from pushgate.domain.clock import Clock, to_ms
from pushgate.domain.errors import Conflict, NotFound
from pushgate.domain.message import MAX_TTL, Content
from pushgate.messages.stored import run
from pushgate.redis.client import Changes, reaching
from pushgate.redis.hash_tags import QUEUE
from pushgate.runtime.lru_cache import LRUCache

MAX_TEMPLATES = 1000
"""Templates of one app."""
MAX_VERSIONS = 100
"""Versions of a template that are kept; a further one drops the oldest."""
MAX_BYTES = 64 * 1024 * 1024
"""Bytes of all contents in all templates of one app."""
LAST_VERSION_KEPT = timedelta(days=366) + MAX_TTL
"""How long the number of a deleted template's last version is kept: longer than any message that
names it is waiting. A template of the same name goes on counting from there.
"""
_ATTEMPTS = 20
_CACHED = 64


class TemplateHead(msgspec.Struct, frozen=True, array_like=True, kw_only=True):
    """A template without its contents. Instants are in ms since the epoch.

    Versions from `oldest` to `latest` are kept. `changed_by` is the name of the API key that stored
    the latest; `title`, `languages` and `digest` are those of the latest.
    """

    latest: int
    oldest: int
    created_ms: int
    changed_ms: int
    changed_by: str
    title: str
    languages: tuple[str, ...]
    digest: bytes


class VersionHead(msgspec.Struct, frozen=True, array_like=True):
    """A version without its content: when it was stored, in ms since the epoch, and the name of the
    API key that stored it.
    """

    created_ms: int
    created_by: str


class TemplateContent(msgspec.Struct, frozen=True):
    """The content of a version: contents by language, and the language for terminals that no
    content fits.
    """

    content: Mapping[str, Content]
    default_language: str


@dataclass(frozen=True, slots=True)
class StoredVersion:
    """One version of a template, whole."""

    name: str
    head: TemplateHead
    version: int
    about: VersionHead
    content: TemplateContent


_encode = msgspec.msgpack.encode
_encode_content = msgspec.msgpack.Encoder(order="deterministic").encode
_decode_head = msgspec.msgpack.Decoder(TemplateHead).decode
_decode_version = msgspec.msgpack.Decoder(VersionHead).decode
_decode_content = msgspec.msgpack.Decoder(TemplateContent).decode


class Templates:
    """The templates of all apps. All calls raise EngineUnavailable."""

    def __init__(self, redis: Redis, clock: Clock) -> None:
        self._redis = redis
        self._clock = clock
        # A version never changes, and the time of its creation tells templates of one name apart.
        self._contents = LRUCache[tuple[str, str, int, int], TemplateContent](_CACHED)

    async def put(self, app: App, name: str, content: TemplateContent, changed_by: str) -> tuple[int, bool]:
        """Store a version; returns its number, and whether it is new. Content equal to that of the
        latest version makes no new one.

        Raises Conflict where the app has too many templates or too large ones, and where others
        change the template all the time.
        """
        raw = _encode_content(content)
        digest = hashlib.sha256(raw).digest()
        for _ in range(_ATTEMPTS):
            (before,) = await self._read(_heads(app), [name])
            head = _decode_head(before) if before else None
            if head and head.digest == digest:
                return head.latest, False
            last = b"" if head else await self._last_version(app, name)
            after = self._next_head(head, int(last or 0), content, digest, changed_by)
            dropped = head.oldest if head and after.oldest > head.oldest else 0
            about = _encode(VersionHead(after.changed_ms, changed_by))
            args = app.name, name, before or b"", last, _encode(after), after.latest, about, raw, dropped
            match await run(self._redis, "put_template", *args, MAX_TEMPLATES, MAX_BYTES):
                case b"written":
                    return after.latest, True
                case b"full":
                    raise Conflict(f"an app may have {MAX_TEMPLATES} templates; delete some first")
                case b"large":
                    text = f"the templates of an app may have {MAX_BYTES} bytes together; delete some first"
                    raise Conflict(text)
        raise Conflict("the template is being changed by others; try again")

    async def heads(self, app: App, names: Sequence[str]) -> list[TemplateHead | None]:
        """The heads of the templates with these names, None for unknown names."""
        return [_decode_head(raw) if raw else None for raw in await self._read(_heads(app), names)]

    async def page(
        self, app: App, cursor: str, limit: int
    ) -> tuple[list[tuple[str, TemplateHead]], str | None]:
        """At most `limit` templates whose names come after the cursor, in the order of their names;
        and the name after which the next page begins, None at the end.
        """
        async with reaching(Changes.NOTHING):
            names = await cast("Awaitable[list[bytes]]", self._redis.hkeys(_heads(app)))
        after = sorted(name for name in map(bytes.decode, names) if name > cursor)
        wanted = after[:limit]
        heads = await self.heads(app, wanted)
        shown = [(name, head) for name, head in zip(wanted, heads, strict=True) if head]
        return shown, wanted[-1] if len(after) > limit else None

    async def versions(self, app: App, name: str) -> dict[int, VersionHead]:
        """The versions of a template that are kept, the latest first. Raises NotFound."""
        async with reaching(Changes.NOTHING):
            rows = await cast("Awaitable[dict[bytes, bytes]]", self._redis.hgetall(_versions(app, name)))
        if not rows:
            raise NotFound(f"there is no template {name}")
        found = {int(number): _decode_version(raw) for number, raw in rows.items()}
        return dict(sorted(found.items(), reverse=True))

    async def find(self, app: App, name: str, version: int | None = None) -> StoredVersion:
        """A version of a template, unset for the latest. Raises NotFound."""
        (head,) = await self.heads(app, [name])
        if head is None:
            raise NotFound(f"there is no template {name}")
        number = version or head.latest
        (about,) = await self._read(_versions(app, name), [str(number)])
        content = await self.content(app, name, head, number)
        if about is None:
            raise _no_version(name, head)
        return StoredVersion(name, head, number, _decode_version(about), content)

    async def content(self, app: App, name: str, head: TemplateHead, version: int) -> TemplateContent:
        """The content of a version of the template with this head. Raises NotFound."""
        if not head.oldest <= version <= head.latest:
            raise _no_version(name, head)
        place = app.name, name, head.created_ms, version
        if (known := self._contents.get(place)) is not None:
            return known
        (raw,) = await self._read(f"{_versions(app, name)}:content", [str(version)])
        if raw is None:
            raise _no_version(name, head)
        content = _decode_content(raw)
        self._contents.put(place, content)
        return content

    async def delete(self, app: App, name: str) -> None:
        """Delete a template with all its versions. Raises NotFound, and Conflict where others
        change the template all the time.
        """
        for _ in range(_ATTEMPTS):
            (raw,) = await self._read(_heads(app), [name])
            if raw is None:
                raise NotFound(f"there is no template {name}")
            kept_ms = LAST_VERSION_KEPT // timedelta(milliseconds=1)
            args = app.name, name, raw, _decode_head(raw).latest, kept_ms
            if await run(self._redis, "delete_template", *args) == b"deleted":
                return
        raise Conflict("the template is being changed by others; try again")

    def _next_head(
        self, head: TemplateHead | None, last: int, content: TemplateContent, digest: bytes, changed_by: str
    ) -> TemplateHead:
        """The head with one more version, which follows the latest of `head`, or the last version
        of a deleted template.
        """
        now_ms = to_ms(self._clock.now())
        latest = (head.latest if head else last) + 1
        return TemplateHead(
            latest=latest,
            oldest=max(head.oldest, latest - MAX_VERSIONS + 1) if head else latest,
            created_ms=head.created_ms if head else now_ms,
            changed_ms=now_ms,
            changed_by=changed_by,
            title=content.content[content.default_language].title,
            languages=tuple(sorted(content.content)),
            digest=digest,
        )

    async def _last_version(self, app: App, name: str) -> bytes:
        """The number of the last version of a deleted template, b'' where it is not known."""
        async with reaching(Changes.NOTHING):
            found = await self._redis.get(f"{QUEUE}:template-last:{app.name}:{name}")
        return cast("bytes | None", found) or b""

    async def _read(self, key: str, names: Sequence[str]) -> list[bytes | None]:
        if not names:
            return []
        async with reaching(Changes.NOTHING):
            return await cast("Awaitable[list[bytes | None]]", self._redis.hmget(key, list(names)))


def _heads(app: App) -> str:
    return f"{QUEUE}:templates:{app.name}"


def _versions(app: App, name: str) -> str:
    return f"{QUEUE}:template:{app.name}:{name}"


def _no_version(name: str, head: TemplateHead) -> NotFound:
    kept = str(head.latest) if head.oldest == head.latest else f"{head.oldest} to {head.latest}"
    return NotFound(f"the template {name} has no such version; it has {kept}")
