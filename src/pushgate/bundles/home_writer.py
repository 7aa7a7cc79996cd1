"""The writer of one home: collects messages into segments and pages, and stores them by one script
call at a time.
"""

import asyncio
from collections import deque
from collections.abc import Sequence
from contextvars import Context
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain
from typing import NamedTuple

import msgspec
from msgspec.structs import replace

from pushgate.audit.creations import pack
from pushgate.audit.entry import Author
from pushgate.bundles.bodies import SmallMessage, encode
from pushgate.bundles.listing import MAX_PAGE_AGE
from pushgate.bundles.segment_values import KeyRecord, PutResult, PutVerdict, Segment
from pushgate.bundles.segments import PageTaken, Segments
from pushgate.bundles.values import MAX_PAGE, MAX_SEGMENT, Home
from pushgate.bundles.waiting import WaitingElsewhere
from pushgate.domain.clock import Clock, from_ms, to_ms
from pushgate.domain.message import Message, Priority
from pushgate.domain.message_id import Position, small_ids
from pushgate.messages.idempotency import RequestKey, creation
from pushgate.messages.retention import Retention
from pushgate.redis.client import mark_changed, watching
from pushgate.redis.scripts import portions
from pushgate.runtime import logs

_MAX_WRITE = 256
"""Messages that one script call stores."""
_HOUR_MS = 3_600_000
_MS = timedelta(milliseconds=1)
_log = logs.get("api")


class Draft(msgspec.Struct, frozen=True):
    """A message without an id that is to be stored. With `at_once` it is due the moment it is
    stored.

    `warnings` are kept with the idempotency key, to answer a repeated request. `author` is the
    author for the audit log, None for no entry.
    """

    small: SmallMessage
    at_once: bool
    key: RequestKey | None = None
    warnings: bytes = b""
    author: Author | None = None


class Written(msgspec.Struct, frozen=True):
    """The result for a draft: the stored message, or the record of its idempotency key, or neither
    where too many messages wait.
    """

    message: Message | None = None
    known: bytes | None = None


@dataclass(frozen=True, slots=True)
class _Failure:
    """A script call failed; `changed` says whether it may have stored something."""

    error: Exception
    changed: bool


_Outcome = Written | _Failure


@dataclass(frozen=True, slots=True)
class _Request:
    """Drafts that came together, and the future of their results."""

    drafts: Sequence[Draft]
    max_waiting: int
    outcomes: "asyncio.Future[Sequence[_Outcome]]"


class _Group(NamedTuple):
    """What messages of one segment have in common."""

    push_at_ms: int
    urgent: bool


@dataclass(slots=True)
class _Page:
    """A page that this writer adds segments to."""

    number: int
    begun_at: datetime
    segments: int = 0


class HomeWriter:
    """Stores messages of one home. Raises EngineUnavailable."""

    def __init__(
        self,
        home: Home,
        segments: Segments,
        retention: Retention,
        clock: Clock,
        waiting: WaitingElsewhere,
    ) -> None:
        self._home = home
        self._segments = segments
        self._retention = retention
        self._clock = clock
        self._waiting = waiting
        self._requests: deque[_Request] = deque()
        self._runner: asyncio.Task[None] | None = None
        self._pages: dict[int, _Page] = {}
        self.pages = 0
        """How many pages were begun."""

    async def put(self, drafts: Sequence[Draft], max_waiting: int) -> list[Written]:
        """Store messages with the next write, as `SmallMessageWriter.put`."""
        async with self._segments.confirmed(self._home):
            return await self._put_unconfirmed(drafts, max_waiting)

    async def _put_unconfirmed(self, drafts: Sequence[Draft], max_waiting: int) -> list[Written]:
        request = _Request(drafts, max_waiting, asyncio.get_running_loop().create_future())
        self._requests.append(request)
        if self._runner is None:
            # A write for many requests belongs to none of their traces.
            self._runner = asyncio.get_running_loop().create_task(self._run(), context=Context())
        await asyncio.wait([request.outcomes])
        outcomes = request.outcomes.result()
        written = [outcome for outcome in outcomes if isinstance(outcome, Written)]
        failures = [outcome for outcome in outcomes if isinstance(outcome, _Failure)]
        if any(one.message for one in written) or any(failure.changed for failure in failures):
            mark_changed()
        if failures:
            raise failures[0].error
        return written

    async def close(self) -> None:
        """Wait for the writes that run."""
        if self._runner:
            await asyncio.wait([self._runner])

    async def _run(self) -> None:
        try:
            while self._requests:
                await self._write_requests(self._next_requests())
        finally:
            self._runner = None
            for request in self._requests:  # no request may wait for a write that will not come
                request.outcomes.cancel()
            self._requests.clear()

    def _next_requests(self) -> list[_Request]:
        """Take the requests that one write has room for, at least one."""
        taken, count = list[_Request](), 0
        while self._requests and (not taken or count + len(self._requests[0].drafts) <= _MAX_WRITE):
            taken.append(self._requests.popleft())
            count += len(taken[-1].drafts)
        return taken

    async def _write_requests(self, requests: Sequence[_Request]) -> None:
        drafts = [draft for request in requests for draft in request.drafts]
        try:
            outcomes = iter(await self._write(drafts, requests[-1].max_waiting))
        except BaseException:
            for request in requests:
                request.outcomes.cancel()
            raise
        for request in requests:
            request.outcomes.set_result([next(outcomes) for _ in request.drafts])

    async def _write(self, drafts: Sequence[Draft], max_waiting: int) -> list[_Outcome]:
        """Store messages, by one script call for each page."""
        now_ms = to_ms(self._clock.now())
        kinds: dict[int, dict[_Group, list[int]]] = {}
        for number, draft in enumerate(drafts):
            kind, group = _group(draft, now_ms)
            kinds.setdefault(kind, {}).setdefault(group, []).append(number)
        outcomes: dict[int, _Outcome] = {}
        for kind, groups in kinds.items():
            parts = [
                (group, part) for group, numbers in groups.items() for part in portions(numbers, MAX_SEGMENT)
            ]
            for some in portions(parts, MAX_PAGE):
                numbers = [number for _, part in some for number in part]
                with watching() as watch:
                    try:
                        segments = [(group, [drafts[number] for number in part]) for group, part in some]
                        written: Sequence[_Outcome] = await self._put(kind, segments, now_ms, max_waiting)
                    except Exception as error:  # noqa: BLE001  # every error must reach the callers
                        written = [_Failure(error, watch.changed)] * len(numbers)
                outcomes.update(zip(numbers, written, strict=True))
        return [outcomes[number] for number in range(len(drafts))]

    async def _put(
        self,
        kind: int,
        parts: Sequence[tuple[_Group, Sequence[Draft]]],
        now_ms: int,
        max_waiting: int,
    ) -> list[Written]:
        """Store segments of one page; returns what became of their drafts, in order."""
        room = await self._room(max_waiting)
        while True:
            page = await self._page(kind, len(parts))
            messages, segments = list[Message](), list[Segment]()
            authors: list[tuple[int, Sequence[Author | None]]] = []
            for group, drafts in parts:
                segment, stored = self._segment(page, group, drafts, now_ms)
                segments.append(segment)
                messages += stored
                authors.append((segment.number, [draft.author for draft in drafts]))
            try:
                results = await self._segments.put(
                    self._home,
                    page.number,
                    segments,
                    created_at=from_ms(now_ms),
                    contents_until=max(map(self._retention.content_until, messages)),
                    results_until=max(map(self._retention.keep_until, messages)),
                    max_waiting=room,
                    audit_entry=pack(now_ms, page.number, authors),
                )
            except PageTaken:
                _log.warning("page given up", action="page_taken", app=self._home.app.name, page=page.number)
                del self._pages[kind]
                continue
            return list(map(_written, messages, chain.from_iterable(results)))

    def _segment(
        self, page: _Page, group: _Group, drafts: Sequence[Draft], now_ms: int
    ) -> tuple[Segment, list[Message]]:
        """The next segment of the page, and the messages with their ids."""
        number, page.segments = page.segments, page.segments + 1
        created_at, push_at = from_ms(now_ms), from_ms(group.push_at_ms)
        ids = small_ids(now_ms, Position(self._home.shard, page.number, number, 0), len(drafts))
        messages = [
            replace(draft.small.message, id=message_id, created_at=created_at, push_at=push_at)
            for draft, message_id in zip(drafts, ids, strict=True)
        ]
        keys = list(map(_record, drafts, ids))
        segment = Segment(
            number=number,
            push_at=push_at,
            urgent=group.urgent,
            bodies=encode([draft.small for draft in drafts], now_ms, group.push_at_ms),
            count=len(messages),
            keys=keys if any(keys) else (),
        )
        return segment, messages

    async def _room(self, max_waiting: int) -> int | None:
        """How many messages may wait in the home, None for any number."""
        if not max_waiting:
            return None
        return max(0, max_waiting - await self._waiting.count(self._home))

    async def _page(self, kind: int, segments: int) -> _Page:
        """The page that has room for these segments."""
        page, now = self._pages.get(kind), self._clock.now()
        has_room = page is not None and page.segments + segments <= MAX_PAGE
        if page is None or not has_room or not timedelta(0) <= now - page.begun_at < MAX_PAGE_AGE:
            page = self._pages[kind] = _Page(await self._segments.new_page(self._home), now)
            self.pages += 1
        return page


def _group(draft: Draft, now_ms: int) -> tuple[int, _Group]:
    """The kind of page that the draft belongs to, and its group.

    Messages of one kind live equally long, within a factor of two, because Redis keeps a page for
    as long as its last message.
    """
    message = draft.small.message
    push_at_ms = now_ms if draft.at_once else to_ms(message.push_at)
    lifetime_ms = message.lifetime // _MS
    kind = (max(0, push_at_ms + lifetime_ms - now_ms) // _HOUR_MS).bit_length()
    return kind, _Group(push_at_ms, message.options.priority is Priority.HIGH)


def _record(draft: Draft, message_id: str) -> KeyRecord | None:
    if draft.key is None:
        return None
    return KeyRecord(draft.key.name, draft.key.record(creation(message_id, draft.warnings)))


def _written(message: Message, result: PutResult) -> Written:
    match result.verdict:
        case PutVerdict.STORED:
            return Written(message=message)
        case PutVerdict.KNOWN:
            return Written(known=result.record)
    return Written()
