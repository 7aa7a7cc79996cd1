"""Probes say whether the process is alive and whether a POST would be stored."""

import asyncio
from dataclasses import replace

import pytest
from tests.support.api.bodies import GOOD
from tests.support.api.clients import ApiClients, with_context, without_gearman
from tests.support.api.problems import problem_codes
from tests.support.engines import Engine

from pushgate.apps.api_keys import ApiKeys
from pushgate.dispatch.gearman_admin import GearmanAdmin
from pushgate.redis.client import connect
from pushgate.settings.redis import RedisSettings

pytestmark = pytest.mark.usefixtures("healthy_fleet")


async def test_probes_say_that_it_lives_and_is_ready(clients: ApiClients) -> None:
    assert (await clients.anyone.get("/healthz")).json() == {"status": "ok"}
    ready = await clients.anyone.get("/readyz")
    assert (ready.status_code, ready.json()) == (200, {"status": "ready", "redis": "ok", "gearman": "ok"})


async def test_without_gearman_a_message_is_stored_so_the_door_is_ready(clients: ApiClients) -> None:
    lonely = without_gearman(clients)
    ready = await lonely.anyone.get("/readyz")
    assert ready.status_code == 200
    assert "out of reach" in ready.json()["gearman"]
    assert (await lonely.shop.post("/v1/messages", json=GOOD)).status_code == 202
    assert await problem_codes(lonely.operator) == ["gearman_unreachable"]
    assert (
        'pushgate_gearman_up{server="127.0.0.1:1"} 0.0' in (await lonely.operator.get("/metrics/fleet")).text
    )


@pytest.mark.parametrize(
    ("setting", "value", "restore", "word"),
    [("maxmemory", "1", "0", "maxmemory"), ("min-replicas-to-write", "1", "0", "too few replicas")],
)
@pytest.mark.single_redis
async def test_a_redis_that_refuses_writes_makes_the_door_unready(
    clients: ApiClients, valkey: Engine, setting: str, value: str, restore: str, word: str
) -> None:
    admin = connect(RedisSettings(url=valkey.url, max_connections=4))
    await admin.config_set(setting, value)
    try:
        ready = await clients.anyone.get("/readyz")
        stored = await clients.shop.post("/v1/messages", json=GOOD)
    finally:
        await admin.config_set(setting, restore)
        await admin.aclose()
    assert (ready.status_code, stored.status_code) == (503, 503)
    assert word in ready.json()["redis"]
    assert (await clients.anyone.get("/readyz")).status_code == 200


async def test_a_redis_that_hangs_is_told_before_those_who_ask_give_up(
    clients: ApiClients, silent_port: int
) -> None:
    silent = connect(RedisSettings(url=f"redis://127.0.0.1:{silent_port}/0", max_connections=4))
    keys = ApiKeys.open(silent, clients.context.clock)
    hung = with_context(clients, replace(clients.context, redis=silent, keys=keys))
    async with asyncio.timeout(15):  # a command would wait for 20 s
        ready, status, of_app, fleet = await asyncio.gather(
            hung.anyone.get("/readyz"),
            hung.anyone.get("/status"),
            hung.shop.get("/status"),
            hung.operator.get("/metrics/fleet"),
        )
    assert (ready.status_code, ready.json()["gearman"]) == (503, "ok")
    assert "within 2 s" in ready.json()["redis"]
    assert [problem["code"] for problem in status.json()["problems"]] == ["store_unreachable"]
    for answer in (of_app, fleet):
        assert (answer.status_code, answer.json()["code"]) == (503, "engine_unavailable")
        assert answer.json()["detail"] == "an engine is out of reach; try again"
    await silent.aclose()


async def test_a_gearman_that_hangs_holds_no_probe(clients: ApiClients, silent_port: int) -> None:
    hung = with_context(
        clients, replace(clients.context, gearman=GearmanAdmin([f"127.0.0.1:{silent_port}"], 60))
    )
    async with asyncio.timeout(30):
        ready = await hung.anyone.get("/readyz")
    assert ready.status_code == 200
    assert "out of reach" in ready.json()["gearman"]
