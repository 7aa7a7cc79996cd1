"""Erases the names of a person from small messages."""

from collections.abc import Awaitable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import cast

from msgspec import structs
from redis.asyncio import Redis

from pushgate.audiences.mentions import Substitution, lists_any
from pushgate.bundles.bodies import Bodies, encode_erased
from pushgate.bundles.body_format import BodyForm, ContentForm, put_audience, to_audience
from pushgate.bundles.layout import SEGMENT_PLACE
from pushgate.bundles.scripts import run
from pushgate.bundles.segments import readable
from pushgate.bundles.values import CELL_BYTES, CELLS_HEAD_BYTES, CellKind
from pushgate.domain.app import App
from pushgate.domain.audience import Audience
from pushgate.domain.message_id import Position, small_id
from pushgate.redis.client import Changes, reaching
from pushgate.redis.hash_tags import tag
from pushgate.redis.scripts import portions

_PAGES_AT_ONCE = 20
_SEGMENTS_AT_ONCE = 16
_PAGE_BYTES = 4
_PLACE_IN_CELL = slice(1, 1 + SEGMENT_PLACE.size)
_ATTEMPTS = 5


@dataclass(slots=True)
class ErasedBodies:
    """How many messages listed a name, and the ids of those whose content was dropped because they
    listed nobody else.
    """

    messages: int = 0
    dropped: list[str] = field(default_factory=list)


class SmallErasure:
    """Erases names from the small messages of all homes.

    All calls may be repeated, and raise EngineUnavailable.
    """

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    async def erase(
        self, app: App, shard: int, cursor: int, substitution: Substitution
    ) -> tuple[int, ErasedBodies]:
        """Erase names from some pages of a home, from a cursor on (0 to begin); returns the next
        cursor, 0 at the end, and what was erased.
        """
        async with reaching(Changes.NOTHING):
            cursor, rows = await cast(
                "Awaitable[tuple[int, list[tuple[bytes, float]]]]",
                self._redis.zscan(f"{tag(app, shard)}:pages", cursor, count=_PAGES_AT_ONCE),
            )
        pages = [int.from_bytes(member[:_PAGE_BYTES], "big") for member, _ in rows]
        cells, found = await self._read(app, shard, pages), ErasedBodies()
        whole = [(page, None) for page in pages]
        for page, segment in (*whole, *_replacements(cells)):
            await self._erase_in(app, shard, (page, segment), substitution, found)
        return cursor, found

    async def _read(self, app: App, shard: int, pages: Sequence[int]) -> list[dict[bytes, bytes]]:
        """The cells of all segments of pages."""
        if not pages:
            return []
        async with reaching(Changes.NOTHING), self._redis.pipeline(transaction=False) as pipe:
            for page in pages:
                pipe.hgetall(f"{tag(app, shard)}:p:{page}")
            return cast("list[dict[bytes, bytes]]", await pipe.execute())

    async def _erase_in(
        self,
        app: App,
        shard: int,
        place: tuple[int, int | None],
        substitution: Substitution,
        found: ErasedBodies,
    ) -> None:
        """Erase names in one segment of a page, or in all of them."""
        page, only = place
        key = f"{tag(app, shard)}:c:{page}"
        async with reaching(Changes.NOTHING):
            numbers = await cast("Awaitable[list[bytes]]", self._redis.hkeys(key))
        wanted = [int(number) for number in numbers if only in (None, int(number))]
        for some in portions(wanted, _SEGMENTS_AT_ONCE):
            for number, raw in zip(some, await self._bodies(key, some), strict=True):
                for_segment = app, (shard, page, number), substitution
                if raw and (changed := await self._replace(key, raw, *for_segment)):
                    found.messages += changed.messages
                    found.dropped += changed.dropped

    async def _bodies(self, key: str, numbers: Sequence[int]) -> list[bytes | None]:
        async with reaching(Changes.NOTHING):
            return await cast(
                "Awaitable[list[bytes | None]]", self._redis.hmget(key, list(map(str, numbers)))
            )

    async def _replace(
        self, key: str, raw: bytes, app: App, place: tuple[int, int, int], substitution: Substitution
    ) -> ErasedBodies | None:
        """Replace the bodies of a segment, which others may replace at the same time; None where
        the bodies name nobody.
        """
        shard, page, number = place
        stored: bytes | None = raw
        for _ in range(_ATTEMPTS):
            bodies = readable(stored or b"")
            changed = _erase(bodies, place, substitution) if bodies else None
            if bodies is None or changed is None:
                return None
            after = encode_erased(bodies)
            if stored == after:
                return changed
            if await run(self._redis, "replace_bodies", app, shard, page, number, stored or b"", after):
                return changed
            (stored,) = await self._bodies(key, [number])
        return None


def _replacements(pages: Iterable[dict[bytes, bytes]]) -> Iterator[tuple[int, int]]:
    """Page and segment of each later version of a message, because the list of pages may lack
    them.
    """
    for segments in pages:
        for name, cells in segments.items():
            if not name.isdigit():
                continue
            for at in range(CELLS_HEAD_BYTES, len(cells), CELL_BYTES):
                if cells[at] == CellKind.REPLACED:
                    page, segment = SEGMENT_PLACE.unpack(cells[at : at + CELL_BYTES][_PLACE_IN_CELL])
                    yield page, segment


def _erase(bodies: Bodies, place: tuple[int, int, int], substitution: Substitution) -> ErasedBodies | None:
    """Erase names in the bodies of a segment at a shard, a page and a number; None where the
    segment lists none of them.
    """
    found, is_for_person = ErasedBodies(), False
    for index, body in enumerate(bodies.segment.bodies):
        listed = _listed(body)
        has_values = _erase_values(body, substitution.names.users)
        is_for_person = is_for_person or has_values
        if not lists_any(listed, substitution.names):
            found.messages += has_values
            continue
        is_for_person = True
        found.messages += _replace(body, listed, substitution) or has_values
        if substitution.is_all(listed):
            body.content = {language: ContentForm("", "") for language in body.contents}
            body.personal = None
            # The options that may hold content.
            body.options = structs.replace(body.options, collapse_key=None, vendors={})
            position = Position(*place, index)
            found.dropped.append(bodies.replaced_id or small_id(bodies.created_ms, position))
    return found if is_for_person else None


def _erase_values(body: BodyForm, users: Collection[str]) -> bool:
    """Erase the values that a personal message brings for these users; returns whether it brought
    any.
    """
    if body.personal is None or body.personal.user_values.keys().isdisjoint(users):
        return False
    kept = {user: own for user, own in body.personal.user_values.items() if user not in users}
    body.personal = structs.replace(body.personal, user_values=kept)
    return True


def _listed(body: BodyForm) -> Audience:
    return to_audience(body)[0]


def _replace(body: BodyForm, listed: Audience, substitution: Substitution) -> bool:
    """Replace names in a body; returns whether any was still there."""
    replaced = substitution.replaced(listed)
    if replaced is None:
        return False
    put_audience(body, replaced)
    return replaced != listed
