"""Apps and vendors are paused and resumed, and circuit breakers closed, through the API."""

from typing import Any

import pytest
from tests.support.api.bodies import GOOD, but
from tests.support.api.clients import ApiClients
from tests.support.clock import SetClock
from tests.support.rate_limits import WorkerLimits

from pushgate.api.times import format_instant
from pushgate.domain.app import App
from pushgate.domain.errors import VendorAuthError, VendorUnavailable
from pushgate.domain.outcome import RefusalScope
from pushgate.domain.terminal import Terminal
from pushgate.worker.route import Route

pytestmark = pytest.mark.usefixtures("healthy_fleet")


async def post(client: Any, path: str) -> dict[str, Any]:
    answer = await client.post(path)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def test_pausing_is_idempotent_and_says_since_when_and_by_whom(
    clients: ApiClients, clock: SetClock
) -> None:
    first = await post(clients.other, "/v1/apps/other/vendors/apns/pause")
    assert first["paused"]["since"] == format_instant(clock.now())
    assert set(first["paused"]) == {"since", "key_id", "key_name"}
    clock.advance(60)
    assert await post(clients.operator, "/v1/apps/other/vendors/apns/pause") == first
    resumed = {"app": "other", "vendor": "apns", "paused": None}
    for _ in range(2):
        assert await post(clients.other, "/v1/apps/other/vendors/apns/resume") == resumed


async def test_a_paused_app_stores_messages_and_says_that_they_wait(clients: ApiClients) -> None:
    await post(clients.operator, "/v1/apps/shop/pause")
    stored = await clients.shop.post("/v1/messages", json=GOOD)
    assert stored.status_code == 202
    (warning,) = [one for one in stored.json()["warnings"] if "paused" in one["message"]]
    assert "POST /v1/apps/shop/resume" in warning["message"]
    (problem,) = (await clients.shop.get("/status")).json()["problems"]
    assert (problem["code"], problem["app"], problem["vendor"]) == ("app_paused", "shop", None)
    assert problem["remedy"] == "resume it: POST /v1/apps/shop/resume"
    results = (await clients.shop.get(f"/v1/messages/{stored.json()['id']}/results")).json()
    assert [one["reason"] for one in results["waiting"]] == ["app_paused"]
    await post(clients.operator, "/v1/apps/shop/resume")
    assert "paused" not in (await clients.shop.post("/v1/messages", json=GOOD)).text
    assert (await clients.shop.get("/status")).json()["status"] == "ok"


async def test_apps_and_their_vendors_show_that_they_are_paused(clients: ApiClients) -> None:
    vendor = await post(clients.operator, "/v1/apps/other/vendors/apns/pause")
    shown = (await clients.other.get("/v1/apps/other/vendors/apns")).json()
    assert shown["paused"] == vendor["paused"]
    assert (await clients.other.get("/v1/apps/other")).json()["paused"] is None
    app = await post(clients.operator, "/v1/apps/other/pause")
    assert (await clients.other.get("/v1/apps/other")).json()["paused"] == app["paused"]


async def test_plan_and_diagnosis_tell_of_a_paused_vendor(clients: ApiClients) -> None:
    await clients.context.stores.registry.register(App("shop"), [Terminal("a", "apns", "a", "en")])
    await post(clients.operator, "/v1/apps/shop/vendors/apns/pause")
    planned = await clients.shop.post("/v1/messages:plan", json=but(audience={"terminals": ["a"]}))
    (vendor,) = planned.json()["vendors"]
    assert vendor["paused"]["since"]
    found = (await clients.shop.get("/v1/terminals/a/diagnosis")).json()
    assert "vendor_paused" in str(found)


async def test_breakers_of_all_scopes_are_closed_and_named(clients: ApiClients, clock: SetClock) -> None:
    limits = WorkerLimits(clients.context.redis, clock)
    topic = Route("shop", "apns", {RefusalScope.TOPIC: "com.example.voip"})
    for _ in range(5):
        await limits.record_failure(Route("shop", "apns"), VendorUnavailable("down", "it is down"))
    for _ in range(5):
        await limits.record_failure(topic, VendorAuthError("NoTopic", "not this", scope=RefusalScope.TOPIC))
    for _ in range(5):
        await limits.record_failure(Route("shop", "apns"), VendorUnavailable("down", "it is down"))
    assert not (await limits.acquire(topic, 1)).granted
    answer = await post(clients.operator, "/v1/apps/shop/vendors/apns/reset-breaker")
    assert {one["scope"]: one["code"] for one in answer["closed"]} == {
        "": "vendor_unavailable",
        "topic com.example.voip": "vendor_refuses",
    }
    assert (await limits.acquire(topic, 1)).granted
    assert (await post(clients.operator, "/v1/apps/shop/vendors/apns/reset-breaker"))["closed"] == []


@pytest.mark.parametrize(
    "path",
    ["pause", "resume", "vendors/apns/pause", "vendors/apns/resume", "vendors/apns/reset-breaker"],
)
async def test_only_operators_and_administrators_of_the_app_may(clients: ApiClients, path: str) -> None:
    assert (await clients.anyone.post(f"/v1/apps/shop/{path}")).status_code == 401
    assert (await clients.reader.post(f"/v1/apps/shop/{path}")).status_code == 403
    for app in ("shop", "unknown"):
        assert (await clients.other.post(f"/v1/apps/{app}/{path}")).status_code == 403
    assert (await clients.operator.post(f"/v1/apps/unknown/{path}")).status_code == 404


async def test_a_vendor_that_the_app_has_not_cannot_be_paused(clients: ApiClients) -> None:
    assert (await clients.operator.post("/v1/apps/other/vendors/fcm/pause")).status_code == 404
    assert (await clients.operator.post("/v1/apps/other/vendors/none/pause")).status_code == 404


@pytest.mark.parametrize("path", ["pause", "resume", "reset-breaker", "held-removals/confirm"])
async def test_the_name_of_no_vendor_is_not_found(clients: ApiClients, path: str) -> None:
    assert (await clients.operator.post(f"/v1/apps/shop/vendors/none/{path}")).status_code == 404
