"""Pushes of a bundle whose app or vendor a call has paused wait."""

from datetime import timedelta

from tests.support.bundle_jobs import BundleWorld
from tests.support.pauses import pause
from tests.support.pipeline import APP, Pipeline
from tests.support.sandbox import Sandbox

from pushgate.api.waiting_pushes import hasten
from pushgate.domain.message import Options


async def test_nothing_is_sent_while_paused_and_all_goes_on_when_resumed(
    world: BundleWorld, pipeline: Pipeline, sandbox: Sandbox
) -> None:
    await pipeline.register(4, "fcm")
    await pipeline.stores.pauses.pause("shop", "fcm", pause(pipeline.clock.now()))
    await world.send(
        world.to_each(*(f"fcm-{number}" for number in range(4)), options=Options(ttl=timedelta(days=1)))
    )
    assert await world.states() == {"pending": 4}
    assert sandbox.summary("fcm")["pushes"] == 0
    (label,) = {slot.label for slot in await world.slots()}
    assert label.startswith("fcm|expired|paused|never sent: paused since ")
    await pipeline.stores.pauses.resume("shop", "fcm")
    world.clock.advance(2)
    await world.run_due()
    assert await world.states() == {"accepted": 4}


async def test_pushes_that_wait_for_a_breaker_are_hastened(
    world: BundleWorld, pipeline: Pipeline, sandbox: Sandbox
) -> None:
    await pipeline.register(4, "fcm")
    sandbox.misbehave({"vendor": "fcm", "error": "UNAVAILABLE", "holds": "beef", "retry_after": 3000})
    await world.send(
        world.to_each(*(f"fcm-{number}" for number in range(4)), options=Options(ttl=timedelta(days=1)))
    )
    world.clock.advance(10)
    sandbox.reset()
    assert await world.due_jobs() == []
    await pipeline.stores.vendor_health.reset("shop", "fcm")
    await hasten(pipeline.stores, APP, "apns", world.clock.now())
    assert await world.due_jobs() == []
    await hasten(pipeline.stores, APP, "fcm", world.clock.now())
    await world.run_due()
    assert await world.states() == {"accepted": 4}
