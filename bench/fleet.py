"""Measures what a message costs on one and two workers, on one and three nodes of Redis.

Small messages by batch and by single POSTs, and a broadcast, through the whole system: CPU of each
kind of process, beside the figures of the capacity model (`bench/capacity.py`). The rates say
little here, for all processes share two cores; the CPU a message is what a fleet multiplies.

Examples:

  python -m bench.fleet
  python -m bench.fleet --seconds 20 --terminals 400000
  python -m bench.fleet --quick              does it work? The figures say nothing
"""

import argparse
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import orjson
import uvloop
from tests.support.redis_cluster import running_cluster

from bench.capacity import BATCH, BROADCAST, SINGLE, Cost
from bench.engines import MEASURED_CORE, OTHER_CORE, Engines, start_engines
from bench.load import on_core, post_all, request_bytes
from bench.measuring import measure_in_folder
from bench.options import parser
from bench.sender import nghttpd
from bench.system import System, Usage, accepted, configuration, import_terminals, start_system, wait_until

SHARDS = 12
"""Of the app, on one node as on three."""
CONNECTIONS, PER_BATCH = 32, 1000
KINDS = ("api", "scheduler", "worker", "redis", "gearmand")
Kinds = Mapping[str, float]


@dataclass(frozen=True)
class Fleet:
    """How many processes and nodes."""

    workers: int
    nodes: int
    replicas: int = 0
    """Of each node."""

    def __str__(self) -> str:
        """In words."""
        workers = "1 worker" if self.workers == 1 else f"{self.workers} workers"
        nodes = f"{workers}, {self.nodes} node{'s' if self.nodes > 1 else ''}"
        return f"{nodes}, each with a replica" if self.replicas else nodes


@dataclass(frozen=True)
class Measured:
    """Messages or terminals a second, and microseconds of CPU for each by kind of process."""

    rate: float
    cpu: Kinds


FLEETS = (*(Fleet(workers, nodes) for nodes in (1, 3) for workers in (1, 2)), Fleet(1, 3, replicas=1))
LOADS: Mapping[str, Cost] = {
    f"`:batch` of {PER_BATCH:,}": BATCH,
    f"single, {CONNECTIONS} in flight": SINGLE,
    "broadcast": BROADCAST,
}


class Bench:
    """A running system, and what measures it."""

    def __init__(self, system: System, engines: Mapping[str, int], terminals: int) -> None:
        self._system, self._terminals = system, terminals
        self._pids = {**system.pids, **engines}
        self._number = 0
        self._api = system.client()

    def close(self) -> None:
        """Close the client."""
        self._api.close()

    def prepare(self) -> None:
        """Register the terminals, and fill caches by a first load."""
        import_terminals(self._api, self._terminals)
        self._post(PER_BATCH, PER_BATCH)

    def measure(self, seconds: float) -> dict[str, Measured]:
        """Measure all loads."""
        batch, single, broadcast = LOADS
        return {
            batch: self._small(PER_BATCH, seconds),
            single: self._small(1, seconds),
            broadcast: self._broadcast(),
        }

    def _small(self, per_request: int, seconds: float) -> Measured:
        trial = 1000
        count = max(1, round(trial / self._post(trial, per_request) * seconds / trial)) * trial
        before = self._cpu()
        took = self._post(count, per_request)
        return self._measured(before, count, took)

    def _broadcast(self) -> Measured:
        message = {"content": {"en": {"title": "Sale", "body": "Today only"}}, "audience": {"all": True}}
        wanted, before, began = accepted(self._api) + self._terminals, self._cpu(), time.perf_counter()
        self._api.post("/v1/messages", json=message).raise_for_status()
        wait_until(lambda: accepted(self._api), wanted)
        return self._measured(before, self._terminals, time.perf_counter() - began)

    def _post(self, count: int, per_request: int) -> float:
        """Post messages; return the seconds until the last outcome."""
        requests = list(self._requests(count, per_request))
        wanted, began = accepted(self._api) + count, time.perf_counter()
        with on_core(OTHER_CORE):
            in_flight = CONNECTIONS if per_request == 1 else 2
            uvloop.run(post_all(self._system.port, requests, in_flight, per_request))
            wait_until(lambda: accepted(self._api), wanted)
        return time.perf_counter() - began

    def _requests(self, count: int, per_request: int) -> Iterator[bytes]:
        headers = self._system.headers
        for start in range(0, count, per_request):
            messages = [self._message() for _ in range(min(per_request, count - start))]
            if per_request == 1:
                yield request_bytes("/v1/messages", orjson.dumps(messages[0]), headers)
            else:
                yield request_bytes("/v1/messages:batch", orjson.dumps({"messages": messages}), headers)

    def _message(self) -> dict[str, object]:
        self._number += 1
        text = f"Your order {self._number:08d} arrives on Tuesday."
        return {
            "content": {"en": {"title": "Order shipped", "body": text}},
            "audience": {"terminals": [f"t-{self._number * 7919 % self._terminals}"]},
        }

    def _cpu(self) -> Kinds:
        """CPU seconds so far, by kind of process."""
        used = dict.fromkeys(KINDS, 0.0)
        for name, pid in self._pids.items():
            used[name.partition(" ")[0]] += Usage.of(pid).cpu
        return used

    def _measured(self, before: Kinds, count: int, seconds: float) -> Measured:
        now = self._cpu()
        return Measured(count / seconds, {kind: (now[kind] - before[kind]) / count * 1e6 for kind in KINDS})


@contextmanager
def running(folder: Path, fleet: Fleet, fcm: str, terminals: int) -> Iterator[Bench]:
    """Run a fleet with its engines, with terminals registered."""
    folder.mkdir()
    with ExitStack() as stack:
        engines = stack.enter_context(start_engines(folder))
        seeds, nodes = _nodes(stack, folder, fleet, engines)
        config = configuration(folder, engines, fcm, cluster=seeds, shards=SHARDS)
        cores = {"api": MEASURED_CORE, "scheduler": MEASURED_CORE, "worker": MEASURED_CORE}
        cores |= {f"worker {number}": OTHER_CORE for number in range(2, fleet.workers + 1)}
        system = stack.enter_context(start_system(folder, config, cores))
        bench = Bench(system, {**nodes, "gearmand": engines.pids["gearmand"]}, terminals)
        stack.callback(bench.close)
        bench.prepare()
        yield bench


def _nodes(
    stack: ExitStack, folder: Path, fleet: Fleet, engines: Engines
) -> tuple[tuple[str, ...], dict[str, int]]:
    """Start a cluster where the fleet has one; return its seeds and the masters' process ids."""
    if fleet.nodes == 1:
        return (), {"redis": engines.pids["valkey"]}
    cluster = stack.enter_context(
        running_cluster(folder / "cluster", masters=fleet.nodes, replicas=fleet.replicas)
    )
    return tuple(cluster.seeds), {f"redis {n}": node.pid for n, node in enumerate(cluster.masters())}


def table(found: Mapping[str, Mapping[str, Measured]]) -> str:
    """The figures: a table for each load, a column for each fleet, and one of the model."""
    text = ""
    for load, cost in LOADS.items():
        text += f"\n{load}\n\n| CPU us for each | {' | '.join(found)} | model |\n"
        text += "|---" * (len(found) + 2) + "|\n"
        for kind in KINDS:
            cells = " | ".join(f"{one[load].cpu[kind]:,.2f}" for one in found.values())
            text += f"| {kind} | {cells} | {getattr(cost, kind):g} |\n"
        text += f"| rate, 1/s | {' | '.join(f'{one[load].rate:,.0f}' for one in found.values())} | |\n"
    return text


def measure(folder: Path, options: argparse.Namespace) -> None:
    """Measure each fleet and print."""
    found = {}
    with nghttpd(folder, tls=False) as fcm:
        for number, fleet in enumerate(FLEETS):
            with running(folder / f"fleet-{number}", fleet, fcm, options.terminals) as bench:
                found[str(fleet)] = bench.measure(options.seconds)
            sys.stdout.write(f"{fleet}: done\n")
            sys.stdout.flush()
    sys.stdout.write(table(found))


def main() -> None:
    """Measure and print."""
    arguments = parser(__doc__)
    arguments.add_argument("--seconds", type=float, default=10, help="for each load, about (default: 10)")
    arguments.add_argument(
        "--terminals", type=int, default=200_000, help="of the broadcast (default: 200000)"
    )
    arguments.add_argument("--quick", action="store_true", help="a smoke run")
    options = arguments.parse_args()
    if options.quick:
        options.seconds, options.terminals = 1, 2000
    measure_in_folder(lambda folder: measure(folder, options))


if __name__ == "__main__":
    main()
