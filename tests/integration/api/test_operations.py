"""What operators look at: probes, status by who asks, metrics of one process and of all."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import httpx
import pytest
from redis.asyncio import Redis
from tests.support import promtool
from tests.support.api.bodies import GOOD
from tests.support.api.clients import ApiClients, describe, with_context, without_gearman
from tests.support.clock import SetClock
from tests.support.engines import Engine
from tests.support.heartbeats import fall_silent
from tests.support.rate_limits import WorkerLimits

from pushgate.adapters.registry import vendors
from pushgate.dispatch.backlog import BacklogPosition
from pushgate.dispatch.gearman_admin import GearmanAdmin
from pushgate.domain.app import App, PushRate
from pushgate.domain.errors import VendorAuthError
from pushgate.domain.outcome import State
from pushgate.domain.terminal import Group
from pushgate.ledger.values import Block, MessageShard, Planned
from pushgate.redis.client import connect
from pushgate.worker.route import Route


@pytest.fixture(autouse=True)
async def alive(clients: ApiClients, clock: SetClock) -> None:
    """A scheduler and a worker that are well."""
    for kind in ("scheduler", "worker"):
        await clients.context.stores.heartbeats.beat(f"{kind}-1", describe(kind, clock))


async def codes(client: httpx.AsyncClient) -> list[str]:
    return [problem["code"] for problem in (await client.get("/status")).json()["problems"]]


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
    assert await codes(lonely.operator) == ["gearman_unreachable"]
    assert (
        'pushgate_gearman_up{server="127.0.0.1:1"} 0.0' in (await lonely.operator.get("/metrics/fleet")).text
    )


@pytest.mark.parametrize(
    ("setting", "value", "restore", "word"),
    [("maxmemory", "1", "0", "maxmemory"), ("min-replicas-to-write", "1", "0", "too few replicas")],
)
async def test_a_redis_that_refuses_writes_makes_the_door_unready(
    clients: ApiClients, valkey: Engine, setting: str, value: str, restore: str, word: str
) -> None:
    admin = connect(valkey.url, 4)
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


async def test_without_redis_everybody_learns_what_is_wrong(clients: ApiClients) -> None:
    unreachable = connect("redis://127.0.0.1:1/0", 4)
    keys = type(clients.context.keys)(unreachable, clients.context.clock)
    lonely = with_context(clients, replace(clients.context, redis=unreachable, keys=keys))
    assert (await lonely.anyone.get("/readyz")).status_code == 503
    status = await lonely.anyone.get("/status")
    assert (status.status_code, status.json()["status"]) == (200, "problems")
    assert status.json()["problems"][0]["code"] == "store_unreachable"
    assert "start Redis" in status.json()["problems"][0]["remedy"]
    await unreachable.aclose()


async def test_a_redis_that_hangs_is_told_before_those_who_ask_give_up(
    clients: ApiClients, silent_port: int
) -> None:
    silent = connect(f"redis://127.0.0.1:{silent_port}/0", 4)
    keys = type(clients.context.keys)(silent, clients.context.clock)
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
    assert await codes(clients.anyone) == ["store_empty"]


async def test_without_a_key_status_tells_of_this_process_alone(clients: ApiClients) -> None:
    status = (await clients.anyone.get("/status")).json()
    assert set(status) == {"status", "version", "time", "problems"}
    assert status["status"] == "ok"
    refused = await clients.anyone.get("/status", headers={"Authorization": "Bearer pg_000000000000_bad"})
    assert refused.status_code == 401


async def test_an_app_sees_itself_and_nobody_else(clients: ApiClients) -> None:
    await clients.shop.post("/v1/messages", json=GOOD)
    await clients.context.stores.totals.add_held_removals("shop", "fcm", 40)
    await clients.context.stores.totals.add_held_removals("shop", "fcm", 2)
    await clients.context.stores.totals.add_held_removals("other", "apns", 7)
    await clients.context.stores.backlog.put("push.apns.other", {b"job": BacklogPosition(1)})
    status = (await clients.shop.get("/status")).json()
    assert status["messages"] == {"scheduled": 1, "dispatching": 0, "sending": 0}
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


async def test_an_operator_sees_everything(clients: ApiClients) -> None:
    await clients.shop.post("/v1/messages", json=GOOD)
    await clients.context.stores.totals.add_held_removals("other", "apns", 7)
    status = (await clients.operator.get("/status")).json()
    assert status["messages"] == {"scheduled": 1, "dispatching": 0, "sending": 0, "retries": 0}
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
    assert await codes(clients.shop) == ["no_scheduler", "no_worker"]
    fleet = (await clients.operator.get("/metrics/fleet")).text
    assert 'pushgate_processes{kind="scheduler"} 0.0' in fleet
    assert 'pushgate_problems{app="",code="no_worker",vendor=""} 1.0' in fleet


async def test_a_due_message_that_nobody_takes_makes_the_installation_late(
    clients: ApiClients, clock: SetClock
) -> None:
    await clients.shop.post("/v1/messages", json=GOOD)
    assert await codes(clients.shop) == []
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


async def test_metrics_of_a_process_hold_its_own_requests_alone(clients: ApiClients) -> None:
    await clients.shop.post("/v1/messages", json=GOOD)
    own = (await clients.anyone.get("/metrics")).text
    assert 'pushgate_http_requests_total{method="POST",route="/v1/messages",status="202"} 1.0' in own
    assert "pushgate_messages" not in own
    fleet = await clients.operator.get("/metrics/fleet")
    assert 'pushgate_messages{status="scheduled"} 1.0' in fleet.text
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


async def pending_message(clients: ApiClients, vendor: str, app: str = "shop") -> str:
    """A message that is being sent, with one terminal pending at a vendor."""
    client: httpx.AsyncClient = getattr(clients, app)
    message_id: str = (await client.post("/v1/messages", json=GOOD)).json()["id"]
    await clients.context.stores.claims.claim(
        clients.context.clock.now(), timedelta(seconds=30), "scheduler", 10
    )
    scope = MessageShard(App(app), 0, message_id, clients.context.clock.now() + timedelta(days=1))
    await clients.context.stores.plans.write(
        scope, [Planned(Block(Group(vendor, "en"), 0), 1, State.PENDING, None)]
    )
    await clients.context.stores.claims.mark_submitted(message_id, "scheduler", clients.context.clock.now())
    return message_id


async def waiting(clients: ApiClients, message_id: str, app: str = "shop") -> list[dict[str, object]]:
    client: httpx.AsyncClient = getattr(clients, app)
    answer = await client.get(f"/v1/messages/{message_id}/results")
    found: list[dict[str, object]] = answer.json()["waiting"]
    return found


async def serve(clients: ApiClients, clock: SetClock, *names: str) -> None:
    """A live worker that sends through these vendors for one app, and through FCM for another."""
    serves = (*(("shop", name) for name in names), ("news", "fcm"))
    await clients.context.stores.heartbeats.beat(
        "worker-1", replace(describe("worker", clock), serves=serves)
    )


async def test_results_say_why_terminals_wait(clients: ApiClients, redis: Redis, clock: SetClock) -> None:
    await serve(clients, clock, "apns")
    message_id = await pending_message(clients, "apns")
    assert await waiting(clients, message_id) == []
    limits = WorkerLimits(redis, clock, PushRate(1))
    refused = VendorAuthError("InvalidProviderToken", "the token is not valid")
    for _ in range(5):
        await limits.record_failure(Route("shop", "apns"), refused)
    (reason,) = await waiting(clients, message_id)
    assert reason["reason"] == "vendor_refuses"
    assert "InvalidProviderToken (the token is not valid)" in str(reason["message"])
    assert "pushgate check" in str(reason["remedy"])
    assert reason["until"]
    (problem,) = (await clients.shop.get("/status")).json()["problems"]
    assert (problem["code"], problem["app"], problem["vendor"]) == ("vendor_refuses", "shop", "apns")
    assert (await clients.other.get("/status")).json()["problems"] == []
    fleet = (await clients.operator.get("/metrics/fleet")).text
    assert 'pushgate_problems{app="shop",code="vendor_refuses",vendor="apns"} 1.0' in fleet
    clock.advance(6)
    await limits.record_success(Route("shop", "apns"))
    assert await waiting(clients, message_id) == []


async def test_results_tell_a_rate_limit_from_trouble(
    clients: ApiClients, redis: Redis, clock: SetClock
) -> None:
    await serve(clients, clock, "apns")
    message_id = await pending_message(clients, "apns")
    limits, route = WorkerLimits(redis, clock, PushRate(10)), Route("shop", "apns")
    await limits.reserve(route, route.app_scope, 100)
    (reason,) = await waiting(clients, message_id)
    assert (reason["reason"], reason["vendor"], reason["since"]) == ("rate_limited", "apns", None)
    assert reason["until"] == (clock.now() + timedelta(seconds=10)).isoformat(
        timespec="milliseconds"
    ).replace("+00:00", "Z")


@pytest.mark.parametrize(
    ("app", "vendor", "reason"),
    [("shop", "fcm", "vendor_not_served"), ("other", "fcm", "vendor_not_configured")],
)
async def test_results_say_that_nobody_sends(
    clients: ApiClients, clock: SetClock, app: str, vendor: str, reason: str
) -> None:
    await serve(clients, clock, "apns")
    message_id = await pending_message(clients, vendor, app)
    assert [one["reason"] for one in await waiting(clients, message_id, app)] == [reason]


async def test_a_due_message_without_a_scheduler_says_so(
    clients: ApiClients, redis: Redis, clock: SetClock
) -> None:
    await fall_silent(redis, "scheduler-1", timedelta(minutes=1))
    message_id = (await clients.shop.post("/v1/messages", json=GOOD)).json()["id"]
    assert [one["reason"] for one in await waiting(clients, message_id)] == ["no_scheduler"]
    later = (clock.now() + timedelta(hours=1)).isoformat()
    message_id = (await clients.shop.post("/v1/messages", json={**GOOD, "push_time": later})).json()["id"]
    assert await waiting(clients, message_id) == [], "it is not due"
