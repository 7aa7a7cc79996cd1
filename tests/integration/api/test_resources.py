"""What the API does with good input."""

import asyncio
import json
from dataclasses import replace
from datetime import timedelta

from redis.asyncio import Redis
from tests.support.api.bodies import GOOD, token
from tests.support.api.clients import ApiClients
from tests.support.api.contract import client_of
from tests.support.clock import SetClock

from pushgate.api.app import create
from pushgate.domain.app import Scope
from pushgate.domain.outcome import State
from pushgate.domain.terminal import Group
from pushgate.ledger.values import Block, Failure, Move, Planned
from pushgate.ledger.values import MessageShard as MessageScope

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


async def test_each_message_of_a_batch_has_its_own_result(clients: ApiClients) -> None:
    bad = {**GOOD, "audience": {}}
    answer = await clients.shop.post("/v1/messages:batch", json={"messages": [GOOD, bad, GOOD]})
    assert answer.status_code == 200
    results = answer.json()["results"]
    assert [result["status"] for result in results] == [202, 422, 202]
    assert results[1]["problem"]["errors"][0]["field"] == "audience"
    listed = (await clients.shop.get("/v1/messages")).json()["messages"]
    assert {item["id"] for item in listed} == {results[0]["message"]["id"], results[2]["message"]["id"]}


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
    where = MessageScope(app, 0, message_id, clock.now() + timedelta(days=31))
    block = Block(Group("apns", "en"), 0)
    await clients.context.stores.plans.write(where, [Planned(block, 0b111)])
    await clients.context.stores.claims.mark_submitted(message_id, "scheduler", clock.now())
    await clients.context.stores.outcomes.record(where, "w", LEASE, [], [Move(block, 0b1, State.ACCEPTED)])
    for _ in range(2):
        answer = await clients.shop.post(f"/v1/messages/{message_id}/cancel")
        assert (answer.status_code, answer.json()["status"]) == (200, "cancelled")
    results = (await clients.shop.get(f"/v1/messages/{message_id}/results")).json()
    assert (results["accepted"], results["cancelled"], results["pending"]) == (1, 2, 0)
    await clients.context.stores.lifecycle.finish("shop", message_id)
    sent = (await clients.shop.post("/v1/messages", json=GOOD)).json()["id"]
    await clients.context.stores.claims.claim(clock.now(), LEASE, "scheduler", 10)
    await clients.context.stores.claims.mark_submitted(sent, "scheduler", clock.now())
    await clients.context.stores.lifecycle.finish("shop", sent)
    assert (await clients.shop.post(f"/v1/messages/{sent}/cancel")).status_code == 409


async def test_results_tell_totals_groups_reasons_and_time(clients: ApiClients, clock: SetClock) -> None:
    message_id = (await clients.shop.post("/v1/messages", json=GOOD)).json()["id"]
    where = MessageScope(
        clients.context.catalog.apps["shop"].app, 0, message_id, clock.now() + timedelta(days=31)
    )
    apns, fcm = Block(Group("apns", "en"), 0), Block(Group("fcm", "ja"), 0)
    await clients.context.stores.plans.write(where, [Planned(apns, 0b1111), Planned(fcm, 0b1)])
    gone = Failure("apns", "Unregistered", "the app was uninstalled")
    await clients.context.stores.outcomes.record(
        where, "w", LEASE, [], [Move(apns, 0b0011, State.ACCEPTED), Move(apns, 0b0100, State.INVALID, gone)]
    )
    results = (await clients.reader.get(f"/v1/messages/{message_id}/results")).json()
    assert results["targeted"] == 5
    assert (results["accepted"], results["invalid"], results["pending"], results["received"]) == (2, 1, 2, 2)
    assert results["click_through_rate"] == 0
    assert [(group["vendor"], group["language"], group["received_from"]) for group in results["groups"]] == [
        ("apns", "en", "accepted"),
        ("fcm", "ja", "accepted"),
    ]
    assert results["failures"] == [
        {
            "vendor": "apns",
            "state": "invalid",
            "code": "Unregistered",
            "reason": "the app was uninstalled",
            "count": 1,
        }
    ]
    assert [{key: value for key, value in item.items() if key != "at"} for item in results["timeline"]] == [
        {"accepted": 2, "invalid": 1}
    ]


async def test_terminals_are_registered_read_and_forgotten(clients: ApiClients) -> None:
    body = {
        "vendor": "apns",
        "token": token(1),
        "language": "ZH-hans",
        "user": "ann",
        "tags": ["vip", "vip"],
        "timezone": "Asia/Shanghai",
    }
    created = await clients.shop.put("/v1/terminals/t1", json=body)
    assert created.status_code == 201
    expected = {**body, "id": "t1", "language": "zh-Hans", "tags": ["vip"]}
    told = created.json()
    assert [warning["field"] for warning in told.pop("warnings")] == ["tags", "timezone"]
    assert told == expected
    assert (await clients.shop.put("/v1/terminals/t1", json=body)).status_code == 200
    assert (await clients.shop.get("/v1/terminals/t1")).json() == expected
    assert (await clients.shop.delete("/v1/terminals/t1")).status_code == 204
    assert (await clients.shop.delete("/v1/terminals/t1")).status_code == 404
    assert (await clients.shop.get("/v1/terminals/t1")).status_code == 404


async def test_a_terminal_without_language_has_the_apps(clients: ApiClients) -> None:
    await clients.other.put("/v1/terminals/t1", json={"vendor": "apns", "token": token(1)})
    assert (await clients.other.get("/v1/terminals/t1")).json()["language"] == "zh-Hans"


async def test_an_import_may_be_sent_again(clients: ApiClients) -> None:
    lines = [{"id": f"t{n}", "vendor": "apns", "token": token(n), "language": "en"} for n in range(2500)]
    content = "\n".join(map(json.dumps, lines))
    for created, updated in ((2500, 0), (0, 2500)):
        answer = await clients.shop.post(
            "/v1/terminals:import", content=content, headers={"Content-Type": "application/x-ndjson"}
        )
        assert answer.json() == {
            "created": created,
            "updated": updated,
            "failed": 0,
            "errors": [],
            "warnings": [],
        }
    assert await clients.context.stores.terminal_counts.by_group(
        clients.context.catalog.apps["shop"].app
    ) == {Group("apns", "en"): 2500}


async def test_receipts_count_once_by_terminal_id_or_push_token(clients: ApiClients, clock: SetClock) -> None:
    await clients.shop.put("/v1/terminals/t1", json={"vendor": "apns", "token": token(1), "language": "en"})
    message_id = (await clients.shop.post("/v1/messages", json=GOOD)).json()["id"]
    app = clients.context.catalog.apps["shop"].app
    where = MessageScope(app, 0, message_id, clock.now() + timedelta(days=31))
    await clients.context.stores.plans.write(where, [Planned(Block(Group("apns", "en"), 0), 0b1)])
    callback = clients.context.callbacks.sign("shop", message_id)
    report = {"token": callback, "terminal": "t1"}
    assert (await clients.anyone.post("/v1/callbacks/click", json=report)).status_code == 204
    by_token = [report, {"token": callback, "terminal": token(1)}, {"token": callback, "terminal": "nobody"}]
    assert (await clients.anyone.post("/v1/callbacks/click", json=by_token)).status_code == 204
    assert (await clients.anyone.post("/v1/callbacks/received", json=by_token)).status_code == 204
    results = (await clients.shop.get(f"/v1/messages/{message_id}/results")).json()
    assert (results["clicked"], results["delivered"]) == (1, 1)


async def test_genuine_reports_count_though_forged_ones_are_among_them(
    clients: ApiClients, clock: SetClock
) -> None:
    await clients.shop.put("/v1/terminals/t1", json={"vendor": "apns", "token": token(1), "language": "en"})
    message_id = (await clients.shop.post("/v1/messages", json=GOOD)).json()["id"]
    where = MessageScope(
        clients.context.catalog.apps["shop"].app, 0, message_id, clock.now() + timedelta(days=31)
    )
    await clients.context.stores.plans.write(where, [Planned(Block(Group("apns", "en"), 0), 0b1)])
    reports = [
        {"token": clients.context.callbacks.sign("shop", message_id), "terminal": "t1"},
        {"token": "x", "terminal": "t1"},
    ]
    answer = await clients.anyone.post("/v1/callbacks/click", json=reports)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (403, "1.token")
    assert (await clients.shop.get(f"/v1/messages/{message_id}/results")).json()["clicked"] == 1


async def test_a_revoked_key_works_no_more(clients: ApiClients) -> None:
    text = await clients.context.keys.create("shop", [Scope.READ], "for a day")
    headers = {"Authorization": f"Bearer {text}"}
    assert (await clients.anyone.get("/v1/messages", headers=headers)).status_code == 200
    key_id = text.split("_")[1]
    await clients.context.keys.revoke(key_id)
    assert (await clients.anyone.get("/v1/messages", headers=headers)).status_code == 401


async def test_redis_holds_no_secret_of_a_key(clients: ApiClients, redis: Redis) -> None:
    text = await clients.context.keys.create("shop", [Scope.READ])
    stored = await redis.hgetall("{q}:keys")
    assert all(text.split("_")[2].encode() not in value for value in stored.values())


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


async def test_the_description_of_the_api_names_every_call_with_its_body(clients: ApiClients) -> None:
    document = (await clients.anyone.get("/openapi.json")).json()
    calls = {(method.upper(), path) for path, methods in document["paths"].items() for method in methods}
    assert {
        ("POST", "/v1/messages"),
        ("POST", "/v1/messages:batch"),
        ("GET", "/v1/messages"),
        ("GET", "/v1/messages/{message_id}"),
        ("PATCH", "/v1/messages/{message_id}"),
        ("POST", "/v1/messages/{message_id}/cancel"),
        ("GET", "/v1/messages/{message_id}/results"),
        ("GET", "/v1/messages/{message_id}/failures"),
        ("POST", "/v1/messages/{message_id}/retry"),
        ("POST", "/v1/messages/{message_id}/recall"),
        ("PUT", "/v1/terminals/{terminal_id}"),
        ("PATCH", "/v1/terminals/{terminal_id}"),
        ("GET", "/v1/terminals/{terminal_id}"),
        ("DELETE", "/v1/terminals/{terminal_id}"),
        ("POST", "/v1/terminals:import"),
        ("POST", "/v1/receipts/{vendor}/{app}/{secret}"),
        ("POST", "/v1/callbacks/click"),
        ("POST", "/v1/callbacks/received"),
        ("GET", "/healthz"),
        ("GET", "/readyz"),
        ("GET", "/status"),
        ("GET", "/metrics"),
        ("GET", "/metrics/fleet"),
    } == calls
    schemas = document["components"]["schemas"]
    assert schemas["MessageBody"]["examples"]
    for methods in document["paths"].values():
        for call in methods.values():
            assert call["description"]
            for reference in _references(call):
                assert reference.removeprefix("#/components/schemas/") in schemas, reference


def _references(value: object) -> list[str]:
    if isinstance(value, dict):
        own = [value["$ref"]] if "$ref" in value else []
        return own + [found for item in value.values() for found in _references(item)]
    return [found for item in value for found in _references(item)] if isinstance(value, list) else []
