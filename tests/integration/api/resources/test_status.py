"""The status shows problems and queues: of the process, of an app, or of all apps."""

from dataclasses import replace
from datetime import timedelta

import pytest
from redis.asyncio import Redis
from tests.support.api.bodies import GOOD
from tests.support.api.clients import ApiClients, with_context
from tests.support.api.problems import problem_codes
from tests.support.clock import SetClock
from tests.support.engines import Engine
from tests.support.heartbeats import fall_silent
from tests.support.held_removals import hold

from pushgate.adapters.registry import vendors
from pushgate.apps.api_keys import ApiKeys
from pushgate.apps.catalog import AppCatalog
from pushgate.apps.credential_facts import CredentialFacts
from pushgate.dispatch.backlog import BacklogPosition
from pushgate.dispatch.gearman_admin import GearmanAdmin
from pushgate.domain.app import App
from pushgate.fleet.heartbeats import UnreadableSection
from pushgate.fleet.write_counters import Rollback
from pushgate.redis.client import connect
from pushgate.settings.redis import RedisSettings

pytestmark = pytest.mark.usefixtures("healthy_fleet")


async def test_without_redis_everybody_learns_what_is_wrong(clients: ApiClients) -> None:
    unreachable = connect(RedisSettings(url="redis://127.0.0.1:1/0", max_connections=4))
    keys = ApiKeys.open(unreachable, clients.context.clock)
    lonely = with_context(clients, replace(clients.context, redis=unreachable, keys=keys))
    assert (await lonely.anyone.get("/readyz")).status_code == 503
    status = await lonely.anyone.get("/status")
    assert (status.status_code, status.json()["status"]) == (200, "problems")
    assert status.json()["problems"][0]["code"] == "store_unreachable"
    assert "start Redis" in status.json()["problems"][0]["remedy"]
    await unreachable.aclose()


async def test_a_loss_of_data_is_told_until_keys_are_created(clients: ApiClients, redis: Redis) -> None:
    await clients.context.watch.beat()
    await redis.flushdb()
    assert (await clients.shop.post("/v1/messages", json=GOOD)).status_code == 401
    ready = await clients.anyone.get("/readyz")
    assert ready.status_code == 503
    assert "create keys" in ready.json()["redis"]
    status = (await clients.anyone.get("/status")).json()
    (problem,) = status["problems"]
    assert problem["code"] == "store_lost"
    assert "pushgate keys create" in problem["remedy"]
    assert problem["since"]
    await clients.context.keys.create("shop", [])
    assert (await clients.anyone.get("/readyz")).status_code == 200
    assert await problem_codes(clients.anyone) == ["store_empty"]


async def test_an_app_learns_that_its_own_shards_and_the_queue_went_back(
    clients: ApiClients, clock: SetClock
) -> None:
    for app in ("", "shop", "other"):
        await clients.context.stores.write_counters.note(
            Rollback(
                app=app,
                shard=0,
                lost_from=clock.now() - timedelta(seconds=5),
                at=clock.now(),
                seen=90,
                found=86,
            )
        )
    told = (await clients.shop.get("/status")).json()["problems"]
    assert {(problem["app"], problem["params"]["parts"]) for problem in told} == {
        (None, "q"),
        ("shop", "shop:0"),
    }
    assert {problem["code"] for problem in told} == {"store_rolled_back"}
    clock.advance(86_400)
    assert "store_rolled_back" not in await problem_codes(clients.shop)


async def test_without_a_key_status_tells_of_this_process_alone(clients: ApiClients) -> None:
    status = (await clients.anyone.get("/status")).json()
    assert set(status) == {"status", "version", "time", "problems"}
    assert status["status"] == "ok"
    refused = await clients.anyone.get("/status", headers={"Authorization": "Bearer pg_000000000000_bad"})
    assert refused.status_code == 401


async def test_an_app_sees_itself_and_nobody_else(clients: ApiClients) -> None:
    await clients.shop.post("/v1/messages", json=GOOD)
    await hold(clients.context.stores, App("shop"), "fcm", range(40))
    await hold(clients.context.stores, App("shop"), "fcm", range(38, 42))
    await hold(clients.context.stores, App("other"), "apns", range(7))
    await clients.context.stores.backlog.put("push.apns.other", {b"job": BacklogPosition(1)})
    status = (await clients.shop.get("/status")).json()
    assert status["messages"] == {"scheduled": 1, "dispatching": 0, "sending": 0, "paused": 0}
    assert status["apps"] == {"shop": {"vendors": sorted(vendors())}}
    assert status["removal_held"] == [{"app": "shop", "vendor": "fcm", "tokens": 42}]
    assert status["backlog"] == {}
    assert [(one["code"], one["app"]) for one in status["problems"]] == [("removal_held", "shop")]
    assert "42 tokens" in status["problems"][0]["message"]
    assert "processes" not in status
    other = (await clients.other.get("/status")).json()
    assert other["messages"]["scheduled"] == 0
    assert other["backlog"] == {"push.apns.other": 1}
    assert {one["code"] for one in other["problems"]} == {"removal_held", "no_worker_for_vendor"}


async def test_a_credential_that_expires_is_told_of_to_its_app_and_to_operators(clients: ApiClients) -> None:
    context = clients.context
    apps = context.catalog.apps
    ends = context.clock.now() + timedelta(days=20)
    facts = {"certificate": CredentialFacts("0123456789abcdef", ends)}
    apns = replace(apps["shop"].vendors["apns"], credentials=facts)
    shop = replace(apps["shop"], vendors={**apps["shop"].vendors, "apns": apns})
    catalog = AppCatalog(context.stores.registered_apps, {**apps, "shop": shop})
    served = with_context(clients, replace(context, catalog=catalog))
    for caller in (served.shop, served.operator):
        (problem,) = (await caller.get("/status")).json()["problems"]
        assert (problem["code"], problem["app"], problem["vendor"]) == ("credential_expiring", "shop", "apns")
        assert problem["params"]["credential"] == "certificate"
        assert "PUT /v1/apps/shop/vendors/apns?keep_previous" in problem["remedy"]
    assert (await served.other.get("/status")).json()["problems"] == []


async def test_sections_without_their_master_key_are_told_of_and_never_called_missing(
    clients: ApiClients,
) -> None:
    context, unreadable = clients.context, {"huawei": "0a1b2c3d"}
    shop = replace(context.catalog.apps["shop"], vendors={}, unreadable=unreadable)
    catalog = AppCatalog(context.stores.registered_apps, {**context.catalog.apps, "shop": shop})
    described = replace(
        context.watch.description, unreadable=(UnreadableSection("shop", "huawei", "0a1b2c3d"),)
    )
    await context.stores.heartbeats.beat("unable", described)
    served = with_context(clients, replace(context, catalog=catalog))
    for caller in (served.shop, served.operator):
        (problem,) = (await caller.get("/status")).json()["problems"]
        assert (problem["code"], problem["app"], problem["vendor"]) == (
            "section_unreadable",
            "shop",
            "huawei",
        )
        assert "0a1b2c3d to secrets.key_file" in problem["remedy"]
    assert (await served.other.get("/status")).json()["problems"] == []
    processes = (await served.operator.get("/status")).json()["processes"]
    section = {"app": "shop", "vendor": "huawei", "master_key": "0a1b2c3d"}
    assert [one["unreadable_sections"] for one in processes if one["id"] == "unable"] == [[section]]
    terminal = {"vendor": "huawei", "token": "t" * 64}
    inline = GOOD | {"audience": {"tokens": [terminal]}}
    for answer in (
        await served.shop.post("/v1/messages", json=GOOD),
        await served.shop.post("/v1/messages", json=inline),
        await served.shop.put("/v1/terminals/phone", json=terminal),
    ):
        assert (answer.status_code, answer.json()["code"]) == (503, "sealed_elsewhere"), answer.text
        assert answer.headers["retry-after"] == "5"


async def test_an_operator_sees_everything(clients: ApiClients) -> None:
    await clients.shop.post("/v1/messages", json=GOOD)
    await hold(clients.context.stores, App("other"), "apns", range(7))
    status = (await clients.operator.get("/status")).json()
    assert status["messages"] == {"scheduled": 1, "dispatching": 0, "sending": 0, "paused": 0, "retries": 0}
    assert set(status["apps"]) == {"shop", "other"}
    assert {one["kind"] for one in status["processes"]} == {"scheduler", "worker"}
    assert status["alive"] == {"scheduler": 1, "worker": 1}
    assert [one["app"] for one in status["problems"]] == ["other"]


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/v1/messages"),
        ("POST", "/v1/messages"),
        ("GET", "/v1/terminals/x"),
        ("POST", "/v1/terminals:import"),
    ],
)
async def test_an_operators_key_opens_no_apps_calls(clients: ApiClients, method: str, path: str) -> None:
    assert (await clients.operator.request(method, path)).status_code == 403


async def test_dead_schedulers_and_workers_are_problems(clients: ApiClients, redis: Redis) -> None:
    for kind in ("scheduler", "worker"):
        await fall_silent(redis, f"{kind}-1", timedelta(minutes=1))
    assert await problem_codes(clients.shop) == ["no_scheduler", "no_worker"]
    fleet = (await clients.operator.get("/metrics/fleet")).text
    assert 'pushgate_processes{kind="scheduler"} 0.0' in fleet
    assert 'pushgate_problems{app="",code="no_worker",vendor=""} 1.0' in fleet


async def test_a_due_message_that_nobody_takes_makes_the_installation_late(
    clients: ApiClients, clock: SetClock
) -> None:
    await clients.shop.post("/v1/messages", json=GOOD)
    assert await problem_codes(clients.shop) == []
    clock.advance(90)
    status = (await clients.shop.get("/status")).json()
    assert (status["problems"][0]["code"], status["lateness"]) == ("dispatch_late", 90.0)
    assert "pushgate_dispatch_lateness_seconds 90.0" in (await clients.operator.get("/metrics/fleet")).text


async def test_a_message_of_the_future_is_not_late(clients: ApiClients, clock: SetClock) -> None:
    later = (clock.now() + timedelta(hours=1)).isoformat()
    await clients.shop.post("/v1/messages", json={**GOOD, "push_time": later})
    assert (await clients.shop.get("/status")).json()["oldest_due"] is None


async def test_functions_of_several_gearman_servers_are_summed(clients: ApiClients, gear: Engine) -> None:
    twice = with_context(clients, replace(clients.context, gearman=GearmanAdmin([gear.url, gear.url], 3)))
    text = (await twice.operator.get("/metrics/fleet")).text
    rows = [line for line in text.splitlines() if line.startswith("pushgate_gearman_jobs{")]
    assert len(rows) == len(set(rows))
