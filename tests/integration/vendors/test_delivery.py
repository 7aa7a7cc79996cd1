"""A job through the worker: real Valkey, real adapters, simulated vendors over real sockets. What follows an outcome."""

import asyncio
import hashlib
import itertools
import json
import re
from collections import Counter
from dataclasses import dataclass, replace
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from msgspec.structs import replace as replace_fields
from prometheus_client import CollectorRegistry
from redis.asyncio import Redis
from tests.support.adapters.sending import SEND
from tests.support.apps import catalog_of, configured_app, configured_vendor
from tests.support.clock import SetClock
from tests.support.engines import wait_until
from tests.support.rate_limits import WorkerLimits
from tests.support.sandbox import Sandbox

from pushgate.adapters.contract import Adapter
from pushgate.adapters.truncation import summarize
from pushgate.apps.catalog import AppCatalog, ConfiguredVendor
from pushgate.dispatch.job import Job, decode
from pushgate.domain.app import App, PushRate
from pushgate.domain.audience import Audience, AudienceSummary, ByTerminal, ByToken, Everyone
from pushgate.domain.bitmaps import offsets
from pushgate.domain.errors import NotFound, VendorUnavailable
from pushgate.domain.message import Content, Delivery, Message, Options, Resend, Status, TooLong
from pushgate.domain.outcome import State
from pushgate.domain.terminal import Group, InlineToken, Terminal
from pushgate.ledger.dead_letters import FAILED, Cursor
from pushgate.ledger.report import Report
from pushgate.ledger.values import Block, MessageShard
from pushgate.messages.store import new_id
from pushgate.receipts.callback_token import CallbackTokens
from pushgate.scheduler.context import SchedulerContext
from pushgate.scheduler.dispatcher import Dispatcher
from pushgate.scheduler.jobs import jobs_for
from pushgate.scheduler.metrics import SchedulerMetrics
from pushgate.stores import Stores
from pushgate.terminals.lookup import TerminalName
from pushgate.worker.circuit_breaker import CircuitBreaker
from pushgate.worker.context import WorkerContext, WorkerTimings
from pushgate.worker.job_runner import JobRunner
from pushgate.worker.metrics import WorkerMetrics
from pushgate.worker.push_renderer import PushRenderer
from pushgate.worker.rate_limiter import RateLimiter
from pushgate.worker.route import Route

APP = App("shop")
LEASE = timedelta(seconds=15)
VENDORS = frozenset({"apns", "fcm", "huawei", "meizu", "oppo", "vivo", "xiaomi"})


def token(name: int | str, *, dead: bool = False) -> str:
    text = hashlib.sha256(str(name).encode()).hexdigest()
    return ("dead" if dead else "beef") + text[4:]


class Caught:
    """Where push time's jobs go in these tests: into a list, for the worker to be handed."""

    def __init__(self) -> None:
        self.jobs: list[Job] = []

    async def submit(self, jobs: list[Job]) -> None:
        self.jobs += jobs


@dataclass
class Works:
    """The parts of a scheduler and a worker over one Valkey."""

    clock: SetClock
    stores: Stores
    dispatcher: Dispatcher
    stranger: Dispatcher
    """A scheduler whose configuration lacks the app."""
    caught: Caught
    deliver: JobRunner
    vendors: dict[str, ConfiguredVendor]
    """The app's vendors in the worker's catalog. A test may change them."""

    async def register(self, count: int, vendor: str = "apns", dead: int = 0, language: str = "en") -> None:
        await self.stores.registry.register(
            APP,
            [
                Terminal(f"{vendor}-{n}", vendor, token(f"{vendor}-{n}", dead=n < dead), language)
                for n in range(count)
            ],
        )

    async def dispatch(
        self,
        audience: Audience | None = None,
        options: Options | None = None,
        by: Dispatcher | None = None,
        **content: Content,
    ) -> Message:
        """Store a message that is due and let it fire."""
        now = self.clock.now()
        message = Message(
            new_id(now),
            "shop",
            content or {"en": Content("Sale", "Today")},
            "en",
            now,
            now,
            summarize(audience or Everyone()),
            options or Options(),
        )
        await self.stores.messages.put(message, audience=audience)
        await (by or self.dispatcher).dispatch_due()
        await (by or self.dispatcher).wait_until_idle()
        return message

    async def work(self) -> None:
        """Do every job that was submitted."""
        while self.caught.jobs:
            await self.deliver(self.caught.jobs.pop(0))

    async def report(self, message: Message) -> Report:
        report = await self.stores.results.report(APP, message.id)
        assert report.targeted == sum(report.states.values())
        return report

    async def states(self, message: Message) -> dict[str, int]:
        return {state: count for state, count in (await self.report(message)).states.items() if count}

    async def status(self, message: Message) -> Status:
        return (await self.stores.messages.read("shop", message.id)).status


@pytest.fixture
async def works(redis: Redis, clock: SetClock, adapters: dict[str, Adapter]) -> Works:
    stores, caught = Stores.open(redis, clock, timedelta(days=30)), Caught()

    def scheduler(name: str, catalog: AppCatalog) -> Dispatcher:
        context = SchedulerContext(
            stores=stores,
            catalog=catalog,
            job_limiter=caught,  # type: ignore[arg-type]  # it has the one verb that a dispatcher uses
            clock=clock,
            metrics=SchedulerMetrics(CollectorRegistry()),
        )
        return Dispatcher(context, name, LEASE)

    fire = scheduler("scheduler", catalog_of(stores.registry, APP, VENDORS))
    configured = {vendor: configured_vendor(vendor, adapter) for vendor, adapter in adapters.items()}
    catalog = AppCatalog(stores.registry, {"shop": configured_app(APP, configured)})
    breaker = CircuitBreaker(redis, clock)
    context = WorkerContext(
        stores=stores,
        rate_limiter=RateLimiter(redis, clock, catalog.push_rate, breaker),
        circuit_breaker=breaker,
        clock=clock,
        timings=WorkerTimings(LEASE, timedelta(milliseconds=20)),
        metrics=WorkerMetrics(CollectorRegistry()),
    )
    renderer = PushRenderer(catalog, clock, CallbackTokens(b"k").sign)
    deliver = JobRunner(context, catalog, renderer, "worker")
    stranger = scheduler("stranger", AppCatalog(stores.registry, {}))
    return Works(clock, stores, fire, stranger, caught, deliver, configured)


async def test_a_push_is_sent_recorded_and_finished(works: Works, sandbox: Sandbox) -> None:
    await works.register(30, "apns")
    await works.register(30, "fcm")
    message = await works.dispatch()
    assert await works.status(message) is Status.SENDING
    await works.work()
    assert await works.states(message) == {"accepted": 60}
    assert sandbox.summary("apns")["accepted"] == sandbox.summary("fcm")["accepted"] == 30
    assert await works.status(message) is Status.SENT
    assert await works.stores.retries.next_due_at() is None


async def test_a_message_to_nobody_is_sent_at_once(works: Works) -> None:
    message = await works.dispatch()
    assert await works.status(message) is Status.SENT
    assert (await works.report(message)).targeted == 0


async def test_a_message_whose_time_is_over_expires_and_is_not_sent(works: Works, sandbox: Sandbox) -> None:
    await works.register(5)
    now = works.clock.now()
    message = Message(
        new_id(now),
        "shop",
        {"en": Content("t", "b")},
        "en",
        now,
        now,
        AudienceSummary(),
        Options(ttl=timedelta(seconds=60)),
    )
    await works.stores.messages.put(message)
    works.clock.advance(61)  # all schedulers were down
    await works.dispatcher.dispatch_due()
    await works.dispatcher.wait_until_idle()
    assert works.caught.jobs == []
    assert await works.states(message) == {"expired": 5}
    assert await works.status(message) is Status.SENT
    assert [(failure.state, failure.code) for failure in (await works.report(message)).failures] == [
        ("expired", "ttl")
    ]
    assert sandbox.summary("apns")["requests"] == 0


async def test_a_push_that_is_now_or_never_is_tried_now(works: Works, sandbox: Sandbox) -> None:
    await works.register(3, "apns")
    await works.register(3, "xiaomi")
    message = await works.dispatch(options=Options(ttl=timedelta(0)))
    await works.work()
    assert await works.states(message) == {"accepted": 6}
    request = next(item for item in sandbox.received(vendor="apns") if item["accepted"])
    assert request["headers"]["apns-expiration"] == "0"  # type: ignore[index]  # JSON


async def test_terminals_of_a_vendor_that_nobody_has_settings_for_expire_with_the_reason(
    works: Works,
) -> None:
    await works.stores.registry.register(APP, [Terminal("old", "nokia", "abcd", "en")])
    message = await works.dispatch()
    assert await works.states(message) == {"pending": 1}, "a process that has them may come"
    works.clock.advance(25 * 3600)
    await works.stores.pending.end(APP, message.id, works.stores.retention.keep_until(message), State.EXPIRED)
    assert await works.states(message) == {"expired": 1}
    assert [failure.code for failure in (await works.report(message)).failures] == ["vendor_not_configured"]


async def test_what_a_scheduler_without_settings_for_the_app_plans_is_sent_by_a_worker_that_has_them(
    works: Works, sandbox: Sandbox
) -> None:
    """As in a rolling restart, where the settings of processes differ for a while."""
    await works.register(20)
    message = await works.dispatch(by=works.stranger)
    assert await works.states(message) == {"pending": 20}
    await works.work()
    assert await works.states(message) == {"accepted": 20}
    assert (await works.report(message)).failures == ()
    assert sandbox.summary("apns")["pushes"] == 20


async def test_failures_are_sent_again_whatever_the_scheduler_has_settings_for(
    works: Works, sandbox: Sandbox
) -> None:
    await works.register(20)
    sandbox.misbehave({"vendor": "apns", "error": "BadMessageId"})
    message = await works.dispatch()
    await works.work()
    assert await works.states(message) == {"rejected": 20}
    sandbox.reset()
    await again(works, message, State.REJECTED, by=works.stranger)
    assert await works.states(message) == {"pending": 20}
    await works.work()
    assert await works.states(message) == {"accepted": 20}


async def test_failures_that_nobody_can_send_again_say_that_settings_are_missing(works: Works) -> None:
    await works.register(2)
    message = await works.dispatch()
    keep_until = works.stores.retention.keep_until(message)
    await works.stores.pending.end(APP, message.id, keep_until, State.EXPIRED)
    await works.stores.lifecycle.finish("shop", message.id)
    works.caught.jobs.clear()
    await again(works, message, State.EXPIRED, by=works.stranger)
    works.clock.advance(61)
    await works.stores.pending.end(APP, message.id, keep_until, State.EXPIRED)
    assert [code for _, code, _ in await failed(works, message)] == ["vendor_not_configured"] * 2


async def test_a_worker_without_settings_for_the_vendor_leaves_its_job_to_another_one(
    works: Works, sandbox: Sandbox
) -> None:
    await works.register(5)
    message = await works.dispatch()
    (job,) = works.caught.jobs
    works.caught.jobs.clear()
    configured = works.vendors.pop("apns")
    await works.deliver(job)
    assert await works.states(message) == {"pending": 5}
    assert await due(works) == [], "it is not tried again at once"
    works.vendors["apns"] = configured
    works.clock.advance(70)
    works.caught.jobs += await due(works)
    await works.work()
    assert await works.states(message) == {"accepted": 5}


async def test_each_terminal_gets_its_best_language(works: Works, sandbox: Sandbox) -> None:
    await works.stores.registry.register(
        APP,
        [
            Terminal("tw", "apns", token(1), "zh-TW"),
            Terminal("cn", "apns", token(2), "zh-CN"),
            Terminal("gb", "apns", token(3), "en-GB"),
            Terminal("ja", "apns", token(4), "ja"),
        ],
    )
    contents = {"zh-Hant": Content("繁", "b"), "zh-Hans": Content("简", "b"), "en": Content("E", "b")}
    now = works.clock.now()
    message = Message(new_id(now), "shop", contents, "en", now, now, AudienceSummary())
    await works.stores.messages.put(message)
    await works.dispatcher.dispatch_due()
    await works.dispatcher.wait_until_idle()
    await works.work()
    titles = {
        number: next(r for r in sandbox.received(vendor="apns", token=token(number)))["body"]
        for number in (1, 2, 3, 4)
    }
    assert "繁" in str(titles[1])
    assert "简" in str(titles[2])
    assert '"title":"E"' in str(titles[3])
    assert '"title":"E"' in str(titles[4])


async def test_terminals_given_by_token_take_the_same_road(works: Works, sandbox: Sandbox) -> None:
    addresses = tuple(InlineToken(vendor, token(n), "en") for n, vendor in enumerate(sorted(VENDORS)))
    message = await works.dispatch(ByToken((*addresses, addresses[0])))
    await works.work()
    assert await works.states(message) == {"accepted": len(VENDORS)}
    assert sum(sandbox.summary(vendor)["pushes"] for vendor in VENDORS) == len(VENDORS)


async def test_content_is_cut_to_what_a_topic_takes(works: Works, sandbox: Sandbox) -> None:
    """The list of tokens is not read by the worker: the message says in short that a topic is among them."""
    both = ByToken((InlineToken("fcm", "/topics/news", "en"), InlineToken("fcm", token(1), "en")))
    options = Options(on_too_long=TooLong.TRUNCATE)
    message = await works.dispatch(both, options, en=Content("t", "b" * 3000))
    await works.work()
    assert await works.states(message) == {"accepted": 2}
    bodies = [
        json.loads(str(item["body"]))["message"] for item in sandbox.received(vendor="fcm") if item["tokens"]
    ]
    whole = {"topic" in body: len(body["notification"]["body"]) == 3000 for body in bodies}
    assert whole == {True: False, False: True}, "what goes to the terminal is not cut for the topic"


async def test_dead_tokens_leave_the_registry(works: Works) -> None:
    await works.register(40, "fcm", dead=5)
    message = await works.dispatch()
    await works.work()
    assert await works.states(message) == {"accepted": 35, "invalid": 5}
    with pytest.raises(NotFound):
        await works.stores.registry.read(APP, "fcm-0")
    assert (await works.stores.registry.read(APP, "fcm-5")).token == token("fcm-5")


async def test_so_many_dead_tokens_at_once_are_kept_for_the_fault_is_likely_ours(works: Works) -> None:
    await works.register(40, "huawei", dead=40)
    message = await works.dispatch()
    await works.work()
    assert await works.states(message) == {"invalid": 40}
    assert await works.stores.registry.groups(APP) == {Group("huawei", "en"): 40}
    assert await works.stores.totals.held_removals() == {("shop", "huawei"): 40}


async def test_a_few_server_errors_among_pushes_that_are_taken_pause_nothing(
    works: Works, sandbox: Sandbox
) -> None:
    await works.register(100, dead=1)
    sandbox.misbehave({"vendor": "apns", "error": "ServiceUnavailable", "path": "/dead"})
    for _ in range(7):
        message = await works.dispatch()
        await works.work()
    assert await works.states(message) == {"accepted": 99, "pending": 1}


async def test_dead_tokens_that_a_crash_has_left_over_leave_the_registry(
    works: Works, sandbox: Sandbox, redis: Redis
) -> None:
    """All that is left of the message is dead, and the worker that died has counted none of the others."""
    await works.register(100, dead=20)
    sandbox.misbehave({"vendor": "apns", "error": "InternalServerError", "path": "/dead"})
    message = await works.dispatch()
    await works.work()
    assert await works.states(message) == {"accepted": 80, "pending": 20}
    await redis.delete("{q}:removal:shop:apns", "{q}:removal:shop:apns:sum")
    sandbox.reset()
    works.clock.advance(1800)
    works.caught.jobs += await due(works)
    await works.work()
    assert await works.states(message) == {"accepted": 80, "invalid": 20}
    assert await works.stores.totals.held_removals() == {}
    assert await works.stores.registry.groups(APP) == {Group("apns", "en"): 80}


async def test_a_terminal_forgotten_meanwhile_is_told_as_cancelled(works: Works, sandbox: Sandbox) -> None:
    await works.register(3)
    message = await works.dispatch()
    await works.stores.registry.forget(APP, ["apns-1"])
    await works.work()
    assert await works.states(message) == {"accepted": 2, "cancelled": 1}
    assert (await works.report(message)).failures[0].code == "forgotten"


async def test_a_terminal_that_changes_its_language_meanwhile_gets_it_where_it_is_now(
    works: Works, sandbox: Sandbox
) -> None:
    await works.register(3)
    message = await works.dispatch()
    moved = Terminal("apns-1", "apns", token("new"), "ja")
    await works.stores.registry.register(APP, [moved])
    await works.work()
    assert await works.states(message) == {"accepted": 3}
    assert len(sandbox.received(vendor="apns", token=token("new"))) == 1


async def test_failures_are_named_and_sent_again_on_request(works: Works, sandbox: Sandbox) -> None:
    await works.register(38, "fcm")
    dead = [Terminal(f"dead-{n}", "fcm", token(n, dead=True), "en") for n in range(2)]
    await works.stores.registry.register(APP, dead)
    sandbox.misbehave({"vendor": "fcm", "error": "INVALID_ARGUMENT", "times": 3, "path": "send"})
    message = await works.dispatch()
    await works.work()
    assert await works.states(message) == {"accepted": 35, "invalid": 2, "rejected": 3}
    assert await works.status(message) is Status.SENT
    found = await failed(works, message)
    assert Counter((state, code) for state, code, _ in found) == {
        ("invalid", "UNREGISTERED"): 2,
        ("rejected", "INVALID_ARGUMENT"): 3,
    }
    assert {name.terminal for _, code, name in found if code == "UNREGISTERED"} == {"dead-0", "dead-1"}
    await again(works, message, State.REJECTED)
    await works.work()
    assert await works.states(message) == {"accepted": 38, "invalid": 2}
    assert await works.status(message) is Status.SENT
    assert sandbox.summary("fcm")["duplicates"] == 0
    assert len(await failed(works, message)) == 2


async def test_what_expired_is_sent_again_with_new_time(works: Works, sandbox: Sandbox) -> None:
    await works.register(5)
    sandbox.misbehave({"vendor": "apns", "error": "InternalServerError"})
    message = await works.dispatch(options=Options(ttl=timedelta(seconds=60)))
    await works.work()
    works.clock.advance(61)
    await works.stores.pending.end(APP, message.id, works.stores.retention.keep_until(message), State.EXPIRED)
    await works.stores.lifecycle.finish("shop", message.id)
    found = [(state, code) for state, code, _ in await failed(works, message)]
    assert found == [("expired", "InternalServerError")] * 5
    sandbox.api.delete("/faults")
    works.clock.advance(3600)  # the breaker lets calls through by then
    await again(works, message, State.EXPIRED)
    await works.work()
    assert await works.states(message) == {"accepted": 5}
    assert await failed(works, message) == []


@pytest.mark.parametrize(
    ("vendor", "rule", "delivery", "code", "reason"),
    [
        ("apns", None, Delivery.AT_LEAST_ONCE, "ttl", "never sent"),
        ("apns", {"error": "ServiceUnavailable"}, Delivery.AT_LEAST_ONCE, "ServiceUnavailable", "not taken"),
        ("apns", {"error": "TooManyRequests"}, Delivery.AT_MOST_ONCE, "TooManyRequests", "not taken"),
        (
            "fcm",
            {"error": "QUOTA_EXCEEDED", "path": "send"},
            Delivery.AT_LEAST_ONCE,
            "QUOTA_EXCEEDED",
            "not taken",
        ),
        ("apns", {"drop": "after"}, Delivery.AT_LEAST_ONCE, "no_answer", "sent, but no answer came"),
        ("xiaomi", {"drop": "after"}, Delivery.AT_LEAST_ONCE, "no_answer", "sent, but no answer came"),
    ],
)
async def test_what_expires_tells_what_became_of_it(
    works: Works,
    sandbox: Sandbox,
    vendor: str,
    rule: dict[str, object] | None,
    delivery: Delivery,
    code: str,
    reason: str,
) -> None:
    await works.register(1, vendor)
    message = await works.dispatch(options=Options(ttl=timedelta(minutes=10), delivery=delivery))
    if rule:
        sandbox.misbehave({"vendor": vendor, **rule})
        await works.work()
    works.clock.advance(601)
    await works.stores.pending.end(APP, message.id, works.stores.retention.keep_until(message), State.EXPIRED)
    (failure,) = (await works.report(message)).failures
    assert (failure.state, failure.code, failure.count) == ("expired", code, 1)
    assert reason in failure.reason
    assert [(state, known) for state, known, _ in await failed(works, message)] == [("expired", code)]


async def test_what_the_rate_kept_from_being_sent_tells_of_no_pause(works: Works, redis: Redis) -> None:
    """Though a call failed a moment ago: nothing is paused before five of them."""
    await works.register(20)
    works.vendors["apns"] = replace(works.vendors["apns"], rate=PushRate(1))
    other = WorkerLimits(redis, works.clock, PushRate(1))
    route = Route("shop", "apns")
    assert (await other.acquire(route, 20)).granted == 1
    await other.record_failure(route, VendorUnavailable("down", "it is down"))
    message = await works.dispatch()
    await works.work()
    await works.stores.pending.end(APP, message.id, works.stores.retention.keep_until(message), State.EXPIRED)
    assert {code for _, code, _ in await failed(works, message)} == {"ttl"}


async def test_what_an_outage_kept_from_being_sent_tells_of_the_outage(
    works: Works, sandbox: Sandbox
) -> None:
    """Those that were never sent, too: blocks that the job had not begun, and jobs that the breaker held back."""
    await works.register(1500, "fcm")
    sandbox.misbehave({"vendor": "fcm", "error": "UNAVAILABLE", "path": "send"})
    options = Options(ttl=timedelta(minutes=10))
    first = await works.dispatch(options=options)
    for _ in range(5):
        await works.dispatch(options=options)
    last = await works.dispatch(options=options)
    await works.work()
    for message in (first, last):
        await works.stores.pending.end(
            APP, message.id, works.stores.retention.keep_until(message), State.EXPIRED
        )
    codes = {item.code: item for item in (await works.report(first)).failures}
    assert set(codes) == {"UNAVAILABLE", "vendor_paused"}
    assert sum(item.count for item in codes.values()) == 1500
    (held,) = (await works.report(last)).failures
    assert (held.code, held.count) == ("vendor_paused", 1500)
    assert "never sent: pushes were paused after UNAVAILABLE" in held.reason


async def test_what_no_worker_could_send_tells_why(works: Works) -> None:
    await works.register(3, "fcm")
    message = await works.dispatch(options=Options(ttl=timedelta(minutes=10)))
    del works.vendors["fcm"]
    await works.work()
    assert await works.states(message) == {"pending": 3}
    await works.stores.pending.end(APP, message.id, works.stores.retention.keep_until(message), State.EXPIRED)
    (failure,) = (await works.report(message)).failures
    assert (failure.code, failure.count) == ("vendor_not_configured", 3)
    assert failure.reason.startswith("never sent")


async def test_what_was_never_answered_and_not_to_be_sent_twice_tells_the_cause(
    works: Works, sandbox: Sandbox
) -> None:
    await works.register(1)
    sandbox.misbehave({"vendor": "apns", "drop": "after"})
    message = await works.dispatch(options=Options(delivery=Delivery.AT_MOST_ONCE))
    await works.work()
    (failure,) = (await works.report(message)).failures
    assert (failure.state, failure.code) == ("rejected", "unanswered")
    assert re.search(r"no answer came \(.+\), and the message asked not to be sent twice", failure.reason)


async def test_what_was_sent_at_most_once_and_never_answered_is_not_sent_again(
    works: Works, sandbox: Sandbox
) -> None:
    await works.register(1)  # of several on one connection some may be on their way when it is cut
    sandbox.misbehave({"vendor": "apns", "drop": "after"})
    message = await works.dispatch(options=Options(delivery=Delivery.AT_MOST_ONCE))
    await works.work()
    sandbox.api.delete("/faults")
    assert await works.states(message) == {"rejected": 1}
    assert sandbox.summary("apns")["accepted"] == 1
    await again(works, message, State.REJECTED)
    await works.work()
    assert await works.states(message) == {"rejected": 1}
    assert sandbox.summary("apns")["accepted"] == 1


async def test_a_token_that_came_with_the_message_is_named_by_itself(works: Works) -> None:
    listed = ByToken(
        (InlineToken("apns", token("x", dead=True), "en"), InlineToken("apns", token("y"), "en"))
    )
    message = await works.dispatch(listed)
    await works.work()
    ((state, _, name),) = await failed(works, message)
    assert (state, name) == ("invalid", TerminalName(token=token("x", dead=True)))


async def failed(works: Works, message: Message) -> list[tuple[str, str, TerminalName]]:
    """State, code and name of every terminal that failed."""
    page, following = await works.stores.dead_letters.page(APP, message.id, FAILED, Cursor(), 1000)
    assert following is None
    rows = []
    for item in page:
        block = item.block
        names = await works.stores.terminal_lookup.by_slots(
            APP, item.shard, message.id, block.group, block.number, item.bits
        )
        rows += [(item.state.value, item.failure.code, names[offset]) for offset in offsets(item.bits)]
    return rows


async def again(works: Works, message: Message, *states: State, by: Dispatcher | None = None) -> None:
    """Send the failures again."""

    def change(message: Message) -> Message:
        count = message.resend.count if message.resend else 0
        return replace(message, resend=Resend(count + 1, states, works.clock.now() + timedelta(seconds=60)))

    await works.stores.revisions.resend("shop", message.id, change)
    await (by or works.dispatcher).dispatch_due()
    await (by or works.dispatcher).wait_until_idle()


async def test_what_the_vendor_cannot_carry_is_rejected_unsent(works: Works, sandbox: Sandbox) -> None:
    await works.register(3, "xiaomi")
    message = await works.dispatch(en=Content("t" * 50, "b"))
    await works.work()
    assert await works.states(message) == {"rejected": 3}
    failure = (await works.report(message)).failures[0]
    assert (failure.code, failure.count) == ("too_long", 3)
    assert "49" in failure.reason
    assert sandbox.summary("xiaomi")["requests"] == 0


async def test_a_throttling_vendor_is_left_alone_for_as_long_as_it_asks(
    works: Works, sandbox: Sandbox
) -> None:
    await works.register(10, "xiaomi")
    sandbox.misbehave({"vendor": "xiaomi", "error": "10027", "retry_after": 30, "times": 1})
    message = await works.dispatch()
    await works.work()
    assert await works.states(message) == {"pending": 10}
    assert (
        await works.stores.retries.take(works.clock.now() + timedelta(seconds=29), works.clock.now(), 10)
        == []
    )
    works.clock.advance(34)
    (raw,) = await works.stores.retries.take(works.clock.now(), works.clock.now(), 10)
    again = decode(raw)
    assert (again.attempt, again.blocks) == (1, (0,))
    await works.deliver(again)
    assert await works.states(message) == {"accepted": 10}
    assert await works.status(message) is Status.SENT


async def test_a_provider_token_that_changed_too_often_is_kept_and_tried_again_in_seconds(
    works: Works, sandbox: Sandbox
) -> None:
    """The 20 minutes are for making tokens, not for sending. See
    docs/reference/vendors/apns.md#codes.
    """
    await works.register(5)
    sandbox.misbehave({"vendor": "apns", "error": "TooManyProviderTokenUpdates", "times": 1})
    message = await works.dispatch(options=Options(ttl=timedelta(seconds=60)))
    await works.work()
    works.clock.advance(8)
    works.caught.jobs += await due(works)
    await works.work()
    assert await works.states(message) == {"accepted": 5}


async def test_a_vendor_out_of_order_keeps_its_terminals_pending_and_others_go_on(
    works: Works, sandbox: Sandbox
) -> None:
    await works.register(10, "apns")
    await works.register(10, "fcm")
    sandbox.misbehave({"vendor": "fcm", "error": "UNAVAILABLE"})
    message = await works.dispatch()
    await works.work()
    assert await works.states(message) == {"pending": 10, "accepted": 10}
    assert await works.status(message) is Status.SENDING


async def test_retries_stop_at_the_end_of_the_time_to_live(works: Works, sandbox: Sandbox) -> None:
    await works.register(3, "fcm")
    sandbox.misbehave({"vendor": "fcm", "error": "UNAVAILABLE", "retry_after": 100, "path": "send"})
    message = await works.dispatch(options=Options(ttl=timedelta(seconds=50)))
    await works.work()
    assert await works.stores.retries.next_due_at() is None, "it would come too late"
    works.clock.advance(51)
    for job in jobs_for(message.envelope, 0, [Block(Group("fcm", "en"), 0)]):
        await works.deliver(job)
    assert await works.states(message) == {"pending": 3}, "the sweep expires them; nothing is sent any more"
    assert sandbox.summary("fcm")["accepted"] == 0


async def test_at_least_once_sends_again_what_was_never_answered(works: Works, sandbox: Sandbox) -> None:
    await works.register(1)
    sandbox.misbehave({"vendor": "apns", "drop": "after", "times": 1})
    message = await works.dispatch()
    await works.work()
    assert await works.states(message) == {"pending": 1}
    works.clock.advance(3600)
    (raw,) = await works.stores.retries.take(works.clock.now(), works.clock.now(), 10)
    await works.deliver(decode(raw))
    assert await works.states(message) == {"accepted": 1}
    assert sandbox.summary("apns")["duplicates"] == 1


async def test_at_most_once_never_sends_again_what_was_never_answered(works: Works, sandbox: Sandbox) -> None:
    await works.register(3)
    sandbox.misbehave({"vendor": "apns", "drop": "after", "times": 1})
    message = await works.dispatch(options=Options(delivery=Delivery.AT_MOST_ONCE))
    await works.work()
    states = await works.states(message)
    assert states.get("pending", 0) == 0
    assert states["rejected"] >= 1
    assert {failure.code for failure in (await works.report(message)).failures} == {"unanswered"}
    assert sandbox.summary("apns")["duplicates"] == 0
    assert await works.status(message) is Status.SENT


async def test_at_most_once_still_retries_what_the_vendor_said_it_did_not_take(
    works: Works, sandbox: Sandbox
) -> None:
    await works.register(3, "fcm")
    sandbox.misbehave({"vendor": "fcm", "error": "UNAVAILABLE", "times": 10, "path": "send"})
    message = await works.dispatch(options=Options(delivery=Delivery.AT_MOST_ONCE))
    await works.work()
    assert await works.states(message) == {"pending": 3}
    assert await works.status(message) is Status.SENDING
    sandbox.reset()
    works.clock.advance(3600)
    (raw,) = await works.stores.retries.take(works.clock.now(), works.clock.now(), 10)
    await works.deliver(decode(raw))
    assert await works.states(message) == {"accepted": 3}
    assert (await works.report(message)).failures == ()


async def test_a_cancelled_message_is_not_sent(works: Works, sandbox: Sandbox) -> None:
    await works.register(5)
    message = await works.dispatch()
    await works.stores.messages.cancel("shop", message.id)
    await works.stores.pending.end(
        APP, message.id, works.stores.retention.keep_until(message), State.CANCELLED
    )
    await works.work()
    assert await works.states(message) == {"cancelled": 5}
    assert sandbox.summary("apns")["requests"] == 0


async def test_cancelling_in_the_middle_stops_before_the_next_block(works: Works, sandbox: Sandbox) -> None:
    await works.register(3000, "huawei")
    message = await works.dispatch()
    scope = MessageShard(APP, 0, message.id, works.stores.retention.keep_until(message))
    sandbox.misbehave({"vendor": "huawei", "delay": 0.4, "path": "send"})
    (job,) = works.caught.jobs
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(works.deliver(job))
        taken = lambda: sandbox.summary("huawei")["pushes"] > 0  # noqa: E731  # asked again and again
        await asyncio.to_thread(wait_until, taken, 10, "the first request")
        await works.stores.pending.end(APP, message.id, scope.keep_until, State.CANCELLED)
    states = await works.states(message)
    assert states["cancelled"] > 0
    assert states.get("pending", 0) == 0
    assert states.get("accepted", 0) == sandbox.summary("huawei")["accepted"], (
        "what was taken counts as taken"
    )


async def test_a_job_done_twice_sends_nothing_twice(works: Works, sandbox: Sandbox) -> None:
    await works.register(5)
    message = await works.dispatch()
    (job,) = works.caught.jobs
    await works.deliver(job)
    await works.deliver(job)
    await works.deliver(replace_fields(job, attempt=1))
    assert await works.states(message) == {"accepted": 5}
    assert sandbox.summary("apns")["pushes"] == 5


async def test_a_block_that_another_worker_holds_is_left_alone_and_looked_at_later(
    works: Works, sandbox: Sandbox
) -> None:
    await works.register(5)
    message = await works.dispatch()
    scope = MessageShard(APP, 0, message.id, works.stores.retention.keep_until(message))
    await works.stores.leases.take(scope, "another", LEASE, [Block(Group("apns", "en"), 0)])
    await works.work()
    assert sandbox.summary("apns")["requests"] == 0
    assert await works.states(message) == {"pending": 5}
    due_at = await works.stores.retries.next_due_at()
    assert due_at is not None
    assert due_at > works.clock.now()


async def test_two_copies_of_a_job_at_once_send_nothing_twice(works: Works, sandbox: Sandbox) -> None:
    """The embedded Gearman server does not coalesce, so both may be in one worker at the same time."""
    await works.register(300)
    message = await works.dispatch(options=Options(delivery=Delivery.AT_MOST_ONCE))
    (job,) = works.caught.jobs
    await asyncio.gather(*(works.deliver(job) for _ in range(4)))
    assert await works.states(message) == {"accepted": 300}
    assert sandbox.summary("apns")["pushes"] == 300


async def test_a_worker_that_is_cut_off_records_what_it_knows(works: Works, sandbox: Sandbox) -> None:
    for delivery in Delivery:
        sandbox.reset()
        await works.register(30)
        message = await works.dispatch(options=Options(delivery=delivery))
        sandbox.misbehave({"vendor": "apns", "delay": 30, "share": 0.3})
        (job,) = works.caught.jobs
        works.caught.jobs.clear()
        delivering = asyncio.create_task(works.deliver(job))
        await asyncio.to_thread(
            wait_until, lambda: sandbox.summary("apns")["pushes"] >= 10, 10, "some pushes"
        )
        delivering.cancel()
        await asyncio.gather(delivering, return_exceptions=True)
        states = await works.states(message)
        taken = sandbox.summary("apns")["accepted"]
        if delivery is Delivery.AT_MOST_ONCE:
            assert states.get("pending", 0) == 0, "what may have been sent is not sent again"
            assert states.get("accepted", 0) + states["rejected"] == 30
        else:
            assert 0 < states["accepted"] <= taken
        assert states["accepted"] > 0


async def test_a_job_of_a_forgotten_message_does_nothing(works: Works, sandbox: Sandbox) -> None:
    await works.deliver(Job(app="shop", message_id="0" * 28, group=Group("apns", "en"), shard=0, blocks=(0,)))
    assert sandbox.summary("apns")["requests"] == 0


async def due(works: Works) -> list[Job]:
    """Jobs whose time to be tried again has come, as the sweep would submit them."""
    now = works.clock.now()
    raw = await works.stores.retries.take(now, now + timedelta(seconds=30), 1000)
    await works.stores.retries.remove(raw, now + timedelta(seconds=30))
    return [decode(job) for job in raw]


async def test_no_more_pushes_a_second_than_the_rate_and_the_rest_comes_back_in_its_turn(
    works: Works, sandbox: Sandbox
) -> None:
    works.vendors["apns"] = replace(works.vendors["apns"], rate=PushRate(100))
    await works.register(450)
    message = await works.dispatch()
    await works.work()
    sent = [sandbox.summary("apns")["pushes"]]
    for _ in range(20):
        if not (await works.states(message)).get("pending"):
            break
        works.clock.advance(1)
        works.caught.jobs += await due(works)
        await works.work()
        sent.append(sandbox.summary("apns")["pushes"])
    assert await works.states(message) == {"accepted": 450}
    assert sandbox.summary("apns")["duplicates"] == 0
    assert sent[0] == 90, "a tenth is kept for urgent pushes"
    assert all(later - earlier <= 101 for earlier, later in itertools.pairwise(sent))
    assert len(sent) <= 9, "the rate is used"


async def test_a_vendor_that_is_down_costs_a_few_calls_and_is_tried_again_by_one(
    works: Works, sandbox: Sandbox
) -> None:
    """The circuit breaker: ten messages, and after five failed calls no request until the pause is over."""
    sandbox.misbehave({"vendor": "huawei", "error": "81000001", "path": "send"})
    await works.register(40, "huawei")
    messages = [await works.dispatch(options=Options(ttl=timedelta(days=1))) for _ in range(10)]
    await works.work()
    calls = sandbox.summary("huawei")["requests"]
    assert calls <= 5 + 1, "and one for the credential"
    for _ in range(3):
        works.clock.advance(1)
        works.caught.jobs += await due(works)
        await works.work()
    assert sandbox.summary("huawei")["requests"] == calls
    works.clock.advance(60)
    works.caught.jobs += await due(works)
    await works.work()
    assert sandbox.summary("huawei")["requests"] == calls + 1, "one tries"
    sandbox.reset()
    for _ in range(12):
        works.clock.advance(300)
        works.caught.jobs += await due(works)
        await works.work()
    assert [await works.states(message) for message in messages] == [{"accepted": 40}] * 10


async def test_a_dry_run_that_asks_nobody_says_nothing_of_the_vendor(works: Works, sandbox: Sandbox) -> None:
    sandbox.misbehave({"vendor": "meizu", "error": "1001"})
    await works.register(5, "meizu")
    for _ in range(4):
        await works.dispatch()
    await works.work()
    dry = await works.dispatch(options=Options(dry_run=True))
    await works.work()
    assert await works.states(dry) == {"accepted": 5}
    for _ in range(3):
        await works.dispatch()
    await works.work()
    assert sandbox.summary("meizu")["requests"] == 5, "five failed in a row"


async def test_one_vendors_outage_is_no_other_vendors_and_no_other_apps(
    works: Works, sandbox: Sandbox
) -> None:
    sandbox.misbehave({"vendor": "huawei", "error": "81000001", "path": "send"})
    await works.register(5, "huawei")
    for _ in range(6):
        await works.dispatch()
    await works.work()
    await works.register(20, "apns")
    message = await works.dispatch()
    await works.work()
    assert (await works.states(message))["accepted"] == 20


async def test_a_vendor_that_does_not_answer_at_all_is_left_alone_too(works: Works, sandbox: Sandbox) -> None:
    sandbox.misbehave({"vendor": "apns", "drop": "after"})
    await works.register(3)
    for _ in range(8):
        await works.dispatch(options=Options(ttl=timedelta(days=1)))
    await works.work()
    assert 5 <= sandbox.summary("apns")["requests"] <= 5 * 3


async def test_a_days_quota_that_is_used_up_is_waited_for_until_the_next_day(
    works: Works, sandbox: Sandbox
) -> None:
    await works.register(5, "xiaomi")
    sandbox.misbehave({"vendor": "xiaomi", "error": "10034", "times": 1, "retry_after": 5})
    message = await works.dispatch(options=Options(ttl=timedelta(days=2)))
    await works.work()
    shanghai = works.clock.now().astimezone(ZoneInfo("Asia/Shanghai"))
    midnight = (shanghai + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
    left = (midnight - shanghai).total_seconds()
    later = await works.dispatch(options=Options(ttl=timedelta(days=2)))
    await works.work()
    assert sandbox.summary("xiaomi")["requests"] == 1, "the next message of the day is not even tried"
    works.clock.advance(left * 0.9)
    assert await due(works) == []
    works.clock.advance(left * 0.3 + 600)
    works.caught.jobs += await due(works)
    await works.work()
    assert await works.states(message) == await works.states(later) == {"accepted": 5}


async def test_a_channels_quota_that_is_used_up_puts_off_its_own_messages_alone(
    works: Works, sandbox: Sandbox
) -> None:
    """See docs/reference/vendors/xiaomi.md#codes."""
    await works.register(5, "xiaomi")
    sandbox.misbehave({"vendor": "xiaomi", "error": "200001", "times": 1})
    marketing = await works.dispatch(options=Options(ttl=timedelta(days=2)))
    await works.work()
    other = Options(ttl=timedelta(days=2), vendors={"xiaomi": {"channel_id": "private"}})
    private = await works.dispatch(options=other)
    await works.work()
    assert await works.states(private) == {"accepted": 5}, "another channel goes on"
    assert await works.states(marketing) == {"pending": 5}
    works.clock.advance(60)
    assert await due(works) == [], "not before the day is over"
    works.clock.advance(24 * 3600)
    works.caught.jobs += await due(works)
    await works.work()
    assert await works.states(marketing) == {"accepted": 5}


REFUSED = [  # vendor, the code, the options that it is about, and what their requests hold
    ("apns", "TopicDisallowed", {"push_type": "voip"}, "demo.voip"),
    ("apns", "BadTopic", {"push_type": "voip"}, "demo.voip"),
    ("xiaomi", "27001", {"channel_id": "news"}, "channel_id=news"),
    ("xiaomi", "10034", {"channel_id": "news"}, "channel_id=news"),
    ("huawei", "80300011", {"category": "IM"}, '"category":"IM"'),
    ("huawei", "80300013", {"receipt_id": "gone"}, '"receipt_id":"gone"'),
    ("meizu", "110019", {"private": False}, "noticeMsgType%22%3A0"),
]


@pytest.mark.parametrize(("vendor", "code", "own", "holds"), REFUSED)
async def test_eight_messages_of_a_refused_kind_do_not_delay_the_others(
    vendor: str, code: str, own: dict[str, object], holds: str, works: Works, sandbox: Sandbox
) -> None:
    sandbox.misbehave({"vendor": vendor, "error": code, "holds": holds, "path": SEND.get(vendor)})
    await works.register(40, vendor)
    day = timedelta(days=2)
    refused = [await works.dispatch(options=Options(ttl=day, vendors={vendor: own})) for _ in range(8)]
    await works.work()
    tried = sandbox.summary(vendor)["requests"]
    healthy = Options(ttl=day, vendors={"meizu": {"private": True}} if vendor == "meizu" else {})
    for _ in range(3):
        message = await works.dispatch(options=healthy)
        await works.work()
        assert await works.states(message) == {"accepted": 40}, "it goes at once"
    assert [await works.states(message) for message in refused] == [{"pending": 40}] * 8
    assert tried <= 8 * 41
    sandbox.reset()
    works.clock.advance(24 * 3600)
    for _ in range(20):
        works.caught.jobs += await due(works)
        await works.work()
        works.clock.advance(2)
    assert [await works.states(message) for message in refused] == [{"accepted": 40}] * 8, (
        "what waited comes back soon after the pause"
    )


async def test_when_vivos_quota_of_lists_is_used_up_single_terminals_are_still_sent_to(
    works: Works, sandbox: Sandbox
) -> None:
    """It wants not to be asked again on the same day. See docs/reference/vendors/vivo.md#codes."""
    sandbox.misbehave({"vendor": "vivo", "error": "10252", "path": "saveListPayload"})
    await works.register(5, "vivo")
    several = [await works.dispatch(options=Options(ttl=timedelta(days=2))) for _ in range(3)]
    await works.work()
    assert sum(item["code"] == "10252" for item in sandbox.received(vendor="vivo")) == 1
    single = await works.dispatch(ByTerminal(("vivo-0",)))
    await works.work()
    assert await works.states(single) == {"accepted": 1}
    sandbox.reset()
    works.clock.advance(24 * 3600)
    works.caught.jobs += await due(works)
    await works.work()
    assert [await works.states(message) for message in several] == [{"accepted": 5}] * 3


async def test_one_host_of_a_vendor_that_refuses_is_left_alone_and_the_other_goes_on(
    works: Works, sandbox: Sandbox
) -> None:
    terminals = [
        Terminal(f"t-{n}", "oppo", f"{'IN_' if n % 2 else 'CN_'}{token(n)}", "en") for n in range(1500)
    ]
    await works.stores.registry.register(APP, terminals)
    sandbox.misbehave({"vendor": "oppo", "error": "28", "holds": "IN_", "path": "unicast"})
    messages = [await works.dispatch(options=Options(ttl=timedelta(days=1))) for _ in range(7)]
    await works.work()
    assert [await works.states(message) for message in messages] == [{"accepted": 750, "pending": 750}] * 7
    refused = [item for item in sandbox.received(vendor="oppo") if item["code"] == "28"]
    assert len(refused) == 5, "then the host is left alone"
    sandbox.reset()
    for _ in range(10):
        works.clock.advance(300)
        works.caught.jobs += await due(works)
        await works.work()
    assert [await works.states(message) for message in messages] == [{"accepted": 1500}] * 7


@pytest.mark.parametrize("vendor", sorted(VENDORS))
async def test_a_dry_run_delivers_nothing_and_tells_what_would_become_of_it(
    vendor: str, works: Works, sandbox: Sandbox
) -> None:
    await works.register(12, vendor, dead=1)
    message = await works.dispatch(options=Options(dry_run=True))
    await works.work()
    checks = vendor in ("fcm", "huawei")  # they have a test mode
    assert await works.states(message) == ({"accepted": 11, "invalid": 1} if checks else {"accepted": 12})
    summary = sandbox.summary(vendor)
    assert summary["accepted"] == 0
    assert bool(summary["requests"]) == checks


async def test_a_title_that_is_too_long_is_cut_for_the_vendors_that_need_it(
    works: Works, sandbox: Sandbox
) -> None:
    await works.register(1, "xiaomi")
    await works.register(1, "apns")
    message = await works.dispatch(options=Options(on_too_long=TooLong.TRUNCATE), en=Content("t" * 60, "b"))
    await works.work()
    assert await works.states(message) == {"accepted": 2}
    assert "t" * 60 in str(sandbox.received(vendor="apns")[0]["body"])
    assert "t" * 60 not in str(sandbox.received(vendor="xiaomi")[0]["body"])


@pytest.mark.parametrize("delivery", [Delivery.AT_LEAST_ONCE, Delivery.AT_MOST_ONCE])
async def test_who_gave_no_answer_is_remembered_as_perhaps_having_it(
    works: Works, sandbox: Sandbox, delivery: Delivery
) -> None:
    """So that a recall asks them too."""
    await works.register(3, "xiaomi")
    sandbox.misbehave({"vendor": "xiaomi", "drop": "after", "path": "regid"})
    message = await works.dispatch(options=Options(delivery=delivery))
    await works.work()
    shown = await works.stores.results.recallable(APP, message.id, 0, ["xiaomi"])
    assert shown == {Block(Group("xiaomi", "en"), 0): 0b111}
    assert (await works.states(message)).get("accepted", 0) == 0


async def test_whom_a_vendor_knows_to_have_notifications_off_counts_as_muted(
    works: Works, sandbox: Sandbox
) -> None:
    """Meizu says so in its answer, where others report it later. See
    docs/reference/vendors/meizu.md#codes.
    """
    await works.register(3, "meizu")
    sandbox.misbehave(refused={"meizu": {token("meizu-1"): "110010"}})
    message = await works.dispatch()
    await works.work()
    report = await works.report(message)
    assert (await works.states(message), report.muted) == ({"accepted": 2, "rejected": 1}, 1)
    assert (await works.stores.registry.read(APP, "meizu-1")).id == "meizu-1", (
        "it stays, for it may be turned on again"
    )
