"""What becomes of the sends of a bundle by the vendor's answers."""

from datetime import timedelta

import pytest
from redis.asyncio import Redis
from tests.support.adapters.sending import addressed
from tests.support.bundle_jobs import BundleWorld
from tests.support.held_removals import held_removals
from tests.support.pipeline import APP, Pipeline, token
from tests.support.sandbox import Sandbox

from pushgate.domain.audience import ByTerminal, ByToken
from pushgate.domain.errors import NotFound
from pushgate.domain.message import Content, Options
from pushgate.domain.outcome import ReceiptKind
from pushgate.domain.terminal import InlineToken, Terminal


def body_of(request: dict[str, object]) -> str:
    return str(request)


async def test_each_terminal_receives_its_own_message_in_its_language(
    world: BundleWorld, pipeline: Pipeline, sandbox: Sandbox
) -> None:
    await pipeline.register(3, "fcm")
    await pipeline.register(1, "apns", language="de")
    content = {"en": Content("Order", "Sent"), "de": Content("Bestellung", "Unterwegs")}
    messages = world.to_each("fcm-0", "fcm-1", "fcm-2")
    await world.send([*messages, world.message(ByTerminal(("apns-0", "fcm-0")), None, **content)])
    assert await world.states() == {"accepted": 5}
    received = [body_of(request) for request in sandbox.received(vendor="fcm")]
    for number in range(3):
        assert sum(f"For fcm-{number}" in text and token(f"fcm-{number}") in text for text in received) == 1
    assert sum("Sent" in text for text in received) == 1
    assert any("Unterwegs" in body_of(request) for request in sandbox.received(vendor="apns"))
    assert await world.small.segments.waiting(world.small.home) == (0, 0)
    assert await pipeline.stores.totals.read() == {
        ("shop", "fcm", "accepted"): 4,
        ("shop", "apns", "accepted"): 1,
    }


@pytest.mark.parametrize("vendor", ["apns", "fcm", "huawei", "meizu", "oppo", "vivo", "xiaomi"])
async def test_every_vendor_sends_bundles(
    world: BundleWorld, pipeline: Pipeline, sandbox: Sandbox, vendor: str
) -> None:
    await pipeline.register(4, vendor, dead=1)
    await world.send(world.to_each(*(f"{vendor}-{number}" for number in range(4))))
    assert await world.states() == {"accepted": 3, "invalid": 1}
    assert sandbox.summary(vendor)["accepted"] == 3


async def test_a_dead_token_leaves_the_registry(world: BundleWorld, pipeline: Pipeline) -> None:
    await pipeline.register(4, "fcm", dead=1)
    await world.send(world.to_each("fcm-0", "fcm-1"))
    assert await world.states() == {"accepted": 1, "invalid": 1}
    with pytest.raises(NotFound):
        await pipeline.stores.registry.read(APP, "fcm-0")


async def test_a_bundle_of_dead_tokens_alone_is_not_believed(world: BundleWorld, pipeline: Pipeline) -> None:
    await pipeline.register(12, "fcm", dead=12)
    await world.send(world.to_each(*(f"fcm-{number}" for number in range(12))))
    assert await world.states() == {"invalid": 12}
    assert await held_removals(pipeline.stores) == {("shop", "fcm"): 12}


async def test_bundles_of_one_are_judged_together(world: BundleWorld, pipeline: Pipeline) -> None:
    await pipeline.register(20, "fcm", dead=20)
    for number in range(20):
        await world.send(world.to_each(f"fcm-{number}"))
    assert await held_removals(pipeline.stores) == {("shop", "fcm"): 11}


async def test_a_push_that_the_vendor_cannot_take_is_rejected_alone(
    world: BundleWorld, pipeline: Pipeline
) -> None:
    await pipeline.register(3, "fcm")
    messages = world.to_each("fcm-0", "fcm-1", "fcm-2")
    messages[1] = world.message(ByTerminal(("fcm-1",)), en=Content("Order", "x" * 5000))
    await world.send(messages)
    assert await world.states() == {"accepted": 2, "rejected": 1}
    (code,) = await world.codes()
    assert code.startswith("fcm|rejected|payload_too_large|")


async def test_inline_tokens_and_topics_are_sent_by_the_body(
    world: BundleWorld, pipeline: Pipeline, sandbox: Sandbox
) -> None:
    tokens = (
        InlineToken("fcm", token("one"), "en"),
        InlineToken("apns", token("two"), "de"),
        InlineToken("fcm", "/topics/news", "en"),
    )
    await world.send([world.message(ByToken(tokens))])
    assert await world.states() == {"accepted": 3}
    received = " ".join(body_of(request) for request in sandbox.received(vendor="fcm"))
    assert token("one") in received
    assert '"topic"' in received or "'topic'" in received


async def test_a_terminal_that_moved_has_its_new_token_and_a_forgotten_one_has_none(
    world: BundleWorld, pipeline: Pipeline, sandbox: Sandbox
) -> None:
    await pipeline.register(4, "fcm")
    jobs = await world.plan(world.to_each("fcm-0", "fcm-1", "fcm-2", "fcm-3"))
    registry = pipeline.stores.registry
    await registry.register(
        APP,
        [
            Terminal("fcm-0", "fcm", token("new"), "fr"),
            Terminal("fcm-1", "apns", token("other"), "en"),
        ],
    )
    await registry.forget(APP, ["fcm-2"])
    await world.run(jobs)
    assert await world.states() == {"accepted": 2, "cancelled": 2}
    assert {code.split("|")[2] for code in await world.codes()} == {"forgotten"}
    assert any(token("new") in body_of(request) for request in sandbox.received(vendor="fcm"))
    assert sandbox.summary("apns")["pushes"] == 0


async def test_a_dry_run_sends_nothing_through_a_vendor_without_one(
    world: BundleWorld, pipeline: Pipeline, sandbox: Sandbox
) -> None:
    await pipeline.register(2, "meizu")
    await world.send(world.to_each("meizu-0", "meizu-1", options=Options(dry_run=True)))
    assert await world.states() == {"accepted": 2}
    assert sandbox.summary("meizu")["pushes"] == 0


async def test_a_vendor_without_settings_is_tried_a_minute_later(
    world: BundleWorld, pipeline: Pipeline
) -> None:
    await pipeline.register(2, "fcm")
    removed = pipeline.vendors.pop("fcm")
    await world.send(world.to_each("fcm-0", "fcm-1", options=Options(ttl=timedelta(hours=1))))
    assert await world.states() == {"pending": 2}
    assert {code.split("|")[2] for code in await world.codes()} == {"vendor_not_configured"}
    pipeline.vendors["fcm"] = removed
    world.clock.advance(30)
    assert await world.due_jobs() == []
    world.clock.advance(31)
    await world.run_due()
    assert await world.states() == {"accepted": 2}


async def test_a_terminal_with_notifications_off_counts_as_muted(
    world: BundleWorld, pipeline: Pipeline, sandbox: Sandbox
) -> None:
    await pipeline.register(3, "meizu")
    sandbox.misbehave(refused={"meizu": {token("meizu-1"): "110010"}})
    await world.send(world.to_each("meizu-0", "meizu-1", "meizu-2"))
    assert await world.states() == {"accepted": 2, "rejected": 1}
    receipts = [list(slot.receipt_times) for slot in await world.slots()]
    assert receipts == [[], [ReceiptKind.MUTED], []]


async def test_messages_whose_content_was_dropped_are_rejected(
    world: BundleWorld, pipeline: Pipeline, redis: Redis
) -> None:
    await pipeline.register(2, "fcm")
    jobs = await world.plan(world.to_each("fcm-0", "fcm-1"))
    await redis.delete("{shop:0}:c:1")
    await world.run(jobs)
    assert await world.states() == {"rejected": 2}
    assert (await world.codes())[0].startswith("fcm|rejected|content_dropped|")


async def test_web_pushes_of_one_bundle_go_to_the_hosts_of_their_browsers(
    world: BundleWorld, pipeline: Pipeline, sandbox: Sandbox
) -> None:
    browsers = addressed(sandbox, "webpush", [token(number) for number in range(4)])
    keys = browsers[3].partition("@")[0]
    browsers[3] = f"{keys}@https://push.example:1/nobody"
    terminals = [Terminal(f"w-{number}", "webpush", text, "en") for number, text in enumerate(browsers)]
    await pipeline.stores.registry.register(APP, terminals)
    await world.send(world.to_each("w-0", "w-1", "w-2", "w-3"))
    slots = await world.slots()
    assert [slot.state.value for slot in slots[:3]] == ["accepted"] * 3
    assert slots[3].state.value != "accepted"
