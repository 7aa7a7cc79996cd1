"""What readers of the feed are told: who, why, in which order, and every thing once."""

from datetime import timedelta
from hashlib import sha256

import pytest
from redis.asyncio import Redis
from tests.support.clock import SetClock
from tests.support.event_sums import counted
from tests.support.explained import ExplainedWorld
from tests.support.told_events import FeedReader, of_type

from pushgate.bundles.bundle_values import Verb
from pushgate.cancellation import cancel
from pushgate.domain.app import App
from pushgate.domain.audience import ByTerminal, ByToken, Everyone
from pushgate.domain.event_type import EventType, types_of
from pushgate.domain.message import Category, Content, Options
from pushgate.domain.outcome import ReceiptKind
from pushgate.domain.terminal import InlineToken
from pushgate.events.cursor import Cursor
from pushgate.events.feed import EventFeed
from pushgate.events.wanted import Wanted
from pushgate.ledger.values import Failure
from pushgate.people.erasure import PersonErasure

APP = App("shop", 2)
DEAD = Failure("apns", "Unregistered", "the device token is no longer active")
CONTENT = {
    "en": Content("Sale", "today", data={"page": "sale"}),
    "de": Content("Angebot", "heute", data={"page": "angebot"}),
}


@pytest.mark.parametrize("is_large", [True, False])
async def test_a_dead_token_is_told_with_terminal_user_and_the_vendors_reason(
    large: ExplainedWorld, small: ExplainedWorld, reader: FeedReader, *, is_large: bool
) -> None:
    world = large if is_large else small
    await world.register("phone", user="mira", language="de")
    options = Options(category=Category.ORDER, collapse_key="order-7")
    message_id = await world.store(ByTerminal(("phone",)), content=CONTENT, options=options)
    await world.plan()
    await world.record(message_id, Verb.INVALID, DEAD, slot=await world.slot("phone"))
    await world.stores.registry.forget(APP, ["phone"])
    (event,) = of_type(await reader.read(), "terminal.invalid")
    assert event | {"id": "", "at": "", "shard": ""} == {
        "id": "",
        "type": "terminal.invalid",
        "at": "",
        "app": "shop",
        "shard": "",
        "message": message_id,
        "vendor": "apns",
        "language": "de",
        "from": "pending",
        "to": "invalid",
        "code": "Unregistered",
        "reason": "the device token is no longer active",
        "terminal": "phone",
        "user": "mira",
        "erased": False,
        "data": {"page": "angebot"},
        "category": "order",
        "collapse_key": "order-7",
    }


@pytest.mark.parametrize("is_large", [True, False])
async def test_events_add_up_to_the_results_in_both_forms(
    large: ExplainedWorld, small: ExplainedWorld, reader: FeedReader, compact: FeedReader, *, is_large: bool
) -> None:
    world, ids = large if is_large else small, [f"t-{n}" for n in range(40)]
    await world.register(*ids)
    message_id = await world.send(Everyone() if is_large else ByTerminal(tuple(ids)))
    for number, one in enumerate(ids):
        verb = (Verb.ACCEPTED, Verb.INVALID, Verb.REJECTED, None)[number % 4]
        if verb:
            failure = None if verb is Verb.ACCEPTED else DEAD
            await world.record(message_id, verb, failure, slot=await world.slot(one))
        if verb is Verb.ACCEPTED and number % 8:
            await world.report(ReceiptKind.DELIVERED, message_id, one)
    await cancel(world.stores, APP, message_id)
    _, report = await world.stores.tracked.results.find(APP, message_id)
    for each in (reader, compact):
        await each.read(limit=7)
        assert each.sums.of_message(message_id) == counted(report)


async def test_a_reader_goes_on_where_it_was_and_ids_stay_the_same(
    large: ExplainedWorld, feed: EventFeed, reader: FeedReader
) -> None:
    ids = [f"t-{n}" for n in range(25)]
    await large.register(*ids)
    message_id = await large.send(Everyone())
    await cancel(large.stores, APP, message_id)
    begin = reader.cursor
    whole = await reader.read()
    for limit in (1, 4, 1000):
        reader.cursor = begin
        again = await reader.read(limit)
        for shard in ("0", "1", "q"):
            assert [one for one in again if one["shard"] == shard] == [
                one for one in whole if one["shard"] == shard
            ]
    assert len({one["id"] for one in whole}) == len(whole)
    assert await reader.read() == []


async def test_compact_events_name_many_terminals(large: ExplainedWorld, compact: FeedReader) -> None:
    await large.register(*(f"t-{n}" for n in range(1300)))
    message_id = await large.send(Everyone())
    await cancel(large.stores, APP, message_id)
    events = of_type(await compact.read(), "terminal.cancelled")
    assert sum(event["count"] for event in events) == 1300
    assert all(event["count"] == len(event["terminals"]) <= 512 for event in events)
    assert {name for event in events for name in event["terminals"]} == {f"t-{n}" for n in range(1300)}
    assert (events[0]["from"], events[0]["to"], events[0]["code"]) == ("pending", "cancelled", None)


async def test_who_may_not_see_terminals_gets_their_number(
    large: ExplainedWorld, compact: FeedReader
) -> None:
    await large.register("a", "b")
    await cancel(large.stores, APP, await large.send(Everyone()))
    compact.wanted = Wanted(types_of(["terminal.cancelled"]), sees_terminals=False)
    events = await compact.read()
    assert sum(event["count"] for event in events) == 2
    assert {event["terminals"] for event in events} == {None}


@pytest.mark.parametrize("is_large", [True, False])
async def test_an_erased_person_still_counts(
    redis: Redis,
    clock: SetClock,
    large: ExplainedWorld,
    small: ExplainedWorld,
    reader: FeedReader,
    *,
    is_large: bool,
) -> None:
    world = large if is_large else small
    await world.register("phone", user="mira")
    await world.register("other")
    message_id = await world.send(ByTerminal(("phone", "other")))
    for one in ("phone", "other"):
        await world.record(message_id, Verb.ACCEPTED, slot=await world.slot(one))
    assert (
        await PersonErasure(world.stores, redis, clock).erase(APP, "mira", timedelta(minutes=1))
    ).is_complete
    events = of_type(await reader.read(), "terminal.accepted")
    told = {(event["terminal"], event["user"], event["erased"]) for event in events}
    assert told == {(None, None, True), ("other", None, False)}
    assert reader.sums.of_message(message_id) == {"accepted": 2}


@pytest.mark.parametrize("is_large", [True, False])
async def test_tokens_that_a_message_brought_are_told_by_their_digests(
    large: ExplainedWorld, small: ExplainedWorld, reader: FeedReader, compact: FeedReader, *, is_large: bool
) -> None:
    world = large if is_large else small
    tokens = tuple(InlineToken("apns", f"secret-{n}", "en") for n in range(3))
    message_id = await world.send(ByToken(tokens))
    await cancel(world.stores, APP, message_id)
    digests = [sha256(f"secret-{n}".encode()).hexdigest() for n in range(3)]
    events = of_type(await reader.read(), "terminal.cancelled")
    assert sorted(event["token_digest"] for event in events) == sorted(digests)
    assert {event["terminal"] for event in events} == {None}
    (event,) = of_type(await compact.read(), "terminal.cancelled")
    assert (sorted(event["token_digests"]), event["terminals"]) == (sorted(digests), None)
    assert b"secret" not in str(event).encode()


async def test_a_terminal_that_moved_is_told_as_it_is_now(large: ExplainedWorld, reader: FeedReader) -> None:
    await large.register("phone", user="mira")
    message_id = await large.send(Everyone())
    slot = await large.slot("phone")
    await large.register("phone", user="ann", language="ja")
    await large.record(message_id, Verb.ACCEPTED, slot=slot)
    (event,) = of_type(await reader.read(), "terminal.accepted")
    assert (event["terminal"], event["user"], event["language"]) == ("phone", "ann", "en")


async def test_registrations_and_removals_are_told(large: ExplainedWorld, reader: FeedReader) -> None:
    await large.register("phone", user="mira")
    await large.stores.registry.forget(APP, ["phone"])
    events = of_type(await reader.read(), "terminal.registered", "terminal.removed")
    assert [(one["type"], one["terminal"], one["user"], one["vendor"]) for one in events] == [
        ("terminal.registered", "phone", "mira", "apns"),
        ("terminal.removed", "phone", "mira", "apns"),
    ]


async def test_only_the_wanted_types_are_told(large: ExplainedWorld, reader: FeedReader) -> None:
    reader.wanted = Wanted(types_of(["message.*"]))
    await large.register("phone")
    message_id = await large.send(Everyone())
    await cancel(large.stores, APP, message_id)
    assert {event["type"] for event in await reader.read()} <= {
        one.value for one in EventType if one.startswith("message.")
    }


async def test_the_oldest_events_that_are_kept_are_read_without_a_gap(
    large: ExplainedWorld, feed: EventFeed, reader: FeedReader
) -> None:
    await large.register("a")
    message_id = await large.send(Everyone())
    await large.record(message_id, Verb.ACCEPTED, slot=await large.slot("a"))
    await reader.read()
    reader.cursor = Cursor.start(APP)
    events = await reader.read()
    assert of_type(events, "events.gap") == []
    assert [one["terminal"] for one in of_type(events, "terminal.accepted")] == ["a"]
