"""A sample of the terminals gets a message first, and what comes of it decides on the rest; by a
clock that is set.
"""

from dataclasses import replace
from datetime import timedelta
from typing import cast

import pytest
from msgspec import structs
from tests.support.gearman import block_job
from tests.support.messages import message as new_message
from tests.support.personal import NAMES, dispatch_personal, shown, titles
from tests.support.pipeline import APP, Pipeline, token
from tests.support.sandbox import Sandbox

from pushgate.cancellation import cancel
from pushgate.dispatch.job import BlockJob
from pushgate.domain.audience import Everyone, OnePerUser
from pushgate.domain.canary import Canary, CanaryState, Limits, Measure, Phase
from pushgate.domain.message import Content, Delivery, Message, Options, Personal, Status
from pushgate.domain.outcome import State
from pushgate.domain.terminal import Group, Terminal
from pushgate.ledger.values import Block, MessageShard
from pushgate.pausing import pause, resume
from pushgate.worker.shares import canary_of

WAIT = timedelta(minutes=10)
CANARY = Canary(share=10, wait=WAIT, hold_if=Limits(rejected=5, invalid=20))
OPTIONS = Options(canary=CANARY)
TERMINALS = 2000


async def state(pipeline: Pipeline, message: Message) -> CanaryState:
    found = await pipeline.stores.canaries.find(message.id)
    assert found is not None
    return found


async def look(pipeline: Pipeline, *, run_jobs: bool = True) -> None:
    """A scheduler looks at all canaries, claims what is due, and workers do all jobs."""
    await pipeline.canaries.run_once()
    await pipeline.dispatch_due()
    if run_jobs:
        await pipeline.run_due_jobs()


@pytest.mark.parametrize("delivery", list(Delivery))
async def test_a_sample_of_every_block_is_sent_first_and_the_rest_when_the_time_is_over(
    pipeline: Pipeline, sandbox: Sandbox, delivery: Delivery
) -> None:
    await pipeline.register(TERMINALS)
    message = await pipeline.dispatch(options=replace(OPTIONS, delivery=delivery))
    jobs = list(pipeline.jobs)
    await pipeline.run_jobs()
    sent = (await pipeline.states(message))["accepted"]
    assert sent == pytest.approx(TERMINALS / 10, rel=0.4)
    for job in jobs:  # surplus copies
        assert isinstance(job, BlockJob)
        await pipeline.run_job(job)
        await pipeline.run_job(replace_canary(job))
    pipeline.clock.advance(599)
    await look(pipeline)
    assert await pipeline.states(message) == {"pending": TERMINALS - sent, "accepted": sent}
    assert (await state(pipeline, message)).phase is Phase.RUNNING
    pipeline.clock.advance(1)
    await look(pipeline)
    assert await pipeline.states(message) == {"accepted": TERMINALS}
    assert sandbox.summary("apns")["duplicates"] == 0
    assert await pipeline.status(message) is Status.SENT
    assert (await state(pipeline, message)).phase is Phase.PASSED
    for job in jobs:
        await pipeline.run_job(job)
    assert sandbox.summary("apns")["duplicates"] == 0


async def test_a_message_is_held_by_what_came_of_its_canary_until_somebody_resumes_it(
    pipeline: Pipeline, sandbox: Sandbox
) -> None:
    await pipeline.register(TERMINALS, dead=TERMINALS // 2)
    message = await pipeline.dispatch(options=OPTIONS)
    await pipeline.run_jobs()
    for _ in range(2):
        pipeline.clock.advance(1)
        await look(pipeline)
    assert await pipeline.status(message) is Status.PAUSED
    found = await state(pipeline, message)
    assert found.phase is Phase.HELD
    assert found.finding
    assert (found.finding.measure, found.finding.vendor) == (Measure.INVALID, "apns")
    (held,) = await pipeline.stores.canaries.held()
    assert (held.app, held.message_id, held.finding) == ("shop", message.id, found.finding)
    before = await pipeline.states(message)
    pipeline.clock.advance(1200)
    await look(pipeline)
    assert await pipeline.states(message) == before
    assert (await resume(pipeline.stores, APP, message.id)).status is Status.DISPATCHING
    await look(pipeline)
    assert await pipeline.status(message) is Status.SENT
    assert await pipeline.states(message) == {"accepted": 1000, "invalid": 1000}
    assert await pipeline.stores.canaries.held() == []
    assert (await state(pipeline, message)).finding == found.finding, "the reason stays known"
    assert sandbox.summary("apns")["duplicates"] == 0


async def test_the_rest_takes_twice_the_time_where_the_canary_says_so(pipeline: Pipeline) -> None:
    canary = replace(CANARY, hold_if=Limits(), slower_if=Limits(invalid=20))
    await pipeline.register(TERMINALS, dead=TERMINALS // 2)
    message = await pipeline.dispatch(options=Options(canary=canary, spread=timedelta(minutes=2)))
    await pipeline.run_jobs()
    pipeline.clock.advance(600)
    await look(pipeline)
    assert (await state(pipeline, message)).phase is Phase.SLOWED
    jobs = [block_job(raw) async for some in pipeline.stores.retries.all() for raw in some]
    shares = [job.next_share for job in jobs if job.next_share]
    assert len(shares) == 2
    for share in shares:
        assert share.left * share.step_ms == pytest.approx(240_000, rel=0.05)
    assert not [job for job in jobs if job.canary_until]


def with_empty_canary(pipeline: Pipeline, count: int) -> Message:
    """A message none of whose first `count` terminals is in the canary, which depends on its id."""
    canary = replace(CANARY, share=0.1)
    first = {Block(Group("apns", "en"), 0): (1 << count) - 1}
    while True:
        message = structs.replace(new_message(pipeline.clock), options=Options(canary=canary))
        keep_until = pipeline.stores.retention.keep_until(message)
        shards = [MessageShard(APP, shard, message.id, keep_until) for shard in range(APP.shards)]
        if not any(canary_of(first, shard, canary.share)[block] for shard in shards for block in first):
            return message


async def test_a_message_without_terminals_in_its_canary_goes_on(pipeline: Pipeline) -> None:
    await pipeline.register(3)
    message = with_empty_canary(pipeline, 3)
    await pipeline.stores.messages.put(message)
    await pipeline.dispatch_due()
    await pipeline.run_jobs()
    assert await pipeline.states(message) == {"pending": 3}
    pipeline.clock.advance(600)
    await look(pipeline)
    assert await pipeline.states(message) == {"accepted": 3}


async def test_nobody_gets_the_message_on_two_phones(pipeline: Pipeline, sandbox: Sandbox) -> None:
    users = [(f"t{number}", f"user-{number // 2}") for number in range(400)]
    terminals = [Terminal(name, "apns", token(name), "en", user=user) for name, user in users]
    await pipeline.stores.registry.register(APP, terminals)
    message = await pipeline.dispatch(OnePerUser(Everyone()), OPTIONS)
    await pipeline.run_jobs()
    pipeline.clock.advance(600)
    await look(pipeline)
    assert await pipeline.states(message) == {"accepted": 200}
    got = [one for request in sandbox.received(vendor="apns") for one in cast("list[str]", request["tokens"])]
    by_token = {token(name): user for name, user in users}
    assert sorted(by_token[one] for one in got) == sorted({user for _, user in users})


async def test_a_canary_that_was_paused_runs_anew_when_it_is_resumed(pipeline: Pipeline) -> None:
    await pipeline.register(TERMINALS, dead=TERMINALS // 2)
    message = await pipeline.dispatch(options=OPTIONS)
    await pause(pipeline.stores, APP, message.id)
    await pipeline.run_jobs()
    pipeline.clock.advance(3600)
    await look(pipeline)
    assert await pipeline.states(message) == {"pending": TERMINALS}
    await resume(pipeline.stores, APP, message.id)
    await look(pipeline)
    assert (await state(pipeline, message)).until == pipeline.clock.now() + WAIT
    pipeline.clock.advance(1)
    await look(pipeline)
    assert await pipeline.status(message) is Status.PAUSED
    assert (await pipeline.states(message))["pending"] > TERMINALS / 2


async def test_pushes_of_a_canary_that_must_be_tried_again_are_tried_before_the_rest(
    pipeline: Pipeline, sandbox: Sandbox
) -> None:
    await pipeline.register(TERMINALS, "fcm")
    message = await pipeline.dispatch(options=OPTIONS)
    sandbox.misbehave(
        {"vendor": "fcm", "error": "UNAVAILABLE", "retry_after": 20, "path": "send", "times": 9}
    )
    await pipeline.run_jobs()
    assert (await pipeline.states(message)).get("accepted", 0) < 150
    for _ in range(10):
        pipeline.clock.advance(30)
        await pipeline.canaries.run_once()
        await pipeline.run_due_jobs()
    states = await pipeline.states(message)
    assert states["accepted"] == pytest.approx(TERMINALS / 10, rel=0.4)
    pipeline.clock.advance(300)
    await look(pipeline)
    assert await pipeline.states(message) == {"accepted": TERMINALS}


async def test_a_vendor_that_asks_for_a_longer_pause_than_the_canary_waits_has_it(
    pipeline: Pipeline, sandbox: Sandbox
) -> None:
    await pipeline.register(TERMINALS, "fcm")
    message = await pipeline.dispatch(options=OPTIONS)
    sandbox.misbehave({"vendor": "fcm", "error": "UNAVAILABLE", "retry_after": 1200, "path": "send"})
    await pipeline.run_jobs()
    sandbox.misbehave()
    asked = len(sandbox.received(vendor="fcm"))
    pipeline.clock.advance(600)
    await look(pipeline)
    for _ in range(18):
        pipeline.clock.advance(30)
        await pipeline.run_due_jobs()
    assert len(sandbox.received(vendor="fcm")) == asked, "it asked for twenty minutes"
    (few,) = (await state(pipeline, message)).few_answers
    assert (few.vendor, few.answers) == ("fcm", 0)
    for _ in range(10):
        pipeline.clock.advance(60)
        await pipeline.run_due_jobs()
    assert await pipeline.states(message) == {"accepted": TERMINALS}


@pytest.mark.parametrize("ttl", [timedelta(days=1), timedelta(hours=1)], ids=str)
async def test_terminals_that_must_be_tried_again_tomorrow_keep_no_rest_waiting(
    pipeline: Pipeline, sandbox: Sandbox, ttl: timedelta
) -> None:
    """The vendor has sent these terminals their share of the day, which ends in many hours."""
    pipeline.clock.to_morning()
    await pipeline.register(400, "meizu")
    sandbox.misbehave(refused={"meizu": {token(f"meizu-{number}"): "110011" for number in range(0, 400, 4)}})
    canary = Canary(share=10, wait=WAIT)
    message = await pipeline.dispatch(options=Options(ttl=ttl, canary=canary))
    await pipeline.run_jobs()
    pipeline.clock.advance(600)
    await look(pipeline)
    assert await pipeline.states(message) == {"accepted": 300, "pending": 100}
    asked = len(sandbox.received(vendor="meizu"))
    for job in await block_jobs(pipeline, message):
        await pipeline.run_job(job)
    assert len(sandbox.received(vendor="meizu")) == asked, "they wait until the next day"


async def test_a_personal_message_is_tried_on_a_few_first(pipeline: Pipeline, sandbox: Sandbox) -> None:
    names = {f"fcm-{number}": NAMES[number % len(NAMES)] for number in range(300)}
    known = [
        Terminal(name, "fcm", token(name), "en", attributes={"name": value}) for name, value in names.items()
    ]
    await pipeline.stores.registry.register(APP, known)
    content = {"en": Content("Hi {{ name }}", "Sale")}
    message = await dispatch_personal(pipeline, Personal(), content, options=OPTIONS)
    await pipeline.run_jobs()
    assert 0 < len(titles(sandbox)) < 100
    pipeline.clock.advance(600)
    await look(pipeline)
    assert titles(sandbox) == {token(name): f"Hi {shown(value)}" for name, value in names.items()}
    assert await pipeline.states(message) == {"accepted": 300}


async def test_a_canary_is_cancelled_with_its_message_and_failures_are_sent_without_one(
    pipeline: Pipeline,
) -> None:
    await pipeline.register(TERMINALS)
    message = await pipeline.dispatch(options=OPTIONS)
    await pipeline.run_jobs()
    sent = (await pipeline.states(message))["accepted"]
    await cancel(pipeline.stores, APP, message.id)
    pipeline.clock.advance(600)
    await look(pipeline)
    assert await pipeline.states(message) == {"cancelled": TERMINALS - sent, "accepted": sent}
    await pipeline.stores.lifecycle.finish("shop", message.id)
    other = await pipeline.dispatch(options=OPTIONS)
    await pipeline.end(other, State.EXPIRED)
    await pipeline.stores.lifecycle.finish("shop", other.id)
    pipeline.clock.advance(601)
    await pipeline.resend(other, State.EXPIRED)
    jobs = len(pipeline.jobs)
    await look(pipeline, run_jobs=False)
    assert len(pipeline.jobs) == jobs, "its canary is not judged any more"
    await pipeline.run_jobs()
    assert await pipeline.states(other) == {"accepted": TERMINALS}


async def block_jobs(pipeline: Pipeline, message: Message) -> list[BlockJob]:
    """A job for each block with pending pushes."""
    jobs: list[BlockJob] = []
    for shard in range(APP.shards):
        scope = MessageShard(APP, shard, message.id, message.expires_at)
        for block in await pipeline.stores.pending.blocks(scope):
            jobs.append(
                BlockJob(
                    app="shop", message_id=message.id, group=block.group, shard=shard, blocks=(block.number,)
                )
            )
    return jobs


def replace_canary(job: BlockJob) -> BlockJob:
    """A job of the same blocks that sends all that is pending."""
    return BlockJob(
        app=job.app, message_id=job.message_id, group=job.group, shard=job.shard, blocks=job.blocks
    )
