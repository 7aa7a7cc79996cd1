"""Who gets the rest of a message that has a winner: judged when the rest is sent, hours after the
push time.
"""

from collections.abc import Iterator
from datetime import timedelta

from msgspec.structs import replace
from redis.asyncio import Redis
from tests.support.accounting import assert_law
from tests.support.apps import capped_app
from tests.support.messages import with_variants
from tests.support.quiet_nights import begin_evening, terminal
from tests.support.scheduler import APP, SchedulerParts, lose_plans

from pushgate import deciding
from pushgate.domain.audience import ByTerminal
from pushgate.domain.experiment import Split, Winner
from pushgate.domain.message import Category, Message, Options
from pushgate.domain.terminal import Terminal
from pushgate.grouping.arms import Arms
from pushgate.ledger.values import MessageShard
from pushgate.scheduler.rest import Rest

TERMINALS = 90


async def send(parts: SchedulerParts, after: timedelta) -> Message:
    """Send a message of news to four tenths of 90 terminals; the rest waits for so long."""
    split = Split(("a", "b"), (20, 20), winner=Winner(after))
    options = Options(category=Category.NEWS, ttl=timedelta(hours=12))
    message = with_variants(parts.clock, split, options)
    await parts.stores.messages.put(message)
    await parts.dispatch_due()
    await parts.work(message)
    return message


def of_rest(message: Message) -> Iterator[int]:
    """The numbers of the terminals that wait for the winner."""
    assert message.split
    arms = Arms(message.split, message.id)
    return (number for number in range(TERMINALS) if arms.arm(f"t{number}") == 2)


async def decide(parts: SchedulerParts, message: Message) -> None:
    await deciding.decide_by_hand(parts.stores, APP, message.id, "b", parts.clock.now())
    await parts.dispatch_due()
    await parts.work(message)


async def failures(parts: SchedulerParts, message: Message) -> dict[str, int]:
    report = await parts.stores.results.report(APP, message.id)
    return {failure.code: failure.count for failure in report.failures}


async def test_quiet_hours_of_the_rest_are_those_of_the_time_when_it_is_sent(
    redis: Redis, parts: SchedulerParts
) -> None:
    begin_evening(parts, APP)
    await parts.stores.registry.register(APP, [terminal(number) for number in range(TERMINALS)])
    message = await send(parts, timedelta(hours=9))
    rest = list(of_rest(message))
    awake = sum(number % 3 == 0 for number in rest)  # by then it is morning in Shanghai, and night elsewhere
    before = await parts.states(message)
    assert before["pending"] == len(rest), "nobody of the rest is left out before"
    parts.clock.advance(9 * 3600)
    await parts.recovery.run_once()
    await parts.dispatch_due()
    await parts.work(message)
    states = await parts.states(message)
    assert states["accepted"] == before["accepted"] + awake
    assert await failures(parts, message) == {"quiet_hours": TERMINALS - states["accepted"]}
    shards = [MessageShard(APP, shard, message.id, message.expires_at) for shard in range(APP.shards)]
    await assert_law(redis, parts.stores.results, shards)


async def test_opt_outs_and_caps_of_the_rest_are_those_of_the_time_when_it_is_sent(
    parts: SchedulerParts,
) -> None:
    parts.context.catalog.change({APP.name: capped_app(APP, {"news": 1})})
    known = [Terminal(f"t{n}", "apns", f"{n:032x}", "en") for n in range(TERMINALS)]
    await parts.stores.registry.register(APP, known)
    message = await send(parts, timedelta(hours=2))
    first, second, *_ = of_rest(message)
    await parts.stores.registry.register(APP, [replace(known[first], opt_out=("news",))])
    other = await parts.store(ByTerminal((f"t{second}",)), Options(category=Category.NEWS))
    await parts.dispatch_due()
    await parts.work(other)
    await decide(parts, message)
    assert await parts.states(message) == {"accepted": TERMINALS - 2, "cancelled": 2}
    assert await failures(parts, message) == {"opt_out": 1, "frequency_cap": 1}


async def test_who_is_left_out_is_asked_again_where_a_shard_lost_its_plan(
    parts: SchedulerParts, redis: Redis
) -> None:
    known = [Terminal(f"t{n}", "apns", f"{n:032x}", "en") for n in range(TERMINALS)]
    await parts.stores.registry.register(APP, known)
    message = await send(parts, timedelta(hours=2))
    opted = [replace(known[number], opt_out=("news",)) for number in of_rest(message)]
    await parts.stores.registry.register(APP, opted)
    _, decision = await deciding.decide_by_hand(parts.stores, APP, message.id, "b", parts.clock.now())
    await lose_plans(redis, message.id, 0)
    # Where a scheduler tells of the decision before the plan is there, nobody could be judged.
    await Rest.repair(parts.context, message.envelope, await parts.context.catalog.ensure(APP.name), decision)
    await parts.dispatch_due()
    await parts.work(message)
    assert await parts.states(message) == {
        "accepted": TERMINALS - len(opted),
        "cancelled": len(opted),
    }
