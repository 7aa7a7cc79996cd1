"""The rest of a message waits, and gets one variant: real Valkey, simulated vendors."""

import asyncio
from datetime import timedelta

import pytest
from msgspec.structs import replace
from redis.asyncio import Redis
from tests.support.accounting import assert_law
from tests.support.messages import with_variants
from tests.support.pipeline import APP, Pipeline, token
from tests.support.sandbox import Sandbox
from tests.support.variants import click, dispatch, experiment, received

from pushgate import deciding
from pushgate.adapters.topics import summarize_audience
from pushgate.domain.audience import OfVendor
from pushgate.domain.errors import Conflict, InvalidRequest
from pushgate.domain.experiment import Decision, Split, Winner, WinnerGround
from pushgate.domain.message import Message, Options
from pushgate.domain.outcome import ReceiptKind
from pushgate.experiments.judgement import Ground
from pushgate.grouping.arms import HOLDOUT, Arms
from pushgate.ledger.values import MessageShard
from pushgate.tracking.explained import NotTargeted

SPLIT = Split(("a", "b"), (20, 20), winner=Winner(timedelta(hours=2)))


async def look(pipeline: Pipeline, message: Message) -> bool:
    """Look at a message as recovery does, and dispatch it where there is news."""
    known = await deciding.find(pipeline.stores, APP, message.envelope)
    decided = not known and await deciding.look(pipeline.stores, APP, message.envelope, pipeline.clock.now())
    await pipeline.dispatch_due()
    return decided


def titles(message: Message, count: int, winner: str | None) -> dict[str, str]:
    """By the definition of arms: the title of each terminal, those of the rest once there is a
    winner.
    """
    assert message.split is not None
    arms, names = Arms(message.split, message.id), [*message.split.names, winner]
    found = {token(name): arms.arm(name) for name in (f"apns-{number}" for number in range(count))}
    return {one: title for one, arm in found.items() if arm != HOLDOUT and (title := names[arm]) is not None}


async def law(pipeline: Pipeline, redis: Redis, message: Message) -> None:
    shard = MessageShard(APP, 0, message.id, pipeline.stores.retention.keep_until(message))
    await assert_law(redis, pipeline.stores.results, [shard])


@pytest.mark.usefixtures("each_form_of_slots")
async def test_the_rest_waits_and_gets_the_better_variant_when_the_time_is_over(
    pipeline: Pipeline, sandbox: Sandbox, redis: Redis
) -> None:
    await pipeline.register(200)
    message = await dispatch(pipeline, Split(("a", "b"), (20, 20), holdout=10, winner=SPLIT.winner))
    await pipeline.run_jobs()
    assert received(sandbox, "apns") == titles(message, 200, None)
    waiting = await experiment(pipeline, message)
    assert waiting.rest["pending"] == waiting.rest["targeted"] > 60
    await click(pipeline, message, 1, 1)
    pipeline.clock.advance(7199)
    assert not await look(pipeline, message)
    pipeline.clock.advance(1)
    assert await look(pipeline, message)
    await pipeline.run_jobs()
    assert received(sandbox, "apns") == titles(message, 200, "b")
    found = await experiment(pipeline, message)
    assert found.decision == Decision(1, WinnerGround.BETTER, pipeline.clock.now())
    assert found.rest["accepted"] == found.rest["targeted"] == waiting.rest["targeted"]
    assert [arm["targeted"] for arm in found.counts] == [arm["targeted"] for arm in waiting.counts]
    assert (await pipeline.report(message)).targeted == len(titles(message, 200, "b"))
    await law(pipeline, redis, message)


async def test_a_variant_that_wins_the_race_goes_to_the_rest_at_once(
    pipeline: Pipeline, sandbox: Sandbox
) -> None:
    await pipeline.register(1000)
    message = await dispatch(pipeline, SPLIT)
    await pipeline.run_jobs()
    await click(pipeline, message, 0, 90)
    assert await look(pipeline, message)
    await pipeline.run_jobs()
    assert received(sandbox, "apns") == titles(message, 1000, "a")
    decision = (await experiment(pipeline, message)).decision
    assert decision is not None
    assert decision.ground is WinnerGround.RACE


def refuse_for_today(sandbox: Sandbox, message_id: str, count: int, share: float) -> int:
    """Let the vendor refuse this share of the variants' terminals until the day is over; returns
    how many that are.
    """
    arms = Arms(SPLIT, message_id)
    of_variants = [f"apns-{n}" for n in range(count) if arms.arm(f"apns-{n}") in range(2)]
    refused = [token(name) for name in of_variants[: round(share * len(of_variants))]]
    sandbox.misbehave(refused={"apns": dict.fromkeys(refused, "TooManyRequests")})
    return len(refused)


async def test_single_terminals_whose_day_is_over_do_not_put_the_decision_off(
    pipeline: Pipeline, sandbox: Sandbox
) -> None:
    await pipeline.register(200)
    message = await dispatch(pipeline, SPLIT)
    refused = refuse_for_today(sandbox, message.id, 200, 0.04)
    await pipeline.run_jobs()
    found = await experiment(pipeline, message)
    assert (sum(arm["pending"] for arm in found.counts), found.unsent) == (refused, 0)
    pipeline.clock.advance(7200)
    assert await look(pipeline, message)


async def test_a_variant_wins_the_race_although_others_are_pending(
    pipeline: Pipeline, sandbox: Sandbox
) -> None:
    await pipeline.register(1000)
    message = await dispatch(pipeline, SPLIT)
    refused = refuse_for_today(sandbox, message.id, 1000, 0.2)
    await pipeline.run_jobs()
    assert (await experiment(pipeline, message)).unsent == refused
    assert not await look(pipeline, message)
    await click(pipeline, message, 0, 90)
    assert await look(pipeline, message)
    decision = (await experiment(pipeline, message)).decision
    assert decision is not None
    assert decision.ground is WinnerGround.RACE


async def test_an_arm_that_drives_people_away_does_not_win(pipeline: Pipeline, sandbox: Sandbox) -> None:
    await pipeline.register(400)
    message = await dispatch(pipeline, SPLIT)
    await pipeline.run_jobs()
    await click(pipeline, message, 1, 40)
    await click(pipeline, message, 1, 20, ReceiptKind.MUTED)
    pipeline.clock.advance(7200)
    assert await look(pipeline, message)
    await pipeline.run_jobs()
    assert received(sandbox, "apns") == titles(message, 400, "a")
    assert (await experiment(pipeline, message)).judgement.ground is Ground.HARM


async def test_it_is_decided_once_by_however_many_processes(pipeline: Pipeline, sandbox: Sandbox) -> None:
    await pipeline.register(100)
    message = await dispatch(pipeline, SPLIT)
    await pipeline.run_jobs()
    pipeline.clock.advance(7200)
    now, stores = pipeline.clock.now(), pipeline.stores
    looks = [deciding.look(stores, APP, message.envelope, now) for _ in range(5)]
    by_hand = deciding.decide_by_hand(stores, APP, message.id, "b", now)
    *news, chosen = await asyncio.gather(*looks, by_hand, return_exceptions=True)
    await pipeline.dispatch_due()
    await pipeline.run_jobs()
    decision = await stores.winners.find(message.id)
    assert decision is not None
    assert True in news or decision.ground is WinnerGround.BY_HAND, news
    assert received(sandbox, "apns") == titles(message, 100, "ab"[decision.variant])
    assert isinstance(chosen, Conflict) == (decision.ground is not WinnerGround.BY_HAND)


async def test_a_caller_chooses_by_hand(pipeline: Pipeline, sandbox: Sandbox) -> None:
    await pipeline.register(100)
    message = await dispatch(pipeline, SPLIT)
    await pipeline.run_jobs()
    stores, now = pipeline.stores, pipeline.clock.now()
    with pytest.raises(InvalidRequest, match="one of a, b"):
        await deciding.decide_by_hand(stores, APP, message.id, "c", now)
    for _ in range(2):
        _, decision = await deciding.decide_by_hand(stores, APP, message.id, "b", now)
        assert decision == Decision(1, WinnerGround.BY_HAND, now)
    with pytest.raises(Conflict, match="gets b already"):
        await deciding.decide_by_hand(stores, APP, message.id, "a", now)
    await pipeline.dispatch_due()
    await pipeline.run_jobs()
    assert received(sandbox, "apns") == titles(message, 100, "b")
    assert not await look(pipeline, message)


async def test_without_a_rest_nothing_is_chosen(pipeline: Pipeline) -> None:
    await pipeline.register(100)
    message = await dispatch(pipeline, Split(("a", "b"), (50, 50)))
    with pytest.raises(Conflict, match="no terminals"):
        await deciding.decide_by_hand(pipeline.stores, APP, message.id, "a", pipeline.clock.now())


async def test_a_decision_while_the_message_is_dispatched_is_not_lost(
    pipeline: Pipeline, sandbox: Sandbox
) -> None:
    await pipeline.register(100)
    message = await dispatch(pipeline, SPLIT, claimed_by="another")
    stores, now = pipeline.stores, pipeline.clock.now()
    await deciding.decide_by_hand(stores, APP, message.id, "a", now)
    # The scheduler that plans it had asked before.
    await stores.claims.mark_submitted(message.id, "another", now)
    await pipeline.dispatch_due()
    await pipeline.run_jobs()
    assert received(sandbox, "apns") == titles(message, 100, "a")


async def test_a_shard_that_lost_its_plan_gets_the_same_variants(
    pipeline: Pipeline, sandbox: Sandbox, redis: Redis
) -> None:
    await pipeline.register(100)
    message = await dispatch(pipeline, SPLIT)
    shard = MessageShard(APP, 0, message.id, pipeline.stores.retention.keep_until(message))
    await deciding.decide_by_hand(pipeline.stores, APP, message.id, "b", pipeline.clock.now())
    pipeline.jobs.clear()
    await redis.delete(*[key async for key in redis.scan_iter(f"{shard.key}*")])
    await pipeline.dispatch_due()
    await pipeline.run_jobs()
    assert received(sandbox, "apns") == titles(message, 100, "b")
    await law(pipeline, redis, message)


async def test_the_rest_is_spread_over_time_too(pipeline: Pipeline, sandbox: Sandbox) -> None:
    await pipeline.register(400)
    message = await dispatch(pipeline, SPLIT, Options(spread=timedelta(minutes=10)))
    for _ in range(62):
        pipeline.clock.advance(10)
        await pipeline.run_due_jobs()
    assert received(sandbox, "apns") == titles(message, 400, None)
    pipeline.clock.advance(7200)
    assert await look(pipeline, message)
    pipeline.clock.advance(120)
    await pipeline.run_due_jobs()
    sent = len(received(sandbox, "apns"))
    assert len(titles(message, 400, None)) < sent < 320
    for _ in range(62):
        pipeline.clock.advance(10)
        await pipeline.run_due_jobs()
    assert received(sandbox, "apns") == titles(message, 400, "a")


async def test_the_explanation_of_a_terminal_names_its_variant(pipeline: Pipeline) -> None:
    await pipeline.register(100)
    split = Split(("a", "b"), (20, 20), holdout=20, winner=SPLIT.winner)
    message = await dispatch(pipeline, split)
    arms, names = Arms(split, message.id), [f"apns-{number}" for number in range(100)]
    by_arm = {arm: next(name for name in names if arms.arm(name) == arm) for arm in (0, 1, 2, HOLDOUT)}

    async def explained(arm: int) -> tuple[str | None, bool | None]:
        found = await pipeline.stores.tracked.explanations.of_terminal(APP, message.id, by_arm[arm])
        assert found.push
        return found.push.variant, found.push.is_of_rest

    assert [await explained(arm) for arm in (0, 1, 2)] == [("a", False), ("b", False), (None, True)]
    await deciding.decide_by_hand(pipeline.stores, APP, message.id, "b", pipeline.clock.now())
    assert [await explained(arm) for arm in (0, 1, 2)] == [("a", False), ("b", False), ("b", True)]
    held = await pipeline.stores.tracked.explanations.of_terminal(APP, message.id, by_arm[HOLDOUT])
    assert held.reason is NotTargeted.HELD_OUT


async def test_only_terminals_of_the_audience_are_held_out(pipeline: Pipeline) -> None:
    await pipeline.register(100)
    await pipeline.register(20, "fcm")
    split = Split(("a", "b"), (50, 50), holdout=90)
    message = replace(with_variants(pipeline.clock, split), audience=summarize_audience(OfVendor("fcm")))
    await pipeline.stores.messages.put(message, audience=OfVendor("fcm"))
    await pipeline.dispatch_due()
    arms = Arms(split, message.id)
    outside = next(name for name in (f"apns-{number}" for number in range(100)) if arms.arm(name) == HOLDOUT)
    within = next(name for name in (f"fcm-{number}" for number in range(20)) if arms.arm(name) == HOLDOUT)
    explain = pipeline.stores.tracked.explanations.of_terminal
    assert (await explain(APP, message.id, outside)).reason is NotTargeted.NOT_IN_AUDIENCE
    assert (await explain(APP, message.id, within)).reason is NotTargeted.HELD_OUT
