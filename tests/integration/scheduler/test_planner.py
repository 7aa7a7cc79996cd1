"""Plans are written, read and ended in portions, and the rest of an interrupted plan does not
stay.
"""

from datetime import timedelta

import pytest
from redis.asyncio import Redis
from tests.support.accounting import assert_law, bits_of
from tests.support.blocks import open_blocks
from tests.support.redis_work import calls_of
from tests.support.scheduler import APP, LEASE, SchedulerParts

from pushgate.domain import bitmaps
from pushgate.domain.audience import AudienceKind, AudienceSummary, ByToken
from pushgate.domain.message import Content, Message, Resend
from pushgate.domain.message_id import new_id
from pushgate.domain.outcome import State
from pushgate.domain.terminal import Group, InlineToken
from pushgate.ledger.plan_portions import cut_into_portions
from pushgate.ledger.values import Block, MessageShard, Planned
from pushgate.redis.hash_tags import shard_of
from pushgate.redis.scripts import Value, script

TERMINALS = 40
LOST = 1


BLOCKS = [Block(Group("apns", "en"), number) for number in range(600)]


@pytest.fixture(autouse=True)
async def opened_blocks(redis: Redis) -> None:
    """The registry of the app has the blocks of the tests."""
    await open_blocks(redis, APP, BLOCKS)


async def scripts(redis: Redis) -> int:
    """How many scripts have run."""
    return await calls_of(redis, "evalsha", "eval")


async def test_the_rest_of_an_interrupted_plan_is_cleared_in_one_command(
    parts: SchedulerParts, redis: Redis
) -> None:
    began = await calls_of(redis, "unlink")
    scope = MessageShard(APP, 0, "m", parts.clock.now() + timedelta(days=1))
    assert await parts.stores.plans.write(scope, [Planned(block, 0b11) for block in BLOCKS])
    assert await calls_of(redis, "unlink") - began == 1


async def test_plans_are_written_and_ended_in_portions(parts: SchedulerParts, redis: Redis) -> None:
    stores, scope = parts.stores, MessageShard(APP, 0, "m", parts.clock.now() + timedelta(days=1))
    began = await scripts(redis)
    assert await stores.plans.write(scope, [Planned(block, 0b11) for block in BLOCKS])
    assert await scripts(redis) - began >= 3, "no script writes all of it"
    assert not await stores.plans.write(scope, [Planned(block, 0b11) for block in BLOCKS])
    assert sorted(await stores.pending.blocks(scope), key=lambda block: block.number) == BLOCKS
    parts.clock.advance(60)
    now, began = parts.clock.now(), await scripts(redis)
    still_open, stuck = await stores.pending.find_stuck(scope, now, now, 10_000)
    assert (still_open, len(stuck)) == (1200, 600)
    assert await scripts(redis) - began >= 3, "no script looks at all of it"
    began = await scripts(redis)
    assert await stores.pending.end(APP, "m", scope.keep_until, State.EXPIRED) == 1200
    assert await scripts(redis) - began >= 3 + 1, "no script ends all of it"
    await assert_law(redis, parts.stores.results, [scope])
    began = await scripts(redis)
    await stores.plans.resume(scope, Resend(1, (State.EXPIRED,), now), ["apns"])
    assert await scripts(redis) - began >= 3, "no script resumes all of it"
    assert len(await stores.pending.blocks(scope)) == 600
    await assert_law(redis, parts.stores.results, [scope])


async def test_a_long_list_of_tokens_is_read_and_stored_in_pieces(
    parts: SchedulerParts, redis: Redis
) -> None:
    async def calls() -> int:
        return await calls_of(redis, "lindex")

    tokens = ByToken(tuple(InlineToken("apns", f"{n:032x}", ("en", "ja")[n % 2]) for n in range(1200)))
    now = parts.clock.now()
    summary = AudienceSummary(AudienceKind.TOKENS, 1200, ("apns",))
    message = Message(
        id=new_id(now),
        app="shop",
        content={"en": Content("t", "b")},
        default_language="en",
        push_at=now,
        created_at=now,
        audience=summary,
    )
    await parts.stores.messages.put(message, audience=tokens)
    began = await calls()
    await parts.dispatch_due()
    assert await calls() - began == 4, "three pieces, and no fourth"
    assert await parts.states(message) == {"pending": 1200}
    message_shard = shard_of(APP, message.id)
    listed = [item.token for item in tokens.tokens]
    places = await parts.stores.tokens.locate_inline(APP, message_shard, message.id, listed)
    assert {place.slot for place in places if place} == {*range(600), *range(1024, 1624)}
    for place, token in list(zip(places, listed, strict=True))[::97]:
        assert place is not None
        block, offset = bitmaps.split_slot(place.slot)
        read = await parts.stores.tokens.read(APP, message_shard, message.id, place.group, block, 1 << offset)
        assert read == {offset: token.encode()}


async def test_nothing_stays_of_a_planner_that_died_halfway(parts: SchedulerParts, redis: Redis) -> None:
    stores, scope = parts.stores, MessageShard(APP, 0, "m", parts.clock.now() + timedelta(days=1))

    async def portion(number: int, block: Block) -> object:
        (portion,) = cut_into_portions([Planned(block, 0b1)])
        args: list[Value] = [2**41, 0, 0, "dead", number, 0, *portion.values()]
        return await script("pushgate.ledger", "plan")(redis, [scope.key], args)

    assert await portion(0, BLOCKS[7]) == 1
    assert await portion(0, BLOCKS[7]) == 1, "a client that lost its connection calls again"
    assert await stores.plans.unplanned(APP, "m") == [0, 1]
    assert not await parts.stores.results.settled(APP, "m")
    assert (await stores.leases.take(scope, "worker", LEASE, [BLOCKS[7]])).pending == {}
    later = parts.clock.now() + timedelta(days=1)
    assert (await stores.pending.find_stuck(scope, later, later, 10))[1] == []
    assert await stores.plans.write(scope, [Planned(BLOCKS[1], 0b111)])
    assert await portion(1, BLOCKS[8]) == 0, "it was not dead, but slow"
    assert await stores.plans.unplanned(APP, "m") == [1]
    assert await bits_of(redis, scope, "targeted") == {BLOCKS[1].number: 0b111}
    await assert_law(redis, parts.stores.results, [scope])
