"""A copy that is restored sends nothing again that was sent since, until somebody decides."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import redis as blocking
from tests.support.engines import Engine, tcp_redis, wait_until
from tests.support.redis_files import replace_with_snapshot
from tests.support.system import CONTENT, System, push, running

TERMINALS = 200
"""Half of them at FCM, half at Huawei, which refuses all for a while."""
REFUSING = {"vendor": "huawei", "error": "81000001"}


def pushgate(system: System, *words: str) -> dict[str, Any]:
    """Run a command on the server's machine; returns the document that it prints."""
    config = system.folder / "data" / "run.toml"
    command = [sys.executable, "-m", "pushgate", *words, "--json", "--config", str(config)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def broadcast(system: System, **more: object) -> str:
    answer = system.api.post("/v1/messages", json={"content": CONTENT, "audience": {"all": True}, **more})
    assert answer.status_code == 202, answer.text
    message_id: str = answer.json()["id"]
    return message_id


def received(system: System) -> int:
    """How many pushes the vendors have received."""
    return sum(len(request["tokens"]) for page in [list(system.received())] for request in page)


def import_phones(system: System) -> None:
    rows: list[dict[str, object]] = [
        {"id": f"t{n}", "vendor": ("fcm", "huawei")[n % 2], "token": f"a{n:039x}", "language": "en"}
        for n in range(TERMINALS)
    ]
    assert system.import_terminals(rows)["failed"] == 0


@dataclass
class Restored:
    """A system over a store that went back, and the ids of what was sent since the copy."""

    system: System
    scheduled: list[str]
    """A broadcast and two small messages that were due in the gap."""
    half: list[str]
    """A broadcast and a small message of which Huawei's part waited for a retry."""
    received: int
    """What the vendors had received of the restored system when it was ready."""


def send_and_copy(system: System, output: Path) -> tuple[list[str], list[str], Path]:
    """Send some messages, copy the store on the way, and let all of them be sent."""
    import_phones(system)
    system.sandbox.put("/faults", json={"rules": [REFUSING]}).raise_for_status()
    half = [broadcast(system), push(system)]
    wait_until(lambda: system.results(half[0])["accepted"] == TERMINALS // 2, 60, "FCM's half")
    wait_until(lambda: system.results(half[1])["accepted"] == 3, 60, "three of four")
    push_at = datetime.now(UTC) + timedelta(seconds=30)
    scheduled = [
        broadcast(system, push_time=push_at.isoformat()),
        push(system, push_time=push_at.isoformat()),
        push(system, push_time=push_at.isoformat(), options={"delivery": "at_most_once"}),
    ]
    made = pushgate(system, "backup", "--output", str(output))
    assert datetime.now(UTC) < push_at, "the copy was made in time"
    (server,) = made["servers"]
    system.sandbox.delete("/faults").raise_for_status()
    for message in (*half, *scheduled):
        system.finished(message)
    return scheduled, half, Path(server["file"])


@pytest.fixture(scope="module")
def redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    engine = tcp_redis(tmp_path_factory.mktemp("redis")).start()
    yield engine
    engine.stop()


@pytest.fixture(scope="module")
def restored(redis: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Restored]:
    folder = tmp_path_factory.mktemp("restored")
    environment = {"PUSHGATE_REDIS__URL": redis.url}
    with running(folder, environment) as system:
        scheduled, half, file = send_and_copy(system, folder / "copies")
    redis.stop()
    replace_with_snapshot(redis.log.parent, file)
    redis.start()
    with blocking.Redis.from_url(redis.url) as client:
        # A copy that is younger than a minute might be the store itself after a failover.
        client.set("{q}:alive", f"{int((time.time() - 600) * 1000)} another")
    with running(folder, environment) as system:
        yield Restored(system, scheduled, half, received(system))


def test_nothing_is_sent_again(restored: Restored) -> None:
    system, (broadcast_id, *small) = restored.system, restored.scheduled
    time.sleep(5)  # rounds, recovery and retries would have been due
    new = push(system, 1)
    system.finished(new)
    assert received(system) == 1
    status = system.api.get("/status").json()
    assert "restore_held" in [one["code"] for one in status["problems"]]
    found = pushgate(system, "restore", "list")
    assert found["hold"]["reason"] == "backup"
    assert found["keys"], "keys that were revoked since are valid again"
    waiting = {one["id"]: (one["status"], one["pending"]) for one in found["messages"]}
    half = {restored.half[0]: ("sending", TERMINALS // 2), restored.half[1]: ("sending", 1)}
    assert waiting == half | dict.fromkeys([broadcast_id, *small], ("scheduled", 0))


def test_each_message_has_its_decision(restored: Restored) -> None:
    system, (broadcast_id, small, once) = restored.system, restored.scheduled
    large_half, small_half = restored.half
    before = received(system)
    assert pushgate(system, "restore", "resume", "--send", "--message", small_half)["send"] == 1
    assert pushgate(system, "restore", "resume", "--mark-sent", "--message", large_half)["mark_sent"] == 1
    assert pushgate(system, "restore", "resume", "--cancel", "--message", broadcast_id)["cancel"] == 1
    ended = pushgate(system, "restore", "resume", "--send")
    assert ended == {"send": 1, "cancel": 1, "mark_sent": 0, "waiting": 0}
    assert system.finished(small_half)["accepted"] == 4
    assert system.finished(small)["accepted"] == 4
    results = system.finished(large_half)
    assert (results["accepted"], results["cancelled"]) == (TERMINALS // 2, TERMINALS // 2)
    assert {system.results(one)["status"] for one in (broadcast_id, once)} == {"cancelled"}
    assert received(system) - before == 1 + 4
    codes = [one["code"] for one in system.api.get("/status").json()["problems"]]
    assert "restore_held" not in codes
