"""A job through the worker: real Valkey, real adapters, simulated vendors over real sockets."""

import json
from datetime import timedelta

import pytest
from tests.support.pipeline import APP, VENDORS, Pipeline, token
from tests.support.sandbox import Sandbox

from pushgate.dispatch.job import BlockJob
from pushgate.domain.audience import AudienceSummary, ByToken
from pushgate.domain.message import Content, Message, Options, Status, TooLong
from pushgate.domain.message_id import new_id
from pushgate.domain.terminal import Group, InlineToken, Terminal


async def test_a_push_is_sent_recorded_and_finished(pipeline: Pipeline, sandbox: Sandbox) -> None:
    await pipeline.register(30, "apns")
    await pipeline.register(30, "fcm")
    message = await pipeline.dispatch()
    assert await pipeline.status(message) is Status.SENDING
    await pipeline.run_jobs()
    assert await pipeline.states(message) == {"accepted": 60}
    assert sandbox.summary("apns")["accepted"] == sandbox.summary("fcm")["accepted"] == 30
    assert await pipeline.status(message) is Status.SENT
    assert await pipeline.stores.retries.next_due_at() is None


async def test_a_message_to_nobody_is_sent_at_once(pipeline: Pipeline) -> None:
    message = await pipeline.dispatch()
    assert await pipeline.status(message) is Status.SENT
    assert (await pipeline.report(message)).targeted == 0


async def test_a_push_that_is_now_or_never_is_tried_now(pipeline: Pipeline, sandbox: Sandbox) -> None:
    await pipeline.register(3, "apns")
    await pipeline.register(3, "xiaomi")
    message = await pipeline.dispatch(options=Options(ttl=timedelta(0)))
    await pipeline.run_jobs()
    assert await pipeline.states(message) == {"accepted": 6}
    request = next(item for item in sandbox.received(vendor="apns") if item["accepted"])
    assert request["headers"]["apns-expiration"] == "0"  # type: ignore[index]  # JSON


async def test_each_terminal_gets_its_best_language(pipeline: Pipeline, sandbox: Sandbox) -> None:
    await pipeline.stores.registry.register(
        APP,
        [
            Terminal("tw", "apns", token(1), "zh-TW"),
            Terminal("cn", "apns", token(2), "zh-CN"),
            Terminal("gb", "apns", token(3), "en-GB"),
            Terminal("ja", "apns", token(4), "ja"),
        ],
    )
    contents = {"zh-Hant": Content("繁", "b"), "zh-Hans": Content("简", "b"), "en": Content("E", "b")}
    now = pipeline.clock.now()
    message = Message(
        id=new_id(now),
        app="shop",
        content=contents,
        default_language="en",
        push_at=now,
        created_at=now,
        audience=AudienceSummary(),
    )
    await pipeline.stores.messages.put(message)
    await pipeline.dispatch_due()
    await pipeline.run_jobs()
    titles = {
        number: next(r for r in sandbox.received(vendor="apns", token=token(number)))["body"]
        for number in (1, 2, 3, 4)
    }
    assert "繁" in str(titles[1])
    assert "简" in str(titles[2])
    assert '"title":"E"' in str(titles[3])
    assert '"title":"E"' in str(titles[4])


async def test_terminals_given_by_token_are_sent_to_alike(pipeline: Pipeline, sandbox: Sandbox) -> None:
    addresses = tuple(InlineToken(vendor, token(n), "en") for n, vendor in enumerate(sorted(VENDORS)))
    message = await pipeline.dispatch(ByToken((*addresses, addresses[0])))
    await pipeline.run_jobs()
    assert await pipeline.states(message) == {"accepted": len(VENDORS)}
    assert sum(sandbox.summary(vendor)["pushes"] for vendor in VENDORS) == len(VENDORS)


async def test_content_is_cut_to_what_a_topic_takes(pipeline: Pipeline, sandbox: Sandbox) -> None:
    """The worker does not read the list of tokens: the message says that a topic is among them."""
    both = ByToken((InlineToken("fcm", "/topics/news", "en"), InlineToken("fcm", token(1), "en")))
    options = Options(on_too_long=TooLong.TRUNCATE)
    message = await pipeline.dispatch(both, options, en=Content("t", "b" * 3000))
    await pipeline.run_jobs()
    assert await pipeline.states(message) == {"accepted": 2}
    bodies = [
        json.loads(str(item["body"]))["message"] for item in sandbox.received(vendor="fcm") if item["tokens"]
    ]
    whole = {"topic" in body: len(body["notification"]["body"]) == 3000 for body in bodies}
    assert whole == {True: False, False: True}, "what goes to the terminal is not cut for the topic"


async def test_a_title_that_is_too_long_is_cut_for_the_vendors_that_need_it(
    pipeline: Pipeline, sandbox: Sandbox
) -> None:
    await pipeline.register(1, "xiaomi")
    await pipeline.register(1, "apns")
    message = await pipeline.dispatch(
        options=Options(on_too_long=TooLong.TRUNCATE), en=Content("t" * 60, "b")
    )
    await pipeline.run_jobs()
    assert await pipeline.states(message) == {"accepted": 2}
    assert "t" * 60 in str(sandbox.received(vendor="apns")[0]["body"])
    assert "t" * 60 not in str(sandbox.received(vendor="xiaomi")[0]["body"])


async def test_a_message_that_the_vendor_cannot_take_is_rejected_unsent(
    pipeline: Pipeline, sandbox: Sandbox
) -> None:
    await pipeline.register(3, "xiaomi")
    message = await pipeline.dispatch(en=Content("t" * 50, "b"))
    await pipeline.run_jobs()
    assert await pipeline.states(message) == {"rejected": 3}
    failure = (await pipeline.report(message)).failures[0]
    assert (failure.code, failure.count) == ("too_long", 3)
    assert "49" in failure.reason
    assert sandbox.summary("xiaomi")["requests"] == 0


@pytest.mark.parametrize("vendor", sorted(VENDORS))
async def test_a_dry_run_delivers_nothing_and_shows_the_outcome(
    vendor: str, pipeline: Pipeline, sandbox: Sandbox
) -> None:
    await pipeline.register(12, vendor, dead=1)
    message = await pipeline.dispatch(options=Options(dry_run=True))
    await pipeline.run_jobs()
    checks = vendor in ("fcm", "huawei")  # they have a test mode
    assert await pipeline.states(message) == ({"accepted": 11, "invalid": 1} if checks else {"accepted": 12})
    summary = sandbox.summary(vendor)
    assert summary["accepted"] == 0
    assert bool(summary["requests"]) == checks


async def test_a_terminal_that_was_forgotten_meanwhile_counts_as_cancelled(
    pipeline: Pipeline, sandbox: Sandbox
) -> None:
    await pipeline.register(3)
    message = await pipeline.dispatch()
    await pipeline.stores.registry.forget(APP, ["apns-1"])
    await pipeline.run_jobs()
    assert await pipeline.states(message) == {"accepted": 2, "cancelled": 1}
    assert (await pipeline.report(message)).failures[0].code == "forgotten"


async def test_a_terminal_that_changes_its_language_meanwhile_gets_the_push(
    pipeline: Pipeline, sandbox: Sandbox
) -> None:
    await pipeline.register(3)
    message = await pipeline.dispatch()
    moved = Terminal("apns-1", "apns", token("new"), "ja")
    await pipeline.stores.registry.register(APP, [moved])
    await pipeline.run_jobs()
    assert await pipeline.states(message) == {"accepted": 3}
    assert len(sandbox.received(vendor="apns", token=token("new"))) == 1


async def test_a_terminal_with_notifications_off_counts_as_muted(
    pipeline: Pipeline, sandbox: Sandbox
) -> None:
    """Meizu says so in its answer, where others report it later. See
    docs/reference/vendors/meizu.md#codes.
    """
    await pipeline.register(3, "meizu")
    sandbox.misbehave(refused={"meizu": {token("meizu-1"): "110010"}})
    message = await pipeline.dispatch()
    await pipeline.run_jobs()
    report = await pipeline.report(message)
    assert (await pipeline.states(message), report.muted) == ({"accepted": 2, "rejected": 1}, 1)
    assert (await pipeline.stores.registry.read(APP, "meizu-1")).id == "meizu-1", (
        "it stays, for it may be turned on again"
    )


async def test_a_job_of_a_forgotten_message_does_nothing(pipeline: Pipeline, sandbox: Sandbox) -> None:
    await pipeline.run_job(
        BlockJob(app="shop", message_id="0" * 30, group=Group("apns", "en"), shard=0, blocks=(0,))
    )
    assert sandbox.summary("apns")["requests"] == 0
