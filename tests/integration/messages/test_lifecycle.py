"""A message is finished, checked and reopened."""

from tests.support.clock import SetClock
from tests.support.messages import LEASE, message

from pushgate.domain.message import Status
from pushgate.stores import Stores


async def test_a_message_goes_from_scheduled_to_sent(stores: Stores, clock: SetClock) -> None:
    stored = await stores.messages.put(message(clock))
    await stores.claims.claim(clock.now(), LEASE, "one", 10)
    assert (await stores.messages.read("shop", stored.id)).status is Status.DISPATCHING
    await stores.claims.mark_submitted(stored.id, "one", clock.now())
    assert (await stores.messages.read("shop", stored.id)).status is Status.SENDING
    await stores.lifecycle.finish("shop", stored.id)
    assert (await stores.messages.read("shop", stored.id)).status is Status.SENT
    assert await stores.message_index.counts() == {
        "scheduled": 0,
        "dispatching": 0,
        "sending": 0,
        "paused": 0,
    }
    assert await stores.retries.count() == 0


async def test_a_message_still_being_dispatched_is_not_finished(stores: Stores, clock: SetClock) -> None:
    stored = await stores.messages.put(message(clock))
    await stores.claims.claim(clock.now(), LEASE, "one", 10)
    await stores.lifecycle.finish("shop", stored.id)
    assert (await stores.messages.read("shop", stored.id)).status is Status.DISPATCHING


async def test_cancelling_during_dispatch_is_seen_by_the_holder_and_by_recovery(
    stores: Stores, clock: SetClock
) -> None:
    stored = await stores.messages.put(message(clock))
    await stores.claims.claim(clock.now(), LEASE, "one", 10)
    await stores.messages.cancel("shop", stored.id)
    assert await stores.claims.mark_submitted(stored.id, "one", clock.now()) is Status.CANCELLED
    checked = await stores.lifecycle.unfinished(clock.now(), clock.now() + LEASE, 10)
    assert [(entry.envelope.id, entry.status) for entry in checked] == [(stored.id, Status.CANCELLED)]
    await stores.lifecycle.finish("shop", stored.id)
    assert await stores.lifecycle.unfinished(clock.now() + LEASE, clock.now() + LEASE, 10) == []


async def test_a_cancelled_message_whose_holder_died_is_left_to_recovery(
    stores: Stores, clock: SetClock
) -> None:
    stored = await stores.messages.put(message(clock))
    await stores.claims.claim(clock.now(), LEASE, "dead", 10)
    await stores.messages.cancel("shop", stored.id)
    clock.advance(60)
    assert await stores.claims.claim(clock.now(), LEASE, "next", 10) == []
    assert [
        entry.envelope.id for entry in await stores.lifecycle.unfinished(clock.now(), clock.now() + LEASE, 10)
    ] == [stored.id]


async def test_a_finished_message_is_checked_once_more(stores: Stores, clock: SetClock) -> None:
    stored = await stores.messages.put(message(clock))
    await stores.claims.claim(clock.now(), LEASE, "one", 10)
    await stores.claims.mark_submitted(stored.id, "one", clock.now())
    await stores.lifecycle.finish("shop", stored.id)
    assert await stores.lifecycle.settling(clock.now(), clock.now() + LEASE, 10) == []
    clock.advance(60)
    checked = await stores.lifecycle.settling(clock.now(), clock.now() + LEASE, 10)
    assert [(entry.envelope.id, entry.status) for entry in checked] == [(stored.id, Status.SENT)]
    await stores.lifecycle.reopen("shop", stored.id)
    assert (await stores.messages.read("shop", stored.id)).status is Status.SENDING
    assert [
        entry.envelope.id for entry in await stores.lifecycle.unfinished(clock.now(), clock.now() + LEASE, 10)
    ] == [stored.id]
    await stores.lifecycle.finish("shop", stored.id)
    await stores.lifecycle.settle("shop", stored.id)
    clock.advance(1000)
    assert await stores.lifecycle.settling(clock.now(), clock.now() + LEASE, 10) == []
