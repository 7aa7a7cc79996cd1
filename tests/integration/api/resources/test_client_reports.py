"""Client apps report receipts and clicks with the callback token of the push."""

import json
from dataclasses import replace
from datetime import timedelta

import httpx
import msgspec
import pytest
from tests.support.adapters.receipts import statuses, v1
from tests.support.api.application import create
from tests.support.api.bodies import GOOD, SHORT_CONTENT, token
from tests.support.api.clients import ApiClients
from tests.support.api.problems import bad_fields
from tests.support.api.receipts import TOKENS, accepted_message, read_results
from tests.support.clock import SetClock

from pushgate.apps.catalog import AppCatalog
from pushgate.domain.app import App
from pushgate.domain.outcome import State
from pushgate.domain.terminal import Group
from pushgate.ledger.values import Block, MessageShard, Move, Planned
from pushgate.sandbox.credentials import Credentials
from pushgate.sandbox.vendors.webpush_browsers import Browsers


async def test_receipts_count_once_by_terminal_id_or_push_token(clients: ApiClients, clock: SetClock) -> None:
    await clients.shop.put("/v1/terminals/t1", json={"vendor": "apns", "token": token(1), "language": "en"})
    message_id = (await clients.shop.post("/v1/messages", json=GOOD)).json()["id"]
    app = clients.context.catalog.apps["shop"].app
    where = MessageShard(app, 0, message_id, clock.now() + timedelta(days=31))
    await clients.context.stores.plans.write(where, [Planned(Block(Group("apns", "en"), 0), 0b1)])
    callback = clients.context.callbacks.sign("shop", message_id)
    report = {"token": callback, "terminal": "t1"}
    assert (await clients.anyone.post("/v1/callbacks/click", json=report)).status_code == 204
    by_token = [report, {"token": callback, "terminal": token(1)}, {"token": callback, "terminal": "nobody"}]
    assert (await clients.anyone.post("/v1/callbacks/click", json=by_token)).status_code == 204
    assert (await clients.anyone.post("/v1/callbacks/received", json=by_token)).status_code == 204
    results = (await clients.shop.get(f"/v1/messages/{message_id}/results")).json()
    assert (results["clicked"], results["delivered"]) == (1, 1)


@pytest.mark.parametrize("moves", [False, True])
async def test_a_report_on_a_large_message_is_a_sign_of_life(
    clients: ApiClients, clock: SetClock, *, moves: bool
) -> None:
    message_id = await accepted_message(clients, clock)
    registry, app = clients.context.stores.registry, App("shop")
    before = await registry.read(app, "t-1")
    if moves:
        await registry.register(app, [msgspec.structs.replace(before, language="ja")])
    clock.advance(86_400)
    reports = {"token": clients.context.callbacks.sign("shop", message_id), "terminal": "t-1"}
    assert (await clients.anyone.post("/v1/callbacks/received", json=reports)).status_code == 204
    assert (await registry.read(app, "t-1")).last_seen == clock.now()
    assert (await registry.read(app, "t-2")).last_seen == before.last_seen


async def test_genuine_reports_count_though_forged_ones_are_among_them(
    clients: ApiClients, clock: SetClock
) -> None:
    await clients.shop.put("/v1/terminals/t1", json={"vendor": "apns", "token": token(1), "language": "en"})
    message_id = (await clients.shop.post("/v1/messages", json=GOOD)).json()["id"]
    where = MessageShard(
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


@pytest.mark.parametrize(
    ("body", "status", "fields"),
    [
        ({}, 422, {"token", "terminal"}),
        ({"token": "x", "terminal": "t", "more": 1}, 422, {"more"}),
        ({"token": 5, "terminal": "t"}, 422, {"token"}),
        ([{"token": "x"}], 422, {"0.terminal"}),
        ({"token": "forged", "terminal": "t"}, 403, {"token"}),
        ([{"token": "shop.m.AAAA", "terminal": "t"}] * 2, 403, {"0.token", "1.token"}),
        ([{"token": "x", "terminal": "t"}] * 1001, 422, {"body"}),
    ],
)
@pytest.mark.parametrize("kind", ["click", "received"])
async def test_bad_receipts_are_refused(
    clients: ApiClients, kind: str, body: object, status: int, fields: set[str]
) -> None:
    answer = await clients.anyone.post(f"/v1/callbacks/{kind}", json=body)
    assert answer.status_code == status, answer.text
    assert bad_fields(answer) == fields


async def test_a_browser_reports_with_its_subscription_as_it_has_it(
    clients: ApiClients, clock: SetClock, credentials: Credentials
) -> None:
    subscription = json.dumps(Browsers(credentials).named("ann-browser").subscription())
    registered = {"vendor": "webpush", "token": subscription, "language": "en"}
    assert (await clients.shop.put("/v1/terminals/ann", json=registered)).status_code == 201
    created = await clients.shop.post(
        "/v1/messages", json={"content": SHORT_CONTENT, "audience": {"all": True}}
    )
    message_id, context = created.json()["id"], clients.context
    (message,) = await context.stores.claims.claim(clock.now(), timedelta(seconds=15), "s", 1)
    scope = MessageShard(App("shop"), 0, message_id, context.stores.retention.keep_until(message))
    block = Block(Group("webpush", "en"), 0)
    await context.stores.plans.write(scope, [Planned(block, 1)])
    await context.stores.outcomes.record(
        scope, "w", timedelta(seconds=15), [], [Move(block, 1, State.ACCEPTED)]
    )
    report = {"token": context.callbacks.sign("shop", message_id), "terminal": subscription}
    assert (await clients.anyone.post("/v1/callbacks/click", json=report)).status_code == 204
    results = (await clients.shop.get(f"/v1/messages/{message_id}/results")).json()
    assert results["clicked"] == 1


@pytest.mark.parametrize("body", ['{"token": "x.y.z", "terminal": "t"}', "{", "{}", "[]"])
async def test_pages_of_any_origin_may_read_why_a_report_was_refused(clients: ApiClients, body: str) -> None:
    """Else a service worker cannot tell whether to try again."""
    headers = {"Origin": "https://site.example", "Content-Type": "application/json"}
    answer = await clients.anyone.post("/v1/callbacks/click", content=body, headers=headers)
    assert answer.headers["access-control-allow-origin"] == "*"
    assert (
        "access-control-allow-origin"
        not in (await clients.anyone.get("/v1/messages", headers=headers)).headers
    )


async def test_a_browser_of_any_origin_may_report(clients: ApiClients) -> None:
    """A service worker asks first, and has no API key."""
    asked = {"Origin": "https://shop.example", "Access-Control-Request-Method": "POST"}
    answer = await clients.anyone.options("/v1/callbacks/click", headers=asked)
    assert answer.status_code == 204
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.headers["access-control-allow-headers"] == "authorization, content-type"
    report = {"token": clients.context.callbacks.sign("shop", "none"), "terminal": "t"}
    answer = await clients.anyone.post("/v1/callbacks/click", json=report)
    assert (answer.status_code, answer.headers["access-control-allow-origin"]) == (204, "*")
    answer = await clients.anyone.post("/v1/messages", json={}, headers={"Origin": "https://shop.example"})
    assert "access-control-allow-origin" not in answer.headers


async def test_a_process_without_settings_for_the_app_loses_no_report(
    clients: ApiClients, clock: SetClock
) -> None:
    """As in a rolling restart: a vendor is asked to repeat its callback, a client's
    report counts.
    """
    message_id = await accepted_message(clients, clock)
    stranger = httpx.AsyncClient(
        transport=httpx.ASGITransport(
            app=create(
                replace(clients.context, catalog=AppCatalog(clients.context.stores.registered_apps, {}))
            )
        ),
        base_url="http://test",
    )
    address = f"/v1/receipts/huawei/shop/{clients.context.callbacks.address('huawei', 'shop')}"
    body = statuses(v1(0, token=TOKENS[0], biTag=message_id))
    answer = await stranger.post(address, content=body)
    assert (answer.status_code, answer.json()["code"]) == (503, "not_configured_here")
    assert answer.headers["retry-after"] == "5"
    assert (await stranger.post(f"{address}x", content=body)).status_code == 404
    report = {"token": clients.context.callbacks.sign("shop", message_id), "terminal": "t-3"}
    assert (await stranger.post("/v1/callbacks/click", json=report)).status_code == 204
    assert (await read_results(clients, message_id))["clicked"] == 1
    headers = {"Authorization": clients.shop.headers["Authorization"]}
    asked = await stranger.get(f"/v1/messages/{message_id}", headers=headers)
    assert (asked.status_code, asked.json()["code"]) == (503, "not_configured_here")
    await stranger.aclose()
