"""Bundles that are cancelled, doubled, cut off, slow, or cannot be recorded: nothing is lost, and
nothing is sent twice without need.
"""

import asyncio
import contextlib
from collections.abc import Callable
from datetime import timedelta

import pytest
from tests.support.bundle_jobs import BundleWorld
from tests.support.bundles import LEASE
from tests.support.engines import wait_until
from tests.support.pipeline import APP, Pipeline
from tests.support.sandbox import Sandbox
from tests.support.until import until

from pushgate.bundles.bundle_values import Change, RecordedChanges, TakenBundle, Verb
from pushgate.bundles.values import Home
from pushgate.domain.errors import EngineUnavailable
from pushgate.domain.message import Delivery, Options
from pushgate.worker import bundle_runner
from pushgate.worker.bundle_runner import SMALL_BUNDLE

AT_MOST_ONCE = Options(delivery=Delivery.AT_MOST_ONCE)


async def in_thread(condition: Callable[[], bool], what: str) -> None:
    await asyncio.to_thread(wait_until, condition, 10, what)


async def until_recorded(world: BundleWorld, **states: int) -> None:
    async def are_recorded() -> bool:
        return await world.states() == states

    await until(are_recorded)


async def test_a_cancelled_message_of_a_bundle_is_not_sent(
    world: BundleWorld, pipeline: Pipeline, sandbox: Sandbox
) -> None:
    await pipeline.register(3, "fcm")
    jobs = await world.plan(world.to_each("fcm-0", "fcm-1", "fcm-2"))
    await world.small.accounts.cancel(APP, world.ids[1])
    await world.run(jobs)
    assert await world.states() == {"accepted": 2, "cancelled": 1}
    assert sandbox.summary("fcm")["pushes"] == 2


async def test_a_message_that_is_cancelled_while_it_is_sent_counts_as_the_vendor_says(
    world: BundleWorld, pipeline: Pipeline, sandbox: Sandbox
) -> None:
    await pipeline.register(2, "fcm")
    sandbox.misbehave({"vendor": "fcm", "delay": 4.0, "path": "send", "times": 1})
    (job,) = await world.plan(world.to_each("fcm-0", "fcm-1"))
    running = asyncio.create_task(world.run([job]))
    await until_recorded(world, accepted=1, pending=1)
    for message_id in world.ids:
        await world.small.accounts.cancel(APP, message_id)
    assert await world.states() == {"accepted": 1, "cancelled": 1}
    await running
    assert await world.states() == {"accepted": 2}
    assert await world.small.segments.waiting(world.small.home) == (0, 0)


async def test_a_job_done_twice_or_at_once_sends_nothing_twice(
    world: BundleWorld, pipeline: Pipeline, sandbox: Sandbox
) -> None:
    await pipeline.register(50, "fcm")
    (job,) = await world.plan(world.to_each(*(f"fcm-{number}" for number in range(50))))
    await asyncio.gather(*(pipeline.run_job(job) for _ in range(4)))
    await world.run([job])
    assert await world.states() == {"accepted": 50}
    assert sandbox.summary("fcm")["pushes"] == 50


async def test_at_most_once_sends_an_unanswered_push_never_again(
    world: BundleWorld, pipeline: Pipeline, sandbox: Sandbox
) -> None:
    await pipeline.register(2, "apns")
    sandbox.misbehave({"vendor": "apns", "drop": "after"})
    await world.send(world.to_each("apns-0", options=AT_MOST_ONCE) + world.to_each("apns-1"))
    assert await world.states() == {"rejected": 1, "pending": 1}
    labels = await world.codes()
    assert labels[0].startswith("apns|rejected|unanswered|sent, but no answer came")
    assert labels[1].startswith("apns|expired|")
    assert all(slot.in_doubt for slot in await world.slots())
    assert await pipeline.stores.totals.read() == {("shop", "apns", "rejected"): 1}


async def test_at_most_once_still_retries_what_the_vendor_did_not_accept(
    world: BundleWorld, pipeline: Pipeline, sandbox: Sandbox
) -> None:
    await pipeline.register(2, "fcm")
    sandbox.misbehave({"vendor": "fcm", "error": "UNAVAILABLE", "times": 2, "path": "send"})
    await world.send(world.to_each("fcm-0", "fcm-1", options=AT_MOST_ONCE))
    assert await world.states() == {"pending": 2}
    world.clock.advance(3600)
    await world.run_due()
    assert await world.states() == {"accepted": 2}


async def test_what_a_killed_worker_had_reserved_is_never_sent_again(
    world: BundleWorld, pipeline: Pipeline, sandbox: Sandbox
) -> None:
    await pipeline.register(2, "fcm")
    (job,) = await world.plan(
        world.to_each("fcm-0", options=AT_MOST_ONCE) + world.to_each("fcm-1", options=Options())
    )
    home = Home(APP, job.shard)
    # A worker that reserved the first, and died before it could record an answer.
    assert isinstance(await world.small.bundles.take(home, job.bundle, "dead", LEASE), TakenBundle)
    await world.small.bundles.record(home, job.bundle, "dead", LEASE, [Change(Verb.RESERVE, [0])])
    await world.run([job])
    assert sandbox.summary("fcm")["pushes"] == 0, "its lease still lasts"
    world.clock.advance(LEASE.total_seconds() + 2)
    await world.run_due()
    assert await world.states() == {"rejected": 1, "accepted": 1}
    assert sandbox.summary("fcm")["pushes"] == 1


async def test_the_job_of_a_small_bundle_ends_before_the_vendor_answers(
    world: BundleWorld, pipeline: Pipeline, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else one slow answer would keep the connection from the next urgent message."""
    monkeypatch.setattr(bundle_runner, "JOB_SECONDS", 3600)
    await pipeline.register(1, "fcm")
    sandbox.misbehave({"vendor": "fcm", "delay": 4.0, "path": "send", "times": 1})
    (job,) = await world.plan(world.to_each("fcm-0"))
    await pipeline.run_job(job)
    assert await world.states() == {"pending": 1}
    assert await pipeline.run_job.drain(timedelta(seconds=30)) == 0
    assert await world.states() == {"accepted": 1}


@pytest.mark.parametrize("pushes", [30, SMALL_BUNDLE + 16])
async def test_a_worker_that_is_cut_off_records_what_it_knows(
    world: BundleWorld, pipeline: Pipeline, sandbox: Sandbox, pushes: int
) -> None:
    half = pushes // 2
    await pipeline.register(pushes, "apns")
    sandbox.misbehave({"vendor": "apns", "delay": 30, "share": 0.3, "drop": "before"})
    ids = [f"apns-{number}" for number in range(pushes)]
    messages = world.to_each(*ids[:half]) + world.to_each(*ids[half:], options=AT_MOST_ONCE)
    (job,) = await world.plan(messages)
    running = asyncio.create_task(pipeline.run_job(job))
    await in_thread(lambda: sandbox.summary("apns")["pushes"] >= 10, "some pushes")
    running.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await running
    await pipeline.run_job.drain(timedelta(0))
    slots = await world.slots()
    assert not any(slot.flags & 7 == 6 for slot in slots), "nothing stays reserved"
    assert {slot.state.value for slot in slots[half:]} <= {"accepted", "rejected"}
    assert {slot.state.value for slot in slots[:half]} <= {"accepted", "pending"}
    assert all("interrupted" in slot.label for slot in slots[:half] if slot.state.value == "pending")
    assert any(slot.state.value == "accepted" for slot in slots)


async def test_a_slow_bundle_goes_on_without_its_job(
    world: BundleWorld, pipeline: Pipeline, sandbox: Sandbox
) -> None:
    await pipeline.register(2, "fcm")
    sandbox.misbehave({"vendor": "fcm", "delay": 4.0, "path": "send", "times": 1})
    (job,) = await world.plan(world.to_each("fcm-0", "fcm-1"))
    loop = asyncio.get_running_loop()
    started_at = loop.time()
    await pipeline.run_job(job)
    assert loop.time() - started_at < 3.5
    assert (await world.states()).get("pending", 0) >= 1
    await pipeline.run_job(job)  # another copy finds the lease
    await world.run([])
    assert await world.states() == {"accepted": 2}
    assert sandbox.summary("fcm")["pushes"] == 2


async def test_a_lost_lease_stops_sending_and_answers_still_count(
    world: BundleWorld, pipeline: Pipeline, sandbox: Sandbox
) -> None:
    await pipeline.register(2, "fcm")
    sandbox.misbehave({"vendor": "fcm", "delay": 4.0, "path": "send", "times": 1})
    (job,) = await world.plan(world.to_each("fcm-0", "fcm-1"))
    running = asyncio.create_task(world.run([job]))
    await until_recorded(world, accepted=1, pending=1)
    world.clock.advance(3600)  # the lease is over
    taken = await world.small.bundles.take(Home(APP, job.shard), job.bundle, "another", LEASE)
    assert isinstance(taken, TakenBundle)
    assert len(taken.due) == 1
    await running
    assert await world.states() == {"accepted": 2}


class Outage:
    """Bundles whose records fail for a while."""

    def __init__(self, world: BundleWorld) -> None:
        self._bundles = world.pipeline.stores.bundles
        self.failures_left = 0

    def __getattr__(self, name: str) -> object:
        return getattr(self._bundles, name)

    async def record(self, *args: object) -> RecordedChanges:
        if self.failures_left:
            self.failures_left -= 1
            raise EngineUnavailable("Redis does not answer")
        return await self._bundles.record(*args)  # type: ignore[arg-type]  # as the caller gave them


async def test_outcomes_are_kept_while_redis_is_away(
    world: BundleWorld, pipeline: Pipeline, sandbox: Sandbox
) -> None:
    await pipeline.register(5, "fcm")
    outage = Outage(world)
    object.__setattr__(pipeline.stores, "bundles", outage)
    outage.failures_left = 3
    await world.send(world.to_each(*(f"fcm-{number}" for number in range(5))))
    assert await world.states() == {"accepted": 5}
    assert sandbox.summary("fcm")["pushes"] == 5
