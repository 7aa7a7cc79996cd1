"""`pushgate up` as users see it: data that persists, taken ports, processes that die."""

import json
import os
import signal
import socket
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
from tests.support.engines import free_port, wait_until
from tests.support.system import System, children, push, running

SOON = 45
"""Seconds until the push time of messages that become due while nothing runs."""


def test_everything_is_there_after_a_restart_and_what_was_due_meanwhile_is_sent(tmp_path: Path) -> None:
    """Ctrl-C stops every process. What expired meanwhile is not sent."""
    with running(tmp_path) as system:
        key = (tmp_path / "data" / "demo.key").read_text("utf-8")
        first = push(system)
        system.finished(first)
        soon, later = (datetime.now(UTC) + timedelta(seconds=after) for after in (SOON, 3600))
        scheduled = push(system, push_time=later.isoformat())
        due = push(system, push_time=soon.isoformat())
        expires = push(system, push_time=soon.isoformat(), options={"ttl": 1})
        assert (tmp_path / "data" / "demo.key").stat().st_mode & 0o077 == 0
        assert (tmp_path / "data" / "run.toml").stat().st_mode & 0o077 == 0
        pids = children(system.process.pid)
        system.process.send_signal(signal.SIGINT)
        assert system.process.wait(60) == 0
        assert not [pid for pid in pids.values() if Path(f"/proc/{pid}").exists()]
        assert datetime.now(UTC) < soon, "it stopped before they were due"
    wait_until(lambda: datetime.now(UTC) > soon + timedelta(seconds=2), 90, "the push time")
    with running(tmp_path) as system:
        assert (tmp_path / "data" / "demo.key").read_text("utf-8") == key
        assert system.results(first)["accepted"] == 4
        assert system.api.get(f"/v1/messages/{scheduled}").json()["status"] == "scheduled"
        assert system.finished(due)["accepted"] == 4
        assert system.finished(expires)["expired"] == 4


def test_killed_processes_are_restarted_and_pushes_continue(tmp_path: Path) -> None:
    with running(tmp_path) as system:
        system.finished(push(system))
        before = children(system.process.pid)
        assert set(before) == {"valkey", "gearman", "sandbox", "scheduler", "worker", "webhook-sender", "api"}
        for name in ("worker", "scheduler", "webhook-sender", "api", "gearman", "valkey"):
            os.kill(before[name], signal.SIGKILL)

            def restarted(name: str = name) -> bool:
                return children(system.process.pid).get(name) not in (None, before[name])

            wait_until(restarted, 30, f"{name} to be restarted")

            def ready() -> bool:
                try:
                    return system.anyone.get("/readyz").status_code == 200
                except httpx.HTTPError:
                    return False

            wait_until(ready, 60, f"readiness after {name} was killed")
            system.finished(push(system), 120)


def test_children_die_with_a_killed_supervisor(tmp_path: Path) -> None:
    with running(tmp_path) as system:
        pids = children(system.process.pid)
        system.process.kill()
        system.process.wait()
    wait_until(
        lambda: not [pid for pid in pids.values() if Path(f"/proc/{pid}").exists()], 40, "the children's end"
    )


def test_the_error_for_a_taken_port_names_the_option(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        options = [
            "--port",
            str(port),
            "--sandbox-port",
            str(free_port()),
            "--sandbox-api-port",
            str(free_port()),
        ]
        result = subprocess.run(
            [sys.executable, "-m", "pushgate", "up", "--data", str(tmp_path / "d"), *options],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    assert result.returncode == 2
    assert str(port) in result.stderr
    assert "--port" in result.stderr
    assert "Traceback" not in result.stderr


def test_nothing_is_sent_before_its_push_time(system: System) -> None:
    push_time = datetime.now(UTC) + timedelta(seconds=2)
    system.finished(push(system, count=1, push_time=push_time.isoformat()))
    (request,) = [
        item
        for page in [system.sandbox.get("/received").json()["received"]]
        for item in page
        if item["tokens"]
    ]
    assert datetime.fromisoformat(request["at"]) >= push_time


def test_several_schedulers_and_workers_send_everything_once(system: System) -> None:
    config = str(system.folder / "data" / "run.toml")
    others = [
        subprocess.Popen([sys.executable, "-m", "pushgate", name, "--config", config], stderr=subprocess.PIPE)
        for name in ("scheduler", "scheduler", "worker")
    ]
    try:
        for other in others:
            assert other.stderr is not None
            while b'"action": "ready"' not in other.stderr.readline():
                assert other.poll() is None
        ids = [push(system, count=1 + n % 4) for n in range(100)]
        for message_id in ids:
            system.finished(message_id)
        summary = system.sandbox.get("/summary").json()["vendors"]
        assert sum(vendor["accepted"] for vendor in summary.values()) == sum(1 + n % 4 for n in range(100))
        assert all(vendor["duplicates"] == 0 for vendor in summary.values())
    finally:
        for other in others:
            other.terminate()
        assert [other.wait(40) for other in others] == [0, 0, 0], "SIGTERM stops them in order"
        for other in others:
            assert other.stderr is not None
            other.stderr.close()


def test_a_second_up_on_the_same_data_is_refused_and_the_first_continues(system: System) -> None:
    options = [
        argument
        for name in ("--port", "--sandbox-port", "--sandbox-api-port")
        for argument in (name, str(free_port()))
    ]
    result = subprocess.run(
        [sys.executable, "-m", "pushgate", "up", "--data", str(system.folder / "data"), *options],
        cwd=system.folder,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert result.returncode == 2
    assert "in use by another Pushgate" in result.stderr
    system.finished(push(system))


def test_a_second_up_with_its_own_engines_is_refused_too(system: System) -> None:
    """It would overwrite the configuration and the keys of the first."""
    engines = {"PUSHGATE_REDIS__URL": "redis://127.0.0.1:1/0", "PUSHGATE_GEARMAN__SERVERS": "127.0.0.1:1"}
    before = (system.folder / "data" / "run.toml").read_text("utf-8")
    result = subprocess.run(
        [sys.executable, "-m", "pushgate", "up", "--data", str(system.folder / "data"), "--port", "0"],
        cwd=system.folder,
        env={**os.environ, **engines},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert result.returncode == 2
    assert "in use by another Pushgate" in result.stderr
    assert (system.folder / "data" / "run.toml").read_text("utf-8") == before
    system.finished(push(system))


SECRET_DIGITS = "5ec2e75ec2e7"
"""As long as not to be part of an id by chance."""


def test_logs_contain_no_tokens_content_or_keys(system: System) -> None:
    message = {
        "content": {"en": {"title": "SECRETTITLE", "body": "SECRETBODY"}},
        "audience": {
            "tokens": [
                {"vendor": "apns", "token": SECRET_DIGITS * 4},
                {"vendor": "fcm", "token": f"dead-{SECRET_DIGITS}"},
            ]
        },
    }
    answer = system.api.post("/v1/messages", json=message)
    system.finished(answer.json()["id"])
    key = (system.folder / "data" / "demo.key").read_text("utf-8").strip()
    bad = {**message, "audience": {"tokens": [{"vendor": "apns", "token": "BADTOKEN!"}]}}
    assert system.api.post("/v1/messages", json=bad).status_code == 422
    system.anyone.get("/v1/messages", headers={"Authorization": f"Bearer {key}x"})
    metrics = system.anyone.get("/metrics").text
    operator = (system.folder / "data" / "operator.key").read_text("utf-8").strip()
    for path in ("/status", "/metrics/fleet"):
        metrics += system.anyone.get(path, headers={"Authorization": f"Bearer {operator}"}).text
    written = metrics + "".join(
        file.read_text("utf-8") for file in (system.folder / "data" / "logs").iterdir()
    )
    secrets = json.loads((system.folder / "data" / "sandbox" / "names.json").read_text("utf-8"))
    forbidden = [
        "SECRETTITLE",
        "SECRETBODY",
        SECRET_DIGITS,
        "BADTOKEN",
        key.split("_")[2],
        operator.split("_")[2],
        secrets["huawei_secret"],
        secrets["xiaomi_secret"],
    ]
    assert [text for text in forbidden if text in written] == []


def test_commands_of_an_operator_work_on_a_running_system(system: System) -> None:
    config = ["--config", str(system.folder / "data" / "run.toml")]
    operator = (system.folder / "data" / "operator.key").read_text("utf-8").strip()
    server = {"PUSHGATE_URL": str(system.api.base_url), "PUSHGATE_KEY": operator}

    def pushgate(*arguments: str, by_api: bool = False) -> str:
        command = [sys.executable, "-m", "pushgate", *arguments, *([] if by_api else config)]
        environment = os.environ | server if by_api else None
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=60, check=True, env=environment
        )
        return done.stdout

    checked = pushgate("check")
    for subject in (
        "redis",
        "gearman",
        "apps.demo.apns",
        "apps.demo.fcm",
        "apps.demo.huawei",
        "apps.demo.xiaomi",
    ):
        assert subject in checked
    states = dict(line.split(maxsplit=1) for line in checked.splitlines() if line.startswith("apps."))
    assert states["apps.demo.xiaomi"].startswith("not tried")
    assert states["apps.demo.fcm"].strip() == "ok"

    def status() -> dict[str, Any]:
        found: dict[str, Any] = system.anyone.get(
            "/status", headers={"Authorization": f"Bearer {operator}"}
        ).json()
        return found

    wait_until(lambda: not status()["problems"], 20, "the end of what other tests did")
    assert status()["status"] == "ok"
    assert status()["alive"] == {"api": 1, "scheduler": 1, "worker": 1, "webhooks": 1}
    for process in status()["processes"]:
        assert "# HELP" in httpx.get(process["metrics"], trust_env=False, timeout=30).text
    assert "alive" in pushgate("alive", "api")
    key = pushgate("keys", "create", "--app", "demo", "--scopes", "read", "--name", "dashboard").strip()
    headers = {"Authorization": f"Bearer {key}"}
    assert system.anyone.get("/v1/messages", headers=headers).status_code == 200
    listed = pushgate("keys", "list", by_api=True)
    assert "dashboard" in listed
    assert key.split("_")[2] not in listed
    pushgate("keys", "revoke", key.split("_")[1], by_api=True)

    def is_refused() -> bool:
        return system.anyone.get("/v1/messages", headers=headers).status_code == 401

    wait_until(is_refused, 5, "the revocation, which takes a second")
