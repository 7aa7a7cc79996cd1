"""When sends of a bundle wait, and when each of them comes back."""

import itertools
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from tests.support.bundle_jobs import BundleWorld
from tests.support.pipeline import APP, Pipeline, token
from tests.support.sandbox import Sandbox

from pushgate.domain.app import PushRate
from pushgate.domain.message import Options, Priority
from pushgate.domain.outcome import State
from pushgate.domain.terminal import Terminal

DAY = Options(ttl=timedelta(days=1))


async def test_each_slot_comes_back_by_its_own_attempts(
    world: BundleWorld, pipeline: Pipeline, sandbox: Sandbox
) -> None:
    await pipeline.register(6, "fcm", dead=2)
    # Only pushes to the first two are refused, again and again.
    sandbox.misbehave({"vendor": "fcm", "error": "UNAVAILABLE", "holds": "dead"})
    await world.send(world.to_each(*(f"fcm-{number}" for number in range(6)), options=DAY))
    assert await world.states() == {"pending": 2, "accepted": 4}
    for _ in range(5):
        world.clock.advance(100)
        await world.run_due()
    slots = await world.slots()
    assert [slot.attempts for slot in slots] == [6, 6, 0, 0, 0, 0]
    due_in = slots[0].since_s - world.clock.now().timestamp()
    assert 0 < due_in <= 128
    assert slots[0].label.startswith("fcm|expired|UNAVAILABLE|")
    sandbox.reset()
    world.clock.advance(400)
    await world.run_due()
    assert await world.states() == {"invalid": 2, "accepted": 4}


async def test_a_vendors_retry_after_is_respected(
    world: BundleWorld, pipeline: Pipeline, sandbox: Sandbox
) -> None:
    await pipeline.register(1, "fcm")
    sandbox.misbehave({"vendor": "fcm", "error": "UNAVAILABLE", "times": 1, "retry_after": 60})
    await world.send(world.to_each("fcm-0", options=DAY))
    world.clock.advance(55)
    assert await world.due_jobs() == []
    world.clock.advance(15)
    await world.run_due()
    assert await world.states() == {"accepted": 1}


@pytest.mark.parametrize("behind", [1, 2, 4])
async def test_what_a_scheduler_found_due_is_sent_though_the_worker_s_clock_is_behind(
    world: BundleWorld, pipeline: Pipeline, sandbox: Sandbox, behind: int
) -> None:
    await pipeline.register(2, "fcm")
    jobs = await world.plan(world.to_each("fcm-0"))
    world.clock.advance(-behind)
    await world.run(jobs)
    assert await world.states() == {"accepted": 1}
    sandbox.misbehave({"vendor": "fcm", "error": "UNAVAILABLE", "times": 1, "retry_after": 60})
    await world.send(world.to_each("fcm-1", options=DAY))
    due_at = max(slot.since_s for slot in await world.slots() if slot.state is State.PENDING)
    world.clock.at = datetime.fromtimestamp(due_at, UTC)
    jobs = await world.due_jobs()
    world.clock.advance(-behind)
    await world.run(jobs)
    assert await world.states() == {"accepted": 2}
    assert sandbox.summary("fcm")["duplicates"] == 0


async def test_the_rate_is_kept_and_used_lowest_slots_first(
    world: BundleWorld, pipeline: Pipeline, sandbox: Sandbox
) -> None:
    pipeline.vendors["fcm"] = replace(pipeline.vendors["fcm"], rate=PushRate(20))
    await pipeline.register(90, "fcm")
    await world.send(world.to_each(*(f"fcm-{number}" for number in range(90)), options=DAY))
    accepted = [slot.slot for slot in await world.slots() if slot.state.value == "accepted"]
    assert accepted == list(range(18)), "a tenth is reserved for urgent pushes"
    sent = [18]
    for _ in range(12):
        world.clock.advance(1)
        await world.run_due()
        sent.append(sandbox.summary("fcm")["accepted"])
    assert sent[-1] == 90
    assert all(later - earlier <= 21 for earlier, later in itertools.pairwise(sent))
    assert sent.index(90) <= 6, "the rate is used"
    assert sandbox.summary("fcm")["duplicates"] == 0
    assert all(slot.attempts == 0 for slot in await world.slots()), "waiting is no attempt"


async def test_urgent_bundles_have_the_reserved_tenth(
    world: BundleWorld, pipeline: Pipeline, sandbox: Sandbox
) -> None:
    pipeline.vendors["fcm"] = replace(pipeline.vendors["fcm"], rate=PushRate(20))
    await pipeline.register(40, "fcm")
    await world.send(world.to_each(*(f"fcm-{number}" for number in range(30)), options=DAY))
    urgent = replace(DAY, priority=Priority.HIGH)
    await world.send(world.to_each("fcm-30", "fcm-31", options=urgent))
    assert sandbox.summary("fcm")["accepted"] == 20


async def test_an_open_breaker_postpones_with_its_reason(
    world: BundleWorld, pipeline: Pipeline, sandbox: Sandbox
) -> None:
    await pipeline.register(8, "huawei")
    sandbox.misbehave({"vendor": "huawei", "error": "81000001", "path": "send"})
    for number in range(8):
        await world.send(world.to_each(f"huawei-{number}", options=DAY))
    assert await world.states() == {"pending": 8}
    assert sandbox.summary("huawei")["requests"] <= 5 + 1, "and one for the credential"
    codes = [code.split("|")[2] for code in await world.codes()]
    assert codes == ["81000001"] * 5 + ["vendor_paused"] * 3
    assert [slot.attempts for slot in await world.slots()] == [1] * 5 + [0] * 3
    sandbox.reset()
    for _ in range(5):
        world.clock.advance(300)
        await world.run_due()
    assert await world.states() == {"accepted": 8}


async def test_a_failed_call_pauses_the_rest_of_its_host_alone(
    world: BundleWorld, pipeline: Pipeline, sandbox: Sandbox
) -> None:
    terminals = [Terminal(f"t-{n}", "oppo", f"{'IN_' if n % 2 else 'CN_'}{token(n)}", "en") for n in range(8)]
    await pipeline.stores.registry.register(APP, terminals)
    sandbox.misbehave({"vendor": "oppo", "error": "28", "holds": "IN_", "path": "unicast"})
    await world.send(world.to_each(*(f"t-{n}" for n in range(8)), options=DAY))
    assert await world.states() == {"accepted": 4, "pending": 4}
    sandbox.reset()
    for _ in range(5):
        world.clock.advance(300)
        await world.run_due()
    assert await world.states() == {"accepted": 8}


async def test_messages_of_one_bundle_expire_by_themselves(
    world: BundleWorld, pipeline: Pipeline, sandbox: Sandbox
) -> None:
    await pipeline.register(3, "fcm")
    messages = world.to_each("fcm-0", options=Options(ttl=timedelta(seconds=5)))
    messages += world.to_each("fcm-1", "fcm-2", options=DAY)
    jobs = await world.plan(messages)
    world.clock.advance(6)
    await world.run(jobs)
    assert await world.states() == {"expired": 1, "accepted": 2}
    assert (await world.codes())[0].startswith("fcm|expired|ttl|never sent")
    assert sandbox.summary("fcm")["pushes"] == 2


async def test_two_vendors_do_not_concern_each_other(
    world: BundleWorld, pipeline: Pipeline, sandbox: Sandbox
) -> None:
    await pipeline.register(3, "fcm")
    await pipeline.register(3, "xiaomi")
    sandbox.misbehave({"vendor": "xiaomi", "error": "10027", "retry_after": 30})
    ids = [f"{vendor}-{number}" for vendor in ("fcm", "xiaomi") for number in range(3)]
    await world.send(world.to_each(*ids, options=DAY))
    assert await world.states() == {"accepted": 3, "pending": 3}
