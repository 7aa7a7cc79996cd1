"""Every due message is claimed by one scheduler at a time, and none is lost."""

import asyncio
from datetime import timedelta

from redis.asyncio import Redis
from tests.support.clock import SetClock
from tests.support.messages import LEASE, message

from pushgate.domain.message import Status
from pushgate.stores import Stores


async def test_only_due_messages_are_claimed_earliest_first(stores: Stores, clock: SetClock) -> None:
    late, early = await stores.messages.put(message(clock, 5)), await stores.messages.put(message(clock, 2))
    assert await stores.claims.claim(clock.now(), LEASE, "one", 10) == []
    clock.advance(2)
    assert await stores.claims.claim(clock.now(), LEASE, "one", 10) == [early.envelope]
    clock.advance(10)
    assert await stores.claims.claim(clock.now(), LEASE, "one", 10) == [late.envelope]


async def test_rival_schedulers_claim_every_message_once(stores: Stores, clock: SetClock) -> None:
    stored = {(await stores.messages.put(message(clock))).id for _ in range(200)}
    claims = await asyncio.gather(
        *(stores.claims.claim(clock.now(), LEASE, f"holder-{n}", 7) for n in range(40))
    )
    claimed = [item.id for batch in claims for item in batch]
    assert sorted(claimed) == sorted(stored)


async def test_a_claim_whose_holder_died_is_taken_over_when_its_lease_is_out(
    stores: Stores, clock: SetClock
) -> None:
    stored = await stores.messages.put(message(clock))
    await stores.claims.claim(clock.now(), LEASE, "dead", 10)
    clock.advance(29)
    assert await stores.claims.claim(clock.now(), LEASE, "next", 10) == []
    clock.advance(2)
    assert await stores.claims.claim(clock.now(), LEASE, "next", 10) == [stored.envelope]
    assert await stores.claims.mark_submitted(stored.id, "dead", clock.now()) is None
    assert await stores.claims.mark_submitted(stored.id, "next", clock.now()) is Status.SENDING


async def test_a_renewed_claim_is_not_taken_over(stores: Stores, clock: SetClock) -> None:
    stored = await stores.messages.put(message(clock))
    await stores.claims.claim(clock.now(), LEASE, "slow", 10)
    clock.advance(29)
    assert await stores.claims.renew(stored.id, "slow", clock.now() + LEASE) is Status.DISPATCHING
    clock.advance(29)
    assert await stores.claims.claim(clock.now(), LEASE, "next", 10) == []


async def test_a_claim_put_back_is_claimed_by_the_next_at_once(stores: Stores, clock: SetClock) -> None:
    stored = await stores.messages.put(message(clock))
    await stores.claims.claim(clock.now(), LEASE, "leaving", 10)
    assert await stores.claims.put_back(stored.id, "leaving", clock.now()) is Status.DISPATCHING
    assert await stores.claims.claim(clock.now(), LEASE, "next", 10) == [stored.envelope]


async def test_a_claim_can_be_put_back_for_a_moment_later(stores: Stores, clock: SetClock) -> None:
    stored = await stores.messages.put(message(clock))
    await stores.claims.claim(clock.now(), LEASE, "tried", 10)
    await stores.claims.put_back(stored.id, "tried", clock.now() + timedelta(seconds=1))
    assert await stores.claims.claim(clock.now(), LEASE, "next", 10) == []
    clock.advance(1)
    assert await stores.claims.claim(clock.now(), LEASE, "next", 10) == [stored.envelope]


async def test_only_a_message_being_sent_is_planned_again(stores: Stores, clock: SetClock) -> None:
    stored = await stores.messages.put(message(clock))
    await stores.lifecycle.replan("shop", stored.id)
    assert (await stores.messages.read("shop", stored.id)).status is Status.SCHEDULED
    await stores.claims.claim(clock.now(), LEASE, "one", 10)
    await stores.claims.mark_submitted(stored.id, "one", clock.now())
    assert not await stores.claims.was_replanned(stored.id)
    await stores.lifecycle.replan("shop", stored.id)
    assert await stores.claims.was_replanned(stored.id)
    assert await stores.claims.claim(clock.now(), LEASE, "two", 10) == [stored.envelope]
    await stores.claims.mark_submitted(stored.id, "two", clock.now())
    await stores.lifecycle.finish("shop", stored.id)
    await stores.lifecycle.replan("shop", stored.id)
    assert (await stores.messages.read("shop", stored.id)).status is Status.SENT
    assert await stores.claims.claim(clock.now() + 2 * LEASE, LEASE, "three", 10) == []


async def test_a_message_that_cannot_be_read_does_not_stop_the_others(
    stores: Stores, redis: Redis, clock: SetClock
) -> None:
    bad, good = await stores.messages.put(message(clock)), await stores.messages.put(message(clock))
    await redis.hset(f"{{q}}:message:{bad.id}", "envelope", '{"audience": {"planet": "mars"}}')
    assert await stores.claims.claim(clock.now(), LEASE, "one", 10) == [good.envelope]
