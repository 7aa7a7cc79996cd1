"""A person with many terminals is erased from every shard, and nobody else is."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from msgspec import structs
from redis.asyncio import Redis
from tests.support.bundles import LEASE, SmallWorld, small
from tests.support.clock import SetClock
from tests.support.explained import ExplainedWorld
from tests.support.messages import message, request_key
from tests.support.people import find_traces
from tests.support.registry_laws import check_registry
from tests.support.small_pushes import SmallPushes
from tests.support.until import until
from tests.support.webhooks.receiver import Reply, WebhookReceiver, receiving
from tests.support.webhooks.senders import Installation

from pushgate.adapters.topics import summarize_audience
from pushgate.bundles.bundle_values import TakenBundle
from pushgate.bundles.values import CellKind, Home
from pushgate.domain.app import App
from pushgate.domain.audience import AnyOf, Audience, ByTerminal, ByToken, ByUser, Everyone, HasTag, Not
from pushgate.domain.clock import SystemClock
from pushgate.domain.escalation import Step, Unless
from pushgate.domain.family import Family
from pushgate.domain.local_time import LocalTime
from pushgate.domain.message import Personal
from pushgate.domain.message_id import new_family_id, part_id
from pushgate.domain.outcome import State
from pushgate.domain.terminal import InlineToken, Terminal
from pushgate.grouping.search import Place
from pushgate.people import erasure
from pushgate.people.erasure import ABANDONED_AFTER, PersonErasure
from pushgate.redis.hash_tags import shard_of, tag
from pushgate.scheduler.families import FamilyRounds
from pushgate.stores import Stores
from pushgate.worker.bundle_tokens import read_tokens

APP = App("shop", shards=3)
AT_MOST = timedelta(minutes=1)


@pytest.fixture
def stores(redis: Redis, clock: SetClock) -> Stores:
    return Stores.open(redis, clock, timedelta(days=30))


def _terminals(count: int, user: str) -> list[Terminal]:
    return [
        Terminal(f"{user}-{number}", "apns", f"token-{user}-{number}", "en", user=user, tags=("vip",))
        for number in range(count)
    ]


async def test_all_terminals_of_all_shards_go_and_those_of_others_stay(
    redis: Redis, clock: SetClock, stores: Stores
) -> None:
    # So many that the term of the user has bits in each shard.
    await stores.registry.register(APP, [*_terminals(900, "quill"), *_terminals(20, "other")])
    await stores.registry.forget(APP, [f"quill-{number}" for number in range(100)])
    await stores.registry.register(APP, _terminals(100, "quill"))
    report = await PersonErasure(stores, redis, clock).erase(APP, "quill", AT_MOST)
    assert (report.counts["terminals"], report.counts["former_slots"]) == (900, 100)
    assert await find_traces(redis, {"quill": b"quill"}) == set()
    await check_registry(redis, APP)
    others = await stores.search.page(APP, "other", [], Place(), 100)
    assert len(others.terminals) == 20


async def test_an_interrupted_erasure_of_more_terminals_than_go_together_is_completed(
    redis: Redis, clock: SetClock, stores: Stores, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(erasure, "MAX_TERMINALS", 300)
    await stores.people.change(APP, "quill", {"plan": "gold"})
    await stores.registry.register(APP, _terminals(900, "quill"))
    people = PersonErasure(stores, redis, clock)
    assert not (await people.erase(APP, "quill", timedelta())).is_complete
    for _ in range(5):
        clock.advance(ABANDONED_AFTER.total_seconds())
        await people.complete_interrupted([APP])
    assert await find_traces(redis, {"quill": b"quill", "attribute": b"gold"}) == set()
    assert await people.journal.all() == []
    await check_registry(redis, APP)


async def test_ids_in_a_block_that_compaction_empties_go_too(
    redis: Redis, clock: SetClock, stores: Stores
) -> None:
    await stores.registry.register(APP, _terminals(1, "quill"))
    await stores.registry.forget(APP, ["quill-0"])
    await stores.registry.register(APP, _terminals(1, "quill"))
    shard = shard_of(APP, "quill-0")
    # Free slots of such a block leave the list of free slots before the block goes.
    await redis.delete(f"{tag(APP, shard)}:free:apns/en")
    await redis.sadd(f"{tag(APP, shard)}:draining", 0)
    await PersonErasure(stores, redis, clock).erase(APP, "quill", AT_MOST)
    assert await find_traces(redis, {"quill": b"quill"}) == set()


async def test_what_terminals_left_that_the_user_has_no_more_goes_too(
    redis: Redis, clock: SetClock, stores: Stores
) -> None:
    await stores.registry.register(APP, _terminals(2, "quill"))
    await stores.registry.forget(APP, ["quill-0"])
    await PersonErasure(stores, redis, clock).erase(APP, "quill", AT_MOST)
    assert await find_traces(redis, {"quill": b"quill"}) == set()


async def test_a_terminal_that_somebody_else_has_by_now_is_found_by_its_former_slots(
    redis: Redis, clock: SetClock, stores: Stores
) -> None:
    await stores.registry.register(APP, [Terminal("phone", "apns", "token", "en", user="quill")])
    await stores.registry.register(APP, [Terminal("phone", "apns", "token", "de", user="other")])
    await PersonErasure(stores, redis, clock).erase(APP, "quill", AT_MOST)
    assert await find_traces(redis, {"quill": b"quill"}) == set()
    (slots,) = await stores.locations.locate(APP, ["phone"])
    assert [slot.group.language for slot in slots] == ["de", "en"]
    await check_registry(redis, APP)


@pytest.mark.parametrize(
    ("audience", "stays"),
    [
        (AnyOf((HasTag("vip"), ByUser(("quill",)))), True),
        (Not(ByUser(("quill",))), True),
        (ByTerminal(("quill-0", *(f"other-{number}" for number in range(70)))), True),
        (AnyOf((ByTerminal(("quill-0",)), ByUser(("quill",)))), False),
    ],
    ids=str,
)
async def test_contents_stay_where_the_message_may_be_for_others(
    redis: Redis, clock: SetClock, stores: Stores, audience: Audience, *, stays: bool
) -> None:
    await stores.registry.register(APP, [*_terminals(2, "quill"), *_terminals(2, "other")])
    large = ExplainedWorld(redis, clock, large=True, app=APP)
    message_id = await large.store(audience)
    await PersonErasure(stores, redis, clock).erase(APP, "quill", AT_MOST)
    message = (await stores.messages.read(APP.name, message_id)).message
    assert (message.content["en"].title == "Sale") is stays
    assert await find_traces(redis, {"quill": b"quill"}) == set()


async def test_values_that_a_message_to_others_brings_for_the_person_go(
    redis: Redis, clock: SetClock, stores: Stores
) -> None:
    world = SmallWorld(redis, clock, APP)
    others = Personal(user_values={"quill": {"nickname": "quillomat"}, "other": {"nickname": "kept"}})
    large = structs.replace(message(clock), personal=others)
    answer = b'{"id":"%s","user_values":{"quill":{}}}' % large.id.encode()
    await stores.messages.put_once(large, request_key("k", APP.name), answer, 100, Everyone())
    given = small(push_at=clock.now())
    small_ids, _ = await world.put([replace(given, message=structs.replace(given.message, personal=others))])
    report = await PersonErasure(stores, redis, clock).erase(APP, "quill", AT_MOST)
    assert report.counts["messages"] == 2
    assert await find_traces(redis, {"quill": b"quill"}) == set()
    stored = (await stores.messages.read(APP.name, large.id)).message
    (account,) = await stores.small_accounts.read_first_versions(APP, small_ids)
    assert account is not None
    assert account.message is not None
    for read in (stored, account.message.message):
        assert read.content == (large if read is stored else given.message).content
        assert read.personal is not None
        assert read.personal.user_values == {"other": {"nickname": "kept"}}


async def test_values_in_parts_of_a_message_to_a_local_time_go(
    redis: Redis, clock: SetClock, stores: Stores
) -> None:
    local_time = LocalTime(local=clock.now().replace(tzinfo=None), default_zone="UTC", since=clock.now())
    instants = local_time.instants()
    family = structs.replace(
        message(clock),
        id=new_family_id(clock.now()),
        push_at=instants[0],
        family=Family(local_time, instants[-1]),
        personal=Personal(user_values={"quill": {"nickname": "quillomat"}, "other": {"nickname": "kept"}}),
    )
    await stores.messages.put(family)
    await FamilyRounds(stores, clock).run_once()
    assert (await stores.families.made(family.id)).count == 1
    await PersonErasure(stores, redis, clock).erase(APP, "quill", AT_MOST)
    assert await find_traces(redis, {"quill": b"quill"}) == set()
    part = (await stores.messages.read(APP.name, part_id(family.id, 1))).message
    assert part.personal is not None
    assert part.personal.user_values == {"other": {"nickname": "kept"}}


async def test_content_in_steps_of_a_message_to_the_person_alone_goes(
    redis: Redis, clock: SetClock, stores: Stores
) -> None:
    step = Step(after=timedelta(minutes=10), unless=Unless.CLICKED, to="next_terminal")
    audience = ByUser(("quill",))
    sent = structs.replace(message(clock), audience=summarize_audience(audience), escalate=(step,))
    sent = structs.replace(sent, content={"en": structs.replace(sent.content["en"], body="Dear quill")})
    await stores.messages.put(sent, audience=audience)
    await stores.claims.claim(clock.now(), AT_MOST, "scheduler", 10)
    await stores.claims.mark_submitted(sent.id, "scheduler", clock.now())
    clock.advance(600)
    (due,) = await stores.escalations.due(clock.now(), 10)
    made = await stores.escalations.make(due, [], clock.now())
    assert made is not None
    await PersonErasure(stores, redis, clock).erase(APP, "quill", AT_MOST)
    assert await find_traces(redis, {"quill": b"quill"}) == set()
    assert (await stores.messages.read(APP.name, made.id)).message.content["en"].body == ""


async def test_a_small_message_that_becomes_a_large_one_meanwhile_names_nobody(
    redis: Redis, clock: SetClock, stores: Stores
) -> None:
    """Before each step of the erasure."""
    pushes = SmallPushes(redis, clock, APP, stores)
    for number in range(len(PersonErasure(stores, redis, clock).steps)):
        await stores.registry.register(APP, _terminals(1, "quill"))
        (message_id,) = await pushes.put(ByUser(("quill",)))
        claimed = await pushes.world().claim()
        await pushes.world().place(claimed, without_place={(0, 0): CellKind.BECOMES_LARGE})
        erasure = PersonErasure(stores, redis, clock)
        step = erasure.steps[number]

        async def enlarge_first(*work: Any, step: Any = step, message_id: str = message_id) -> bool:
            await stores.tracked.enlargement.finish(APP, [message_id])
            return bool(await step(*work))

        erasure.steps = [*erasure.steps[:number], enlarge_first, *erasure.steps[number + 1 :]]
        await erasure.erase(APP, "quill", AT_MOST)
        assert await stores.messages.exists(message_id)
        assert await find_traces(redis, {"quill": b"quill"}) == set()


async def test_a_message_on_its_way_to_the_person_ends_as_to_a_forgotten_terminal(
    redis: Redis, clock: SetClock, stores: Stores
) -> None:
    await stores.registry.register(APP, _terminals(1, "quill"))
    small = ExplainedWorld(redis, clock, large=False, app=APP)
    message_id = await small.send(ByUser(("quill",)))
    await PersonErasure(stores, redis, clock).erase(APP, "quill", AT_MOST)
    (account,) = await stores.small_accounts.read(APP, [message_id])
    assert account is not None
    (slot,) = account.slots
    assert slot.state is State.PENDING
    assert await stores.tokens.read_current(APP, slot.terminal_shard, [slot.terminal_slot]) == {}


async def test_an_erased_push_token_of_a_message_on_its_way_is_not_sent_to(
    redis: Redis, clock: SetClock, stores: Stores
) -> None:
    await stores.registry.register(APP, _terminals(1, "quill"))
    small = ExplainedWorld(redis, clock, large=False, app=APP)
    listed = ByToken(tuple(InlineToken("apns", token, "en") for token in ("token-quill-0", "token-x")))
    message_id = await small.send(listed)
    await PersonErasure(stores, redis, clock).erase(APP, "quill", AT_MOST)
    (account,) = await stores.small_accounts.read(APP, [message_id])
    assert account is not None
    taken = await stores.bundles.take(Home(APP, 0), account.slots[0].bundle, "worker", LEASE)
    assert isinstance(taken, TakenBundle)
    assert await read_tokens(stores, APP, taken, taken.due) == [None, b"token-x"]


async def test_deliveries_of_webhooks_that_wait_name_nobody(
    redis: Redis, clock: SetClock, stores: Stores
) -> None:
    """They hold places of streams alone: what is sent later says that a terminal is erased."""
    installation = await Installation.open(redis, APP)
    with receiving() as receiver:
        receiver.behaviour = lambda _: Reply(500)
        webhook, _ = await installation.webhook(receiver.url, expand=True)
        async with installation.sender("one"):
            await stores.registry.register(APP, _terminals(5, "quill"))
            await until(lambda: _told(receiver, b"quill-0"))
        await PersonErasure(stores, redis, clock).erase(APP, "quill", AT_MOST)
        assert await installation.webhooks.deliveries.attempts(webhook)
        assert await find_traces(redis, {"quill": b"quill"}) == set()
        receiver.behaviour = lambda _: Reply()
        receiver.requests.clear()
        await installation.change(webhook, resumed_at=SystemClock().now())
        async with installation.sender("two"):
            await until(lambda: _told(receiver, b'"erased":true'))
        assert not any(b"quill" in request.body for request in receiver.requests)
    await installation.close()


async def _told(receiver: WebhookReceiver, text: bytes) -> bool:
    return any(text in request.body for request in receiver.requests)
