"""Messages are created, listed, changed and cancelled."""

import asyncio
from dataclasses import replace
from datetime import timedelta

from tests.support.api.application import create
from tests.support.api.bodies import GOOD, token
from tests.support.api.clients import ApiClients
from tests.support.api.contract import client_of
from tests.support.blocks import open_blocks
from tests.support.clock import SetClock

from pushgate.domain.outcome import State
from pushgate.domain.terminal import Group
from pushgate.ledger.values import Block, MessageShard, Move, Planned

LEASE = timedelta(seconds=15)


async def test_a_created_message_is_answered_with_what_was_understood(
    clients: ApiClients, clock: SetClock
) -> None:
    answer = await clients.shop.post(
        "/v1/messages",
        json={
            "content": {
                "zh_cn": {"title": "特卖", "body": "今天", "data": {"page": "sale"}},
                "en": {"title": "Sale", "body": "Today"},
            },
            "default_language": "EN",
            "push_time": "2099-01-01T20:00:00+08:00"
            if clock.now().year > 2097
            else (clock.now() + timedelta(hours=1)).isoformat(),
            "audience": {"terminals": ["a", "b"]},
            "options": {
                "ttl": 60,
                "priority": "high",
                "collapse_key": "sale",
                "delivery": "at_most_once",
                "category": "order",
                "apns": {"badge": 1},
            },
        },
    )
    assert answer.status_code == 202, answer.text
    message = answer.json()
    assert message["status"] == "scheduled"
    assert [warning["field"] for warning in message.pop("warnings")] == ["audience.terminals"]
    assert set(message["content"]) == {"zh-CN", "en"}
    assert message["content"]["zh-CN"] == {
        "title": "特卖",
        "body": "今天",
        "image": None,
        "url": None,
        "data": {"page": "sale"},
    }
    assert message["default_language"] == "en"
    assert message["audience"] == {"terminals": 2}
    assert message["options"] == {
        "ttl": 60,
        "priority": "high",
        "delivery": "at_most_once",
        "collapse_key": "sale",
        "on_too_long": "reject",
        "dry_run": False,
        "silent": False,
        "badge": None,
        "category": "order",
        "quiet_hours": "leave_out",
        "require_audience": False,
        "spread": None,
        "canary": None,
        "clear_on_click": False,
        "apns": {"badge": 1},
    }
    assert (await clients.reader.get(f"/v1/messages/{message['id']}")).json() == message
    whole = (await clients.reader.get(f"/v1/messages/{message['id']}?include=audience")).json()
    assert whole["audience"] == {"terminals": ["a", "b"]}


async def test_a_push_without_time_or_with_null_is_due_at_once(clients: ApiClients, clock: SetClock) -> None:
    now = clock.now().isoformat(timespec="milliseconds").replace("+00:00", "Z")
    for body in (GOOD, {**GOOD, "push_time": None}):
        assert (await clients.shop.post("/v1/messages", json=body)).json()["push_time"] == now


async def test_the_default_language_is_the_apps_or_the_only_one(clients: ApiClients) -> None:
    only = await clients.shop.post(
        "/v1/messages", json={**GOOD, "content": {"ja": {"title": "t", "body": "b"}}}
    )
    assert only.json()["default_language"] == "ja"
    both = {"zh-Hans": {"title": "t", "body": "b"}, "en": {"title": "t", "body": "b"}}
    assert (await clients.other.post("/v1/messages", json={**GOOD, "content": both})).json()[
        "default_language"
    ] == "zh-Hans"


async def test_the_same_idempotency_key_and_body_give_the_same_answer(
    clients: ApiClients, clock: SetClock
) -> None:
    first = await clients.shop.post("/v1/messages", json=GOOD, headers={"Idempotency-Key": "k1"})
    clock.advance(60)
    again = await clients.shop.post("/v1/messages", json=GOOD, headers={"Idempotency-Key": "k1"})
    assert (again.status_code, again.content) == (202, first.content)
    other = await clients.shop.post(
        "/v1/messages", json={**GOOD, "options": {"ttl": 1}}, headers={"Idempotency-Key": "k1"}
    )
    assert other.status_code == 409
    assert other.headers["content-type"] == "application/problem+json"
    assert (await clients.context.stores.message_index.counts())["scheduled"] == 1


async def test_the_same_idempotency_key_at_the_same_time_makes_one_message(clients: ApiClients) -> None:
    answers = await asyncio.gather(
        *(clients.shop.post("/v1/messages", json=GOOD, headers={"Idempotency-Key": "k2"}) for _ in range(20))
    )
    assert len({answer.json()["id"] for answer in answers}) == 1


async def test_another_apps_messages_and_terminals_do_not_exist(clients: ApiClients) -> None:
    message_id = (await clients.shop.post("/v1/messages", json=GOOD)).json()["id"]
    await clients.shop.put("/v1/terminals/t1", json={"vendor": "apns", "token": token(1)})
    for call in (
        clients.other.get(f"/v1/messages/{message_id}"),
        clients.other.get(f"/v1/messages/{message_id}/results"),
        clients.other.post(f"/v1/messages/{message_id}/cancel"),
        clients.other.patch(f"/v1/messages/{message_id}", json={"default_language": "en"}),
        clients.other.get("/v1/terminals/t1"),
        clients.other.delete("/v1/terminals/t1"),
    ):
        assert (await call).status_code == 404
    assert (await clients.other.get("/v1/messages")).json() == {"messages": [], "next_cursor": None}


async def test_messages_are_listed_newest_first_page_by_page(clients: ApiClients, clock: SetClock) -> None:
    ids = []
    for _ in range(5):
        ids.append((await clients.shop.post("/v1/messages", json=GOOD)).json()["id"])
        clock.advance(1)
    first = (await clients.shop.get("/v1/messages?limit=3")).json()
    second = (await clients.shop.get(f"/v1/messages?limit=3&cursor={first['next_cursor']}")).json()
    assert [item["id"] for item in first["messages"] + second["messages"]] == ids[::-1]
    assert second["next_cursor"] is None
    assert (await clients.shop.get("/v1/messages?status=sent")).json()["messages"] == []


async def test_a_scheduled_message_can_be_changed_and_a_fired_one_not(
    clients: ApiClients, clock: SetClock
) -> None:
    later = (clock.now() + timedelta(hours=1)).isoformat()
    message_id = (await clients.shop.post("/v1/messages", json={**GOOD, "push_time": later})).json()["id"]
    sooner = (clock.now() + timedelta(minutes=1)).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    content = {"fr": {"title": "Soldes", "body": "Aujourd'hui"}}
    changed = await clients.shop.patch(
        f"/v1/messages/{message_id}", json={"push_time": sooner, "content": content}
    )
    assert changed.status_code == 200, changed.text
    assert (changed.json()["push_time"], set(changed.json()["content"])) == (sooner, {"fr"})
    assert changed.json()["default_language"] == "fr"
    assert (await clients.shop.patch(f"/v1/messages/{message_id}", json={})).status_code == 422
    clock.advance(61)
    await clients.context.stores.claims.claim(clock.now(), LEASE, "scheduler", 10)
    assert (
        await clients.shop.patch(f"/v1/messages/{message_id}", json={"push_time": later})
    ).status_code == 409


async def test_cancelling_ends_what_is_pending_and_is_idempotent(
    clients: ApiClients, clock: SetClock
) -> None:
    message_id = (await clients.shop.post("/v1/messages", json=GOOD)).json()["id"]
    await clients.context.stores.claims.claim(clock.now(), LEASE, "scheduler", 10)
    app = clients.context.catalog.apps["shop"].app
    where = MessageShard(app, 0, message_id, clock.now() + timedelta(days=31))
    block = Block(Group("apns", "en"), 0)
    await open_blocks(clients.context.redis, app, [block])
    await clients.context.stores.plans.write(where, [Planned(block, 0b111)])
    await clients.context.stores.claims.mark_submitted(message_id, "scheduler", clock.now())
    await clients.context.stores.outcomes.record(where, "w", LEASE, [], [Move(block, 0b1, State.ACCEPTED)])
    for _ in range(2):
        answer = await clients.shop.post(f"/v1/messages/{message_id}/cancel")
        assert (answer.status_code, answer.json()["status"]) == (200, "cancelled")
    results = (await clients.shop.get(f"/v1/messages/{message_id}/results")).json()
    assert (results["accepted"], results["cancelled"], results["pending"]) == (1, 2, 0)
    await clients.context.stores.lifecycle.finish("shop", message_id)
    sent_id = (await clients.shop.post("/v1/messages", json=GOOD)).json()["id"]
    await clients.context.stores.claims.claim(clock.now(), LEASE, "scheduler", 10)
    await clients.context.stores.claims.mark_submitted(sent_id, "scheduler", clock.now())
    await clients.context.stores.lifecycle.finish("shop", sent_id)
    assert (await clients.shop.post(f"/v1/messages/{sent_id}/cancel")).status_code == 409


async def test_past_its_limit_an_app_is_told_to_come_back_and_nothing_is_stored(clients: ApiClients) -> None:
    settings = clients.context.settings.model_copy(update={"max_waiting": 2})
    async with client_of(create(replace(clients.context, settings=settings)), clients.shop.headers) as shop:
        key = {"Idempotency-Key": "first"}
        first = (await shop.post("/v1/messages", json=GOOD, headers=key)).json()["id"]
        batch = (await shop.post("/v1/messages:batch", json={"messages": [GOOD, GOOD]})).json()["results"]
        assert [item["status"] for item in batch] == [202, 429]
        refused = await shop.post("/v1/messages", json=GOOD, headers={"Idempotency-Key": "late"})
        assert refused.status_code == 429
        assert int(refused.headers["Retry-After"]) > 0
        assert "2 messages of this app" in refused.json()["detail"]
        assert (await shop.post("/v1/messages", json=GOOD, headers=key)).json()["id"] == first, (
            "it is stored already"
        )
        assert len((await shop.get("/v1/messages")).json()["messages"]) == 2
        assert (await shop.post(f"/v1/messages/{first}/cancel")).status_code == 200
        late = await shop.post("/v1/messages", json=GOOD, headers={"Idempotency-Key": "late"})
        assert late.status_code == 202, "the refused key was not used up"
