"""Measures the latency of urgent pushes from POST to the vendor, idle and during a broadcast.

`python -m bench.urgent [terminals]`

Both use the same app and vendor, one API process, one scheduler and one worker. The vendor is a
node server that accepts FCM's requests and prints when an urgent one came. The ratio compares the
busy system with the idle one.
"""

import asyncio
import platform
import statistics
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

import httpx

from bench.engines import MEASURED_CORE, OTHER_CORE, start_engines
from bench.machine import free_port, machine, wait_for
from bench.options import terminal_count
from bench.system import configuration, start_system
from bench.vendor import Vendor
from bench.worker import register

PUSHES = 200


def push(api: httpx.Client, number: int) -> float:
    """Post one urgent push; return the instant."""
    body = {
        "content": {"en": {"title": "Code", "body": "123456", "data": {"number": str(number)}}},
        "audience": {"tokens": [{"vendor": "fcm", "token": f"urgent-{number}", "language": "en"}]},
        "options": {"priority": "high", "ttl": 60},
    }
    posted_at = time.monotonic()
    assert api.post("/v1/messages", json=body).status_code == 202
    return posted_at


def latencies(api: httpx.Client, vendor: Vendor, first: int) -> list[float]:
    """Milliseconds of PUSHES pushes, sent one after the other, sorted."""
    posted = {}
    for number in range(first, first + PUSHES):
        posted[number] = push(api, number)
        time.sleep(0.03)
    deadline = time.monotonic() + 30
    while not posted.keys() <= vendor.arrived.keys() and time.monotonic() < deadline:
        time.sleep(0.05)
    return sorted((vendor.arrived[number] - posted_at) * 1000 for number, posted_at in posted.items())


def measure(folder: Path, count: int) -> None:
    """Start all processes, measure and print."""
    fcm_port = free_port()
    with start_engines(folder) as engines, ExitStack() as stack:
        vendor = Vendor(fcm_port)
        stack.callback(vendor.stop)
        wait_for(fcm_port)
        config = configuration(folder, engines, f"http://127.0.0.1:{fcm_port}")
        asyncio.run(register(engines.redis, count))
        cores = {"api": OTHER_CORE, "scheduler": OTHER_CORE, "worker": MEASURED_CORE}
        system = stack.enter_context(start_system(folder, config, cores))
        with system.client() as api:
            latencies(api, vendor, 0)  # the first opens connections
            idle = latencies(api, vendor, PUSHES)
            body = {"content": {"en": {"title": "t", "body": "b"}}, "audience": {"all": True}}
            broadcast = api.post("/v1/messages", json=body).json()["id"]
            time.sleep(1)
            busy = latencies(api, vendor, 2 * PUSHES)
            pending = api.get(f"/v1/messages/{broadcast}/results").json()["pending"]
    assert pending, "the broadcast was over before the urgent pushes: take more terminals"
    for name, milliseconds in (("idle", idle), ("during a broadcast", busy)):
        p50, p99 = statistics.median(milliseconds), milliseconds[int(len(milliseconds) * 0.99) - 1]
        sys.stdout.write(
            f"{name:<22}p50 {p50:6.1f} ms   p99 {p99:6.1f} ms   max {milliseconds[-1]:6.1f} ms\n"
        )
    ratio = busy[int(PUSHES * 0.99) - 1] / idle[int(PUSHES * 0.99) - 1]
    sys.stdout.write(
        f"p99 during a broadcast to {count:,} terminals: {ratio:.1f} x idle; "
        f"{pending:,} of them were still pending at the end\n"
    )


def main() -> None:
    """Measure and print."""
    count = terminal_count(__doc__)
    sys.stdout.write(f"{machine()}, {platform.python_version()}, {time.strftime('%Y-%m-%d')}\n")
    with tempfile.TemporaryDirectory() as name:
        measure(Path(name), count)


if __name__ == "__main__":
    main()
