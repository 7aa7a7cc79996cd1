"""Many small messages, a broadcast, and another app's messages beside each other, in whole
processes; and the bounds on what waits.

Time is told by order: what must not be delayed ends while most of the other work still waits.
"""

import asyncio
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx
import pytest
from tests.support.engines import wait_until
from tests.support.faults import clocks
from tests.support.faults.deployment import APP, OTHER_APP, Deployment, run_deployment
from tests.support.faults.terminals import register, token

from pushgate.dispatch.gearman_admin import GearmanAdmin
from pushgate.embedded.gearman import find_gearmand
from pushgate.redis.hash_tags import tag

TERMINALS = 4000
BATCH, BATCHES = 500, 10
MAX_WAITING = 6000
MAX_QUEUED = 10
SLOW = {"vendor": "fcm", "delay": 8.0, "path": "send"}
"""The workers together send some 250 pushes a second so."""
SCHEDULERS = ("scheduler-1", "scheduler-2")
WORKERS = ("worker-1", "worker-2")
CONTENT = {"en": {"title": "t", "body": "b"}}


@pytest.fixture(scope="module")
def started() -> Iterator[Deployment]:
    if not (find_gearmand() and clocks.find()):
        pytest.skip("gearmand or libfaketime is not installed")
    settings = {"api": {"max_waiting": MAX_WAITING}, "gearman": {"max_queued": MAX_QUEUED}}
    with (
        TemporaryDirectory(prefix="pg") as folder,
        run_deployment(Path(folder) / "s", settings=settings) as found,
    ):
        register(found, TERMINALS)
        yield found


@pytest.fixture
def deployment(started: Deployment) -> Iterator[Deployment]:
    """The deployment, with nothing waiting before and after."""
    yield started
    started.sandbox.reset()
    for name in WORKERS:
        started.start(name)
    wait_until(lambda: waiting(started) == 0, 120, "the rest to be sent")


def batch(client: httpx.Client, vendor: str, count: int, first: int = 0) -> list[str]:
    """Store small messages to one inline token each; returns their ids."""
    messages = [
        {"content": CONTENT, "audience": {"tokens": [{"vendor": vendor, "token": token(vendor, first + n)}]}}
        for n in range(count)
    ]
    answer = client.post("/v1/messages:batch", json={"messages": messages})
    assert answer.status_code == 200, answer.text
    results = answer.json()["results"]
    assert {result["status"] for result in results} == {202}, results[-1]
    return [result["message"]["id"] for result in results]


def waiting(deployment: Deployment) -> int:
    """Small messages and sends of the app that wait."""
    with deployment.redis() as redis:
        rows = [redis.hvals(f"{tag(APP, shard)}:waiting") for shard in range(APP.shards)]
    return sum(int(value) for row in rows for value in row)


def results(client: httpx.Client, message_id: str) -> dict[str, object]:
    found: dict[str, object] = client.get(f"/v1/messages/{message_id}/results").json()
    return found


def send_and_wait(client: httpx.Client, count: int) -> None:
    """Send small messages to APNs, each once the one before was sent."""
    for number in range(count):
        (message_id,) = batch(client, "apns", 1, 5000 + number)
        wait_until(lambda key=message_id: results(client, key)["accepted"] == 1, 120, "the message")  # type: ignore[misc]  # bound on purpose


def test_many_small_messages_delay_neither_another_app_nor_a_broadcast(deployment: Deployment) -> None:
    with deployment.client(OTHER_APP) as other:
        deployment.sandbox.misbehave(SLOW)
        for number in range(BATCHES):
            batch(deployment.api, "fcm", BATCH, number * BATCH)
        send_and_wait(other, 5)
    left_after_others = waiting(deployment)
    broadcast = deployment.api.post(
        "/v1/messages", json={"content": CONTENT, "audience": {"terminals": _terminals_of("apns", 1000)}}
    ).json()["id"]
    wait_until(lambda: results(deployment.api, broadcast)["accepted"] == 1000, 60, "the broadcast")
    left_after_broadcast = waiting(deployment)
    assert left_after_others > 0.5 * BATCHES * BATCH
    assert left_after_broadcast > 0.2 * BATCHES * BATCH


def test_a_broadcast_does_not_delay_small_messages_of_its_app(deployment: Deployment) -> None:
    deployment.sandbox.misbehave(SLOW)
    broadcast = deployment.api.post(
        "/v1/messages", json={"content": CONTENT, "audience": {"terminals": _terminals_of("fcm", 1000)}}
    ).json()["id"]
    wait_until(lambda: results(deployment.api, broadcast)["targeted"] == 1000, 30, "the broadcast's plan")
    send_and_wait(deployment.api, 5)
    left = results(deployment.api, broadcast)["pending"]
    deployment.sandbox.reset()
    wait_until(lambda: results(deployment.api, broadcast)["accepted"] == 1000, 60, "the broadcast")
    assert isinstance(left, int)
    assert left > 0.3 * 1000


def test_no_more_messages_wait_than_max_waiting(deployment: Deployment) -> None:
    for name in WORKERS:
        deployment.kill(name)
    stored = refused = 0
    for number in range(MAX_WAITING // BATCH + 4):
        answer = deployment.api.post("/v1/messages:batch", json={"messages": _many(number)})
        statuses = [result["status"] for result in answer.json()["results"]]
        stored, refused = stored + statuses.count(202), refused + statuses.count(429)
        time.sleep(0.3)  # other homes' numbers are read each 0.2 s
    assert stored + refused == MAX_WAITING + 4 * BATCH
    # An API that reads the numbers late takes a batch more; on a busy machine, two.
    assert MAX_WAITING - BATCH <= stored <= MAX_WAITING + 2 * BATCH
    single = deployment.api.post("/v1/messages", json=_many(99)[0])
    assert (single.status_code, "Retry-After" in single.headers) == (429, True)
    for name in WORKERS:
        deployment.start(name)
    wait_until(lambda: waiting(deployment) == 0, 120, "all to be sent")
    assert deployment.api.post("/v1/messages", json=_many(99)[0]).status_code == 202


def test_no_more_jobs_are_queued_than_max_queued(deployment: Deployment) -> None:
    """Each scheduler counts for itself; the rest wait in Redis."""
    for name in WORKERS:
        deployment.kill(name)
    sent: list[str] = []
    for number in range(60):
        sent += batch(deployment.api, "fcm", 1, number)
        time.sleep(0.03)
    wait_until(lambda: _planned(deployment) == 60, 30, "all to be planned")
    jobs = _queued(deployment, f"bundle.fcm.{APP.name}")
    assert 0 < jobs <= MAX_QUEUED * len(SCHEDULERS)
    for name in WORKERS:
        deployment.start(name)
    for message_id in sent:
        wait_until(lambda key=message_id: results(deployment.api, key)["accepted"] == 1, 120, "the message")  # type: ignore[misc]  # bound on purpose
    assert deployment.sandbox.summary("fcm")["duplicates"] == 0


def test_memory_of_every_process_stays_flat(deployment: Deployment) -> None:
    measured: list[dict[str, int]] = []
    for turn in range(5):
        for vendor in ("fcm", "xiaomi"):
            batch(deployment.api, vendor, BATCH, turn * BATCH)
        wait_until(lambda: waiting(deployment) == 0, 60, "the messages to be sent")
        measured.append({name: _rss_mb(found.pid) for name, found in deployment.processes.items()})
    for name, after in measured[-1].items():
        # A process that has just been started takes its memory in the first turns.
        assert after - measured[2][name] <= 12, (name, measured)


def _terminals_of(vendor: str, count: int) -> Sequence[str]:
    turn = {"apns": 0, "fcm": 1}[vendor]
    return [f"t-{4 * n + turn}" for n in range(count)]


def _many(number: int) -> list[dict[str, object]]:
    """A batch to one terminal each."""
    tokens = [{"vendor": "huawei", "token": token("huawei", number * BATCH + n)} for n in range(BATCH)]
    return [{"content": CONTENT, "audience": {"tokens": [one]}} for one in tokens]


def _planned(deployment: Deployment) -> int:
    with deployment.redis() as redis:
        rows = [redis.hget(f"{tag(APP, shard)}:waiting", "open") for shard in range(APP.shards)]
    return sum(int(row or 0) for row in rows)


def _queued(deployment: Deployment, function: str) -> int:
    states = asyncio.run(GearmanAdmin([deployment.gearman.url], 5.0).status())
    return sum(state.queued for state in states if state.name == function)


def _rss_mb(pid: int) -> int:
    lines = Path(f"/proc/{pid}/status").read_text("utf-8").splitlines()
    return next(int(line.split()[1]) // 1024 for line in lines if line.startswith("VmRSS"))
