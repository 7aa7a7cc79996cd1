"""Failures are named, and sent again on request."""

from collections import Counter
from datetime import timedelta

from tests.support.pipeline import APP, Pipeline, token
from tests.support.sandbox import Sandbox

from pushgate.domain.audience import ByToken
from pushgate.domain.message import Options, Status
from pushgate.domain.outcome import State
from pushgate.domain.terminal import InlineToken, Terminal
from pushgate.terminals.lookup import TerminalName


async def test_failures_are_named_and_sent_again_on_request(pipeline: Pipeline, sandbox: Sandbox) -> None:
    await pipeline.register(38, "fcm")
    dead = [Terminal(f"dead-{n}", "fcm", token(n, dead=True), "en") for n in range(2)]
    await pipeline.stores.registry.register(APP, dead)
    sandbox.misbehave({"vendor": "fcm", "error": "INVALID_ARGUMENT", "times": 3, "path": "send"})
    message = await pipeline.dispatch()
    await pipeline.run_jobs()
    assert await pipeline.states(message) == {"accepted": 35, "invalid": 2, "rejected": 3}
    assert await pipeline.status(message) is Status.SENT
    found = await pipeline.failures(message)
    assert Counter((state, code) for state, code, _ in found) == {
        ("invalid", "UNREGISTERED"): 2,
        ("rejected", "INVALID_ARGUMENT"): 3,
    }
    assert {name.terminal for _, code, name in found if code == "UNREGISTERED"} == {"dead-0", "dead-1"}
    await pipeline.resend(message, State.REJECTED)
    await pipeline.run_jobs()
    assert await pipeline.states(message) == {"accepted": 38, "invalid": 2}
    assert await pipeline.status(message) is Status.SENT
    assert sandbox.summary("fcm")["duplicates"] == 0
    assert len(await pipeline.failures(message)) == 2


async def test_expired_pushes_are_sent_again_with_a_new_time_to_live(
    pipeline: Pipeline, sandbox: Sandbox
) -> None:
    await pipeline.register(5)
    sandbox.misbehave({"vendor": "apns", "error": "InternalServerError"})
    message = await pipeline.dispatch(options=Options(ttl=timedelta(seconds=60)))
    await pipeline.run_jobs()
    pipeline.clock.advance(61)
    await pipeline.end(message, State.EXPIRED)
    await pipeline.stores.lifecycle.finish("shop", message.id)
    found = [(state, code) for state, code, _ in await pipeline.failures(message)]
    assert found == [("expired", "InternalServerError")] * 5
    sandbox.api.delete("/faults")
    pipeline.clock.advance(3600)  # the breaker lets calls through by then
    await pipeline.resend(message, State.EXPIRED)
    await pipeline.run_jobs()
    assert await pipeline.states(message) == {"accepted": 5}
    assert await pipeline.failures(message) == []


async def test_a_token_that_came_with_the_message_is_named_by_itself(pipeline: Pipeline) -> None:
    listed = ByToken(
        (InlineToken("apns", token("x", dead=True), "en"), InlineToken("apns", token("y"), "en"))
    )
    message = await pipeline.dispatch(listed)
    await pipeline.run_jobs()
    ((state, _, name),) = await pipeline.failures(message)
    assert (state, name) == ("invalid", TerminalName(token=token("x", dead=True)))
