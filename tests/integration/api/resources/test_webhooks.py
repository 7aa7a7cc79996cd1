"""Webhooks through the API. The app `other` has a key of the scope admin."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from standardwebhooks import Webhook
from tests.support.api.clients import ApiClients, describe, with_context
from tests.support.api.problems import bad_fields
from tests.support.clock import SetClock
from tests.support.sealing import sealer_of
from tests.support.webhooks.receiver import Reply, WebhookReceiver, receiving

from pushgate.domain.app import Scope
from pushgate.eventlog.entries import AppEvent
from pushgate.webhooks.destination import DestinationRules
from pushgate.webhooks.posting import Webhooks
from pushgate.webhooks.webhook import MAX_WEBHOOKS, PauseReason

URL = "https://backend.example.com/hook"


@pytest.fixture
def receiver() -> Iterator[WebhookReceiver]:
    with receiving() as server:
        yield server


async def _create(clients: ApiClients, **fields: object) -> dict[str, Any]:
    answer = await clients.other.post("/v1/webhooks", json={"url": URL, "types": ["*"], **fields})
    assert answer.status_code == 201, answer.text
    body: dict[str, Any] = answer.json()
    return body


async def test_a_webhook_is_created_with_a_secret_that_is_shown_once(clients: ApiClients) -> None:
    created = await _create(clients, types=["terminal.invalid", "message.*"], expand=True, description="crm")
    secret = created.pop("secret")
    assert secret.startswith("whsec_")
    assert (created["url"], created["types"]) == (URL, ["terminal.invalid", "message.*"])
    assert (created["expand"], created["description"], created["state"]) == (True, "crm", "active")
    shown = await clients.other.get(f"/v1/webhooks/{created['id']}")
    assert shown.json() == created
    assert (await clients.other.get("/v1/webhooks")).json() == {"webhooks": [created]}
    assert (await clients.other.get(f"/v1/webhooks/{created['id']}/deliveries")).json() == {"deliveries": []}


async def test_a_webhook_too_many_leaves_no_reader_of_events(clients: ApiClients) -> None:
    log, app = clients.context.stores.event_log, clients.context.catalog.apps["other"].app
    webhooks = clients.context.webhooks.subscriptions
    for _ in range(MAX_WEBHOOKS):
        await webhooks.create(webhooks.new("other", URL, ["*"], "key")[0], {})
    answer = await clients.other.post("/v1/webhooks", json={"url": URL, "types": ["*"]})
    assert answer.status_code == 409
    assert not [reader for reader in await log.readers(app) if reader.startswith("webhook:")]


async def test_its_events_are_written_from_its_creation_to_its_deletion(clients: ApiClients) -> None:
    log = clients.context.stores.event_log
    app = clients.context.catalog.apps["other"].app
    created = await _create(clients)
    assert f"webhook:{created['id']}" in await log.readers(app)
    assert (await clients.other.delete(f"/v1/webhooks/{created['id']}")).status_code == 204
    assert f"webhook:{created['id']}" not in await log.readers(app)
    for path in ("", "/deliveries"):
        assert (await clients.other.get(f"/v1/webhooks/{created['id']}{path}")).status_code == 404
    assert (await clients.other.delete(f"/v1/webhooks/{created['id']}")).status_code == 404


async def test_the_webhooks_of_another_app_are_not_there(clients: ApiClients) -> None:
    key = await clients.context.keys.create("shop", [Scope.ADMIN])
    created = await _create(clients)
    headers = {"Authorization": f"Bearer {key}"}
    for method, path in (
        ("GET", ""),
        ("PATCH", ""),
        ("DELETE", ""),
        ("GET", "/deliveries"),
        ("POST", ":test"),
        ("POST", ":replay"),
        ("POST", ":rotate-secret"),
        ("POST", ":pause"),
        ("POST", ":resume"),
    ):
        body = {"from": "2027-01-01T00:00:00Z"} if path == ":replay" else {}
        answer = await clients.anyone.request(
            method,
            f"/v1/webhooks/{created['id']}{path}",
            headers=headers,
            json=body if method == "PATCH" or body else None,
        )
        assert answer.status_code == 404, (method, path, answer.text)
    assert (await clients.anyone.get("/v1/webhooks", headers=headers)).json() == {"webhooks": []}


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({}, {"url", "types"}),
        ({"url": "http://example.com", "types": ["*"]}, {"url"}),
        ({"url": "https://10.0.0.1/", "types": ["*"]}, {"url"}),
        ({"url": "https://[::ffff:169.254.169.254]/", "types": []}, {"url", "types"}),
        ({"url": "https://user:secret@example.com/", "types": ["*"]}, {"url"}),
        ({"url": "https://example.com/" + "x" * 2048, "types": ["*"]}, {"url"}),
        ({"url": URL, "types": ["terminal.sent"]}, {"types"}),
        ({"url": URL, "types": ["*", "terminal.gone"]}, {"types"}),
        ({"url": URL, "types": "*"}, {"types"}),
        ({"url": URL, "types": ["*"], "secret": "whsec_x"}, {"secret"}),
        ({"url": URL, "types": ["*"], "expand": 1, "description": "x" * 201}, {"expand", "description"}),
    ],
)
async def test_a_bad_webhook_is_refused_and_its_address_is_not_repeated(
    clients: ApiClients, body: dict[str, object], fields: set[str]
) -> None:
    answer = await clients.other.post("/v1/webhooks", json=body)
    assert answer.status_code == 422
    assert bad_fields(answer) == fields
    assert "secret@" not in answer.text
    assert (await clients.other.get("/v1/webhooks")).json() == {"webhooks": []}


async def test_without_a_master_key_it_is_refused_with_the_remedy(clients: ApiClients) -> None:
    known = clients.context.webhooks
    without = Webhooks.open(clients.context.redis, sealer_of(), known.streams, known.posting)
    keyless = with_context(clients, replace(clients.context, webhooks=without))
    answer = await keyless.other.post("/v1/webhooks", json={"url": URL, "types": ["*"]})
    assert answer.status_code == 409
    assert answer.json()["code"] == "no_master_key"
    assert "secrets.key_file" in answer.json()["detail"]


async def test_a_webhook_is_changed_by_field(clients: ApiClients) -> None:
    created = await _create(clients)
    path = f"/v1/webhooks/{created['id']}"
    changed = await clients.other.patch(path, json={"types": ["message.sent"], "description": "mail"})
    assert changed.status_code == 200
    expected = {**created, "types": ["message.sent"], "description": "mail"}
    del expected["secret"]
    assert changed.json() == expected == (await clients.other.get(path)).json()
    for body, field in (
        ({"url": "https://127.0.0.1/"}, "url"),
        ({"types": []}, "types"),
        ({"id": "x"}, "id"),
    ):
        refused = await clients.other.patch(path, json=body)
        assert (refused.status_code, bad_fields(refused)) == (422, {field})


async def test_a_secret_is_rotated_with_an_overlap(clients: ApiClients, clock: SetClock) -> None:
    created = await _create(clients)
    path = f"/v1/webhooks/{created['id']}:rotate-secret"
    rotated = (await clients.other.post(path, json={"overlap": "1h"})).json()
    assert rotated["secret"] != created["secret"]
    assert rotated["previous_secret_until"] is not None
    at_once = (await clients.other.post(path, json={"overlap": "0s"})).json()
    assert at_once["previous_secret_until"] is None
    by_default = await clients.other.post(path)
    assert by_default.status_code == 200
    assert by_default.json()["previous_secret_until"] is not None
    for overlap in ("31d", "x", 3600, None):
        refused = await clients.other.post(path, json={"overlap": overlap})
        assert bad_fields(refused) == {"overlap"}


async def test_pausing_and_resuming_is_idempotent(clients: ApiClients) -> None:
    path = f"/v1/webhooks/{(await _create(clients))['id']}"
    for _ in range(2):
        paused = (await clients.other.post(f"{path}:pause")).json()
        assert (paused["state"], paused["pause_reason"]) == ("paused", "requested")
    for _ in range(2):
        resumed = (await clients.other.post(f"{path}:resume")).json()
        assert (resumed["state"], resumed["pause_reason"], resumed["paused_at"]) == ("active", None, None)


async def test_a_test_posts_a_signed_event_and_tells_what_the_receiver_said(
    clients: ApiClients, receiver: WebhookReceiver
) -> None:
    shop = _with_loopback(clients)
    created = await _create(shop, url=receiver.url)
    path = f"/v1/webhooks/{created['id']}:test"
    said = (await shop.other.post(path)).json()
    assert (said["delivered"], said["status"], said["failure"]) == (True, 204, None)
    (request,) = receiver.requests
    told = Webhook(created["secret"]).verify(request.body, dict(request.headers))
    (event,) = told["data"]["events"]
    assert (told["type"], event["type"]) == ("events", "webhook.test")
    receiver.behaviour = lambda _: Reply(500, body=b"inner secrets")
    broken = await shop.other.post(path)
    assert (broken.json()["delivered"], broken.json()["status"]) == (False, 500)
    assert "inner" not in broken.text
    receiver.stop()
    stopped = (await shop.other.post(path)).json()
    assert (stopped["delivered"], stopped["status"], stopped["failure"]) == (False, None, "not_connected")


async def test_an_address_that_the_settings_allow_no_longer_is_not_called(
    clients: ApiClients, receiver: WebhookReceiver
) -> None:
    created = await _create(_with_loopback(clients), url=receiver.url)
    answer = await clients.other.post(f"/v1/webhooks/{created['id']}:test")
    assert answer.status_code == 409
    assert receiver.requests == []


async def test_events_are_replayed_from_an_id_a_cursor_or_a_time(clients: ApiClients) -> None:
    created = await _create(clients)
    app, log = clients.context.catalog.apps["other"].app, clients.context.stores.event_log
    await log.publish(app, [AppEvent("vendor.down", {"vendor": "apns"})])
    entry = (await log.ends(app))["q"]
    path = f"/v1/webhooks/{created['id']}:replay"
    by_id = await clients.other.post(path, json={"from": f"other.q.{entry}.0"})
    assert by_id.status_code == 200, by_id.text
    assert set(by_id.json()["shards"]) == {"q"}
    by_time = await clients.other.post(path, json={"from": "2020-01-01T00:00:00Z"})
    assert set(by_time.json()["shards"]) == {"0", "q"}
    cursor = (await clients.other.get("/v1/events")).json()["after"]
    by_cursor = await clients.other.post(path, json={"from": cursor})
    assert set(by_cursor.json()["shards"]) == {"0", "q"}
    for text in ("", "x", "shop.q.1-1.0", "other.7.1-1.0", "2020-01-01", "x" * 5000):
        refused = await clients.other.post(path, json={"from": text})
        assert (refused.status_code, bad_fields(refused)) == (422, {"from"}), text


async def test_status_tells_of_a_missing_sender_and_of_paused_webhooks(
    clients: ApiClients, clock: SetClock, healthy_fleet: None
) -> None:
    async def codes() -> set[str]:
        return {problem["code"] for problem in (await clients.other.get("/status")).json()["problems"]}

    assert "no_webhook_sender" not in await codes()
    created = await _create(clients)
    assert "no_webhook_sender" in await codes()
    await clients.context.stores.heartbeats.beat("webhooks-1", describe("webhooks", clock))
    assert "no_webhook_sender" not in await codes()
    await clients.other.post(f"/v1/webhooks/{created['id']}:pause")
    assert "webhook_paused" not in await codes()
    await clients.other.post(f"/v1/webhooks/{created['id']}:resume")
    await clients.context.webhooks.subscriptions.change(
        "other", created["id"], lambda webhook: webhook.paused(PauseReason.GONE, clock.now())
    )
    problems = (await clients.other.get("/status")).json()["problems"]
    (paused,) = [problem for problem in problems if problem["code"] == "webhook_paused"]
    assert paused["params"] == {"webhook": created["id"], "reason": "gone"}
    assert created["id"] in paused["remedy"]
    of_shop = (await clients.reader.get("/status")).json()["problems"]
    assert "webhook_paused" not in {problem["code"] for problem in of_shop}


async def test_what_is_done_with_webhooks_is_in_the_audit_log(clients: ApiClients) -> None:
    created = await _create(clients)
    path = f"/v1/webhooks/{created['id']}"
    await clients.other.patch(path, json={"description": "x"})
    for action in (":pause", ":resume", ":rotate-secret"):
        await clients.other.post(path + action)
    await clients.other.delete(path)
    entries = (await clients.other.get("/v1/audit")).json()["entries"]
    assert {entry["action"] for entry in entries} >= {
        "webhook.created",
        "webhook.changed",
        "webhook.paused",
        "webhook.resumed",
        "webhook.secret_rotated",
        "webhook.deleted",
    }


def _with_loopback(clients: ApiClients) -> ApiClients:
    known = clients.context.webhooks
    posting = replace(
        known.posting, rules=DestinationRules(allow_loopback=True), timeout=timedelta(seconds=5)
    )
    return with_context(clients, replace(clients.context, webhooks=replace(known, posting=posting)))
