"""Dead tokens leave the registry, unless so many are called dead that a mistake is more likely."""

import pytest
from redis.asyncio import Redis
from tests.support.held_removals import held_removals
from tests.support.pipeline import APP, Pipeline, token
from tests.support.registered import by_group
from tests.support.sandbox import Sandbox

from pushgate.domain.errors import NotFound
from pushgate.domain.terminal import Group, Terminal


async def test_dead_tokens_leave_the_registry(pipeline: Pipeline) -> None:
    await pipeline.register(40, "fcm", dead=5)
    message = await pipeline.dispatch()
    await pipeline.run_jobs()
    assert await pipeline.states(message) == {"accepted": 35, "invalid": 5}
    with pytest.raises(NotFound):
        await pipeline.stores.registry.read(APP, "fcm-0")
    assert (await pipeline.stores.registry.read(APP, "fcm-5")).token == token("fcm-5")


async def test_many_dead_tokens_at_once_are_kept(pipeline: Pipeline) -> None:
    await pipeline.register(40, "huawei", dead=40)
    message = await pipeline.dispatch()
    await pipeline.run_jobs()
    assert await pipeline.states(message) == {"invalid": 40}
    assert await by_group(pipeline.stores, APP) == {Group("huawei", "en"): 40}
    assert await held_removals(pipeline.stores) == {("shop", "huawei"): 40}


async def test_dead_tokens_that_a_crash_has_left_over_leave_the_registry(
    pipeline: Pipeline, sandbox: Sandbox, redis: Redis
) -> None:
    """The rest of the message is all dead; the worker that died counted no other response."""
    await pipeline.register(100, dead=20)
    sandbox.misbehave({"vendor": "apns", "error": "InternalServerError", "path": "/dead"})
    message = await pipeline.dispatch()
    await pipeline.run_jobs()
    assert await pipeline.states(message) == {"accepted": 80, "pending": 20}
    await redis.delete("{q}:removal:shop:apns", "{q}:removal:shop:apns:sum")
    sandbox.reset()
    pipeline.clock.advance(1800)
    await pipeline.run_due_jobs()
    assert await pipeline.states(message) == {"accepted": 80, "invalid": 20}
    assert await held_removals(pipeline.stores) == {}
    assert await by_group(pipeline.stores, APP) == {Group("apns", "en"): 80}


async def test_junk_of_anonymous_devices_keeps_no_dead_token_of_others(pipeline: Pipeline) -> None:
    await pipeline.register(40, "fcm", dead=5)
    junk = [
        Terminal(f"junk-{n}", "fcm", token(f"junk-{n}", dead=True), "en", is_anonymous=True)
        for n in range(100)
    ]
    await pipeline.stores.registry.register(APP, junk)
    message = await pipeline.dispatch()
    await pipeline.run_jobs()
    assert await pipeline.states(message) == {"accepted": 35, "invalid": 105}
    assert await by_group(pipeline.stores, APP) == {Group("fcm", "en"): 135}
    assert await held_removals(pipeline.stores) == {("shop", "fcm"): 100}


async def test_a_few_dead_tokens_of_anonymous_devices_leave_the_registry(pipeline: Pipeline) -> None:
    await pipeline.register(40, "fcm")
    junk = [
        Terminal(f"junk-{n}", "fcm", token(f"junk-{n}", dead=True), "en", is_anonymous=True) for n in range(8)
    ]
    await pipeline.stores.registry.register(APP, junk)
    await pipeline.dispatch()
    await pipeline.run_jobs()
    assert await by_group(pipeline.stores, APP) == {Group("fcm", "en"): 40}
