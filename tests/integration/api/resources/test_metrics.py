"""Metrics of the process and of the installation."""

import httpx
import pytest
from tests.support import promtool
from tests.support.api.bodies import GOOD
from tests.support.api.clients import ApiClients

pytestmark = pytest.mark.usefixtures("healthy_fleet")


async def test_metrics_of_a_process_hold_its_own_requests_alone(clients: ApiClients) -> None:
    await clients.shop.post("/v1/messages", json=GOOD)
    in_parts = {**GOOD, "audience": {"all": True}, "push_time": {"best_hour_within": "24h"}}
    assert (await clients.shop.post("/v1/messages", json=in_parts)).status_code == 202
    own = (await clients.anyone.get("/metrics")).text
    assert 'pushgate_http_requests_total{method="POST",route="/v1/messages",status="202"} 2.0' in own
    assert "pushgate_messages" not in own
    fleet = await clients.operator.get("/metrics/fleet")
    assert 'pushgate_messages{status="scheduled"} 1.0' in fleet.text
    assert 'pushgate_series{kind="family"} 1.0' in fleet.text
    assert 'pushgate_series{kind="schedule"} 0.0' in fleet.text
    assert "pushgate_http_requests" not in fleet.text


@pytest.mark.parametrize(
    ("who", "status"), [("anyone", 401), ("shop", 403), ("other", 403), ("operator", 200)]
)
async def test_metrics_of_all_apps_are_an_operators(clients: ApiClients, who: str, status: int) -> None:
    client: httpx.AsyncClient = getattr(clients, who)
    assert (await client.get("/metrics/fleet")).status_code == status


@pytest.mark.skipif(not promtool.find(), reason="promtool is not installed")
async def test_metrics_follow_the_conventions_of_prometheus(clients: ApiClients) -> None:
    await clients.shop.post("/v1/messages", json=GOOD)
    for client, path in ((clients.anyone, "/metrics"), (clients.operator, "/metrics/fleet")):
        assert await promtool.complaints(["check", "metrics"], (await client.get(path)).text) == ""
