"""Steps that follow where a message does not reach a user: who gets each of them."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import cast

from redis.asyncio import Redis
from tests.support.escalations import AFTER, NEXT, PHONE, PlayedEscalations
from tests.support.quiet_nights import begin_evening
from tests.support.scheduler import APP, SchedulerParts
from tests.support.told_events import FeedReader, of_type

from pushgate.domain.app import App
from pushgate.domain.audience import ByTerminal
from pushgate.domain.escalation import MadeStep, NoStep, Step, Unless
from pushgate.domain.message import InQuietHours, Options, Status
from pushgate.domain.outcome import ReceiptKind, SlotRef, State
from pushgate.domain.terminal import Terminal
from pushgate.events.feed import EventFeed
from pushgate.events.wanted import Form
from pushgate.ledger.values import Failure
from pushgate.terminals.locations import TerminalLocations

DELIVERED, CLICKED = ReceiptKind.DELIVERED, ReceiptKind.CLICKED
SECOND = replace(NEXT, after=2 * AFTER)
NOBODY = MadeStep(None, NoStep.NOBODY_LEFT)


async def test_an_undelivered_message_goes_to_the_terminal_of_the_user_that_was_seen_last(
    escalations: PlayedEscalations, parts: SchedulerParts
) -> None:
    await escalations.register(ann=["old", "tablet", "phone"], bob=["pad", "cell"])
    message = await escalations.send(NEXT, audience=ByTerminal(("phone", "cell")))
    await escalations.report(message, DELIVERED, "cell")
    await escalations.advance(AFTER - timedelta(seconds=1))
    assert (await escalations.steps(message)).made == []
    await escalations.advance(timedelta(seconds=1))
    step = await escalations.step(message)
    assert await escalations.targeted(step) == ["tablet"]
    assert step.content == message.content
    assert step.push_at == message.push_at + AFTER
    assert step.expires_at == message.expires_at
    await parts.work(step)
    assert await parts.states(step) == {"accepted": 1}
    assert await parts.status(step) is Status.SENT


async def test_a_user_of_whom_one_terminal_got_the_message_gets_no_step(
    escalations: PlayedEscalations,
) -> None:
    await escalations.register(ann=["old", "tablet", "phone"])
    message = await escalations.send(NEXT, audience=ByTerminal(("phone", "tablet")))
    await escalations.report(message, CLICKED, "tablet")
    await escalations.advance()
    assert (await escalations.steps(message)).made == [NOBODY]


async def test_terminals_that_failed_or_wait_are_not_delivered_and_cancelled_ones_get_nothing(
    escalations: PlayedEscalations, parts: SchedulerParts
) -> None:
    await escalations.register(ann=["a2", "a1"], bob=["b2", "b1"], eve=["e2", "e1"])
    failed = await escalations.store(NEXT, audience=ByTerminal(("a1",)))
    waiting = await escalations.store(NEXT, audience=ByTerminal(("b1",)))
    gone = await escalations.store(NEXT, audience=ByTerminal(("e1",)))
    await parts.dispatch_due()
    await parts.answer(failed, State.INVALID, Failure("apns", "Unregistered", "the token is dead"))
    await parts.stores.registry.forget(APP, ["a1"])
    await parts.answer(gone, State.CANCELLED)
    await escalations.advance()
    assert await escalations.targeted(await escalations.step(failed)) == ["a2"]
    assert await escalations.targeted(await escalations.step(waiting)) == ["b2"]
    assert (await escalations.steps(gone)).made == [NOBODY]


async def test_a_step_to_a_vendor_goes_to_all_terminals_of_it_that_got_nothing_yet(
    escalations: PlayedEscalations,
) -> None:
    await escalations.register(ann=["fcm1", "fcm2", "tablet", "phone"])
    step = replace(NEXT, to="vendor:fcm")
    message = await escalations.send(step, replace(step, after=2 * AFTER), audience=PHONE)
    await escalations.advance()
    assert await escalations.targeted(await escalations.step(message)) == ["fcm1", "fcm2"]
    await escalations.advance()
    assert (await escalations.steps(message)).made[1] == NOBODY


async def test_a_second_step_leaves_out_whom_the_first_one_reached_or_tried(
    escalations: PlayedEscalations, parts: SchedulerParts
) -> None:
    await escalations.register(ann=["a3", "a2", "a1"], bob=["b3", "b2", "b1"])
    message = await escalations.send(NEXT, SECOND, audience=ByTerminal(("a1", "b1")))
    await escalations.advance()
    first = await escalations.step(message)
    assert await escalations.targeted(first) == ["a2", "b2"]
    await parts.work(first)
    await escalations.report(first, DELIVERED, "b2")
    await escalations.advance()
    assert await escalations.targeted(await escalations.step(message, 2)) == ["a3"]


async def test_a_delivered_message_that_nobody_clicked_is_escalated_where_the_step_asks_for_clicks(
    escalations: PlayedEscalations,
) -> None:
    await escalations.register(ann=["tablet", "phone"])
    message = await escalations.send(
        Step(after=AFTER, unless=Unless.CLICKED, to="next_terminal"), audience=PHONE
    )
    await escalations.report(message, DELIVERED, "phone")
    await escalations.advance()
    assert await escalations.targeted(await escalations.step(message)) == ["tablet"]


async def test_what_a_vendor_accepted_of_which_nobody_reports_deliveries_is_not_escalated(
    escalations: PlayedEscalations, redis: Redis
) -> None:
    await escalations.register(ann=["tablet", "phone"])
    message = await escalations.send(NEXT, audience=PHONE)
    await redis.delete("{q}:reporting:shop")
    await escalations.advance()
    assert (await escalations.steps(message)).made == [NOBODY]


async def test_a_step_to_the_backend_tells_once_whom_the_message_did_not_reach(
    escalations: PlayedEscalations, parts: SchedulerParts, redis: Redis
) -> None:
    await escalations.register(ann=["tablet", "phone"], bob=["pad", "cell"])
    await parts.stores.registry.register(APP, [Terminal("lone", "apns", "ab" * 32, "en")])
    feed = EventFeed(parts.stores, redis, parts.clock, timedelta(days=3))
    reader = FeedReader(feed, APP, Form.EXPANDED)
    await reader.begin()
    steps = NEXT, replace(SECOND, to="webhook")
    message = await escalations.send(*steps, audience=ByTerminal(("phone", "cell", "lone")))
    await escalations.advance()
    await escalations.report(await escalations.step(message), DELIVERED, "pad")
    await escalations.advance()
    assert (await escalations.steps(message)).made[1] == MadeStep(None, NoStep.TOLD, 2)
    # A scheduler that died before it noted the step does it again.
    await redis.hset(f"{{q}}:message:{message.id}", "steps", (await escalations.step(message)).id)
    await redis.zadd("{q}:escalations", {message.id: 0})
    await escalations.rounds()
    assert (await escalations.steps(message)).made[1] == MadeStep(None, NoStep.TOLD, 2)
    told = of_type(await reader.read(), "terminal.not_reached")
    found = {(one["terminal"], one["user"], one["step"], one["unless"]) for one in told}
    assert found == {("phone", "ann", 2, "delivered"), ("lone", None, 2, "delivered")}
    assert len(told) == 2
    assert {one["message"] for one in told} == {message.id}


async def test_a_terminal_without_a_user_that_a_silent_vendor_accepted_is_not_told(
    escalations: PlayedEscalations, parts: SchedulerParts, redis: Redis
) -> None:
    await escalations.register(ann=["phone"])
    lone = [Terminal("lone", "apns", "ab" * 32, "en"), Terminal("fcm-lone", "fcm", "cd" * 32, "en")]
    await parts.stores.registry.register(APP, lone)
    audience = ByTerminal(("phone", "lone", "fcm-lone"))
    message = await escalations.send(replace(NEXT, to="webhook"), audience=audience)
    await redis.hdel("{q}:reporting:shop", "apns")
    await escalations.advance()
    assert (await escalations.steps(message)).made == [MadeStep(None, NoStep.TOLD, 1)]


async def test_a_terminal_that_gets_the_message_when_quiet_hours_end_gets_no_step(
    escalations: PlayedEscalations, parts: SchedulerParts
) -> None:
    begin_evening(parts, APP)
    zones = {"phone": "Europe/Paris", "tablet": "Asia/Shanghai"}
    terminals = [
        Terminal(name, "apns", name.encode().hex().ljust(64, "0"), "en", user="ann", timezone=zone)
        for name, zone in zones.items()
    ]
    await parts.stores.registry.register(APP, terminals)
    options = Options(quiet_hours=InQuietHours.HOLD)
    message = await escalations.send(NEXT, audience=ByTerminal(tuple(zones)), options=options)
    assert await escalations.targeted(message) == ["phone"]
    await escalations.advance()
    assert (await escalations.steps(message)).made == [NOBODY]


async def test_a_user_whom_the_message_missed_in_two_shards_is_looked_up_once(
    escalations: PlayedEscalations, parts: SchedulerParts
) -> None:
    names = [f"t{number}" for number in range(6)]
    await escalations.register(ann=["old", "new", *names])
    assert {place.shard for (place,) in await parts.stores.locations.locate(APP, names)} == {0, 1}
    message = await escalations.send(NEXT, audience=ByTerminal(tuple(names)))
    parts.clock.advance(AFTER.total_seconds())
    await escalations.rounds()
    step = (await escalations.step(message)).escalates
    assert step is not None
    locations = CountingLocations(parts.stores.locations)
    parts.stores.step_audiences._locations = cast("TerminalLocations", locations)
    selected = await parts.stores.step_audiences.select(APP, step, {})
    assert (
        sum(bits.bit_count() for one in selected for blocks in one.values() for bits in blocks.values()) == 1
    )
    assert locations.users == ["ann"]


class CountingLocations:
    """The slots of terminals. Remembers which users were looked up."""

    def __init__(self, locations: TerminalLocations) -> None:
        self._locations = locations
        self.users: list[str] = []

    async def locate_each_user(self, app: App, users: Sequence[str]) -> list[list[SlotRef] | None]:
        self.users += users
        return await self._locations.locate_each_user(app, users)
