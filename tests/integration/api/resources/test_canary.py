"""A message whose canary goes first, through the API."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from tests.support.api.bodies import GOOD
from tests.support.api.clients import ApiClients

from pushgate.domain.canary import FewAnswers, Finding, Measure, Phase

CANARY = {"share": 1, "wait": "10m"}
EVERYONE = GOOD | {"audience": {"all": True}}
LATER = EVERYONE | {"push_time": (datetime.now(UTC) + timedelta(hours=2)).isoformat()}


async def test_a_canary_is_shown_as_it_was_written_and_a_hold_with_its_reason(clients: ApiClients) -> None:
    written = CANARY | {"hold_if": {"rejected": 5, "clicks_below": 0.5}, "slower_if": {"invalid": 20}}
    created = await clients.shop.post(
        "/v1/messages", json=EVERYONE | {"options": {"spread": "1h", "canary": written}}
    )
    assert created.status_code == 202, created.text
    message_id = created.json()["id"]
    found = await clients.shop.get(f"/v1/messages/{message_id}")
    assert found.json()["options"]["canary"] == written
    results = f"/v1/messages/{message_id}/results"
    assert "canary" not in (await clients.shop.get(results)).json()
    stores = clients.context.stores
    until = datetime.now(UTC).replace(microsecond=0) + timedelta(minutes=10)
    await stores.claims.claim(until, timedelta(seconds=5), "one", 10)
    await stores.canaries.begin(message_id, until)
    running = (await clients.shop.get(results)).json()["canary"]
    assert (running["phase"], running["finding"]) == ("running", None)
    await stores.claims.mark_submitted(message_id, "one", until)
    envelope = (await stores.messages.read_envelope("shop", message_id)).envelope
    finding = Finding(measure=Measure.REJECTED, vendor="apns", count=40, answers=160, limit=5)
    few = (FewAnswers("fcm", 12), FewAnswers("", 30))
    await stores.canaries.decide(envelope, until, Phase.HELD, finding, few_answers=few)
    shown = (await clients.shop.get(results)).json()
    assert shown["status"] == "paused"
    assert shown["canary"] == {
        "phase": "held",
        "until": None,
        "finding": {
            "measure": "rejected",
            "vendor": "apns",
            "count": 40,
            "answers": 160,
            "limit": 5,
            "reason": finding.reason,
        },
        "few_answers": [{"vendor": "fcm", "answers": 12}, {"vendor": None, "answers": 30}],
    }
    problems = (await clients.operator.get("/status")).json()["problems"]
    (held,) = [one for one in problems if one["code"] == "message_held"]
    assert held["params"] == {"message": message_id, "reason": finding.reason}
    await clients.shop.post(f"/v1/messages/{message_id}/cancel")
    over = (await clients.shop.get(results)).json()["canary"]
    assert over == shown["canary"] | {"phase": "ended"}, "the reason stays known"


async def test_a_canary_of_a_message_that_is_over_is_ended(clients: ApiClients) -> None:
    created = await clients.shop.post("/v1/messages", json=EVERYONE | {"options": {"canary": CANARY}})
    message_id = created.json()["id"]
    await clients.context.stores.canaries.begin(message_id, datetime.now(UTC))
    await clients.shop.post(f"/v1/messages/{message_id}/cancel")
    results = (await clients.shop.get(f"/v1/messages/{message_id}/results")).json()
    assert results["canary"] == {"phase": "ended", "until": None, "finding": None, "few_answers": []}


async def test_a_plan_warns_of_a_canary_that_is_too_small(clients: ApiClients) -> None:
    body = {"vendor": "fcm", "token": "canary-1", "language": "en"}
    (await clients.shop.put("/v1/terminals/canary-1", json=body)).raise_for_status()
    canary = CANARY | {"hold_if": {"rejected": 5}}
    plan = await clients.shop.post("/v1/messages:plan", json=EVERYONE | {"options": {"canary": canary}})
    assert "options.canary.share" in {one["field"] for one in plan.json()["warnings"]}


@pytest.mark.parametrize(
    ("changes", "canary", "field"),
    [
        ({"audience": {"users": ["ann"]}}, {}, "options.canary"),
        (
            {"audience": {"terminals": [f"t{n}" for n in range(900)]}},
            {"share": 10, "hold_if": {"gone": 5}},
            "options.canary.share",
        ),
        ({"push_time": {"local": "{tomorrow}T20:00"}}, {}, "options.canary"),
    ],
    ids=["few", "too few for its limits", "local time"],
)
async def test_a_canary_that_cannot_work_is_refused(
    clients: ApiClients, changes: dict[str, Any], canary: dict[str, Any], field: str
) -> None:
    if "push_time" in changes:
        tomorrow = datetime.now(UTC).date() + timedelta(days=2)
        changes = {"push_time": {"local": f"{tomorrow}T20:00"}}
    refused = await clients.shop.post(
        "/v1/messages", json=EVERYONE | changes | {"options": {"canary": CANARY | canary}}
    )
    assert refused.status_code == 422
    assert [one["field"] for one in refused.json()["errors"]] == [field]


async def test_a_change_to_an_audience_without_a_canary_is_refused(clients: ApiClients) -> None:
    created = await clients.shop.post("/v1/messages", json=LATER | {"options": {"canary": CANARY}})
    url = f"/v1/messages/{created.json()['id']}"
    refused = await clients.shop.patch(url, json={"audience": {"users": ["ann"]}})
    assert refused.status_code == 422, refused.text
    assert [one["field"] for one in refused.json()["errors"]] == ["options.canary"]
    assert (await clients.shop.patch(url, json={"content": GOOD["content"]})).status_code == 200


async def test_limits_that_no_vendor_reports_on_are_warned_of(clients: ApiClients) -> None:
    canary = CANARY | {"hold_if": {"rejected": 5, "muted": 5, "gone": 5}}
    created = await clients.shop.post("/v1/messages", json=EVERYONE | {"options": {"canary": canary}})
    warned = {one["field"] for one in created.json()["warnings"]}
    configured = clients.context.catalog.apps["shop"].vendors
    reporting = {"huawei", "xiaomi", "harmony", "meizu", "oppo"} & configured.keys()
    assert ("options.canary.hold_if.muted" in warned) == (not reporting)
    assert "options.canary.hold_if.rejected" not in warned
