"""Schedulers and recovery while the rest of a message waits for its winner, and when it has one."""

from datetime import timedelta

import msgspec
import pytest
from msgspec.structs import replace
from redis.asyncio import Redis
from tests.support.messages import with_variants
from tests.support.scheduler import APP, SchedulerParts, lose_plans
from tests.support.store_copy import go_back, marked_copy
from tests.support.told_events import FeedReader, of_type

from pushgate import deciding
from pushgate.cancellation import cancel
from pushgate.domain.clock import to_ms
from pushgate.domain.errors import Conflict
from pushgate.domain.experiment import Decision, Split, Winner, WinnerGround
from pushgate.domain.message import Delivery, Message, Options, Status
from pushgate.domain.message_id import new_id
from pushgate.domain.outcome import State
from pushgate.domain.terminal import Terminal
from pushgate.events.feed import EventFeed
from pushgate.experiments.judgement import Ground, Judgement
from pushgate.grouping.arms import Arms
from pushgate.ledger.values import MessageShard, message_key
from pushgate.pausing import pause, resume
from pushgate.redis.hash_tags import QUEUE, shard_of
from pushgate.restore.resuming import Choice
from pushgate.restore.resuming import resume as go_on
from pushgate.scheduler.rest import Rest
from pushgate.tracking.experiments import Experiment

TERMINALS = 240


async def dispatch(
    parts: SchedulerParts,
    delivery: Delivery = Delivery.AT_LEAST_ONCE,
    late: float = 0,
    *,
    reads: bool = False,
) -> Message:
    """Send a message to two tenths of everybody, so many seconds late; the rest waits for two
    hours. Somebody may read its results before.
    """
    await parts.stores.registry.register(
        APP, [Terminal(f"t{n}", "apns", f"{n:032x}", "en") for n in range(TERMINALS)]
    )
    split = Split(("a", "b"), (10, 10), winner=Winner(timedelta(hours=2)))
    message = with_variants(parts.clock, split, Options(ttl=timedelta(hours=4), delivery=delivery))
    await parts.stores.messages.put(message)
    parts.clock.advance(late)
    if reads:
        await parts.stores.tracked.experiments.find(APP, message.envelope)
    await parts.dispatch_due()
    return message


async def pending(parts: SchedulerParts, message: Message) -> int:
    return (await parts.states(message)).get("pending", 0)


async def advance(parts: SchedulerParts, seconds: float) -> None:
    """Let time pass, and schedulers do what is due then."""
    parts.clock.advance(seconds)
    await parts.recovery.run_once()
    await parts.dispatch_due()


async def test_recovery_leaves_what_waits_alone_until_it_is_decided(parts: SchedulerParts) -> None:
    message = await dispatch(parts)
    await parts.work(message)
    assert 30 < await pending(parts, message) < TERMINALS
    for _ in range(3):
        parts.clock.advance(600)
        assert await parts.recovery.run_once() == 0, "no block is lost"
    assert await parts.status(message) is Status.SENDING
    await advance(parts, 5400)
    await parts.work(message)
    assert await parts.states(message) == {"accepted": TERMINALS}
    assert await parts.status(message) is Status.SENT
    with pytest.raises(Conflict, match="gets a already"):
        await deciding.decide_by_hand(parts.stores, APP, message.id, "b", parts.clock.now())


async def test_lost_jobs_of_the_rest_are_submitted_again(parts: SchedulerParts, redis: Redis) -> None:
    message = await dispatch(parts)
    await parts.work(message)
    _, decision = await deciding.decide_by_hand(parts.stores, APP, message.id, "b", parts.clock.now())
    # The scheduler dies when it has told the shards, and before it submits a job.
    (claimed,) = await parts.stores.claims.claim(parts.clock.now(), timedelta(seconds=5), "dead", 1)
    await Rest.repair(parts.context, claimed, await parts.context.catalog.ensure(APP.name), decision)
    parts.clock.advance(6)
    queued = await parts.queued()
    await parts.dispatch_due()
    assert await parts.queued() > queued
    for key in [key async for key in redis.scan_iter("*:winner")]:
        await redis.delete(key)
    await advance(parts, 5)
    await parts.work(message)
    assert await parts.states(message) == {"accepted": TERMINALS}


async def test_what_waits_can_be_cancelled(parts: SchedulerParts) -> None:
    message = await dispatch(parts)
    await parts.work(message)
    await cancel(parts.stores, APP, message.id)
    assert await pending(parts, message) == 0
    with pytest.raises(Conflict, match="is cancelled"):
        await deciding.decide_by_hand(parts.stores, APP, message.id, "a", parts.clock.now())
    await advance(parts, 7200)
    await parts.work(message)
    assert (await parts.states(message)).keys() == {"accepted", "cancelled"}


async def test_a_pause_puts_the_decision_off(parts: SchedulerParts) -> None:
    message = await dispatch(parts)
    await parts.work(message)
    waiting = await pending(parts, message)
    await pause(parts.stores, APP, message.id)
    await advance(parts, 7200)
    assert await parts.stores.winners.find(message.id) is None
    await deciding.decide_by_hand(parts.stores, APP, message.id, "b", parts.clock.now())
    await advance(parts, 5)
    await parts.work(message)
    assert await pending(parts, message) == waiting, "it is paused still"
    await resume(parts.stores, APP, message.id)
    await parts.dispatch_due()
    await parts.work(message)
    assert await parts.states(message) == {"accepted": TERMINALS}


async def test_nothing_is_decided_while_the_app_is_paused(parts: SchedulerParts) -> None:
    message = await dispatch(parts)
    await parts.work(message)
    await parts.pause_app()
    await advance(parts, 7200)
    assert await parts.stores.winners.find(message.id) is None
    await parts.resume_app()
    await advance(parts, 5)
    assert await parts.stores.winners.find(message.id) is not None


async def test_the_comparison_begins_when_the_variants_are_sent(parts: SchedulerParts) -> None:
    message = await dispatch(parts)
    # A vendor is paused, or its quota is used up: no variant is sent.
    await advance(parts, 6000)
    await parts.work(message)
    await advance(parts, 1200)
    assert await parts.stores.winners.find(message.id) is None, "people had twenty minutes to click"
    await advance(parts, 6000)
    assert await parts.stores.winners.find(message.id) is not None


async def test_a_pause_of_the_message_before_its_variants_are_sent_is_no_comparison(
    parts: SchedulerParts,
) -> None:
    message = await dispatch(parts)
    await pause(parts.stores, APP, message.id)
    await advance(parts, 7200)
    await resume(parts.stores, APP, message.id)
    await parts.dispatch_due()
    # Before anybody looks.
    await parts.work(message)
    await advance(parts, 5)
    assert await parts.stores.winners.find(message.id) is None
    await advance(parts, 6900)
    assert await parts.stores.winners.find(message.id) is not None, "five minutes before it expires"


async def test_a_message_that_is_dispatched_late_is_compared_as_long(parts: SchedulerParts) -> None:
    message = await dispatch(parts, late=7200)
    await parts.work(message)
    await advance(parts, 5)
    assert await parts.stores.winners.find(message.id) is None


async def read(parts: SchedulerParts, message: Message) -> Experiment:
    """Read the variants compared, as results do."""
    found = await parts.stores.tracked.experiments.find(APP, message.envelope)
    assert found
    return found


async def test_who_reads_results_before_the_variants_are_sent_settles_nothing(parts: SchedulerParts) -> None:
    message = await dispatch(parts, late=7200, reads=True)
    await advance(parts, 5)
    assert await parts.stores.winners.find(message.id) is None
    assert (await read(parts, message)).decided_at is None
    await parts.work(message)
    await advance(parts, 6900)
    decision = await parts.stores.winners.find(message.id)
    assert decision
    assert (await read(parts, message)).decided_at == decision.at


async def settle_for_a_reader(parts: SchedulerParts, message: Message) -> None:
    """Settle a judgement as a process of an earlier version did for whoever read results."""
    scope = MessageShard(
        APP, shard_of(APP, message.id), message.id, parts.stores.retention.keep_until(message)
    )
    judgement = Judgement(None, Ground.NOT_CLEAR, 1.0, 100.0)
    settled = {"at_ms": to_ms(parts.clock.now()), "judgement": judgement}
    await parts.stores.arms.settle(scope, msgspec.json.encode(settled))


async def test_a_judgement_from_before_the_variants_were_sent_decides_nothing(parts: SchedulerParts) -> None:
    message = await dispatch(parts, late=7200)
    await settle_for_a_reader(parts, message)
    await advance(parts, 5)
    assert await parts.stores.winners.find(message.id) is None
    await parts.work(message)
    await advance(parts, 5)
    assert await parts.stores.winners.find(message.id) is None, "nobody had the time to click"
    await advance(parts, 6890)
    assert await parts.stores.winners.find(message.id) is not None


async def test_a_judgement_decides_nothing_while_no_variant_is_sent(parts: SchedulerParts) -> None:
    message = await dispatch(parts)
    await settle_for_a_reader(parts, message)
    await advance(parts, 4 * 3600 - 10)
    assert await parts.stores.winners.find(message.id) is None


async def test_after_a_decision_by_hand_the_comparison_ends_with_a_look_by_z(parts: SchedulerParts) -> None:
    message = await dispatch(parts)
    await parts.work(message)
    await deciding.decide_by_hand(parts.stores, APP, message.id, "b", parts.clock.now())
    assert (await read(parts, message)).decided_at is None
    parts.clock.advance(7200)
    assert (await read(parts, message)).decided_at == parts.clock.now()


async def test_the_wait_ends_in_time_for_the_rest(parts: SchedulerParts) -> None:
    message = await dispatch(parts)
    # One of the shards is sent, the vendor of the other one stays away.
    await parts.answer(message, State.ACCEPTED, shards=[0])
    await advance(parts, 4 * 3600 - 310)
    assert await parts.stores.winners.find(message.id) is None
    await advance(parts, 10)
    assert await parts.stores.winners.find(message.id) is not None


async def test_without_any_variant_sent_nothing_is_decided_but_by_hand(parts: SchedulerParts) -> None:
    message = await dispatch(parts)
    await advance(parts, 4 * 3600 - 10)
    assert await parts.stores.winners.find(message.id) is None
    await deciding.decide_by_hand(parts.stores, APP, message.id, "b", parts.clock.now())
    await parts.dispatch_due()
    await parts.work(message)
    assert await parts.states(message) == {"accepted": TERMINALS}


async def test_what_waits_expires_with_the_message(parts: SchedulerParts) -> None:
    message = await dispatch(parts)
    await parts.work(message)
    await advance(parts, 4 * 3600)
    assert (await parts.states(message)).keys() == {"accepted", "expired"}
    assert await parts.stores.winners.find(message.id) is None


async def test_a_scheduled_message_is_not_decided(parts: SchedulerParts) -> None:
    message = await dispatch(parts)
    later = replace(message, id=new_id(parts.clock.now()), push_at=parts.clock.now() + timedelta(hours=1))
    await parts.stores.messages.put(later)
    with pytest.raises(Conflict, match="is scheduled"):
        await deciding.decide_by_hand(parts.stores, APP, later.id, "a", parts.clock.now())
    # Once it is resumed, its variants may still be changed.
    await pause(parts.stores, APP, later.id)
    with pytest.raises(Conflict, match="is paused"):
        await deciding.decide_by_hand(parts.stores, APP, later.id, "a", parts.clock.now())


async def test_a_plan_that_is_lost_after_a_decision_while_dispatching_is_not_sent_again(
    parts: SchedulerParts, redis: Redis
) -> None:
    message = await dispatch(parts, Delivery.AT_MOST_ONCE)
    # As if the scheduler that dispatched it were about to say so.
    await redis.hset(f"{QUEUE}:message:{message.id}", mapping={"status": "dispatching", "holder": "slow"})
    await redis.zadd(f"{QUEUE}:dispatching", {message.id: to_ms(parts.clock.now()) + 60_000})
    await deciding.decide_by_hand(parts.stores, APP, message.id, "b", parts.clock.now())
    await parts.work(message)
    await parts.stores.claims.mark_submitted(message.id, "slow", parts.clock.now())
    await lose_plans(redis, message.id, 1)
    await parts.dispatch_due()
    states = await parts.states(message)
    assert states["rejected"] > 0, "of the shard that was lost nobody knows what was sent"
    await parts.work(message)
    assert (await parts.states(message))["rejected"] == states["rejected"]


async def test_a_plan_that_is_lost_before_the_decision_leaves_the_rest_waiting(
    parts: SchedulerParts, redis: Redis
) -> None:
    message = await dispatch(parts, Delivery.AT_MOST_ONCE)
    await parts.work(message)
    waiting = await pending(parts, message)
    await lose_plans(redis, message.id, 1)
    await advance(parts, 5)
    assert await pending(parts, message) == waiting, "nobody sent the rest, so it is planned again"
    sent = TERMINALS - waiting
    await advance(parts, 7200)
    await parts.work(message)
    states = await parts.states(message)
    assert 0 < states["rejected"] < sent, "of the variants nobody knows"
    assert states["accepted"] == TERMINALS - states["rejected"]


async def test_a_store_that_went_back_sends_no_rest_before_somebody_decides(
    parts: SchedulerParts, redis: Redis
) -> None:
    message = await dispatch(parts)
    await parts.work(message)
    copy = await marked_copy(parts.stores, redis)
    waiting = await pending(parts, message)
    await go_back(parts, redis, copy)
    await deciding.decide_by_hand(parts.stores, APP, message.id, "b", parts.clock.now())
    await advance(parts, 5)
    await parts.work(message)
    assert await pending(parts, message) == waiting
    await go_on(parts.stores, [APP], Choice.SEND)
    await advance(parts, 5)
    await parts.work(message)
    assert await parts.states(message) == {"accepted": TERMINALS}


async def lose_decision(parts: SchedulerParts, redis: Redis, message: Message) -> None:
    """Decide by hand for b; then the queue goes back to before, and so does a shard."""
    await parts.work(message)
    await deciding.decide_by_hand(parts.stores, APP, message.id, "b", parts.clock.now())
    await parts.dispatch_due()
    await redis.hdel(f"{QUEUE}:message:{message.id}", "winner")
    assert await redis.delete(*[key async for key in redis.scan_iter("{shop:1}:m:*:winner*")]) > 0


async def told(parts: SchedulerParts, redis: Redis, message: Message) -> set[bytes | str | None]:
    """What workers know of the winner."""
    return {await redis.get(f"{message_key(APP, shard, message.id)}:winner") for shard in range(APP.shards)}


async def test_a_decision_that_the_queue_lost_stays_the_one_decision(
    parts: SchedulerParts, redis: Redis
) -> None:
    message = await dispatch(parts)
    await lose_decision(parts, redis, message)
    found = await parts.stores.tracked.experiments.find(APP, message.envelope)
    assert found
    assert found.decision
    assert (found.decision.variant, found.decision.ground) == (1, WinnerGround.BY_HAND)
    with pytest.raises(Conflict, match="gets b already"):
        await deciding.decide_by_hand(parts.stores, APP, message.id, "a", parts.clock.now())
    await advance(parts, 7200)
    assert await parts.stores.winners.find(message.id) == found.decision
    assert await told(parts, redis, message) == {b"1"}
    await parts.work(message)
    assert await parts.states(message) == {"accepted": TERMINALS}


async def test_the_earlier_of_two_decisions_holds_everywhere(parts: SchedulerParts, redis: Redis) -> None:
    message = await dispatch(parts)
    await lose_decision(parts, redis, message)
    # A scheduler that knew of no decision decides anew.
    parts.clock.advance(60)
    later = Decision(0, WinnerGround.RACE, parts.clock.now())
    await parts.stores.winners.decide(APP.name, message.id, later, b"")
    await advance(parts, 5)
    await advance(parts, 5)
    held = await parts.stores.winners.find(message.id)
    assert held
    assert (held.variant, held.ground) == (1, WinnerGround.BY_HAND)
    assert await told(parts, redis, message) == {b"1"}


async def test_an_explanation_names_the_variant_that_the_terminals_own_shard_sends(
    parts: SchedulerParts, redis: Redis
) -> None:
    message = await dispatch(parts)
    await lose_decision(parts, redis, message)
    # The queue decided anew, and told one shard; the other one knows the earlier decision.
    scope = MessageShard(APP, 1, message.id, parts.stores.retention.keep_until(message))
    await parts.stores.told_winners.tell(scope, Decision(0, WinnerGround.RACE, parts.clock.now()))
    assert message.split
    arms = Arms(message.split, message.id)
    rest = [name for name in (f"t{n}" for n in range(TERMINALS)) if arms.arm(name) == len("ab")]
    explain = parts.stores.tracked.explanations.of_terminal
    for shard, variant in ((0, "b"), (1, "a")):
        name = next(one for one in rest if shard_of(APP, one) == shard)
        push = (await explain(APP, message.id, name)).push
        assert push
        assert push.variant == variant


async def test_readers_are_told_of_the_decision_once(parts: SchedulerParts, redis: Redis) -> None:
    reader = FeedReader(EventFeed(parts.stores, redis, parts.clock, timedelta(days=3)), APP)
    await reader.begin()
    message = await dispatch(parts)
    await parts.work(message)
    await advance(parts, 7200)
    await advance(parts, 60)
    (event,) = of_type(await reader.read(), "message.decided")
    assert (event["message"], event["variant"], event["ground"]) == (message.id, "a", "better")
