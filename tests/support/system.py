"""The whole of Pushgate as processes, driven from outside as its users do."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
from tests.support.engines import free_port, wait_until

from pushgate.embedded.children import die_with_parent


class System:
    """A running `pushgate up` and a client with its demo key."""

    def __init__(self, folder: Path, process: subprocess.Popen[bytes], api: str, sandbox: str) -> None:
        self.folder = folder
        self.process = process
        key = (folder / "data" / "demo.key").read_text("utf-8").strip()
        self.api = httpx.Client(
            base_url=api, headers={"Authorization": f"Bearer {key}"}, timeout=60, trust_env=False
        )
        self.anyone = httpx.Client(base_url=api, timeout=30, trust_env=False)
        self.sandbox = httpx.Client(base_url=sandbox, timeout=60, trust_env=False)

    def import_terminals(self, rows: list[dict[str, object]]) -> dict[str, Any]:
        """Import terminals; returns what the API counted."""
        lines = b"".join(json.dumps(row).encode() + b"\n" for row in rows)
        headers = {"Content-Type": "application/x-ndjson"}
        answer = self.api.post("/v1/terminals:import", content=lines, headers=headers)
        assert answer.is_success, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def results(self, message_id: str) -> dict[str, Any]:
        """The message's results, of which the law of accounting must hold at every look."""
        answer = self.api.get(f"/v1/messages/{message_id}/results")
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        for part in [found, *found["groups"]]:
            ended = ("pending", "accepted", "invalid", "rejected", "expired", "cancelled")
            assert part["targeted"] == sum(part[state] for state in ended), part
        return found

    def finished(self, message_id: str, seconds: float = 120) -> dict[str, Any]:
        """Wait until the message is sent, looking at its results all the way."""
        deadline = time.monotonic() + seconds
        while True:
            found = self.results(message_id)
            if found["status"] == "sent" and not found["pending"]:
                return found
            assert time.monotonic() < deadline, found
            time.sleep(0.1)

    def received(self) -> Iterator[dict[str, Any]]:
        """All requests that the sandbox keeps."""
        after: int | None = 0
        while after is not None:
            page = self.sandbox.get("/received", params={"after": after, "limit": 5000}).json()
            yield from page["received"]
            after = page["next_after"]

    def reset_vendors(self) -> None:
        """Let the vendors forget what they received, and their faults."""
        for path in ("/faults", "/received"):
            self.sandbox.delete(path).raise_for_status()

    def close(self) -> None:
        """Close the clients."""
        for client in (self.api, self.anyone, self.sandbox):
            client.close()


@contextmanager
def running(
    folder: Path,
    environment: Mapping[str, str] | None = None,
    *options: str,
    reports: bool = False,
    filled: bool = False,
) -> Iterator[System]:
    """Start it, wait for its word that it is ready, and stop it with SIGINT as Ctrl-C does.

    The demo app has no phones and no history unless it is to be filled.
    """
    ports = [free_port() for _ in range(3)]
    command = [
        sys.executable,
        "-m",
        "pushgate",
        "up",
        "--data",
        str(folder / "data"),
        "--port",
        str(ports[0]),
    ]
    command += [
        "--sandbox-port",
        str(ports[1]),
        "--sandbox-api-port",
        str(ports[2]),
        "--reports" if reports else "--no-reports",
        *([] if filled else ["--empty"]),
        *options,
    ]
    output = folder / "up.log"
    with output.open("wb") as log:
        process = subprocess.Popen(
            command,
            cwd=folder,
            env={**os.environ, **(environment or {})},
            stdout=log,
            stderr=log,
            preexec_fn=die_with_parent(),  # noqa: PLW1509  # libc is loaded before the fork
        )
    try:
        wait_until(
            lambda: process.poll() is not None or "is ready" in output.read_text("utf-8"),
            180,
            "the ready line",
        )
        assert process.poll() is None, output.read_text("utf-8")
        system = System(folder, process, f"http://127.0.0.1:{ports[0]}", f"http://127.0.0.1:{ports[2]}")
        try:
            yield system
        finally:
            system.close()
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
        process.wait(60)


CONTENT = {"en": {"title": "Hello", "body": "It works"}}


def push(system: System, count: int = 4, **more: object) -> str:
    tokens = [
        {"vendor": vendor, "token": f"{n:04x}" * 16}
        for n, vendor in enumerate(["apns", "fcm", "huawei", "xiaomi"][:count], 1)
    ]
    answer = system.api.post(
        "/v1/messages", json={"content": CONTENT, "audience": {"tokens": tokens}, **more}
    )
    assert answer.status_code == 202, answer.text
    message_id: str = answer.json()["id"]
    return message_id


def children(pid: int) -> dict[str, int]:
    """Process ids of the supervisor's children by what they are."""
    found: dict[str, int] = {}
    for child in Path(f"/proc/{pid}/task/{pid}/children").read_text("utf-8").split():
        try:
            command = Path(f"/proc/{child}/cmdline").read_bytes().decode().split("\0")
        except OSError:
            continue  # gone since it was listed
        if "pushgate" in command:
            found[command[command.index("pushgate") + 1]] = int(child)
        elif "valkey" in command[0] or "redis" in command[0]:
            found["valkey"] = int(child)
        elif "gear" in " ".join(command):
            found["gearman"] = int(child)
    return found
