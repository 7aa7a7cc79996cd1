"""A message is sent evenly over a time, by a clock that is set."""

import itertools
from datetime import timedelta

import pytest
from msgspec import UNSET
from msgspec.structs import replace
from tests.support.gearman import block_job
from tests.support.pipeline import APP, Pipeline
from tests.support.sandbox import Sandbox

from pushgate.api.waiting_pushes import hasten
from pushgate.domain.message import Message, Options, Status
from pushgate.pausing import pause, resume
from pushgate.scheduler import spread

SPREAD = timedelta(minutes=10)
OPTIONS = Options(ttl=timedelta(hours=1), spread=SPREAD)
STEP = 5
"""Seconds between two looks of the scheduler at the retries."""


async def run(pipeline: Pipeline, sandbox: Sandbox, seconds: int, vendor: str = "apns") -> list[int]:
    """Let time pass; return how many pushes went out in each minute."""
    sent = [sandbox.summary(vendor)["pushes"]]
    for second in range(0, seconds, STEP):
        await pipeline.run_jobs()
        await pipeline.run_due_jobs()
        pipeline.clock.advance(STEP)
        if (second + STEP) % 60 == 0:
            sent.append(sandbox.summary(vendor)["pushes"])
    return [later - earlier for earlier, later in itertools.pairwise(sent)]


async def accepted(pipeline: Pipeline, message: Message) -> int:
    return (await pipeline.states(message)).get("accepted", 0)


@pytest.mark.parametrize("terminals", [600, 3000])
async def test_few_blocks_are_sent_evenly_too(pipeline: Pipeline, sandbox: Sandbox, terminals: int) -> None:
    await pipeline.register(terminals)
    message = await pipeline.dispatch(options=OPTIONS)
    by_minute = await run(pipeline, sandbox, 660)
    assert await pipeline.states(message) == {"accepted": terminals}
    assert sandbox.summary("apns")["duplicates"] == 0
    assert await pipeline.status(message) is Status.SENT
    # The first and the last step may fall into the minute beside theirs.
    for count in by_minute[1:9]:
        assert count == pytest.approx(terminals / 10, rel=0.35)
    assert sum(by_minute[:5]) == pytest.approx(terminals / 2, rel=0.15)


async def test_nothing_is_sent_before_it_is_due_whatever_jobs_come(
    pipeline: Pipeline, sandbox: Sandbox
) -> None:
    await pipeline.register(3000)
    message = await pipeline.dispatch(options=OPTIONS)
    jobs = [job async for some in pipeline.stores.retries.all() for job in some]
    assert len(jobs) == 3
    pipeline.clock.advance(-20)
    for raw in jobs:
        surplus = replace(block_job(raw), due_ms=UNSET)
        await pipeline.run_job(surplus)
    assert await pipeline.states(message) == {"pending": 3000}


async def test_what_waited_while_the_message_was_paused_is_not_sent_at_once(
    pipeline: Pipeline, sandbox: Sandbox
) -> None:
    await pipeline.register(3000)
    message = await pipeline.dispatch(options=OPTIONS)
    await run(pipeline, sandbox, 180)
    before = await accepted(pipeline, message)
    assert 600 < before < 1300
    await pause(pipeline.stores, APP, message.id)
    assert sum(await run(pipeline, sandbox, 900)) == 0
    await resume(pipeline.stores, APP, message.id)
    await pipeline.dispatch_due()
    by_minute = await run(pipeline, sandbox, 60)
    assert sum(by_minute) < 900, "a minute's share, or a little more"
    await run(pipeline, sandbox, 900)
    assert await pipeline.states(message) == {"accepted": 3000}
    assert sandbox.summary("apns")["duplicates"] == 0


async def test_blocks_that_are_due_later_are_not_hastened_with_those_that_wait_for_the_vendor(
    pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spread, "MIN_STEPS", 1)  # blocks are sent whole, as those of a large message
    await pipeline.register(3000)
    message = await pipeline.dispatch(options=OPTIONS)
    pipeline.clock.advance(1)
    await hasten(pipeline.stores, APP, "apns", pipeline.clock.now())
    await pipeline.run_due_jobs()
    assert 0 < await accepted(pipeline, message) <= 1024, "only the block that is due"


async def test_shares_that_were_late_are_sent_before_the_message_expires(
    pipeline: Pipeline, sandbox: Sandbox
) -> None:
    await pipeline.register(600)
    message = await pipeline.dispatch(options=Options(ttl=timedelta(seconds=660), spread=SPREAD))
    await run(pipeline, sandbox, 120)
    pipeline.clock.advance(240)
    await run(pipeline, sandbox, 300)
    assert pipeline.clock.now() == message.expires_at
    assert await pipeline.states(message) == {"accepted": 600}
