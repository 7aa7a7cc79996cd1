"""Compaction while a broadcast is under way: each terminal gets its push once."""

from redis.asyncio import Redis
from tests.support.clock import SetClock
from tests.support.hygiene import REUSE_AFTER, compaction, run_phases
from tests.support.pipeline import APP, Pipeline, token
from tests.support.registry_laws import check_registry
from tests.support.sandbox import Sandbox

from pushgate.domain.terminal import Terminal
from pushgate.hygiene.progress import Change

PER_BLOCK = 30


async def _scatter(pipeline: Pipeline, clock: SetClock) -> list[str]:
    """Two blocks with few terminals each, whose free slots may be used again."""
    names = [f"t{number}" for number in range(2100)]
    await pipeline.stores.registry.register(
        APP, [Terminal(name, "apns", token(name), "en") for name in names]
    )
    kept = names[:PER_BLOCK] + names[1024 : 1024 + PER_BLOCK]
    await pipeline.stores.registry.forget(APP, [name for name in names if name not in set(kept)])
    clock.advance(REUSE_AFTER.total_seconds() + 1)
    return kept


async def test_terminals_that_are_moved_after_planning_get_the_push_once(
    pipeline: Pipeline, sandbox: Sandbox, redis: Redis, clock: SetClock
) -> None:
    kept = await _scatter(pipeline, clock)
    message = await pipeline.dispatch()
    changes = await run_phases(APP, 0, *compaction(redis, clock))
    assert changes[Change.MOVED] >= PER_BLOCK
    await pipeline.stores.registry.register(
        APP, [Terminal(f"new{number}", "apns", token(f"new{number}"), "en") for number in range(50)]
    )
    await pipeline.run_jobs()
    assert await pipeline.states(message) == {"accepted": len(kept)}
    for name in kept:
        assert len(sandbox.received(vendor="apns", token=token(name))) == 1
    assert sandbox.summary("apns")["accepted"] == len(kept)
    await check_registry(redis, APP)


async def test_a_moved_terminal_that_leaves_and_comes_back_gets_no_push(
    pipeline: Pipeline, sandbox: Sandbox, redis: Redis, clock: SetClock
) -> None:
    """It is another terminal then, and the message was not for it."""
    kept = await _scatter(pipeline, clock)
    message = await pipeline.dispatch()
    await run_phases(APP, 0, *compaction(redis, clock))
    await pipeline.stores.registry.forget(APP, kept[:5] + kept[-5:])
    await pipeline.stores.registry.register(
        APP, [Terminal(name, "apns", token(f"{name} again"), "en") for name in kept[:5] + kept[-5:]]
    )
    await pipeline.run_jobs()
    assert (await pipeline.states(message))["accepted"] == len(kept) - 10
    assert sandbox.summary("apns")["accepted"] == len(kept) - 10
