"""Processes whose settings differ, as in a rolling restart: some lack an app or a vendor."""

from datetime import timedelta

from tests.support.pipeline import APP, Pipeline
from tests.support.sandbox import Sandbox

from pushgate.domain.message import Options
from pushgate.domain.outcome import State
from pushgate.domain.terminal import Terminal


async def test_terminals_of_a_vendor_that_nobody_has_settings_for_expire_with_the_reason(
    pipeline: Pipeline,
) -> None:
    await pipeline.stores.registry.register(APP, [Terminal("old", "nokia", "abcd", "en")])
    message = await pipeline.dispatch()
    assert await pipeline.states(message) == {"pending": 1}, "a process that has them may come"
    pipeline.clock.advance(25 * 3600)
    await pipeline.end(message, State.EXPIRED)
    assert await pipeline.states(message) == {"expired": 1}
    assert [failure.code for failure in (await pipeline.report(message)).failures] == [
        "vendor_not_configured"
    ]


async def test_a_plan_of_a_scheduler_without_settings_is_sent_by_a_worker_that_has_them(
    pipeline: Pipeline, sandbox: Sandbox
) -> None:
    """As in a rolling restart, where the settings of processes differ for a while."""
    await pipeline.register(20)
    message = await pipeline.dispatch(by=pipeline.dispatcher_without_settings)
    assert await pipeline.states(message) == {"pending": 20}
    await pipeline.run_jobs()
    assert await pipeline.states(message) == {"accepted": 20}
    assert (await pipeline.report(message)).failures == ()
    assert sandbox.summary("apns")["pushes"] == 20


async def test_failures_are_sent_again_whatever_the_scheduler_has_settings_for(
    pipeline: Pipeline, sandbox: Sandbox
) -> None:
    await pipeline.register(20)
    sandbox.misbehave({"vendor": "apns", "error": "BadMessageId"})
    message = await pipeline.dispatch()
    await pipeline.run_jobs()
    assert await pipeline.states(message) == {"rejected": 20}
    sandbox.reset()
    await pipeline.resend(message, State.REJECTED, by=pipeline.dispatcher_without_settings)
    assert await pipeline.states(message) == {"pending": 20}
    await pipeline.run_jobs()
    assert await pipeline.states(message) == {"accepted": 20}


async def test_failures_that_nobody_can_send_again_say_that_settings_are_missing(pipeline: Pipeline) -> None:
    await pipeline.register(2)
    message = await pipeline.dispatch()
    keep_until = pipeline.stores.retention.keep_until(message)
    await pipeline.stores.pending.end(APP, message.id, keep_until, State.EXPIRED)
    await pipeline.stores.lifecycle.finish("shop", message.id)
    pipeline.jobs.clear()
    await pipeline.resend(message, State.EXPIRED, by=pipeline.dispatcher_without_settings)
    pipeline.clock.advance(61)
    await pipeline.stores.pending.end(APP, message.id, keep_until, State.EXPIRED)
    assert [code for _, code, _ in await pipeline.failures(message)] == ["vendor_not_configured"] * 2


async def test_a_worker_without_settings_for_the_vendor_leaves_its_job_to_another_one(
    pipeline: Pipeline, sandbox: Sandbox
) -> None:
    await pipeline.register(5)
    message = await pipeline.dispatch()
    (job,) = pipeline.jobs
    pipeline.jobs.clear()
    configured = pipeline.vendors.pop("apns")
    await pipeline.run_job(job)
    assert await pipeline.states(message) == {"pending": 5}
    assert await pipeline.due_jobs() == [], "it is not tried again at once"
    pipeline.vendors["apns"] = configured
    pipeline.clock.advance(70)
    await pipeline.run_due_jobs()
    assert await pipeline.states(message) == {"accepted": 5}


async def test_pushes_that_no_worker_could_send_say_why(pipeline: Pipeline) -> None:
    await pipeline.register(3, "fcm")
    message = await pipeline.dispatch(options=Options(ttl=timedelta(minutes=10)))
    del pipeline.vendors["fcm"]
    await pipeline.run_jobs()
    assert await pipeline.states(message) == {"pending": 3}
    await pipeline.end(message, State.EXPIRED)
    (failure,) = (await pipeline.report(message)).failures
    assert (failure.code, failure.count) == ("vendor_not_configured", 3)
    assert failure.reason.startswith("never sent")
