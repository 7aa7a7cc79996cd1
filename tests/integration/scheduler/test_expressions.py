"""Messages to audience expressions are planned, once, for whom the expression holds when they are
due.
"""

import pytest
from msgspec.structs import replace
from redis.asyncio import Redis
from tests.support.accounting import assert_law, bits_of
from tests.support.scheduler import APP, SchedulerParts, lose_plans

from pushgate.domain import bitmaps
from pushgate.domain.audience import (
    AllOf,
    Audience,
    ByTerminal,
    HadOutcome,
    HasTag,
    Not,
    OnePerUser,
    OutcomeTerm,
    Sample,
    Saved,
)
from pushgate.domain.message import Message, Status
from pushgate.domain.message_id import new_id
from pushgate.domain.terminal import Terminal
from pushgate.grouping.sampling import Share
from pushgate.ledger.values import MessageShard

TERMINALS = 40


@pytest.fixture(autouse=True)
async def terminals(parts: SchedulerParts) -> list[Terminal]:
    """Terminals of two vendors; every second one has the tag, and every user has four."""
    found = [
        Terminal(
            f"t{n:02}",
            ("apns", "fcm")[n % 3 == 0],
            f"{n:032x}",
            "en",
            user=f"user-{n // 4}",
            tags=("vip",) if n % 2 else (),
            last_seen=parts.clock.now(),
        )
        for n in range(TERMINALS)
    ]
    await parts.stores.registry.register(APP, found)
    return found


async def plan(parts: SchedulerParts, audience: Audience) -> Message:
    """Store a message that is due, and dispatch it."""
    message = await parts.store(audience)
    await parts.dispatch_due()
    return message


async def targeted(redis: Redis, parts: SchedulerParts, message: Message) -> set[str]:
    """The ids of the terminals that are targeted."""
    found: list[str] = []
    for shard in range(APP.shards):
        scope = MessageShard(APP, shard, message.id, message.expires_at)
        slots = bitmaps.slots(await bits_of(redis, scope, "targeted"))
        found += (await parts.stores.holders.ids(APP, shard, slots)).values()
    assert len(found) == len(set(found))
    return set(found)


async def test_a_message_is_for_whom_its_expression_holds(
    redis: Redis, parts: SchedulerParts, terminals: list[Terminal]
) -> None:
    audience = AllOf((HasTag("vip"), Not(ByTerminal(("t01", "t02"))), OnePerUser(HasTag("vip"))))
    message = await plan(parts, audience)
    expected = {f"t{n:02}" for n in range(5, TERMINALS, 4)}
    assert await targeted(redis, parts, message) == expected, "of each user's two vips the lower id"
    assert await parts.states(message) == {"pending": len(expected)}
    scopes = [MessageShard(APP, shard, message.id, message.expires_at) for shard in range(APP.shards)]
    await assert_law(redis, parts.stores.results, scopes)


async def test_each_message_draws_a_sample_of_its_own_unless_it_names_a_seed(
    redis: Redis, parts: SchedulerParts, terminals: list[Terminal]
) -> None:
    for seed in (None, None, "spring"):
        message = await plan(parts, Sample(0.4, seed, HasTag("vip")))
        share = Share(0.4, seed or message.id)
        expected = {one.id for one in terminals if one.tags and share.holds(one.id)}
        assert await targeted(redis, parts, message) == expected


async def test_a_saved_audience_is_read_when_the_message_is_planned(
    redis: Redis, parts: SchedulerParts
) -> None:
    saved = parts.stores.saved_audiences
    await saved.save(APP, "some", HasTag("vip"), "audience")
    message = await parts.store(Not(Saved("some")))
    await saved.save(APP, "some", Not(ByTerminal(("t03",))), "audience")
    await parts.dispatch_due()
    assert await targeted(redis, parts, message) == {"t03"}


async def test_an_outcome_follows_terminals_that_changed_their_group_since(
    redis: Redis, parts: SchedulerParts, terminals: list[Terminal]
) -> None:
    earlier = await plan(parts, HasTag("vip"))
    registry = parts.stores.registry
    await registry.register(APP, [replace(one, language="ja") for one in terminals[:8]])
    await registry.forget(APP, ["t07", "t09"])
    still = {one.id for one in terminals} - {"t07", "t09"}
    vips = {one.id for one in terminals if one.tags} & still
    was_targeted = HadOutcome(OutcomeTerm.TARGETED, earlier.id)
    assert await targeted(redis, parts, await plan(parts, was_targeted)) == vips
    assert await targeted(redis, parts, await plan(parts, Not(was_targeted))) == still - vips
    not_accepted = AllOf((was_targeted, Not(HadOutcome(OutcomeTerm.ACCEPTED, earlier.id))))
    assert await targeted(redis, parts, await plan(parts, not_accepted)) == vips


async def test_a_message_to_the_outcome_of_a_forgotten_one_reaches_nobody(
    redis: Redis, parts: SchedulerParts
) -> None:
    """Without that part, the audience would hold terminals that it should not."""
    forgotten = new_id(parts.clock.now())
    message = await plan(parts, AllOf((HasTag("vip"), Not(HadOutcome(OutcomeTerm.CLICKED, forgotten)))))
    assert await targeted(redis, parts, message) == set()
    assert (await parts.stores.messages.read("shop", message.id)).status is Status.SENT


async def test_an_expression_that_is_lost_holds_nobody(redis: Redis, parts: SchedulerParts) -> None:
    message = await parts.store(Not(HasTag("vip")))
    await redis.delete(f"{{q}}:audience:{message.id}")
    await parts.dispatch_due()
    assert await targeted(redis, parts, message) == set()


async def test_a_saved_audience_that_is_lost_holds_nobody(redis: Redis, parts: SchedulerParts) -> None:
    await parts.stores.saved_audiences.save(APP, "wanted", HasTag("vip"), "audience")
    message = await parts.store(Not(Saved("wanted")))
    await redis.delete("{q}:audience-rules:shop")
    await parts.dispatch_due()
    assert await targeted(redis, parts, message) == set()


@pytest.mark.parametrize("lost", range(APP.shards))
async def test_a_user_gets_one_push_though_others_are_seen_before_all_shards_are_planned(
    parts: SchedulerParts, redis: Redis, terminals: list[Terminal], lost: int
) -> None:
    """What a planned shard has chosen stays, whichever terminals were seen since."""
    message = await plan(parts, OnePerUser(HasTag("vip")))
    chosen = await targeted(redis, parts, message)
    await lose_plans(redis, message.id, lost)
    parts.clock.advance(5)
    late = [replace(one, last_seen=parts.clock.now()) for one in terminals if one.id not in chosen]
    await parts.stores.registry.register(APP, late)
    await parts.recovery.run_once()
    await parts.dispatch_due()
    users = {one.id: one.user for one in terminals}
    again = sorted(str(users[one]) for one in await targeted(redis, parts, message))
    assert again == sorted({str(user) for user in users.values()})
