"""Failures of small messages are sent again: once a request, however often it comes, and to whom it
may be.
"""

import asyncio
from datetime import timedelta

import pytest
from redis.asyncio import Redis
from tests.support.apps import configured_app, configured_vendor
from tests.support.bundles import LEASE, PATIENCE
from tests.support.clock import SetClock
from tests.support.messages import request_key
from tests.support.small_pushes import (
    ACCEPTED,
    RESERVED,
    SmallPushes,
    invalid,
    rejected,
    to,
    to_tokens,
)

from pushgate.bundles.bundle_values import TakenBundle
from pushgate.cancellation import cancel
from pushgate.domain.errors import Conflict, NotFound
from pushgate.domain.message import Delivery, Options, Resend, Status
from pushgate.domain.outcome import State
from pushgate.messages.stored import StoredMessage
from pushgate.resend import ResendRequest, resend

REJECTED = ResendRequest([State.REJECTED])


@pytest.fixture
def pushes(redis: Redis, clock: SetClock) -> SmallPushes:
    return SmallPushes(redis, clock)


async def retry(
    pushes: SmallPushes, message_id: str, request: ResendRequest = REJECTED, *vendors: str
) -> StoredMessage:
    found = {name: configured_vendor(name) for name in vendors or ("fcm",)}
    return await resend(pushes.stores, pushes.clock, configured_app(pushes.app, found), message_id, request)


async def states(pushes: SmallPushes, message_id: str) -> list[State]:
    return [slot.state for slot in (await pushes.account(message_id)).slots]


async def test_the_failures_that_are_asked_for_are_sent_again(pushes: SmallPushes, clock: SetClock) -> None:
    ids = await pushes.register(4)
    message_id = await pushes.send(to(*ids), ACCEPTED, rejected(), invalid(), rejected())
    clock.advance(60)
    stored = await retry(pushes, message_id)
    assert stored.message.resend is not None
    assert (stored.status, stored.message.resend.terminals) == (Status.SENDING, 2)
    assert await states(pushes, message_id) == [
        State.ACCEPTED,
        State.PENDING,
        State.INVALID,
        State.PENDING,
    ]
    tracked = await pushes.stores.tracked.messages.find(pushes.app, message_id)
    assert (tracked.status, tracked.message) == (Status.SENDING, stored.message)
    _, due = await pushes.world().bundles.look_after(pushes.world().home, PATIENCE, 10)
    taken = await pushes.world().bundles.take(pushes.world().home, due[0].number, "w", LEASE)
    assert isinstance(taken, TakenBundle)
    assert len(taken.due) == 2
    await pushes.record(message_id, None, ACCEPTED, None, rejected("AGAIN"))
    assert (await retry(pushes, message_id)).message.resend == Resend(
        2, (State.REJECTED,), clock.now() + timedelta(days=1), 1
    )


async def test_tokens_that_came_with_the_message_are_sent_to_again(pushes: SmallPushes) -> None:
    message_id = await pushes.send(to_tokens("a", "b"), rejected(), ACCEPTED)
    await retry(pushes, message_id)
    assert await states(pushes, message_id) == [State.PENDING, State.ACCEPTED]


async def test_of_two_requests_at_once_one_is_carried_out(pushes: SmallPushes) -> None:
    ids = await pushes.register(2)
    message_id = await pushes.send(to(*ids), rejected(), rejected())
    other = ResendRequest([State.REJECTED], timedelta(minutes=1))
    answers = await asyncio.gather(
        retry(pushes, message_id), retry(pushes, message_id, other), return_exceptions=True
    )
    assert [type(answer) for answer in answers if isinstance(answer, Exception)] == [Conflict]
    assert await pushes.world().segments.waiting(pushes.world().home) == (0, 2)


async def test_a_request_that_is_repeated_under_its_key_gets_its_answer_again(
    pushes: SmallPushes, clock: SetClock
) -> None:
    """Also where the first answer was lost with its record, and whenever it comes."""
    ids = await pushes.register(2)
    message_id = await pushes.send(to(*ids), rejected(), rejected())
    keyed = ResendRequest([State.REJECTED], key=request_key("k"))
    first, *others = await asyncio.gather(*(retry(pushes, message_id, keyed) for _ in range(3)))
    assert others == [first, first]
    clock.advance(5)
    await pushes.record(message_id, ACCEPTED, rejected())
    assert await retry(pushes, message_id, keyed) == first
    assert await states(pushes, message_id) == [State.ACCEPTED, State.REJECTED]
    again = await retry(pushes, message_id, ResendRequest([State.REJECTED], key=request_key("other")))
    assert again.message.resend is not None
    assert (again.message.resend.count, again.message.resend.terminals) == (2, 1)


async def test_a_push_that_was_sent_at_most_once_and_not_answered_is_left_out(
    pushes: SmallPushes, clock: SetClock
) -> None:
    ids = await pushes.register(2)
    once = Options(delivery=Delivery.AT_MOST_ONCE)
    message_id = await pushes.send(to(*ids), rejected(), RESERVED, options=once)
    with pytest.raises(Conflict, match="is sending"):
        await retry(pushes, message_id)
    clock.advance(120)
    await pushes.world().bundles.look_after(pushes.world().home, PATIENCE, 10)
    stored = await retry(pushes, message_id)
    assert stored.message.resend is not None
    assert stored.message.resend.terminals == 1
    assert await states(pushes, message_id) == [State.PENDING, State.REJECTED]
    await pushes.record(message_id, ACCEPTED)
    with pytest.raises(Conflict, match="no terminal"):
        await retry(pushes, message_id)


async def test_what_is_sent_again_expires_by_its_own_time(pushes: SmallPushes, clock: SetClock) -> None:
    ids = await pushes.register(1)
    message_id = await pushes.send(to(*ids), rejected())
    clock.advance(10)
    stored = await retry(pushes, message_id, ResendRequest([State.REJECTED], timedelta(minutes=5)))
    assert stored.message.expires_at == clock.now() + timedelta(minutes=5)
    clock.advance(301)
    await pushes.world().bundles.look_after(pushes.world().home, PATIENCE, 10)
    assert await states(pushes, message_id) == [State.EXPIRED]


async def test_terminals_of_a_vendor_without_settings_say_so_when_they_expire(
    pushes: SmallPushes, clock: SetClock
) -> None:
    ids = await pushes.register(1)
    message_id = await pushes.send(to(*ids), rejected())
    await retry(pushes, message_id, ResendRequest([State.REJECTED], timedelta(minutes=5)), "apns")
    clock.advance(301)
    await pushes.world().bundles.look_after(pushes.world().home, PATIENCE, 10)
    (slot,) = (await pushes.account(message_id)).slots
    assert (slot.state, slot.label.split("|")[2]) == (State.EXPIRED, "vendor_not_configured")


async def test_a_message_without_content_is_not_sent_again(pushes: SmallPushes) -> None:
    message_id = await pushes.send(to_tokens("a"), rejected())
    page, _ = (await pushes.account(message_id)).version
    assert await pushes.redis.delete(f"{{shop:0}}:c:{page}") == 1
    with pytest.raises(Conflict, match="content_retention"):
        await retry(pushes, message_id)


async def test_only_what_was_sent_is_sent_again(pushes: SmallPushes, clock: SetClock) -> None:
    ids = await pushes.register(2)
    (message_id,) = await pushes.put(to(*ids), push_at=clock.now() + timedelta(minutes=1))
    with pytest.raises(Conflict, match="is scheduled"):
        await retry(pushes, message_id)
    clock.advance(60)
    await pushes.place()
    await pushes.record(message_id, rejected())
    with pytest.raises(Conflict, match="is sending"):
        await retry(pushes, message_id)
    await cancel(pushes.stores, pushes.app, message_id)
    with pytest.raises(Conflict, match="is cancelled"):
        await retry(pushes, message_id)
    with pytest.raises(NotFound):
        await retry(pushes, message_id[:-1] + "9")


async def test_what_is_sent_again_can_be_cancelled(pushes: SmallPushes) -> None:
    ids = await pushes.register(2)
    message_id = await pushes.send(to(*ids), rejected(), ACCEPTED)
    await retry(pushes, message_id)
    for _ in range(2):
        assert (await cancel(pushes.stores, pushes.app, message_id)).status is Status.CANCELLED
    assert await states(pushes, message_id) == [State.CANCELLED, State.ACCEPTED]
