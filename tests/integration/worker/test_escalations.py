"""A step that is planned is not sent to users whom the message reaches in between."""

from datetime import timedelta

import pytest
from msgspec.structs import replace
from redis.asyncio import Redis
from tests.support.apps import catalog_of
from tests.support.pipeline import APP, Pipeline, token
from tests.support.sandbox import Sandbox

from pushgate.domain.audience import ByTerminal
from pushgate.domain.escalation import Step, Unless
from pushgate.domain.message import Message, Status
from pushgate.domain.outcome import ReceiptKind
from pushgate.domain.terminal import Terminal
from pushgate.grouping.step_reach import StepReach
from pushgate.receipts.record import ReceiptRecorder, TerminalReport
from pushgate.scheduler.escalations import EscalationRounds
from pushgate.worker import reached_meanwhile

USERS = ("ann", "bob", "eve")


async def _sent(pipeline: Pipeline, unless: Unless, steps: int = 1) -> Message:
    """A message to a phone of each user that has been sent, and whose first step is planned."""
    stores = pipeline.stores
    await stores.registry.register(
        APP,
        [
            Terminal(f"{kind}-{user}", "apns", token(f"{kind}-{user}"), "en", user=user)
            for user in USERS
            for kind in ("phone", "tablet")
        ],
    )
    await stores.delivery_reports.note(APP, ["apns"])
    audience = ByTerminal(tuple(f"phone-{user}" for user in USERS))
    escalate = [
        Step(after=timedelta(minutes=2 * number), unless=unless, to="next_terminal")
        for number in range(1, steps + 1)
    ]
    message = await pipeline.dispatch(audience, escalate=tuple(escalate))
    await pipeline.run_jobs()
    await _make_next_step(pipeline)
    return message


async def _make_next_step(pipeline: Pipeline) -> None:
    pipeline.clock.advance(120)
    catalog = catalog_of(pipeline.stores.registered_apps, APP, ["apns"])
    await EscalationRounds(pipeline.stores, pipeline.clock, catalog).run_once()
    await pipeline.dispatch_due()


@pytest.mark.parametrize(
    ("unless", "code"),
    [(Unless.DELIVERED, "delivered_meanwhile"), (Unless.CLICKED, "clicked_meanwhile")],
)
async def test_who_was_reached_meanwhile_is_cancelled(
    pipeline: Pipeline, sandbox: Sandbox, unless: Unless, code: str
) -> None:
    message = await _sent(pipeline, unless)
    stores = pipeline.stores
    (made,) = (await stores.escalations.steps(message.id)).made
    step = replace(message, id=made.message_id or "")
    assert await pipeline.states(step) == {"pending": 3}
    keep_until = stores.retention.keep_until(message)
    slots = await stores.locations.locate(APP, ["phone-ann", "phone-eve"])
    await stores.results.record_receipts(ReceiptKind(unless), APP, message.id, slots, keep_until)
    await pipeline.run_jobs()
    assert await pipeline.states(step) == {"accepted": 1, "cancelled": 2}
    (failure,) = (await pipeline.report(step)).failures
    assert (failure.code, failure.count) == (code, 2)
    assert await pipeline.status(step) is Status.SENT
    assert sandbox.summary("apns")["pushes"] == 4


@pytest.mark.parametrize("kind", ["phone", "tablet"])
async def test_a_terminal_that_moved_meanwhile_is_known_by_its_former_slot(
    pipeline: Pipeline, sandbox: Sandbox, kind: str
) -> None:
    """The phone moves after the message, or the tablet after its step was planned."""
    message = await _sent(pipeline, Unless.DELIVERED)
    stores = pipeline.stores
    (made,) = (await stores.escalations.steps(message.id)).made
    name = f"{kind}-ann"
    await stores.registry.register(APP, [Terminal(name, "apns", token(name), "fr", user="ann")])
    reports = [TerminalReport(message.id, "phone-ann")]
    assert await ReceiptRecorder(stores).record(ReceiptKind.DELIVERED, APP, reports) == [1]
    await pipeline.run_jobs()
    step = replace(message, id=made.message_id or "")
    assert await pipeline.states(step) == {"accepted": 2, "cancelled": 1}
    assert sandbox.summary("apns")["pushes"] == 5


async def test_the_lease_is_renewed_while_receipts_are_read(
    pipeline: Pipeline, sandbox: Sandbox, redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    await _sent(pipeline, Unless.DELIVERED)
    left_ms = list[int]()

    async def slow(*_: object) -> list[int]:
        (key,) = [key async for key in redis.scan_iter("*:lease:*")]
        left_ms.append(await redis.pttl(key))
        await redis.pexpire(key, 2000)
        return []

    monkeypatch.setattr(reached_meanwhile, "_SLOTS_AT_ONCE", 1)
    monkeypatch.setattr(StepReach, "reached", slow)
    await pipeline.run_jobs()
    assert len(left_ms) == len(USERS)
    assert min(left_ms) > 2000
    assert sandbox.summary("apns")["pushes"] == 2 * len(USERS)


async def test_a_worker_whose_lease_ran_out_while_receipts_were_read_sends_nothing(
    pipeline: Pipeline, sandbox: Sandbox, redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    message = await _sent(pipeline, Unless.DELIVERED)

    async def slow(*_: object) -> list[int]:
        for key in [key async for key in redis.scan_iter("*:lease:*")]:
            await redis.set(key, "another", px=15000)
        return []

    monkeypatch.setattr(StepReach, "reached", slow)
    await pipeline.run_jobs()
    (made,) = (await pipeline.stores.escalations.steps(message.id)).made
    assert await pipeline.states(replace(message, id=made.message_id or "")) == {"pending": len(USERS)}
    assert sandbox.summary("apns")["pushes"] == len(USERS)


async def test_who_was_reached_by_a_later_step_meanwhile_is_cancelled(pipeline: Pipeline) -> None:
    """A step waits, for an outage say, and the step after it comes first."""
    pads = [Terminal(f"pad-{user}", "apns", token(f"pad-{user}"), "en", user=user) for user in USERS]
    await pipeline.stores.registry.register(APP, pads)
    message = await _sent(pipeline, Unless.DELIVERED, 2)
    await _make_next_step(pipeline)
    stores = pipeline.stores
    first, second = [
        replace(message, id=made.message_id or "")
        for made in (await stores.escalations.steps(message.id)).made
    ]
    slots = await stores.locations.locate(APP, ["tablet-ann"])
    keep_until = stores.retention.keep_until(message)
    await stores.results.record_receipts(ReceiptKind.DELIVERED, APP, second.id, slots, keep_until)
    await pipeline.run_jobs()
    assert await pipeline.states(first) == {"accepted": 2, "cancelled": 1}
    assert await pipeline.states(second) == {"accepted": 3}
