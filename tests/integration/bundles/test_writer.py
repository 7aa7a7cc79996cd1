"""Messages of concurrent requests are stored together, each exactly once."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta

import pytest
from msgspec.structs import replace
from redis.asyncio import Redis
from tests.support.bundles import RETENTION, small
from tests.support.clock import SetClock

from pushgate.bundles.accounts import SmallAccounts
from pushgate.bundles.bodies import SmallMessage
from pushgate.bundles.home_writer import Draft, Written
from pushgate.bundles.segments import Segments
from pushgate.bundles.values import Home
from pushgate.bundles.waiting import WaitingElsewhere
from pushgate.bundles.writer import SmallMessageWriter
from pushgate.domain.app import App
from pushgate.domain.errors import EngineUnavailable
from pushgate.domain.message import Options, Priority
from pushgate.domain.message_id import position_of
from pushgate.messages.idempotency import RequestKey, creation
from pushgate.messages.index import MessageIndex
from pushgate.messages.retention import Retention
from pushgate.redis.client import watching

ONE, FOUR = App("shop"), App("news", 4)


class CountedSegments(Segments):
    """Counts script calls, and fails while it is told to."""

    calls = 0
    broken = False
    broken_shard: int | None = None

    async def put(self, home, *args, **options):  # type: ignore[no-untyped-def]  # as the real one
        self.calls += 1
        await asyncio.sleep(0)
        if self.broken or home.shard == self.broken_shard:
            raise EngineUnavailable("away")
        return await super().put(home, *args, **options)


@pytest.fixture
def segments(redis: Redis) -> CountedSegments:
    return CountedSegments(redis)


def writer(redis: Redis, segments: Segments, clock: SetClock) -> SmallMessageWriter:
    waiting = WaitingElsewhere(segments, MessageIndex(redis, clock))
    return SmallMessageWriter(segments, waiting, Retention(RETENTION), clock)


def draft(text: str, clock: SetClock, key: RequestKey | None = None, app: App = ONE) -> Draft:
    return Draft(small(text, push_at=clock.now(), app=app.name), at_once=True, key=key, warnings=b"[]")


def ids(written: Sequence[Written]) -> list[str]:
    return [one.message.id for one in written if one.message]


async def test_concurrent_requests_share_writes_and_each_message_is_found_under_its_id(
    redis: Redis, segments: CountedSegments, clock: SetClock
) -> None:
    many = writer(redis, segments, clock)
    written = await asyncio.gather(*(many.put(ONE, [draft(f"n{number}", clock)]) for number in range(300)))
    assert segments.calls <= 4
    found = ids([one for (one,) in written])
    assert len(set(found)) == 300
    accounts = await SmallAccounts(redis, clock).read(ONE, found)
    texts = [
        account.message.message.content["en"].body for account in accounts if account and account.message
    ]
    assert texts == [f"n{number}" for number in range(300)]


async def test_a_lone_request_is_written_at_once(
    redis: Redis, segments: CountedSegments, clock: SetClock
) -> None:
    alone = writer(redis, segments, clock)
    for number in range(3):
        await alone.put(ONE, [draft("x", clock)])
        assert segments.calls == number + 1


async def test_a_page_has_64_segments_and_is_given_up_with_age(
    redis: Redis, segments: CountedSegments, clock: SetClock
) -> None:
    alone = writer(redis, segments, clock)
    pages = []
    for _ in range(65):
        pages += [
            position.page
            for one in ids(await alone.put(ONE, [draft("x", clock)]))
            if (position := position_of(one))
        ]
    assert pages == [pages[0]] * 64 + [pages[0] + 1]
    clock.advance(601)
    (late,) = ids(await alone.put(ONE, [draft("x", clock)]))
    position = position_of(late)
    assert position
    assert position.page == pages[0] + 2


async def test_messages_that_expire_much_later_have_pages_of_their_own(
    redis: Redis, segments: CountedSegments, clock: SetClock
) -> None:
    alone = writer(redis, segments, clock)
    later = small("later", push_at=clock.now() + timedelta(days=300))
    written = await alone.put(ONE, [draft("now", clock), Draft(later, at_once=False)])
    pages = {position.page for one in ids(written) if (position := position_of(one))}
    assert len(pages) == 2


async def test_urgent_messages_and_push_times_have_segments_of_their_own(
    redis: Redis, segments: CountedSegments, clock: SetClock
) -> None:
    alone = writer(redis, segments, clock)
    urgent = small("u", push_at=clock.now(), options=Options(priority=Priority.HIGH))
    soon = small("s", push_at=clock.now() + timedelta(seconds=5))
    written = await alone.put(
        ONE, [draft("a", clock), Draft(urgent, at_once=True), Draft(soon, at_once=False), draft("b", clock)]
    )
    places = [position for one in ids(written) if (position := position_of(one))]
    assert [place.segment for place in places] == [0, 1, 2, 0]
    home = Home(ONE, 0)
    due, first_urgent, *_ = (await segments.next_due_at([home]))[0]
    assert due
    assert first_urgent


async def test_a_repeated_request_is_not_stored_again(
    redis: Redis, segments: CountedSegments, clock: SetClock
) -> None:
    for app in (ONE, FOUR):
        key = RequestKey(app, "k", b"d" * 32)
        many = writer(redis, segments, clock)
        first, second = await asyncio.gather(
            *(many.put(app, [draft("x", clock, key, app)]) for _ in range(2))
        )
        assert first[0].message
        record = key.record(creation(first[0].message.id, b"[]"))
        assert second == [Written(known=record)]
        assert await writer(redis, segments, clock).put(app, [draft("x", clock, key, app)]) == [
            Written(known=record)
        ]
        assert await segments.waiting(Home(app, key.shard)) == (1, 0)


async def test_the_limit_of_waiting_messages_is_exact_with_one_shard(
    redis: Redis, segments: CountedSegments, clock: SetClock
) -> None:
    limited = writer(redis, segments, clock)
    written = await asyncio.gather(*(limited.put(ONE, [draft("x", clock)], 10) for _ in range(25)))
    assert len(ids([one for (one,) in written])) == 10
    assert [one for (one,) in written if one.message is None] == [Written()] * 15
    assert await segments.waiting(Home(ONE, 0)) == (10, 0)


async def test_a_failed_write_reaches_its_own_requests_alone(
    redis: Redis, segments: CountedSegments, clock: SetClock
) -> None:
    many = writer(redis, segments, clock)
    segments.broken = True
    failed = [asyncio.create_task(many.put(ONE, [draft("x", clock)])) for _ in range(3)]
    await asyncio.wait(failed)
    segments.broken = False
    assert all(isinstance(task.exception(), EngineUnavailable) for task in failed)
    assert len(ids(await many.put(ONE, [draft("y", clock)]))) == 1


async def test_writers_that_are_given_the_same_page_lose_no_message(
    redis: Redis, segments: CountedSegments, clock: SetClock
) -> None:
    """As after a failover, in which Redis lost that it had given the page before."""
    first, second = writer(redis, segments, clock), writer(redis, segments, clock)
    stored = ids(await first.put(ONE, [draft("1", clock)]))
    await redis.hdel("{shop:0}:next", "page")
    clock.advance(1)
    stored += ids(await second.put(ONE, [draft("2", clock), draft("3", clock)]))
    stored += ids(await first.put(ONE, [draft("4", clock)]))
    accounts = await SmallAccounts(redis, clock).read(ONE, stored)
    texts = [
        account.message.message.content["en"].body for account in accounts if account and account.message
    ]
    assert texts == ["1", "2", "3", "4"]
    assert await segments.waiting(Home(ONE, 0)) == (4, 0)


async def test_a_request_of_which_a_part_was_stored_has_changed_something(
    redis: Redis, segments: CountedSegments, clock: SetClock
) -> None:
    def keyed(name: str) -> Draft:
        return draft(name, clock, RequestKey(FOUR, name, b"d" * 32), FOUR)

    many = writer(redis, segments, clock)
    both = [keyed("a"), keyed("d")]
    assert len({one.key.shard for one in both if one.key}) == 2
    segments.broken_shard = both[0].key.shard if both[0].key else 0
    with watching() as watch:
        with pytest.raises(EngineUnavailable):
            await many.put(FOUR, both)
        assert watch.changed
    with watching() as watch:
        with pytest.raises(EngineUnavailable):
            await many.put(FOUR, both[:1])
        assert not watch.changed


async def test_nobody_waits_for_a_write_that_was_cut_off(
    redis: Redis, segments: CountedSegments, clock: SetClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    many = writer(redis, segments, clock)
    with monkeypatch.context() as patch:
        patch.setattr("pushgate.bundles.home_writer.to_ms", lambda _: 1 // 0)
        cut_off = [asyncio.create_task(many.put(ONE, [draft("x", clock)])) for _ in range(300)]
        done, _ = await asyncio.wait(cut_off, timeout=10)
    assert len(done) == 300
    assert all(task.cancelled() or task.exception() for task in done)
    assert len(ids(await many.put(ONE, [draft("y", clock)]))) == 1


async def test_a_cancelled_request_touches_no_other(
    redis: Redis, segments: CountedSegments, clock: SetClock
) -> None:
    many = writer(redis, segments, clock)
    tasks = [asyncio.create_task(many.put(ONE, [draft(str(number), clock)])) for number in range(5)]
    await asyncio.sleep(0)
    tasks[0].cancel()
    tasks[3].cancel()
    rest = await asyncio.gather(*(task for number, task in enumerate(tasks) if number not in (0, 3)))
    assert len(ids([one for (one,) in rest])) == 3


async def test_shards_take_turns_page_by_page(
    redis: Redis, segments: CountedSegments, clock: SetClock
) -> None:
    many = writer(redis, segments, clock)
    found = [ids(await many.put(FOUR, [draft("x", clock, app=FOUR)]))[0] for _ in range(130)]
    shards = [position.shard for one in found if (position := position_of(one))]
    assert shards == [0] * 65 + [1] * 65


async def test_a_batch_is_one_script(redis: Redis, segments: CountedSegments, clock: SetClock) -> None:
    written = await writer(redis, segments, clock).put(
        ONE, [draft(f"n{number}", clock) for number in range(256)]
    )
    assert segments.calls == 1
    assert len(set(ids(written))) == 256


async def test_a_message_keeps_what_it_was_given(
    redis: Redis, segments: CountedSegments, clock: SetClock
) -> None:
    given = small("x", push_at=clock.now() + timedelta(minutes=5), options=Options(ttl=timedelta(0), badge=3))
    (written,) = await writer(redis, segments, clock).put(ONE, [Draft(given, at_once=False)])
    assert written.message is not None
    (account,) = await SmallAccounts(redis, clock).read(ONE, [written.message.id])
    assert account is not None
    assert account.message == SmallMessage(
        replace(given.message, id=written.message.id, created_at=clock.now()), given.audience
    )
