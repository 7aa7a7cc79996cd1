"""All of Pushgate as processes: configuration, API key, terminals, and what each process uses.

It knows Pushgate by its command line and its HTTP API alone, so it runs any version.
"""

import os
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import orjson
import tomli_w

from bench.engines import PUSHGATE, Engines, run_process
from bench.machine import free_port, wait_for
from pushgate.sandbox.credentials import Credentials
from pushgate.sandbox.registry import app_sections

APP = "bench"
_HZ = os.sysconf("SC_CLK_TCK")
_START_UP = 3.0
"""Seconds that a scheduler and a worker need to be ready."""
_IMPORTED_AT_ONCE = 10_000
_POLLS_LEFT = 4
"""A poll is made after so large a part of the time that the rest needs at the rate so far."""


@dataclass(frozen=True)
class Usage:
    """CPU and memory of a process."""

    cpu: float
    """Seconds."""
    peak: int
    """Bytes of memory, at most so far."""
    resident: int
    """Bytes of memory now."""

    @classmethod
    def of(cls, pid: int) -> "Usage":
        """Return the usage of a running process."""
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()
        status = dict(
            line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines() if ":" in line
        )
        peak, resident = (int(status[name].split()[0]) * 1024 for name in ("VmHWM", "VmRSS"))
        return cls((int(fields[11]) + int(fields[12])) / _HZ, peak, resident)


@dataclass(frozen=True)
class System:
    """Running processes of Pushgate: the API's port, a key of the app, process ids by name."""

    port: int
    key: str
    pids: Mapping[str, int]

    @property
    def headers(self) -> dict[str, str]:
        """Header fields that show the key."""
        return {"Authorization": f"Bearer {self.key}"}

    def client(self) -> httpx.Client:
        """Return a client of the API."""
        return httpx.Client(base_url=f"http://127.0.0.1:{self.port}", headers=self.headers, timeout=120)


def configuration(
    folder: Path,
    engines: Engines,
    endpoint: str,
    *,
    vendor: str = "fcm",
    cluster: Sequence[str] = (),
    shards: int = 1,
) -> Path:
    """Write a configuration: the vendor has this endpoint; FCM's token endpoint is the sandbox.

    `cluster` are seeds of a Redis cluster in place of the engines' server, `shards` those of the
    app.
    """
    section: dict[str, object] = dict(
        app_sections(Credentials(folder / "sandbox", f"https://127.0.0.1:{engines.sandbox}"))[vendor]
    )
    section |= {"endpoint": endpoint, "max_connections": 5, "rate_limit": 0}
    if vendor == "fcm":
        section["project_id"] = "bench"
    file = folder / "pushgate.toml"
    file.write_text(
        tomli_w.dumps(
            {
                "redis": {"cluster": list(cluster)} if cluster else {"url": engines.redis},
                "gearman": {"servers": [f"127.0.0.1:{engines.gearman}"]},
                "log": {"level": "warning"},
                "apps": {APP: {"shards": shards, vendor: section}},
            }
        )
    )
    return file


def create_key(config: Path, *options: str, app: str | None = APP) -> str:
    """Create an API key of the app, or of operators where `app` is None."""
    owner = [] if app is None else ["--app", app]
    command = [*PUSHGATE, "keys", "create", *owner, *options, "--config", str(config)]
    created = subprocess.run(command, check=True, capture_output=True, text=True)
    return next(word for word in created.stdout.split() if word.startswith("pg_"))


@contextmanager
def start_system(folder: Path, config: Path, cores: Mapping[str, int]) -> Iterator[System]:
    """Run processes, each on its core; yield them once they are ready.

    The names in `cores` begin with the kind of process: `api`, `scheduler`, `worker`, `worker 2`.
    """
    port, arguments = free_port(), ["--config", str(config)]
    with ExitStack() as stack:
        pids = {}
        for name, core in cores.items():
            kind = name.partition(" ")[0]
            command = [*PUSHGATE, kind, *arguments, *(["--port", str(port)] if kind == "api" else [])]
            pids[name] = stack.enter_context(run_process(command, core, folder / "log")).pid
        key = create_key(config)
        wait_for(port)
        time.sleep(_START_UP)
        yield System(port, key, pids)


def import_terminals(api: httpx.Client, count: int) -> None:
    """Register the terminals t-0, t-1 and so on, with FCM tokens of 152 characters.

    Raises RuntimeError where only a part could be registered, as on a machine that is too busy.
    """
    headers = {"Content-Type": "application/x-ndjson"}
    for start in range(0, count, _IMPORTED_AT_ONCE):
        numbers = range(start, min(start + _IMPORTED_AT_ONCE, count))
        lines = b"\n".join(
            orjson.dumps({"id": f"t-{n}", "vendor": "fcm", "token": f"{n:0152d}", "language": "en"})
            for n in numbers
        )
        response = api.post("/v1/terminals:import", content=lines, headers=headers).raise_for_status()
        summary = response.json()
        if summary.get("created", 0) + summary.get("updated", 0) != len(numbers):
            raise RuntimeError(f"only a part was registered: {summary}")


def accepted(api: httpx.Client) -> int:
    """Return how many sends of the app the vendor has accepted since the store was empty."""
    while True:
        response = api.get("/status")
        if response.status_code < 500:  # a system under full load may answer 503
            rows = response.raise_for_status().json()["terminals"]
            return sum(row["count"] for row in rows if row["state"] == "accepted")
        time.sleep(0.2)  # the answer was 503: ask less


def wait_until(count: Callable[[], int], wanted: int, timeout: float = 60) -> None:
    """Return once `count()` is `wanted`. Few calls are made, for each costs CPU.

    Raises TimeoutError when the count has not risen for `timeout` seconds.
    """
    began, first = time.monotonic(), count()
    risen_at, last = began, first
    while last < wanted:
        passed = max(time.monotonic() - began, 0.001)
        rate = (last - first) / passed
        # As many questions as are needed to see the end, so that they cost the API little.
        time.sleep(min(max((wanted - last) / rate / _POLLS_LEFT, 0.05), 2.0) if rate else 0.1)
        if (now := count()) > last:
            risen_at, last = time.monotonic(), now
        elif time.monotonic() - risen_at > timeout:
            raise TimeoutError(f"{last} of {wanted} after {timeout:.0f} s without progress")
