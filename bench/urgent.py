"""From POST to the vendor: urgent pushes on an idle system, and during a broadcast. `python -m bench.urgent [terminals]`

Both go through the same app and vendor (a node server that takes FCM's requests and tells when an urgent one came), one
API process, one scheduler, one worker. The ratio is that of the busy system to the idle one.
"""

import asyncio
import platform
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import ExitStack
from pathlib import Path

import httpx

from bench.engines import MEASURED, OTHERS, PUSHGATE, around, process
from bench.machine import free_port, machine, tool, wait_for
from bench.worker import configuration, register

PUSHES = 200


class Vendor:
    """The node server, and when each urgent push came to it."""

    def __init__(self, port: int) -> None:
        script = Path(__file__).parent / "clock.js"
        self.process = subprocess.Popen(
            [tool("node"), str(script), str(port)], stdout=subprocess.PIPE, text=True
        )
        self.arrived: dict[int, float] = {}
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout
        for line in self.process.stdout:
            number, at = line.split()
            self.arrived.setdefault(int(number), float(at))

    def stop(self) -> None:
        """Kill it."""
        self.process.kill()
        self.process.wait()


def push(api: httpx.Client, number: int) -> float:
    """Post one urgent push; returns when."""
    body = {
        "content": {"en": {"title": "Code", "body": "123456"}},
        "audience": {"tokens": [{"vendor": "fcm", "token": f"urgent-{number}", "language": "en"}]},
        "options": {"priority": "high", "ttl": 60},
    }
    at = time.time()
    assert api.post("/v1/messages", json=body).status_code == 202
    return at


def latencies(api: httpx.Client, vendor: Vendor, first: int) -> list[float]:
    """Milliseconds of PUSHES pushes, one after the other."""
    posted = {}
    for number in range(first, first + PUSHES):
        posted[number] = push(api, number)
        time.sleep(0.03)
    deadline = time.monotonic() + 30
    while not posted.keys() <= vendor.arrived.keys() and time.monotonic() < deadline:
        time.sleep(0.05)
    return sorted((vendor.arrived[number] - at) * 1000 for number, at in posted.items())


def measure(folder: Path, count: int) -> None:
    """Start everything, measure, print."""
    fcm, door = free_port(), free_port()
    with around(folder) as near, ExitStack() as stack:
        vendor = Vendor(fcm)
        stack.callback(vendor.stop)
        wait_for(fcm)
        config = ["--config", str(configuration(folder, near, f"http://127.0.0.1:{fcm}"))]
        asyncio.run(register(near.redis, count))
        stack.enter_context(process([*PUSHGATE, "api", "--port", str(door), *config], OTHERS, folder / "log"))
        stack.enter_context(process([*PUSHGATE, "scheduler", *config], OTHERS, folder / "log"))
        stack.enter_context(process([*PUSHGATE, "worker", *config], MEASURED, folder / "log"))
        create = [*PUSHGATE, "keys", "create", "--app", "bench", *config]
        told = subprocess.run(create, check=True, capture_output=True, text=True)
        key = next(word for word in told.stdout.split() if word.startswith("pg_"))
        wait_for(door)
        time.sleep(3)
        headers = {"Authorization": f"Bearer {key}"}
        with httpx.Client(base_url=f"http://127.0.0.1:{door}", headers=headers, timeout=30) as api:
            latencies(api, vendor, 0)  # the first opens connections
            idle = latencies(api, vendor, PUSHES)
            body = {"content": {"en": {"title": "t", "body": "b"}}, "audience": {"all": True}}
            broadcast = api.post("/v1/messages", json=body).json()["id"]
            time.sleep(1)
            busy = latencies(api, vendor, 2 * PUSHES)
            left = api.get(f"/v1/messages/{broadcast}/results").json()["pending"]
    assert left, "the broadcast was over before the urgent pushes: take more terminals"
    for name, found in (("idle", idle), ("during a broadcast", busy)):
        p50, p99 = statistics.median(found), found[int(len(found) * 0.99) - 1]
        sys.stdout.write(f"{name:<22}p50 {p50:6.1f} ms   p99 {p99:6.1f} ms   most {found[-1]:6.1f} ms\n")
    ratio = busy[int(PUSHES * 0.99) - 1] / idle[int(PUSHES * 0.99) - 1]
    sys.stdout.write(
        f"p99 during a broadcast to {count:,}, {left:,} of it still pending at the end: {ratio:.1f} x idle\n"
    )


def main() -> None:
    """Measure and print."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    sys.stdout.write(f"{machine()}, {platform.python_version()}, {time.strftime('%Y-%m-%d')}\n")
    with tempfile.TemporaryDirectory() as name:
        measure(Path(name), count)


if __name__ == "__main__":
    main()
