"""A shard that lost its plan of a message, for example in a failover, is planned again: everybody
gets the message.
"""

from datetime import timedelta

import pytest
from msgspec.structs import replace
from redis.asyncio import Redis
from tests.support.scheduler import APP, LEASE, SchedulerParts, lose_plans

from pushgate.domain.audience import Audience, ByTerminal, ByToken, ByUser
from pushgate.domain.message import Delivery, Options, Resend, Status
from pushgate.domain.outcome import State
from pushgate.domain.terminal import InlineToken, Terminal
from pushgate.ledger.values import MessageShard, Move

TERMINALS = 40
LOST = 1


async def recover(parts: SchedulerParts) -> None:
    """Recovery runs, and messages that are due again are dispatched."""
    parts.clock.advance(5)
    await parts.recovery.run_once()
    await parts.dispatch_due()


async def test_a_shard_without_its_plan_is_planned_again(parts: SchedulerParts, redis: Redis) -> None:
    message = await parts.dispatch(TERMINALS)
    await lose_plans(redis, message.id, LOST)
    await parts.work(message)
    assert await parts.status(message) is Status.SENDING, "a shard without a plan keeps the message open"
    before = await parts.states(message)
    assert before["accepted"] < TERMINALS
    await recover(parts)
    assert await parts.states(message) == {**before, "pending": TERMINALS - before["accepted"]}
    await parts.work(message)
    assert await parts.states(message) == {"accepted": TERMINALS}
    assert await parts.status(message) is Status.SENT


async def test_plans_that_are_lost_while_workers_send_are_made_again_in_every_shard(
    parts: SchedulerParts, redis: Redis
) -> None:
    """The answers come when the shards know nothing of the message any more."""
    message = await parts.dispatch(TERMINALS)
    scopes = [
        MessageShard(APP, shard, message.id, parts.stores.retention.keep_until(message))
        for shard in range(APP.shards)
    ]
    taken = []
    for scope in scopes:
        blocks = await parts.stores.pending.blocks(scope)
        taken.append(await parts.stores.leases.take(scope, "worker", LEASE, blocks))
        await lose_plans(redis, message.id, scope.shard)
    for scope, held in zip(scopes, taken, strict=True):
        moves = [Move(block, bits, State.ACCEPTED) for block, bits in held.pending.items()]
        recorded = await parts.stores.outcomes.record(scope, "worker", LEASE, list(held.pending), moves)
        assert recorded.lost == len(held.pending), "the worker stops: its lease is lost"
    assert not await parts.stores.results.settled(APP, message.id)
    assert await parts.states(message) == {}
    await recover(parts)
    assert await parts.states(message) == {"pending": TERMINALS}
    await parts.work(message)
    assert await parts.states(message) == {"accepted": TERMINALS}
    assert await parts.status(message) is Status.SENT


AUDIENCES: dict[str, Audience] = {
    "terminals": ByTerminal(tuple(f"t{n}" for n in range(TERMINALS))),
    "users": ByUser(("ann", "bob")),
    "tokens": ByToken(tuple(InlineToken("apns", f"{n:032x}", "en") for n in range(TERMINALS))),
}


@pytest.mark.parametrize("kind", AUDIENCES)
async def test_a_listed_audience_is_read_again(parts: SchedulerParts, redis: Redis, kind: str) -> None:
    await parts.stores.registry.register(
        APP,
        [
            Terminal(f"t{n}", "apns", f"{n:032x}", "en", user="ann" if n % 2 else "bob")
            for n in range(TERMINALS)
        ],
    )
    message = await parts.store(AUDIENCES[kind])
    await parts.dispatch_due()
    await lose_plans(redis, message.id, *range(APP.shards))
    await recover(parts)
    await parts.work(message)
    assert await parts.states(message) == {"accepted": TERMINALS}
    assert await parts.status(message) is Status.SENT


async def test_slots_that_must_not_be_sent_twice_count_as_unanswered(
    parts: SchedulerParts, redis: Redis
) -> None:
    message = await parts.dispatch(TERMINALS, Options(delivery=Delivery.AT_MOST_ONCE))
    await lose_plans(redis, message.id, LOST)
    await parts.work(message)
    accepted = (await parts.states(message))["accepted"]
    await recover(parts)
    await parts.work(message)
    assert await parts.states(message) == {"accepted": accepted, "rejected": TERMINALS - accepted}
    (failure,) = (await parts.stores.results.report(APP, message.id)).failures
    assert failure.code == "unanswered"
    assert await parts.status(message) is Status.SENT


async def test_a_finished_message_is_not_planned_again(parts: SchedulerParts, redis: Redis) -> None:
    message = await parts.dispatch(TERMINALS)
    await parts.work(message)
    assert await parts.status(message) is Status.SENT
    await lose_plans(redis, message.id, LOST)
    for _ in range(3):
        parts.clock.advance(61)
        await recover(parts)
    assert await parts.status(message) is Status.SENT
    assert "pending" not in await parts.states(message)


async def test_a_cancelled_message_is_not_planned_again(parts: SchedulerParts, redis: Redis) -> None:
    message = await parts.dispatch(TERMINALS)
    await lose_plans(redis, message.id, LOST)
    await parts.stores.messages.cancel("shop", message.id)
    await recover(parts)
    assert await parts.status(message) is Status.CANCELLED
    assert set(await parts.states(message)) == {"cancelled"}


async def test_a_plan_that_was_lost_at_the_end_of_the_time_to_live_is_accounted_for(
    parts: SchedulerParts, redis: Redis
) -> None:
    message = await parts.dispatch(TERMINALS, Options(ttl=timedelta(seconds=30)))
    await lose_plans(redis, message.id, LOST)
    parts.clock.advance(31)
    await recover(parts)
    await recover(parts)
    assert await parts.states(message) == {"expired": TERMINALS}
    assert await parts.status(message) is Status.SENT


async def test_a_message_past_its_retention_is_not_planned_again(parts: SchedulerParts, redis: Redis) -> None:
    message = await parts.dispatch(TERMINALS)
    await lose_plans(redis, message.id, *range(APP.shards))
    parts.clock.advance(timedelta(days=31, seconds=1).total_seconds())
    await recover(parts)
    assert await parts.status(message) is not Status.DISPATCHING
    assert await parts.states(message) == {}


async def test_failures_that_are_sent_again_do_not_bring_the_whole_shard_back(
    parts: SchedulerParts, redis: Redis
) -> None:
    message = await parts.dispatch(TERMINALS)
    await parts.work(message)
    until = parts.clock.now() + timedelta(seconds=600)
    resend = Resend(1, (State.REJECTED,), until)
    await parts.stores.revisions.resend("shop", message.id, lambda found: replace(found, resend=resend))
    await parts.dispatch_due()
    await parts.stores.lifecycle.reopen("shop", message.id)
    await lose_plans(redis, message.id, LOST)
    await recover(parts)
    assert "pending" not in await parts.states(message), "the terminals already have the message"
    await recover(parts)
    assert await parts.status(message) is Status.SENT
