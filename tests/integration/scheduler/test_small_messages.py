"""Homes are woken when their messages are due, urgent ones before a backlog, and no app waits for
another.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from typing import cast

import pytest
from redis.asyncio import Redis
from tests.support.bundles import small as message
from tests.support.small_scheduler import NEWS, PATIENCE, SHOP, SmallScheduler
from tests.support.until import until

from pushgate.bundles.bundle_values import Change, TakenBundle, Verb
from pushgate.bundles.values import CellKind, Home
from pushgate.domain.app import App
from pushgate.domain.audience import ByTerminal
from pushgate.domain.clock import SystemClock, to_ms
from pushgate.domain.message import Options, Priority
from pushgate.domain.outcome import State
from pushgate.ledger.values import Failure
from pushgate.scheduler.small_dispatcher import MAX_MESSAGES
from pushgate.scheduler.small_messages import SmallMessages, SmallTimings
from pushgate.stores import Stores

TIMINGS = SmallTimings(timedelta(milliseconds=25), timedelta(milliseconds=5), PATIENCE)
HOMES = (Home(SHOP, 0), Home(SHOP, 1))


@pytest.fixture
async def messages(small: SmallScheduler) -> AsyncIterator[SmallMessages]:
    for app in (SHOP, NEWS):
        await small.stores.registered_apps.ensure_app(app)
        await small.register(10, app)
    # Timers of the event loop follow the machine's clock.
    clock = SystemClock()
    stores = Stores.open(small.redis, clock, timedelta(days=30))
    found = SmallMessages(replace(small.context, clock=clock, stores=stores), TIMINGS)
    await found.poll()
    yield found
    found.stop()
    await found.wait_until_idle()


async def store(
    small: SmallScheduler,
    count: int,
    app: App = SHOP,
    shard: int = 0,
    *,
    delay: float = 0,
    urgent: bool = False,
) -> list[str]:
    small.clock.at = SystemClock().now()
    options = Options(priority=Priority.HIGH if urgent else Priority.NORMAL)
    push_at = small.clock.now() + timedelta(seconds=delay)
    one = message(push_at=push_at, audience=ByTerminal(("t0",)), options=options, app=app.name)
    return await small.store([one] * count, shard, app)


async def are_placed(small: SmallScheduler, ids: list[str], app: App = SHOP) -> bool:
    return all(account.kind is CellKind.PLACED for account in await small.accounts(ids, app))


def announcement(app: App, shard: int, push_at_ms: int, *, urgent: bool = False) -> str:
    return f"{app.name}:{shard}:{push_at_ms}:{int(urgent)}"


async def test_an_announced_message_is_dispatched_without_a_poll(
    small: SmallScheduler, messages: SmallMessages
) -> None:
    for urgent in (False, True):
        ids = await store(small, 3, urgent=urgent)
        messages.hear(announcement(SHOP, 0, to_ms(small.clock.now()), urgent=urgent))
        await until(lambda ids=ids: are_placed(small, ids))  # type: ignore[misc]


async def test_an_announcement_reaches_the_channel(small: SmallScheduler, redis: Redis) -> None:
    async with redis.pubsub(ignore_subscribe_messages=True) as channel:
        await channel.subscribe("{q}:small")
        await channel.get_message(timeout=5)
        await store(small, 1, urgent=True, shard=1)
        async with asyncio.timeout(5):
            while (notice := await channel.get_message(timeout=1)) is None:
                pass
    assert notice["data"].decode() == announcement(SHOP, 1, to_ms(small.clock.now()), urgent=True)


async def test_messages_of_the_near_future_are_dispatched_on_time(
    small: SmallScheduler, messages: SmallMessages
) -> None:
    """One reading finds the first of them; what is due next is read after its round."""
    stored = [await store(small, 1, delay=delay) for delay in (0.1, 0.2, 0.3)]
    last_due = small.clock.now() + timedelta(seconds=0.3)
    await messages.poll()
    for ids in stored:
        await until(lambda ids=ids: are_placed(small, ids))  # type: ignore[misc]
    assert SystemClock().now() >= last_due
    other = await store(small, 1, NEWS, delay=0.2)
    assert not await are_placed(small, other, NEWS)
    messages.hear(announcement(NEWS, 0, to_ms(small.clock.now()) + 200))
    await until(lambda: are_placed(small, other, NEWS))


async def test_nonsense_and_unknown_homes_are_passed_over(messages: SmallMessages) -> None:
    for text in ("nonsense", "shop:x:1:0", "nobody:0:1:0", "shop:99:1:0"):
        messages.hear(text)


async def test_urgent_messages_and_other_apps_go_before_a_backlog_of_100_000(
    small: SmallScheduler, messages: SmallMessages
) -> None:
    for shard in (0, 1):
        await store(small, 50_000, shard=shard)
    await messages.poll()

    async def waiting() -> int:
        return sum([(await small.stores.segments.waiting(home))[0] for home in HOMES])

    await until(lambda: _is_less(waiting, 99_000))
    for app, urgent in ((SHOP, True), (NEWS, False), (NEWS, True)):
        before = await waiting()
        ids = await store(small, 5, app, urgent=urgent)
        messages.hear(announcement(app, 0, to_ms(small.clock.now()), urgent=urgent))
        await until(lambda ids=ids, app=app: are_placed(small, ids, app))  # type: ignore[misc]
        assert before - await waiting() < 20 * MAX_MESSAGES, "the backlog does not go first"
    assert await waiting() > 0


async def _is_less(count: Callable[[], Awaitable[int]], than: int) -> bool:
    return await count() < than


async def test_a_retry_is_submitted_when_it_is_due(small: SmallScheduler, messages: SmallMessages) -> None:
    ids = await store(small, 2)
    await messages.poll()
    await until(lambda: are_placed(small, ids))
    bundle = (await small.accounts(ids))[0].slots[0].bundle
    worker = small.world()
    small.clock.at = SystemClock().now()
    taken = await worker.bundles.take(HOMES[0], bundle, "worker", PATIENCE)
    assert isinstance(taken, TakenBundle)
    due_at = small.clock.now() + timedelta(seconds=1)
    busy = Change(Verb.TRIED, [0], Failure("apns", "503", "busy"), due_at)
    await worker.bundles.record(HOMES[0], bundle, "worker", None, [Change(Verb.ACCEPTED, [1]), busy])
    (before,) = await small.stores.segments.next_due_at([HOMES[0]])

    async def is_submitted() -> bool:
        await messages.poll()
        (now,) = await small.stores.segments.next_due_at([HOMES[0]])
        return (now[2] or 0) > (before[2] or 0)

    await until(is_submitted)
    late = SystemClock().now() - due_at
    assert timedelta(0) <= late < timedelta(seconds=3)
    small.clock.at = SystemClock().now()
    assert await small.send(HOMES[0], bundle) == 1
    states = {slot.state for account in await small.accounts(ids) for slot in account.slots}
    assert states == {State.ACCEPTED}


async def test_a_reserved_push_without_a_lease_holds_up_no_other_bundle(
    small: SmallScheduler, messages: SmallMessages
) -> None:
    ids = await store(small, 1)
    await messages.poll()
    await until(lambda: are_placed(small, ids))
    bundle = (await small.accounts(ids))[0].slots[0].bundle
    worker, lease = small.world().bundles, timedelta(milliseconds=500)
    small.clock.at = SystemClock().now()
    assert isinstance(await worker.take(HOMES[0], bundle, "worker", lease), TakenBundle)
    await worker.record(HOMES[0], bundle, "worker", lease, [Change(Verb.RESERVE, [0])])
    small.clock.advance(1)
    await worker.record(HOMES[0], bundle, "worker", None, [])

    async def nothing_is_due() -> bool:
        await messages.poll()
        return await small.stores.segments.next_due_at([HOMES[0]]) == [(None, None, None, None)]

    await until(nothing_is_due)
    assert (await small.accounts(ids))[0].slots[0].state is State.REJECTED


async def test_pages_are_forgotten_once_their_keys_are_gone(
    small: SmallScheduler, messages: SmallMessages
) -> None:
    world = small.world()
    pages = []
    for _ in range(30):
        world.page = 0
        await world.put([message(push_at=small.clock.now(), audience=ByTerminal(("t0",)))])
        pages.append(world.page)
    gone = [page for page in pages if page % 3]
    await small.redis.delete(*(f"{{shop:0}}:p:{page}" for page in gone))
    await messages.trim()
    left = cast("list[bytes]", await small.redis.zrange("{shop:0}:pages", 0, -1))
    assert [int.from_bytes(page[:4], "big") for page in left] == [page for page in pages if page not in gone]
    assert await small.stores.segments.trim(HOMES[0], 0, 5) == (0, 0)
