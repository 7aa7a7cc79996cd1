"""A job asks its own shard alone what is open, however many shards the app has."""

import pytest
from redis.asyncio import Redis
from tests.support.clock import SetClock
from tests.support.pipeline import Pipeline, create_pipeline, token
from tests.support.redis_work import work

from pushgate.adapters.contract import Adapter
from pushgate.domain.app import App
from pushgate.domain.message import Message, Status
from pushgate.domain.outcome import State
from pushgate.domain.terminal import Terminal
from pushgate.redis.hash_tags import shard_of

SHARDS = 64
APP = App("shop", SHARDS)


@pytest.fixture
def pipeline(redis: Redis, clock: SetClock, adapters: dict[str, Adapter]) -> Pipeline:
    return create_pipeline(redis, clock, adapters, APP)


async def register(pipeline: Pipeline, count: int) -> set[int]:
    """Register terminals; returns the shards that hold one."""
    terminals = [Terminal(f"t{n}", "apns", token(n), "en") for n in range(count)]
    await pipeline.stores.registry.register(APP, terminals)
    return {shard_of(APP, terminal.id) for terminal in terminals}


async def states(pipeline: Pipeline, message: Message) -> dict[str, int]:
    report = await pipeline.stores.results.report(APP, message.id)
    return {state: count for state, count in report.states.items() if count}


async def test_only_the_last_job_of_a_message_asks_all_shards(redis: Redis, pipeline: Pipeline) -> None:
    shards = await register(pipeline, 400)
    assert len(shards) == SHARDS
    message = await pipeline.dispatch()
    assert len(pipeline.jobs) == SHARDS
    await pipeline.run_job(pipeline.jobs.pop())  # the scripts are known from now on

    reads: list[int] = []
    while pipeline.jobs:
        done = await work(redis, pipeline.run_job(pipeline.jobs.pop()))
        reads.append(done.calls.get("hmget", 0) + done.calls.get("get", 0))
    assert max(reads[:-1]) < SHARDS, "no job but the last one reads the shards"
    assert max(reads[:-1]) - min(reads[:-1]) < 10
    assert SHARDS < reads[-1] < 4 * SHARDS
    assert await states(pipeline, message) == {"accepted": 400}
    assert await pipeline.status(message) is Status.SENT


async def test_shards_without_terminals_keep_nothing_open(pipeline: Pipeline) -> None:
    assert len(await register(pipeline, 3)) <= 3
    message = await pipeline.dispatch()
    await pipeline.run_jobs()
    assert await states(pipeline, message) == {"accepted": 3}
    assert await pipeline.status(message) is Status.SENT


async def test_failures_that_are_sent_again_open_their_shards_again(pipeline: Pipeline) -> None:
    await pipeline.stores.registry.register(
        APP, [Terminal(f"t{n}", "apns", token(n, dead=n == 7), "en") for n in range(100)]
    )
    message = await pipeline.dispatch()
    await pipeline.run_jobs()
    assert await states(pipeline, message) == {"accepted": 99, "invalid": 1}
    assert await pipeline.status(message) is Status.SENT
    await pipeline.resend(message, State.INVALID)
    assert len(pipeline.jobs) == 1
    assert await pipeline.status(message) is Status.SENDING
    await pipeline.run_jobs()
    assert await pipeline.status(message) is Status.SENT


async def test_a_message_of_a_scheduler_that_kept_no_shards_comes_to_its_end(
    redis: Redis, pipeline: Pipeline
) -> None:
    await register(pipeline, 100)
    message = await pipeline.dispatch()
    await redis.hdel(f"{{q}}:message:{message.id}", "open")
    await pipeline.run_jobs()
    assert await pipeline.status(message) is Status.SENT


async def test_ending_a_message_asks_several_shards_at_once(pipeline: Pipeline) -> None:
    await register(pipeline, 400)
    message = await pipeline.dispatch()
    keep_until = pipeline.stores.retention.keep_until(message)
    assert await pipeline.stores.pending.end(APP, message.id, keep_until, State.CANCELLED) == 400
    assert await pipeline.stores.results.open_counts(APP, message.id) == {}
