"""A shard that has lost what it knew of a message, in a failover say, is planned again: everybody gets the message."""

from dataclasses import replace
from datetime import timedelta

import pytest
from prometheus_client import CollectorRegistry
from redis.asyncio import Redis
from tests.support.accounting import assert_law, bits_of
from tests.support.apps import catalog_of
from tests.support.clock import SetClock
from tests.support.scheduler import APP, LEASE, Parts

from pushgate.domain import bitmaps
from pushgate.domain.audience import Audience, AudienceKind, AudienceSummary, ByTerminal, ByToken, ByUser
from pushgate.domain.message import Content, Delivery, Message, Options, Resend, Status
from pushgate.domain.outcome import State
from pushgate.domain.terminal import Group, InlineToken, Terminal
from pushgate.ledger.pending import Block, MessageShard, Planned
from pushgate.messages.store import new_id
from pushgate.redis.client import connect
from pushgate.redis.keys import shard_of
from pushgate.redis.scripts import Value, script
from pushgate.scheduler.dispatcher import Dispatcher
from pushgate.scheduler.metrics import SchedulerMetrics
from pushgate.terminals.registry import Registry

TERMINALS = 40
LOST = 1


async def lose(redis: Redis, message: Message, shard: int = LOST) -> int:
    """A shard forgets the message; returns how many keys it had."""
    keys = [key async for key in redis.scan_iter(f"{{shop:{shard}}}:m:{message.id}:*")]
    await redis.delete(*keys)
    return len(keys)


async def again(parts: Parts) -> None:
    """The sweep looks, and whoever is claimed is dispatched."""
    parts.clock.advance(5)
    await parts.sweep.run_once()
    await parts.fire.dispatch_due()
    await parts.fire.settled()


async def test_a_shard_without_its_plan_is_planned_again(parts: Parts, redis: Redis) -> None:
    message = await parts.dispatch(TERMINALS)
    assert await lose(redis, message) > 0
    await parts.work(message)
    assert await parts.status(message) is Status.SENDING, "one shard says nothing, so it is not at its end"
    before = await parts.states(message)
    assert before["accepted"] < TERMINALS
    await again(parts)
    assert await parts.states(message) == {**before, "pending": TERMINALS - before["accepted"]}
    await parts.work(message)
    assert await parts.states(message) == {"accepted": TERMINALS}
    assert await parts.status(message) is Status.SENT


AUDIENCES: dict[str, Audience] = {
    "terminals": ByTerminal(tuple(f"t{n}" for n in range(TERMINALS))),
    "users": ByUser(("ann", "bob")),
    "tokens": ByToken(tuple(InlineToken("apns", f"{n:032x}", "en") for n in range(TERMINALS))),
}


@pytest.mark.parametrize("kind", AUDIENCES)
async def test_a_listed_audience_is_read_again(parts: Parts, redis: Redis, kind: str) -> None:
    await parts.stores.registry.register(
        APP,
        [
            Terminal(f"t{n}", "apns", f"{n:032x}", "en", user="ann" if n % 2 else "bob")
            for n in range(TERMINALS)
        ],
    )
    now = parts.clock.now()
    message = Message(
        new_id(now), "shop", {"en": Content("t", "b")}, "en", now, now, AudienceSummary(AudienceKind(kind), 1)
    )
    await parts.stores.messages.put(message, audience=AUDIENCES[kind])
    await parts.fire.dispatch_due()
    await parts.fire.settled()
    for shard in range(APP.shards):
        await lose(redis, message, shard)
    await again(parts)
    await parts.work(message)
    assert await parts.states(message) == {"accepted": TERMINALS}
    assert await parts.status(message) is Status.SENT


async def test_what_asked_not_to_be_sent_twice_is_told_as_unanswered(parts: Parts, redis: Redis) -> None:
    message = await parts.dispatch(TERMINALS, Options(delivery=Delivery.AT_MOST_ONCE))
    await lose(redis, message)
    await parts.work(message)
    accepted = (await parts.states(message))["accepted"]
    await again(parts)
    await parts.work(message)
    assert await parts.states(message) == {"accepted": accepted, "rejected": TERMINALS - accepted}
    (failure,) = (await parts.stores.results.report(APP, message.id)).failures
    assert failure.code == "unanswered"
    assert await parts.status(message) is Status.SENT


async def test_a_finished_message_is_not_begun_again(parts: Parts, redis: Redis) -> None:
    message = await parts.dispatch(TERMINALS)
    await parts.work(message)
    assert await parts.status(message) is Status.SENT
    await lose(redis, message)
    for _ in range(3):
        parts.clock.advance(61)
        await again(parts)
    assert await parts.status(message) is Status.SENT
    assert "pending" not in await parts.states(message)


async def test_a_cancelled_message_is_not_planned_again(parts: Parts, redis: Redis) -> None:
    message = await parts.dispatch(TERMINALS)
    await lose(redis, message)
    await parts.stores.messages.cancel("shop", message.id)
    await again(parts)
    assert await parts.status(message) is Status.CANCELLED
    assert set(await parts.states(message)) == {"cancelled"}


async def test_a_plan_that_was_lost_at_the_end_of_the_time_to_live_is_accounted_for(
    parts: Parts, redis: Redis
) -> None:
    message = await parts.dispatch(TERMINALS, Options(ttl=timedelta(seconds=30)))
    await lose(redis, message)
    parts.clock.advance(31)
    await again(parts)
    await again(parts)
    assert await parts.states(message) == {"expired": TERMINALS}
    assert await parts.status(message) is Status.SENT


async def test_a_message_whose_time_is_over_is_not_planned_again(parts: Parts, redis: Redis) -> None:
    message = await parts.dispatch(TERMINALS)
    for shard in range(APP.shards):
        await lose(redis, message, shard)
    parts.clock.advance(timedelta(days=31, seconds=1).total_seconds())
    await again(parts)
    assert await parts.status(message) is not Status.DISPATCHING
    assert await parts.states(message) == {}


async def test_failures_that_are_sent_again_do_not_bring_the_whole_shard_back(
    parts: Parts, redis: Redis
) -> None:
    message = await parts.dispatch(TERMINALS)
    await parts.work(message)
    until = parts.clock.now() + timedelta(seconds=600)
    resend = Resend(1, (State.REJECTED,), until)
    await parts.stores.revisions.resend("shop", message.id, lambda found: replace(found, resend=resend))
    await parts.fire.dispatch_due()
    await parts.fire.settled()
    await parts.stores.lifecycle.reopen("shop", message.id)
    await lose(redis, message)
    await again(parts)
    assert "pending" not in await parts.states(message), "they have had it"
    await again(parts)
    assert await parts.status(message) is Status.SENT


BLOCKS = [Block(Group("apns", "en"), number) for number in range(600)]


async def scripts(redis: Redis) -> int:
    """How many scripts have run."""
    stats = await redis.info("commandstats")
    return sum(stats.get(f"cmdstat_{name}", {}).get("calls", 0) for name in ("evalsha", "eval"))


async def test_what_an_interrupted_plan_left_is_cleared_in_one_command(parts: Parts, redis: Redis) -> None:
    began = (await redis.info("commandstats")).get("cmdstat_unlink", {}).get("calls", 0)
    scope = MessageShard(APP, 0, "m", parts.clock.now() + timedelta(days=1))
    assert await parts.stores.pending.plan(scope, [Planned(block, 0b11) for block in BLOCKS])
    assert (await redis.info("commandstats"))["cmdstat_unlink"]["calls"] - began == 1


async def test_plans_are_written_and_ended_in_portions(parts: Parts, redis: Redis) -> None:
    pending, scope = parts.stores.pending, MessageShard(APP, 0, "m", parts.clock.now() + timedelta(days=1))
    began = await scripts(redis)
    assert await pending.plan(scope, [Planned(block, 0b11) for block in BLOCKS])
    assert await scripts(redis) - began >= 3, "no script writes all of it"
    assert not await pending.plan(scope, [Planned(block, 0b11) for block in BLOCKS])
    assert sorted(await pending.blocks(scope), key=lambda block: block.number) == BLOCKS
    parts.clock.advance(60)
    now, began = parts.clock.now(), await scripts(redis)
    still_open, stuck = await pending.stuck(scope, now, now, 10_000)
    assert (still_open, len(stuck)) == (1200, 600)
    assert await scripts(redis) - began >= 3, "no script looks at all of it"
    began = await scripts(redis)
    assert await pending.end(APP, "m", scope.keep_until, State.EXPIRED) == 1200
    assert await scripts(redis) - began >= 3 + 1, "no script ends all of it"
    await assert_law(redis, parts.stores.results, [scope])
    began = await scripts(redis)
    await pending.resume(scope, Resend(1, (State.EXPIRED,), now), ["apns"])
    assert await scripts(redis) - began >= 3, "no script resumes all of it"
    assert len(await pending.blocks(scope)) == 600
    await assert_law(redis, parts.stores.results, [scope])


async def test_a_long_list_of_tokens_is_read_and_kept_in_pieces(parts: Parts, redis: Redis) -> None:
    async def calls() -> int:
        return int((await redis.info("commandstats")).get("cmdstat_lindex", {}).get("calls", 0))

    tokens = ByToken(tuple(InlineToken("apns", f"{n:032x}", ("en", "ja")[n % 2]) for n in range(1200)))
    now = parts.clock.now()
    summary = AudienceSummary(AudienceKind.TOKENS, 1200, ("apns",))
    message = Message(new_id(now), "shop", {"en": Content("t", "b")}, "en", now, now, summary)
    await parts.stores.messages.put(message, audience=tokens)
    began = await calls()
    await parts.fire.dispatch_due()
    await parts.fire.settled()
    assert await calls() - began == 4, "three pieces, and no fourth"
    assert await parts.states(message) == {"pending": 1200}
    home = shard_of(APP, message.id)
    listed = [item.token for item in tokens.tokens]
    places = await parts.stores.tokens.locate_inline(APP, home, message.id, listed)
    assert {slot for place in places if place for slot in [place[1]]} == set(range(600))
    assert len({place for place in places if place}) == 1200
    for place, token in list(zip(places, listed, strict=True))[::97]:
        assert place is not None
        block, offset = bitmaps.place(place[1])
        read = await parts.stores.tokens.read(APP, home, message.id, place[0], block, 1 << offset)
        assert read == {offset: token.encode()}


async def test_of_a_planner_that_died_half_way_nothing_stays(parts: Parts, redis: Redis) -> None:
    pending, scope = parts.stores.pending, MessageShard(APP, 0, "m", parts.clock.now() + timedelta(days=1))

    async def portion(number: int, block: Block) -> object:
        args: list[Value] = [
            2**41,
            0,
            0,
            "dead",
            number,
            0,
            block.field,
            bitmaps.to_bytes(0b1),
            "pending",
            "",
        ]
        return await script("pushgate.ledger", "plan")(redis, [scope.key], args)

    assert await portion(0, BLOCKS[7]) == 1
    assert await portion(0, BLOCKS[7]) == 1, "a client that lost its connection calls again"
    assert await pending.unplanned(APP, "m") == [0, 1]
    assert not await parts.stores.results.settled(APP, "m")
    assert (await pending.take(scope, "worker", LEASE, [BLOCKS[7]])).pending == {}
    later = parts.clock.now() + timedelta(days=1)
    assert (await pending.stuck(scope, later, later, 10))[1] == []
    assert await pending.plan(scope, [Planned(BLOCKS[1], 0b111)])
    assert await portion(1, BLOCKS[8]) == 0, "it was not dead, but slow"
    assert await pending.unplanned(APP, "m") == [1]
    assert await bits_of(redis, scope, "targeted") == {BLOCKS[1].field: 0b111}
    await assert_law(redis, parts.stores.results, [scope])


@pytest.mark.parametrize("stopping", [False, True])
async def test_a_dispatch_that_an_engine_interrupts_puts_its_claim_back_at_once(
    parts: Parts, redis: Redis, clock: SetClock, stopping: bool
) -> None:
    """The registry's Redis is out of reach, the queue's is not."""
    nowhere = connect("redis://127.0.0.1:1/0", 4)
    stores = replace(parts.stores, registry=Registry(nowhere, clock, timedelta(days=30)))
    catalog = catalog_of(stores.registry, APP, ["apns"])
    metrics = SchedulerMetrics(CollectorRegistry())
    fire = Dispatcher(stores, parts.outbox, catalog, clock, "cut off", LEASE, metrics)
    now = clock.now()
    message = Message(new_id(now), "shop", {"en": Content("t", "b")}, "en", now, now, AudienceSummary())
    await parts.stores.messages.put(message)
    assert await fire.dispatch_due() == 1
    if stopping:
        fire.stop()
    await fire.settled()
    assert await parts.stores.claims.claim(clock.now(), LEASE, "other", 10) == []
    clock.advance(1)
    assert await parts.stores.claims.claim(clock.now(), LEASE, "other", 10) == [message.envelope]
    await nowhere.aclose()
