"""Measures the latency of small messages from POST to the vendor, idle and under load.

The maximum is found first: messages a second by single POSTs of 32 clients, until the vendor has
all. Then messages are posted at 10, 50 and 80 % of it, at even intervals, whatever the system does.
The vendor is a node server that accepts FCM's requests and prints when each one came. All processes
of Pushgate share one core; everything else shares the other. bench.urgent has the urgent pushes.

Examples:

  python -m bench.latency
  python -m bench.latency --quick             does it work? The figures say nothing
  python -m bench.latency --seconds 60        for each load
"""

import argparse
import platform
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import orjson
import uvloop

from bench.engines import MEASURED_CORE, OTHER_CORE, start_engines
from bench.load import on_core, post_all, post_at_rate, request_bytes
from bench.machine import free_port, machine, wait_for
from bench.options import parser
from bench.system import System, configuration, import_terminals, start_system, wait_until
from bench.vendor import Vendor

CONNECTIONS, IDLE_RATE = 32, 20
SHARES = (0.1, 0.5, 0.8)
"""Parts of the maximum at which messages are posted."""
_TRIAL = 300
"""Messages that tell how many the maximum needs."""
_HEADER = (
    "| Load | messages/s | messages | p50 ms | p99 ms | p99.9 ms | longest ms |\n"
    "|---|---|---|---|---|---|---|\n"
)


@dataclass(frozen=True)
class Latencies:
    """Milliseconds from POST to the vendor, sorted."""

    load: str
    rate: float
    """Messages a second."""
    milliseconds: Sequence[float]

    def percentile(self, share: float) -> float:
        """Return the time within which this share of the messages came."""
        return self.milliseconds[min(int(len(self.milliseconds) * share), len(self.milliseconds) - 1)]

    def row(self) -> str:
        """Return a row of the table. Of fewer than 1,000 messages no p99.9 is told."""
        rarest = f"{self.percentile(0.999):.1f}" if len(self.milliseconds) >= 1000 else "-"
        return (
            f"| {self.load} | {self.rate:,.0f} | {len(self.milliseconds):,} "
            f"| {statistics.median(self.milliseconds):.1f} | {self.percentile(0.99):.1f} | {rarest} "
            f"| {self.milliseconds[-1]:.1f} |\n"
        )


class Bench:
    """A running system, its vendor, and the numbers of the messages."""

    def __init__(self, system: System, vendor: Vendor, terminals: int) -> None:
        self._system, self._vendor, self._terminals = system, vendor, terminals
        self._number = 0

    def _requests(self, count: int) -> tuple[range, list[bytes]]:
        """Make so many messages; return their numbers and requests."""
        numbers = range(self._number, self._number + count)
        self._number = numbers.stop
        return numbers, [self._request(number) for number in numbers]

    def _request(self, number: int) -> bytes:
        content = {"title": "Order shipped", "body": "It arrives today.", "data": {"number": str(number)}}
        audience = {"terminals": [f"t-{number * 7919 % self._terminals}"]}
        body = orjson.dumps({"content": {"en": content}, "audience": audience})
        return request_bytes("/v1/messages", body, self._system.headers)

    def find_maximum(self, count: int) -> float:
        """Return the messages a second by clients that never wait, of so many messages."""
        numbers, requests = self._requests(count)
        began = time.monotonic()
        with on_core(OTHER_CORE):
            uvloop.run(post_all(self._system.port, requests, CONNECTIONS))
            self._await(numbers)
        return count / (max(self._vendor.arrived[number] for number in numbers) - began)

    def measure(self, load: str, rate: float, seconds: float) -> Latencies:
        """Post at this rate for so many seconds."""
        numbers, requests = self._requests(max(int(rate * seconds), 20))
        with on_core(OTHER_CORE):
            posted = uvloop.run(post_at_rate(self._system.port, requests, rate, CONNECTIONS))
            self._await(numbers)
        arrived = self._vendor.arrived
        waited = [
            (arrived[number] - posted_at) * 1000 for number, posted_at in zip(numbers, posted, strict=True)
        ]
        return Latencies(load, rate, sorted(waited))

    def _await(self, numbers: range) -> None:
        """Wait for the vendor to have these messages; the numbers before are there already."""
        wait_until(lambda: len(self._vendor.arrived), numbers.stop)


def measure(folder: Path, options: argparse.Namespace) -> None:
    """Start all processes, find the maximum, measure and print."""
    terminals, seconds = (1000 if options.quick else 50_000), options.seconds
    with start_engines(folder) as engines, ExitStack() as stack:
        port = free_port()
        with on_core(OTHER_CORE):
            vendor = Vendor(port)
        stack.callback(vendor.stop)
        wait_for(port)
        config = configuration(folder, engines, f"http://127.0.0.1:{port}")
        cores = dict.fromkeys(("api", "scheduler", "worker"), MEASURED_CORE)
        system = stack.enter_context(start_system(folder, config, cores))
        with system.client() as api:
            import_terminals(api, terminals)
        bench = Bench(system, vendor, terminals)
        bench.find_maximum(_TRIAL)  # the first fill caches and open connections
        maximum = bench.find_maximum(_TRIAL)
        if not options.quick:
            maximum = bench.find_maximum(int(maximum * seconds))
        sys.stdout.write(f"maximum: {maximum:,.0f} messages/s\n\n{_HEADER}")
        time.sleep(2)  # until the load of the search for the maximum has drained
        sys.stdout.write(bench.measure("idle system", IDLE_RATE, seconds).row())
        for share in SHARES:
            row = bench.measure(f"{share:.0%} of the maximum", maximum * share, seconds).row()
            sys.stdout.write(row)
            sys.stdout.flush()


def main() -> None:
    """Measure and print."""
    arguments = parser(__doc__)
    arguments.add_argument("--seconds", type=float, default=15, help="for each load (default: 15)")
    arguments.add_argument("--quick", action="store_true", help="a smoke run")
    options = arguments.parse_args()
    if options.quick:
        options.seconds = 0.5
    sys.stdout.write(f"{machine()}, {platform.python_version()}, {time.strftime('%Y-%m-%d')}\n")
    with tempfile.TemporaryDirectory() as name:
        measure(Path(name), options)


if __name__ == "__main__":
    main()
