"""Messages with steps: created, refused, shown, changed and cancelled, and what became of the
steps.
"""

from datetime import timedelta
from typing import Any

import pytest
from tests.support.api.bodies import GOOD, token
from tests.support.api.clients import ApiClients
from tests.support.clock import SetClock

from pushgate.domain.outcome import ReceiptKind
from pushgate.receipts.record import ReceiptRecorder, TerminalReport
from pushgate.scheduler.escalations import EscalationRounds
from pushgate.scheduler.planner import Planner

pytestmark = pytest.mark.usefixtures("healthy_fleet")

LEASE = timedelta(seconds=15)
STEPS = [
    {"after": "10m", "unless": "delivered", "to": "next_terminal"},
    {"after": "1h", "unless": "clicked", "to": "vendor:apns"},
]
MESSAGE = {**GOOD, "audience": {"users": ["ann"]}, "escalate": STEPS}


async def _register(clients: ApiClients) -> None:
    for number, name in enumerate(("phone", "tablet")):
        body = {"vendor": "apns", "token": token(number), "user": "ann"}
        assert (await clients.shop.put(f"/v1/terminals/{name}", json=body)).is_success


async def _create(clients: ApiClients, **fields: object) -> dict[str, Any]:
    answer = await clients.shop.post("/v1/messages", json=MESSAGE | fields)
    assert answer.status_code == 202, answer.text
    created: dict[str, Any] = answer.json()
    return created


async def _play(clients: ApiClients, clock: SetClock) -> None:
    """Make and plan what is due."""
    stores, catalog = clients.context.stores, clients.context.catalog
    rounds = EscalationRounds(stores, clock, catalog)
    await rounds.run_once()
    await rounds.telling.wait_until_idle()
    for envelope in await stores.claims.claim(clock.now(), LEASE, "scheduler", 10):
        async for _ in Planner(stores, clock).plan(envelope, catalog.apps[envelope.app]):
            pass
        await stores.claims.mark_submitted(envelope.id, "scheduler", clock.now())


async def _results(clients: ApiClients, message_id: str) -> Any:
    return (await clients.reader.get(f"/v1/messages/{message_id}/results")).json()


async def test_a_message_and_its_step_show_each_other(clients: ApiClients, clock: SetClock) -> None:
    await _register(clients)
    created = await _create(clients, audience={"terminals": ["phone"]})
    message_id = created["id"]
    assert created["escalate"] == STEPS
    await _play(clients, clock)
    steps = (await _results(clients, message_id))["steps"]
    assert [(one["step"], one["state"], one["message"]) for one in steps] == [
        (1, "to_come", None),
        (2, "to_come", None),
    ]
    clock.advance(600)
    await _play(clients, clock)
    step, _ = (await _results(clients, message_id))["steps"]
    assert (step["state"], step["status"], step["targeted"]) == ("made", "sending", 1)
    shown = (await clients.reader.get(f"/v1/messages/{step['message']}?include=audience")).json()
    assert shown["escalates"] == {
        "message": message_id,
        "step": 1,
        "unless": "delivered",
        "to": "next_terminal",
    }
    assert shown["audience"] == {"escalation_of": message_id}
    assert "escalate" not in shown
    assert shown["content"] == created["content"]
    page = (await clients.reader.get("/v1/messages")).json()["messages"]
    assert {one["id"] for one in page} == {message_id, step["message"]}
    terminals = (await clients.reader.get(f"/v1/messages/{step['message']}/terminals")).json()["terminals"]
    assert [one["terminal"] for one in terminals] == ["tablet"]


async def test_a_step_to_the_backend_is_counted(clients: ApiClients, clock: SetClock) -> None:
    await _register(clients)
    steps = [{"after": "10m", "unless": "clicked", "to": "webhook"}]
    created = await _create(clients, audience={"terminals": ["phone"]}, escalate=steps)
    said = [one["field"] for one in created["warnings"] if "nobody reads" in one["message"]]
    assert said == ["escalate.0.to"]
    await _play(clients, clock)
    clock.advance(600)
    await _play(clients, clock)
    (step,) = (await _results(clients, created["id"]))["steps"]
    assert (step["state"], step["targeted"], step["message"]) == ("told", 1, None)


async def test_a_draft_keeps_its_steps(clients: ApiClients) -> None:
    draft = (await clients.shop.post("/v1/drafts", json=MESSAGE)).json()
    assert draft["message"] == MESSAGE
    assert draft["problems"] == []


async def test_cancelling_leaves_no_step_to_come(clients: ApiClients, clock: SetClock) -> None:
    await _register(clients)
    message_id = (await _create(clients, audience={"terminals": ["phone"]}))["id"]
    await _play(clients, clock)
    clock.advance(600)
    await _play(clients, clock)
    assert (await clients.shop.post(f"/v1/messages/{message_id}/cancel")).json()["status"] == "cancelled"
    first, second = (await _results(clients, message_id))["steps"]
    assert (first["state"], first["status"]) == ("made", "cancelled")
    assert second["state"] == "cancelled"
    assert (await _results(clients, first["message"]))["cancelled"] == 1


async def test_a_change_is_held_to_the_steps(clients: ApiClients, clock: SetClock) -> None:
    later = clock.now() + timedelta(hours=1)
    message_id = (await _create(clients, push_time=later.isoformat()))["id"]
    url = f"/v1/messages/{message_id}"
    body = {"audience": {"tokens": [{"vendor": "apns", "token": token(1)}]}}
    refused = await clients.shop.patch(url, json=body)
    assert [one["field"] for one in refused.json()["errors"]] == ["escalate"]
    content = {"en": {"title": "New", "body": "b"}}
    changed = (await clients.shop.patch(url, json={"content": content})).json()
    assert changed["escalate"] == STEPS
    assert changed["content"]["en"]["title"] == "New"


async def test_a_step_without_effect_is_refused(clients: ApiClients, clock: SetClock) -> None:
    local = (clock.now() + timedelta(days=2)).strftime("%Y-%m-%dT20:00")
    first, second = STEPS
    for fields, field in (
        ({"audience": {"tokens": [{"vendor": "apns", "token": token(1)}]}}, "escalate"),
        ({"push_time": {"local": local}}, "escalate"),
        ({"options": {"dry_run": True}}, "escalate"),
        ({"audience": {"all": True}, "options": {"canary": {"share": 1, "wait": "10m"}}}, "escalate"),
        ({"options": {"ttl": 3600}}, "escalate.1.after"),
        ({"options": {"silent": True}}, "escalate.1.unless"),
        ({"escalate": [second, first]}, "escalate.1.after"),
        ({"escalate": [first | {"after": "9s"}]}, "escalate.0.after"),
        ({"escalate": [first | {"after": "soon"}]}, "escalate.0.after"),
        ({"escalate": [first | {"to": "vendor:webpigeon"}]}, "escalate.0.to"),
        ({"escalate": [first | {"to": "somebody"}]}, "escalate.0.to"),
        ({"escalate": [first | {"unless": "seen"}]}, "escalate.0.unless"),
        ({"escalate": []}, "escalate"),
        ({"escalate": [first] * 4}, "escalate"),
    ):
        refused = await clients.shop.post("/v1/messages", json=MESSAGE | fields)
        assert refused.status_code == 422, refused.text
        assert field in [one["field"] for one in refused.json()["errors"]], fields


async def test_vendors_of_which_nobody_reports_deliveries_are_named_until_somebody_does(
    clients: ApiClients,
) -> None:
    await _register(clients)
    created = await _create(clients)
    (said,) = [one["message"] for one in created["warnings"] if one["field"] == "escalate.0.unless"]
    assert "apns" in said
    app = clients.context.catalog.apps["shop"].app
    report = TerminalReport(created["id"], "phone")
    await ReceiptRecorder(clients.context.stores).record(ReceiptKind.DELIVERED, app, [report])
    stores = clients.context.stores
    assert await stores.delivery_reports.vendors(app) == set()  # the message is not planned yet
    for envelope in await stores.claims.claim(clients.context.clock.now(), LEASE, "scheduler", 10):
        async for _ in Planner(stores, clients.context.clock).plan(
            envelope, clients.context.catalog.apps["shop"]
        ):
            pass
    await ReceiptRecorder(stores).record(ReceiptKind.DELIVERED, app, [report])
    assert await stores.delivery_reports.vendors(app) == {"apns"}
    again = [one["message"] for one in (await _create(clients))["warnings"]]
    assert not any("apns" in one and "deliveries" in one for one in again)


async def test_an_app_of_which_nobody_reports_deliveries_gets_no_step_that_waits_for_one(
    clients: ApiClients,
) -> None:
    refused = await clients.other.post("/v1/messages", json=MESSAGE)
    (error,) = refused.json()["errors"]
    assert error["field"] == "escalate.0.unless"
    assert "nobody reports deliveries" in error["message"]
    taken = await clients.other.post("/v1/messages", json=MESSAGE | {"escalate": [STEPS[1]]})
    assert taken.status_code == 202
