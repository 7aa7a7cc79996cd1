"""Pushes of an app or vendor that a call has paused are not sent, and go on when it is resumed."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial

import pytest
from tests.support.pauses import pause
from tests.support.pipeline import APP, Pipeline, token
from tests.support.sandbox import Sandbox

from pushgate.adapters.contract import Prepared, Push, Verdict
from pushgate.api.waiting_pushes import hasten
from pushgate.domain.message import Delivery, Options
from pushgate.domain.outcome import FailureCode, RefusalScope, State


@pytest.mark.parametrize("vendor", ["apns", ""])
async def test_nothing_is_sent_while_paused_and_the_rest_goes_on(
    pipeline: Pipeline, sandbox: Sandbox, vendor: str
) -> None:
    await pipeline.register(10, "apns")
    await pipeline.register(10, "fcm")
    message = await pipeline.dispatch()
    await pipeline.stores.pauses.pause("shop", vendor, pause(pipeline.clock.now()))
    await pipeline.run_jobs()
    assert sandbox.summary("apns")["pushes"] == 0
    assert sandbox.summary("fcm")["pushes"] == (10 if vendor else 0)
    await pipeline.stores.pauses.resume("shop", vendor)
    pipeline.clock.advance(2)
    await pipeline.run_due_jobs()
    assert await pipeline.states(message) == {"accepted": 20}


class OneAtATime:
    """A prepared push that is sent to one token after another, and paused once after some."""

    def __init__(self, prepared: Prepared, after: int, stop: Callable[[], Awaitable[object]]) -> None:
        self._prepared = prepared
        self._after = after
        self._stop = stop

    def scopes(self, count: int) -> Mapping[RefusalScope, str]:
        return self._prepared.scopes(count)

    async def send(
        self, tokens: Sequence[bytes], may_continue: Callable[[], bool]
    ) -> AsyncIterator[tuple[Sequence[int], Verdict]]:
        for index, target in enumerate(tokens):
            if not may_continue():
                return
            async for _, verdict in self._prepared.send([target], may_continue):
                yield [index], verdict
            self._after -= 1
            if self._after == 0:
                await self._stop()


@pytest.mark.parametrize("delivery", list(Delivery))
async def test_a_pause_stops_a_block_in_the_middle(
    pipeline: Pipeline, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, delivery: Delivery
) -> None:
    adapter = pipeline.vendors["fcm"].adapter

    def prepare(push: Push, now: datetime) -> OneAtATime:
        stop = partial(pipeline.stores.pauses.pause, "shop", "fcm", pause(now))
        return OneAtATime(type(adapter).prepare(adapter, push, now), 3, stop)

    monkeypatch.setattr(adapter, "prepare", prepare, raising=False)
    await pipeline.register(10, "fcm")
    message = await pipeline.dispatch(options=Options(delivery=delivery))
    await pipeline.run_jobs()
    assert await pipeline.states(message) == {"accepted": 3, "pending": 7}
    await pipeline.stores.pauses.resume("shop", "fcm")
    pipeline.clock.advance(2)
    await pipeline.run_due_jobs()
    assert await pipeline.states(message) == {"accepted": 10}
    assert sandbox.summary("fcm")["duplicates"] == 0


async def test_what_expires_while_paused_says_why(pipeline: Pipeline) -> None:
    await pipeline.register(3, "apns")
    message = await pipeline.dispatch(options=Options(ttl=timedelta(seconds=60)))
    await pipeline.stores.pauses.pause("shop", "apns", pause(pipeline.clock.now()))
    await pipeline.run_jobs()
    pipeline.clock.advance(61)
    assert await pipeline.end(message, State.EXPIRED) == 3
    (failure,) = (await pipeline.report(message)).failures
    assert failure.code == FailureCode.PAUSED
    assert "by key on call" in failure.reason


async def test_blocks_that_wait_for_a_vendor_are_hastened(pipeline: Pipeline, sandbox: Sandbox) -> None:
    await pipeline.register(5, "fcm")
    sandbox.misbehave({"vendor": "fcm", "error": "UNAVAILABLE", "holds": "beef", "retry_after": 3000})
    message = await pipeline.dispatch(options=Options(ttl=timedelta(days=1)))
    await pipeline.run_jobs()
    pipeline.clock.advance(10)
    sandbox.reset()
    await pipeline.stores.vendor_health.reset("shop", "fcm")
    await hasten(pipeline.stores, APP, "apns", pipeline.clock.now())
    assert await pipeline.due_jobs() == []
    await hasten(pipeline.stores, APP, "fcm", pipeline.clock.now())
    await pipeline.run_due_jobs()
    assert await pipeline.states(message) == {"accepted": 5}


async def test_terminals_that_must_be_tried_again_tomorrow_are_hastened(
    pipeline: Pipeline, sandbox: Sandbox
) -> None:
    await pipeline.register(5, "meizu")
    sandbox.misbehave(refused={"meizu": {token("meizu-1"): "110011"}})
    message = await pipeline.dispatch(options=Options(ttl=timedelta(days=2)))
    await pipeline.run_jobs()
    assert await pipeline.states(message) == {"accepted": 4, "pending": 1}
    sandbox.reset()
    pipeline.clock.advance(10)
    await hasten(pipeline.stores, APP, "meizu", pipeline.clock.now())
    await pipeline.run_due_jobs()
    assert await pipeline.states(message) == {"accepted": 5}
