"""Series of all apps: written, read, found when they are due, and moved on.

`series.lua` lists the keys.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from datetime import datetime
from typing import cast

from redis.asyncio import Redis

from pushgate.audiences.mentions import Substitution
from pushgate.audiences.naming import saved_names
from pushgate.domain.audience import Audience
from pushgate.domain.clock import to_ms
from pushgate.domain.errors import Conflict, NotFound
from pushgate.messages.codec import decode, encode, piece, split
from pushgate.messages.erasing import without_values
from pushgate.messages.retention import Retention
from pushgate.messages.store import deleted_meanwhile, escalates_ms
from pushgate.redis.client import Changes, reaching
from pushgate.redis.hash_tags import QUEUE
from pushgate.redis.replication import confirmed
from pushgate.redis.scripts import Value, portions, script
from pushgate.runtime import logs
from pushgate.series.values import Moved, Part, Series, SeriesStatus, Step

MAX_LISTED = 1000
"""Listed series of one app."""
KEPT_PARTS = 1000
"""The newest parts of a series that are kept."""
_FIELDS = ("kind", "status", "next", "definition", "template", "written", "revision", "number")
_READ_AT_ONCE = 100
_log = logs.get("series")


class SeriesChanged(Conflict):
    """Another process wrote the series since it was read; read it again."""


class SeriesStore:
    """The series of all apps. All calls raise EngineUnavailable."""

    def __init__(self, redis: Redis, retention: Retention) -> None:
        self._redis = redis
        self._retention = retention

    async def write(
        self,
        series: Series,
        audience: Audience | None = None,
        *,
        keep_until: datetime | None = None,
        keeps_next: bool = False,
    ) -> Series:
        """Write a series that has the revision that was read; NO_REVISION for a new one.

        Its template, what was written and its audience are replaced where an audience is given. A
        series with `keep_until` is forgotten then and not listed. With `keeps_next` its next
        instant stays, whatever it is by now. May be repeated. Raises SeriesChanged where the series
        was written or ended since, Conflict where the app has too many, or a saved audience is
        unknown.
        """
        head: list[Value] = [series.app, series.id, series.revision, series.kind, series.status]
        head += ["keep" if keeps_next else _text(series.next_ms), series.definition]
        head += ["" if keep_until is None else to_ms(keep_until), MAX_LISTED if keep_until is None else 0]
        if audience is not None:
            _, pieces = split(audience)
            head += [encode(series.template), series.written, " ".join(saved_names(audience)), *pieces]
        async with confirmed(self._redis, QUEUE):
            answer = cast("list[bytes | int]", await self._run("write_series", *head))
        match answer:
            case [b"written", _]:
                return await self.read(series.app, series.id)
            case [b"full"]:
                raise Conflict(f"an app may have {MAX_LISTED} schedules; delete some first")
            case [b"unknown", bytes(name)]:
                raise deleted_meanwhile(name)
        raise SeriesChanged("the schedule was changed at the same time; read it again")

    async def read(self, app: str, series_id: str) -> Series:
        """A series of the app. Raises NotFound."""
        (found,) = await self._read_all([(app, series_id)])
        if found is None:
            raise NotFound(f"there is no schedule {series_id}")
        return found

    async def delete(self, app: str, series_id: str) -> bool:
        """Delete a series; messages that it made stay. Returns whether there was one."""
        async with confirmed(self._redis, QUEUE):
            return bool(await self._run("delete_series", app, series_id))

    async def listed(self, app: str, after: str, limit: int) -> tuple[list[Series], str | None]:
        """At most `limit` listed series whose ids come after this one, in the order of their ids,
        and the id after which the next page begins, None at the end.
        """
        async with reaching(Changes.NOTHING):
            rows = await self._redis.zrangebylex(
                f"{QUEUE}:series:{app}", f"({after}" if after else "-", "+", 0, limit + 1
            )
        ids = [row.decode() for row in cast("list[bytes]", rows)]
        shown = ids[:limit]
        found = [one for one in await self._read_all([(app, one) for one in shown]) if one]
        return found, shown[-1] if len(ids) > limit else None

    async def all_listed(self, app: str) -> AsyncIterator[Series]:
        """All listed series of an app."""
        after: str | None = ""
        while after is not None:
            found, after = await self.listed(app, after, _READ_AT_ONCE)
            for one in found:
                yield one

    async def erase_names(
        self, series: Series, written: bytes, substitution: Substitution, rewrite: Callable[[bytes], bytes]
    ) -> bool:
        """Replace names of a person in the audience of a series, and what was written by this;
        values for the person's users go. `rewrite` takes the names out of the message of the runs,
        as JSON. Returns False where the series was written meanwhile.
        """
        key = _key(series.app, series.id)
        async with reaching(Changes.NOTHING):
            read = self._redis.lrange(f"{key}:audience", 0, -1)
            pieces = await cast("Awaitable[list[bytes]]", read)
        kind, stored = series.template.audience.kind, list(pieces)
        for index, raw in enumerate(pieces):
            if after := substitution.replaced(piece(kind, raw)):
                (stored[index],) = split(after)[1]
        template = without_values(series.template, substitution.names.users)
        args: list[Value] = [
            series.app,
            series.id,
            series.revision,
            rewrite(encode(template)),
            written,
            *stored,
        ]
        return bool(await self._run("erase_names", *args))

    async def naming(self, app: str, name: str) -> list[str]:
        """The ids of listed series that name this saved audience."""
        async with reaching(Changes.NOTHING):
            ids = cast("list[bytes]", await self._redis.zrange(f"{QUEUE}:series:{app}", 0, -1))
        found: list[str] = []
        for some in portions([one.decode() for one in ids], _READ_AT_ONCE):
            async with reaching(Changes.NOTHING), self._redis.pipeline(transaction=False) as pipe:
                for series_id in some:
                    pipe.hget(_key(app, series_id), "saved")
                saved = cast("list[bytes | None]", await pipe.execute())
            found += [
                one
                for one, names in zip(some, saved, strict=True)
                if names and name in names.decode().split(" ")
            ]
        return found

    async def parts(self, app: str, series_id: str, before: int, limit: int) -> list[Part]:
        """At most `limit` parts with numbers below `before`, newest first. The newest KEPT_PARTS of
        a series are kept.
        """
        numbers = range(before - 1, max(before - 1 - limit, 0), -1)
        if not numbers:
            return []
        key = f"{QUEUE}:parts:{app}:{series_id}"
        async with reaching(Changes.NOTHING):
            read = self._redis.hmget(key, [str(number) for number in numbers])
            rows = await cast("Awaitable[list[bytes | None]]", read)
        return [Part.parse(number, row) for number, row in zip(numbers, rows, strict=True) if row is not None]

    async def count(self) -> int:
        """How many series of all apps have an instant to come."""
        async with reaching(Changes.NOTHING):
            return int(await self._redis.zcard(f"{QUEUE}:series"))

    async def due_times(self, until: datetime, limit: int) -> list[int]:
        """Next instants up to `until` of at most `limit` series, in ms since the epoch, earliest
        first.
        """
        return [at_ms for _, at_ms in await self._due(until, limit)]

    async def due(self, now: datetime, limit: int, passed_over: int = 0) -> list[Series]:
        """At most `limit` series whose next instant has come, the longest due first, after the
        first so many. Those that this version cannot read are left out.
        """
        members = [member.partition(" ") for member, _ in await self._due(now, limit, passed_over)]
        names = [(app, series_id) for app, _, series_id in members]
        found = await self._read_all(names)
        for (app, series_id), one in zip(names, found, strict=True):
            if one is None:  # one that is forgotten leaves the list; others stay
                await self._run("spawn", app, series_id, "", "", "", "", KEPT_PARTS, "", "")
        # Another scheduler may have moved one on between the two reads.
        now_ms = to_ms(now)
        return [one for one in found if one and one.next_ms is not None and one.next_ms <= now_ms]

    async def move(self, series: Series, step: Step, max_waiting: int = 0) -> Moved:
        """Move a series that fell due on: its part is made and its next instant set in one step,
        by one of all schedulers that try.

        The part has no message where `max_waiting` messages of the app wait; 0 for any number.
        """
        args: list[Value] = [series.app, series.id, _text(series.next_ms), series.revision]
        skipped = " ".join(f"{at_ms} {reason}" for at_ms, reason in step.skipped)
        args += [_text(step.next_ms), skipped, KEPT_PARTS]
        if step.part is None:
            args += ["", ""]
        else:
            at_ms, message, detail, waits_for_last = step.part
            kept = self._retention.keep_until(message), self._retention.content_until(message)
            args += [at_ms, detail, "skip" if waits_for_last else "", message.id, encode(message)]
            args += [to_ms(message.push_at), to_ms(kept[0]), to_ms(kept[1])]
            args += [max_waiting, encode(message.envelope), escalates_ms(message)]
        async with confirmed(self._redis, QUEUE):
            return Moved(cast("bytes", await self._run("spawn", *args)).decode())

    async def hold(self, until: datetime) -> None:
        """The store went back to an earlier time: instants up to this one are not made up for."""
        await self._run("hold_series", to_ms(until))

    async def _due(self, until: datetime, limit: int, start: int = 0) -> list[tuple[str, int]]:
        async with reaching(Changes.NOTHING):
            rows = await self._redis.zrangebyscore(
                f"{QUEUE}:series", "-inf", to_ms(until), start=start, num=limit, withscores=True
            )
        return [(member.decode(), int(score)) for member, score in cast("list[tuple[bytes, float]]", rows)]

    async def _read_all(self, names: Sequence[tuple[str, str]]) -> list[Series | None]:
        found: list[Series | None] = []
        for some in portions(names, _READ_AT_ONCE):
            async with reaching(Changes.NOTHING), self._redis.pipeline(transaction=False) as pipe:
                for app, series_id in some:
                    pipe.hmget(_key(app, series_id), _FIELDS)
                rows = cast("list[list[bytes | None]]", await pipe.execute())
            found += [_parse(*name, row) for name, row in zip(some, rows, strict=True)]
        return found

    async def _run(self, name: str, *args: Value) -> object:
        return await script("pushgate.series", name)(self._redis, [QUEUE], args)


def _parse(app: str, series_id: str, row: Sequence[bytes | None]) -> Series | None:
    """The series of a row; None where there is none, and where this version cannot read it."""
    if any(value is None for value in row):
        return None
    kind, status, next_ms, definition, template, written, revision, number = cast("list[bytes]", list(row))
    try:
        return Series(
            app=app,
            id=series_id,
            kind=kind.decode(),
            status=SeriesStatus(status.decode()),
            next_ms=int(next_ms) if next_ms else None,
            definition=definition,
            template=decode(template),
            written=written,
            revision=int(revision),
            number=int(number),
        )
    except ValueError as error:
        _log.error("series passed over", action="series_unreadable", error=type(error).__name__)
        return None


def _key(app: str, series_id: str) -> str:
    return f"{QUEUE}:s:{app}:{series_id}"


def _text(at_ms: int | None) -> Value:
    return "" if at_ms is None else at_ms
