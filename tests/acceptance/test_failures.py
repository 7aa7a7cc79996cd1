"""What a running system tells operators when something fails."""

import json
import os
import signal
import subprocess
import sys
import tomllib
from pathlib import Path

import redis
from tests.support.engines import wait_until
from tests.support.system import System, children, push, running


def operator(system: System) -> dict[str, str]:
    """The headers of a call by the operator."""
    key = (system.folder / "data" / "operator.key").read_text("utf-8").strip()
    return {"Authorization": f"Bearer {key}"}


def pushgate(system: System, *arguments: str) -> str:
    command = [
        sys.executable,
        "-m",
        "pushgate",
        *arguments,
        "--config",
        str(system.folder / "data" / "run.toml"),
    ]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=True).stdout.strip()


def logged(system: System, process: str) -> list[str]:
    """The actions that a process logged."""
    lines = (system.folder / "data" / "logs" / f"{process}.log").read_text("utf-8").splitlines()
    return [json.loads(line).get("action", "") for line in lines if line.startswith("{")]


def test_a_redis_that_lost_its_data_is_reported_and_works_again_with_new_keys(tmp_path: Path) -> None:
    with running(tmp_path) as system:
        system.finished(push(system))
        receipts = pushgate(system, "receipts", "--base", "https://push.example.com")
        url = tomllib.loads((tmp_path / "data" / "run.toml").read_text("utf-8"))["redis"]["url"]
        with redis.Redis.from_url(url) as store:
            store.flushall()
        ready = system.anyone.get("/readyz")
        assert (ready.status_code, "create keys" in ready.json()["redis"]) == (503, True)
        assert system.api.get("/v1/messages").status_code == 401
        (problem,) = system.anyone.get("/status").json()["problems"]
        assert (problem["code"], bool(problem["since"])) == ("store_lost", True)
        key = pushgate(system, "keys", "create", "--app", "demo")
        assert system.anyone.get("/readyz").status_code == 200
        assert pushgate(system, "receipts", "--base", "https://push.example.com") == receipts
        system.api.headers["Authorization"] = f"Bearer {key}"
        system.finished(push(system))
        for process in ("api", "scheduler", "worker-1"):
            wait_until(lambda name=process: "store_lost" in logged(system, name), 60, f"{process} to notice")  # type: ignore[misc]  # a default argument binds the name


def test_a_worker_that_hangs_is_reported_as_dead(system: System) -> None:
    """After SIGSTOP the process exists and does nothing."""
    worker = children(system.process.pid)["worker"]
    os.kill(worker, signal.SIGSTOP)
    try:

        def codes() -> list[str]:
            status = system.anyone.get("/status", headers=operator(system)).json()
            return [problem["code"] for problem in status["problems"]]

        wait_until(lambda: "no_worker" in codes(), 30, "the problem to be reported")
        message_id = push(system)
        wait_until(lambda: "no_worker" in json.dumps(system.results(message_id)["waiting"]), 10, "the reason")
        fleet = system.anyone.get("/metrics/fleet", headers=operator(system)).text
        assert 'pushgate_processes{kind="worker"} 0.0' in fleet
    finally:
        os.kill(worker, signal.SIGCONT)
    system.finished(message_id)
    wait_until(lambda: codes() == [], 20, "the problem to end")


def test_a_failing_vendor_is_reported_until_it_recovers(system: System) -> None:
    system.sandbox.put(
        "/faults", json={"rules": [{"vendor": "huawei", "error": "81000001"}]}
    ).raise_for_status()
    message_id = push(system)

    def reasons() -> list[tuple[str, str]]:
        return [(one["vendor"], one["reason"]) for one in system.results(message_id)["waiting"]]

    wait_until(lambda: reasons() == [("huawei", "vendor_unavailable")], 60, "the reason")
    (problem,) = system.api.get("/status").json()["problems"]
    assert (problem["app"], problem["vendor"], problem["code"]) == (
        "demo",
        "huawei",
        "vendor_unavailable",
    )
    wait_until(lambda: "breaker_failing" in logged(system, "worker-1"), 20, "the log of the failure")
    system.sandbox.delete("/faults").raise_for_status()
    system.finished(message_id)
    assert system.results(message_id)["waiting"] == []
    wait_until(lambda: "breaker_closed" in logged(system, "worker-1"), 20, "the log of the recovery")
