"""The writer of one home: gathers messages into segments and pages, and stores them by one script
call at a time.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from contextvars import Context
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import NamedTuple

from pushgate.bundles.bodies import SmallMessage, encode
from pushgate.bundles.listing import MAX_PAGE_AGE
from pushgate.bundles.segments import Segments
from pushgate.bundles.values import (
    MAX_PAGE,
    MAX_SEGMENT,
    Home,
    KeyRecord,
    PutResult,
    PutVerdict,
    Segment,
)
from pushgate.domain.clock import Clock, from_ms, to_ms
from pushgate.domain.message import Message, Priority
from pushgate.domain.message_id import Position, small_id
from pushgate.messages.idempotency import RequestKey, creation
from pushgate.messages.retention import Retention
from pushgate.redis.client import mark_changed, watching

_MAX_WRITE = 256
"""Messages that one script call stores."""
_HOUR_MS = 3_600_000


@dataclass(frozen=True, slots=True)
class Draft:
    """A message that is to be stored: without an id, and due when it is stored where `at_once` is
    set.

    `warnings` are kept with the idempotency key, to answer a repeated request.
    """

    small: SmallMessage
    at_once: bool
    key: RequestKey | None = None
    warnings: bytes = b""


@dataclass(frozen=True, slots=True)
class Written:
    """What became of a draft: the stored message; or the record that its idempotency key has; or
    neither, where too many messages wait.
    """

    message: Message | None = None
    known: bytes | None = None


@dataclass(frozen=True, slots=True)
class _Request:
    """Drafts that came together, and the future of what becomes of them."""

    drafts: Sequence[Draft]
    written: "asyncio.Future[list[Written]]"


class _WriteFailed(Exception):
    """A write failed with `cause`; `changed` says whether it may have stored something."""

    def __init__(self, cause: Exception, *, changed: bool) -> None:
        super().__init__(str(cause))
        self.cause = cause
        self.changed = changed


class _Group(NamedTuple):
    """What messages of one segment have in common.

    Messages of one page kind expire at about the same time, within a factor of two: a page is kept
    for as long as its last message.
    """

    page_kind: int
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
        room: Callable[[], Awaitable[int | None]],
    ) -> None:
        """`room` tells how many messages may wait in the home, None for any number."""
        self._home = home
        self._segments = segments
        self._retention = retention
        self._clock = clock
        self._room = room
        self._requests: deque[_Request] = deque()
        self._runner: asyncio.Task[None] | None = None
        self._pages: dict[int, _Page] = {}

    async def put(self, drafts: Sequence[Draft]) -> list[Written]:
        """Store messages with the next write."""
        request = _Request(drafts, asyncio.get_running_loop().create_future())
        self._requests.append(request)
        if self._runner is None:
            # The writes of many requests belong to none of them.
            self._runner = asyncio.get_running_loop().create_task(self._run(), context=Context())
        await asyncio.wait([request.written])
        try:
            return request.written.result()
        except _WriteFailed as failure:
            if failure.changed:
                mark_changed()
            raise failure.cause from failure

    async def close(self) -> None:
        """Wait for the writes that run."""
        if self._runner:
            await asyncio.wait([self._runner])

    async def _run(self) -> None:
        try:
            while self._requests:
                taken, count = list[_Request](), 0
                while self._requests and (not taken or count + len(self._requests[0].drafts) <= _MAX_WRITE):
                    taken.append(self._requests.popleft())
                    count += len(taken[-1].drafts)
                await self._write_requests(taken)
        finally:
            self._runner = None

    async def _write_requests(self, requests: Sequence[_Request]) -> None:
        with watching() as watch:
            try:
                written = iter(await self._write([draft for request in requests for draft in request.drafts]))
            except Exception as error:  # noqa: BLE001  # the callers must learn of it, whatever it is
                for request in requests:
                    request.written.set_exception(_WriteFailed(error, changed=watch.changed))
                return
        for request in requests:
            request.written.set_result([next(written) for _ in request.drafts])

    async def _write(self, drafts: Sequence[Draft]) -> list[Written]:
        """Store messages: by page, push time and priority."""
        now_ms = to_ms(self._clock.now())
        groups: dict[_Group, list[int]] = {}
        for number, draft in enumerate(drafts):
            groups.setdefault(_group(draft, now_ms), []).append(number)
        written: dict[int, Written] = {}
        for group, numbers in groups.items():
            for start in range(0, len(numbers), MAX_SEGMENT):
                part = numbers[start : start + MAX_SEGMENT]
                results = await self._write_segment(group, [drafts[number] for number in part], now_ms)
                written.update(zip(part, results, strict=True))
        return [written[number] for number in range(len(drafts))]

    async def _write_segment(self, group: _Group, drafts: Sequence[Draft], now_ms: int) -> list[Written]:
        """Store messages with one push time and one priority."""
        page, created_at, push_at = (
            await self._page(group.page_kind),
            from_ms(now_ms),
            from_ms(group.push_at_ms),
        )
        number, page.segments = page.segments, page.segments + 1
        messages, keys = list[Message](), list[KeyRecord | None]()
        for offset, draft in enumerate(drafts):
            message_id = small_id(now_ms, Position(self._home.shard, page.number, number, offset))
            messages.append(
                replace(draft.small.message, id=message_id, created_at=created_at, push_at=push_at)
            )
            keys.append(_record(draft, message_id))
        audiences = (draft.small.audience for draft in drafts)
        segment = Segment(
            number=number,
            push_at=push_at,
            urgent=group.urgent,
            bodies=encode(list(map(SmallMessage, messages, audiences)), now_ms, group.push_at_ms),
            count=len(messages),
            keys=keys if any(keys) else (),
        )
        (results,) = await self._segments.put(
            self._home,
            page.number,
            [segment],
            created_at=created_at,
            contents_until=max(map(self._retention.content_until, messages)),
            results_until=max(map(self._retention.keep_until, messages)),
            max_waiting=await self._room(),
        )
        return list(map(_written, messages, results))

    async def _page(self, kind: int) -> _Page:
        """The page to add a segment to."""
        page, now = self._pages.get(kind), self._clock.now()
        if (
            page is None
            or page.segments >= MAX_PAGE
            or not timedelta(0) <= now - page.begun_at < MAX_PAGE_AGE
        ):
            page = self._pages[kind] = _Page(await self._segments.new_page(self._home), now)
        return page


def _group(draft: Draft, now_ms: int) -> _Group:
    message = draft.small.message
    push_at_ms = now_ms if draft.at_once else to_ms(message.push_at)
    lifetime_ms = message.lifetime // timedelta(milliseconds=1)
    page_kind = (max(0, push_at_ms + lifetime_ms - now_ms) // _HOUR_MS).bit_length()
    return _Group(page_kind, push_at_ms, message.options.priority is Priority.HIGH)


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
