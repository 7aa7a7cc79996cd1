"""The sandbox as a process: vendors over TLS and HTTP/2 on real sockets."""

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import httpx
from tests.support.engines import free_port, wait_until

from pushgate.embedded.children import die_with_parent
from pushgate.sandbox.credentials import Credentials
from pushgate.sandbox.registry import app_sections
from pushgate.sandbox.simulated_vendor import SandboxContext


@dataclass
class Sandbox:
    """A running sandbox and its own API."""

    process: subprocess.Popen[bytes]
    credentials: Credentials
    api: httpx.Client

    @property
    def context(self) -> SandboxContext:
        """What a simulated vendor of this sandbox is made from."""
        return SandboxContext(self.credentials)

    def sections(self) -> dict[str, dict[str, object]]:
        """The vendors' sections of an app that uses the sandbox, by vendor."""
        return app_sections(self.credentials)

    def misbehave(self, *rules: dict[str, object], **plan: object) -> None:
        """Put faults in force."""
        answer = self.api.put("/faults", json={"rules": list(rules), **plan})
        assert answer.status_code == 200, answer.text

    def summary(self, vendor: str) -> dict[str, int]:
        """Counts of one vendor."""
        found: dict[str, int] = (
            self.api.get("/summary")
            .json()["vendors"]
            .get(vendor, {"requests": 0, "pushes": 0, "accepted": 0})
        )
        return found

    def received(self, **query: str) -> list[dict[str, object]]:
        """Requests the sandbox keeps."""
        found: list[dict[str, object]] = self.api.get("/received", params={"limit": "10000", **query}).json()[
            "received"
        ]
        return found

    def reset(self) -> None:
        """As if just started."""
        self.api.delete("/faults")
        self.api.delete("/received")
        self.api.put("/reports", json={})

    def stop(self) -> int:
        """Stop it as a supervisor does; returns its exit code."""
        self.api.close()
        self.process.terminate()
        return self.process.wait(20)


def start(folder: Path) -> Sandbox:
    """Start a sandbox on free ports and wait until it answers."""
    port, api_port = free_port(), free_port()
    command = [sys.executable, "-m", "pushgate", "sandbox", "--data", str(folder)]
    command += ["--port", str(port), "--api-port", str(api_port)]
    with (folder.parent / f"sandbox-{port}.log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, preexec_fn=die_with_parent())  # noqa: PLW1509  # see there
    api = httpx.Client(base_url=f"http://127.0.0.1:{api_port}", timeout=30, trust_env=False)

    def ready() -> bool:
        assert process.poll() is None, "the sandbox died"
        try:
            return api.get("/healthz").status_code == 200
        except httpx.HTTPError:
            return False

    wait_until(ready, 180, "the sandbox")
    return Sandbox(process, Credentials(folder, f"https://127.0.0.1:{port}"), api)
