"""`pushgate load` measures a whole set-up, calls no real vendor, and leaves nothing behind."""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.support.command_line import Run
from tests.support.engines import wait_until
from tests.support.system import System

from pushgate.cli.exit_codes import ExitCode


@pytest.fixture
def operator(deployment: System) -> Iterator[httpx.Client]:
    """A client with the operator's key."""
    key = (deployment.folder / "data" / "operator.key").read_text("utf-8").strip()
    headers = {"Authorization": f"Bearer {key}"}
    with httpx.Client(
        base_url=deployment.api.base_url, headers=headers, trust_env=False, timeout=30
    ) as client:
        yield client


@pytest.fixture
def sandbox(deployment: System) -> str:
    """The address of the sandbox's own API."""
    return str(deployment.sandbox.base_url)


def _apps_of_loads(operator: httpx.Client) -> list[str]:
    apps = operator.get("/v1/apps").raise_for_status().json()["apps"]
    return [one["app"] for one in apps if one["app"].startswith("load-") and not one["deleting_since"]]


def _keys_of_loads(operator: httpx.Client) -> list[str]:
    keys = operator.get("/v1/keys").raise_for_status().json()["keys"]
    return [key["id"] for key in keys if key["name"] == "pushgate load"]


def test_every_push_of_a_load_is_accounted_for(run: Run, operator: httpx.Client, sandbox: str) -> None:
    options = ["--rate", "20", "--seconds", "2", "--terminals", "100", "--broadcasts", "1"]
    done = run("load", "--sandbox", sandbox, *options, "--vendor", "fcm", "--vendor", "xiaomi", "--json")
    assert done.exit_code == ExitCode.DONE, done.output
    report: dict[str, Any] = json.loads(done.stdout)
    assert report["faults"] == []
    assert report["results"]["accepted"] == report["sandbox"]["accepted"] == 140
    assert report["post_ms"]["count"] == report["post_to_vendor_ms"]["count"] == 40
    assert 0 < report["post_ms"]["p50"] <= report["post_ms"]["max"]
    assert 0 < report["post_to_vendor_ms"]["p50"] <= report["post_to_vendor_ms"]["max"]
    assert {"api", "worker"} <= set(report["cpu_seconds"])
    assert not _apps_of_loads(operator)
    assert not _keys_of_loads(operator)


def test_a_load_through_an_app_takes_its_terminals_and_its_key_away(
    run: Run, deployment: System, operator: httpx.Client, sandbox: str
) -> None:
    before = deployment.api.get("/v1/terminals").json()
    done = run(
        "load",
        "--sandbox",
        sandbox,
        "--rate",
        "5",
        "--seconds",
        "1",
        "--broadcasts",
        "0",
        "--terminals",
        "5",
        "--app",
        "demo",
        "--json",
    )
    assert done.exit_code == ExitCode.DONE, done.output
    assert json.loads(done.stdout)["app"] == "demo"
    assert deployment.api.get("/v1/terminals").json() == before
    assert not _keys_of_loads(operator)


def test_a_load_is_refused_for_an_app_with_a_real_vendor(
    run: Run, operator: httpx.Client, sandbox: str
) -> None:
    operator.put("/v1/apps/earnest", json={}).raise_for_status()
    section = {"app_id": "1", "app_secret": "s"}
    operator.put("/v1/apps/earnest/vendors/meizu?check=false", json=section).raise_for_status()
    done = run("load", "--sandbox", sandbox, "--app", "earnest", "--vendor", "meizu")
    assert done.exit_code == ExitCode.USAGE
    assert "is not this sandbox" in done.stderr
    assert not _keys_of_loads(operator)


def test_a_load_without_a_sandbox_says_how_to_start_one(run: Run) -> None:
    done = run("load", "--sandbox", "http://127.0.0.1:9")
    assert done.exit_code == ExitCode.UNAVAILABLE
    assert "pushgate sandbox" in done.stderr


@pytest.mark.parametrize("options", [("--rate", "0"), ("--rate", "0.001", "--seconds", "10")])
def test_a_load_of_nothing_is_refused(run: Run, sandbox: str, options: tuple[str, ...]) -> None:
    done = run("load", "--sandbox", sandbox, "--broadcasts", "0", *options)
    assert done.exit_code == ExitCode.USAGE
    assert "nothing would be sent" in done.stderr
    assert "--broadcasts" in done.stderr


def test_a_load_that_is_stopped_takes_its_app_away(
    folder: Path, operator: httpx.Client, sandbox: str
) -> None:
    command = [
        sys.executable,
        "-m",
        "pushgate",
        "load",
        "--sandbox",
        sandbox,
        "--seconds",
        "600",
        "--rate",
        "1",
    ]
    with subprocess.Popen(command, cwd=folder, stderr=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        wait_until(lambda: len(_keys_of_loads(operator)) == 1, 60, "the key of the load")
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == ExitCode.INTERRUPTED
    assert not _apps_of_loads(operator)
    assert not _keys_of_loads(operator)
