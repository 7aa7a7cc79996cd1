"""A message with variants, from the plan to its results: real Valkey, simulated vendors."""

from datetime import timedelta

import pytest
from msgspec.structs import replace
from redis.asyncio import Redis
from tests.support.accounting import assert_law
from tests.support.messages import with_variants
from tests.support.pipeline import APP, Pipeline, token
from tests.support.sandbox import Sandbox
from tests.support.variants import click, dispatch, experiment, received

from pushgate.domain.canary import Canary
from pushgate.domain.experiment import Split, Unit
from pushgate.domain.message import Content, Message, Options, Personal
from pushgate.domain.outcome import State
from pushgate.domain.terminal import Terminal
from pushgate.experiments.judgement import Ground
from pushgate.grouping.arms import HOLDOUT, Arms
from pushgate.ledger import arms
from pushgate.ledger.values import MessageShard


def expected(message: Message, count: int, vendor: str = "apns") -> dict[str, str]:
    """By the definition of arms: the title of each terminal that is not held out."""
    assert message.split is not None
    arms = Arms(message.split, message.id)
    of_terminals = {name: arms.arm(name) for name in (f"{vendor}-{number}" for number in range(count))}
    return {token(name): message.split.names[arm] for name, arm in of_terminals.items() if arm != HOLDOUT}


@pytest.mark.usefixtures("each_form_of_slots")
async def test_each_terminal_gets_its_variant_and_the_held_out_get_none(
    pipeline: Pipeline, sandbox: Sandbox, redis: Redis
) -> None:
    await pipeline.register(60, "apns")
    await pipeline.register(40, "fcm")
    message = await dispatch(pipeline, Split(("a", "b", "c"), (50, 30, 20), holdout=20))
    await pipeline.run_jobs()
    to_apns, to_fcm = expected(message, 60), expected(message, 40, "fcm")
    assert received(sandbox, "apns") == to_apns
    assert received(sandbox, "fcm") == to_fcm
    found, titles = await experiment(pipeline, message), [*to_apns.values(), *to_fcm.values()]
    assert [counts["targeted"] for counts in found.counts] == [titles.count(name) for name in "abc"]
    assert [counts["accepted"] for counts in found.counts] == [titles.count(name) for name in "abc"]
    assert found.held_out == 100 - len(titles) > 0
    assert (await pipeline.report(message)).targeted == len(titles)
    shard = MessageShard(APP, 0, message.id, pipeline.stores.retention.keep_until(message))
    await assert_law(redis, pipeline.stores.results, [shard])


async def test_the_variant_stays_when_terminals_move_and_failures_are_sent_again(
    pipeline: Pipeline, sandbox: Sandbox
) -> None:
    await pipeline.register(40)
    message = await dispatch(pipeline, Split(("a", "b"), (50, 50)), Options(ttl=timedelta(hours=1)))
    pipeline.jobs.clear()
    assert await pipeline.end(message, State.EXPIRED) == 40
    await pipeline.stores.lifecycle.finish("shop", message.id)
    await pipeline.stores.registry.register(
        APP, [Terminal(f"apns-{number}", "apns", token(f"apns-{number}"), "ja") for number in range(20)]
    )
    await pipeline.resend(message, State.EXPIRED)
    await pipeline.run_jobs()
    assert received(sandbox, "apns") == expected(message, 40)


async def test_a_canary_gets_the_variants_of_its_terminals(pipeline: Pipeline, sandbox: Sandbox) -> None:
    await pipeline.register(400)
    canary = Canary(share=25, wait=timedelta(minutes=10))
    message = await dispatch(pipeline, Split(("a", "b"), (50, 50), holdout=10), Options(canary=canary))
    await pipeline.run_jobs()
    first, all_titles = received(sandbox, "apns"), expected(message, 400)
    assert 40 < len(first) < 160
    assert first.items() <= all_titles.items()
    pipeline.clock.advance(600)
    await pipeline.canaries.run_once()
    await pipeline.dispatch_due()
    await pipeline.run_jobs()
    assert received(sandbox, "apns") == all_titles


async def test_all_terminals_of_a_user_get_one_variant(pipeline: Pipeline, sandbox: Sandbox) -> None:
    terminals = [
        Terminal(f"t{number}", "apns", token(number), "en", user=f"user-{number // 3}")
        for number in range(120)
    ]
    await pipeline.stores.registry.register(APP, terminals)
    await dispatch(pipeline, Split(("a", "b"), (50, 50), unit=Unit.USER))
    await pipeline.run_jobs()
    got = received(sandbox, "apns")
    by_user = [{got[token(3 * user + number)] for number in range(3)} for user in range(40)]
    assert {len(titles) for titles in by_user} == {1}
    assert len(set().union(*by_user)) == 2


async def test_a_variant_that_a_vendor_refuses_is_rejected_alone(
    pipeline: Pipeline, sandbox: Sandbox
) -> None:
    await pipeline.register(40)
    contents = Content("a", "Today"), Content("b", "x" * 4000, data={"more": "y" * 4000})
    message = await dispatch(pipeline, Split(("a", "b"), (50, 50)), contents=contents)
    await pipeline.run_jobs()
    first, second = (await experiment(pipeline, message)).counts
    assert first["accepted"] == first["targeted"] == len(received(sandbox, "apns")) > 0
    assert second["rejected"] == second["targeted"] > 0


async def test_the_race_settles_the_verdict_while_clicks_come_in(pipeline: Pipeline) -> None:
    await pipeline.register(400)
    message = await dispatch(pipeline, Split(("a", "b"), (50, 50)))
    await click(pipeline, message, 0, 20)
    await click(pipeline, message, 1, 20)
    before = await experiment(pipeline, message)
    assert (before.judgement.ground, before.decided_at) == (Ground.NOT_CLEAR, None)
    await click(pipeline, message, 1, 120)
    decided = await experiment(pipeline, message)
    assert (decided.judgement.ground, decided.judgement.best) == (Ground.RACE, 1)
    pipeline.clock.advance(60)
    await click(pipeline, message, 0, 120)
    after = await experiment(pipeline, message)
    assert (after.judgement, after.decided_at) == (decided.judgement, decided.decided_at), "decided once"
    assert after.counts[0]["clicked"] == 120


async def test_z_is_looked_at_once_after_the_end(pipeline: Pipeline) -> None:
    await pipeline.register(400)
    message = await dispatch(pipeline, Split(("a", "b"), (50, 50)), Options(ttl=timedelta(hours=1)))
    await click(pipeline, message, 0, 5)
    await click(pipeline, message, 1, 31)
    assert (await experiment(pipeline, message)).judgement.ground is Ground.NOT_CLEAR
    pipeline.clock.advance(3600)
    found = await experiment(pipeline, message)
    assert (found.judgement.ground, found.judgement.best) == (Ground.END, 1)
    assert found.decided_at == pipeline.clock.now()
    await click(pipeline, message, 0, 100)
    assert (await experiment(pipeline, message)).judgement == found.judgement


async def test_a_message_without_variants_is_no_experiment(pipeline: Pipeline) -> None:
    await pipeline.register(3)
    message = await pipeline.dispatch()
    assert await pipeline.stores.tracked.experiments.find(APP, message.envelope) is None


async def test_content_and_variants_are_read_back(pipeline: Pipeline) -> None:
    message = await dispatch(pipeline, Split(("a", "b"), (99.5, 0.5), 10, Unit.USER))
    stored = await pipeline.stores.messages.read("shop", message.id)
    assert stored.message == message
    assert (await pipeline.stores.messages.read_envelope("shop", message.id)).envelope == message.envelope


async def test_counts_of_many_terminals_are_kept_for_a_while_but_not_for_the_last_look(
    pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch, redis: Redis
) -> None:
    # 400 terminals stand for many, and Redis keeps their counts for longer than this test takes.
    monkeypatch.setattr(arms, "_LARGE", 400)
    monkeypatch.setattr(arms, "_KEPT_FOR_MS_A_TERMINAL", 1000)
    await pipeline.register(400)
    message = await dispatch(pipeline, Split(("a", "b"), (50, 50)), Options(ttl=timedelta(hours=1)))
    assert (await experiment(pipeline, message)).counts[0]["clicked"] == 0
    await click(pipeline, message, 0, 3)
    assert (await experiment(pipeline, message)).counts[0]["clicked"] == 0
    assert 0 < await redis.pttl(f"{{shop:0}}:m:{message.id}:arm-counts") <= 400_000
    pipeline.clock.advance(3600)
    assert (await experiment(pipeline, message)).counts[0]["clicked"] == 3


@pytest.mark.parametrize("vendor", ["apns", "fcm"])
async def test_each_terminal_gets_its_own_values_in_its_variant(
    pipeline: Pipeline, sandbox: Sandbox, vendor: str
) -> None:
    names = [f"{vendor}-{number}" for number in range(40)]
    terminals = [Terminal(name, vendor, token(name), "en", attributes={"name": name}) for name in names]
    await pipeline.stores.registry.register(APP, terminals)
    contents = Content("Hi {{ name }}", "Today"), Content("{{ name }}, look", "Today")
    message = replace(
        with_variants(pipeline.clock, Split(("a", "b"), (50, 50)), contents=contents), personal=Personal()
    )
    await pipeline.stores.messages.put(message)
    assert (await pipeline.stores.messages.read("shop", message.id)).message == message
    await pipeline.dispatch_due()
    await pipeline.run_jobs()
    shown = {"a": "Hi {}", "b": "{}, look"}
    by_token = {token(name): name for name in names}
    assert received(sandbox, vendor) == {
        one: shown[arm].format(by_token[one]) for one, arm in expected(message, 40, vendor).items()
    }
