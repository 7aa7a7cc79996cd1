"""One play: broadcasts and small messages while servers of the store are killed, frozen and moved,
and processes die, as a seed decides; and checks at its end.

`python -m tests.support.faults.server_play --seeds 100 [--first 0] [--terminals 50000]` runs any
number of them on a cluster, with `--sentinel` on a master under Sentinels; failing seeds are
printed.
"""

import argparse
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.support.faults.deployment import Deployment, run_deployment
from tests.support.faults.event_checks import EventChecks
from tests.support.faults.injection import Fault, inject, recover, schedule_faults
from tests.support.faults.result_checks import read_results
from tests.support.faults.scenario import (
    END_TIMEOUT,
    ScenarioResult,
    check_messages,
    check_small,
    check_vendors,
    create_message,
    read_vendors,
    reset,
)
from tests.support.faults.server_duplicates import allowed_duplicates
from tests.support.faults.server_faults import (
    ROLLBACKS,
    ClusterSaboteur,
    Saboteur,
    SentinelSaboteur,
    ServerFault,
    schedule_server_faults,
)
from tests.support.faults.small_checks import ReceivedPushes
from tests.support.faults.small_load import SmallLoad
from tests.support.faults.stores import ClusterStore, SentinelStore, Store
from tests.support.faults.terminals import register
from tests.support.faults.told_checks import WEBHOOK_SETTINGS, ToldChecks
from tests.support.redis_cluster import running_cluster
from tests.support.sentinels import running_sentinels

SERVER_FAULTS = 2
PROCESS_FAULTS = ("kill", "vendor", "restart", "pause")
MAX_MESSAGES = 6
_MESSAGE_SECONDS = 1.3
"""A message is made each so many seconds, so that one is being sent whenever a server fails."""


@dataclass
class Servers:
    """A running deployment on several servers, and who breaks them.

    `breaking` is the thread that does it. It outlives the servers, which end with the thread that
    has started them.
    """

    deployment: Deployment
    saboteur: Saboteur
    told: ToldChecks
    breaking: ThreadPoolExecutor


@dataclass
class _Play:
    """The state of a play that runs."""

    servers: Servers
    delivery: str
    name: str
    waiting: list[Fault]
    server_faults: list[ServerFault]
    active: list[Fault] = field(default_factory=list)
    asked: int = 0
    """How many messages the API was asked for. One without an answer is asked for again by its key:
    it may have been stored."""
    unanswered: int = 0
    """How many of these requests had no answer. Their messages may be sent in part, and lost."""
    messages: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    injected: Counter[str] = field(default_factory=Counter)


def run_play(servers: Servers, seed: int, terminals: int) -> ScenarioResult:
    """Send broadcasts to all terminals, and small messages, while the faults of the seed are
    injected.
    """
    rng, deployment = random.Random(seed), servers.deployment
    at_most_once = seed % 3 == 2
    reset(deployment)
    started_at = time.monotonic()
    play = _Play(
        servers=servers,
        delivery="at_most_once" if at_most_once else "at_least_once",
        name=f"{seed}r{int(time.time())}",
        waiting=[fault for fault in schedule_faults(rng) if fault.kind in PROCESS_FAULTS][:3],
        server_faults=schedule_server_faults(rng, servers.saboteur.kinds, SERVER_FAULTS),
    )
    schedule = [f"{fault.at:.1f}-{fault.until:.1f} {fault.kind} {fault.target}" for fault in play.waiting]
    schedule += map(str, play.server_faults)
    events, load = EventChecks(deployment), SmallLoad(deployment, rng, play.name)
    with ReceivedPushes(deployment) as received:
        load.start()
        try:
            _send_under_faults(play, events)
        finally:
            load.finish()
        states = check_messages(deployment, play.messages, terminals, started_at, play.faults)
        small = check_small(deployment, load, received, started_at + END_TIMEOUT, play.faults)
    small_ids = [message.message_id for message in load.messages.values()]
    events.check(play.messages, small_ids, play.faults, lost_plans=False)
    events.close()
    went_back = any(play.injected[f"server {kind}"] for kind in ROLLBACKS)
    servers.told.check([*play.messages, *small_ids], play.faults, went_back=went_back)
    duplicates, taken = read_vendors(deployment, small)
    result = ScenarioResult(
        seed=seed,
        seconds=time.monotonic() - started_at,
        states=dict(states),
        duplicates=duplicates,
        allowed=allowed_duplicates(play.injected, terminals, at_most_once=at_most_once),
        schedule=schedule,
        small=small,
        faults=play.faults,
    )
    unacknowledged = play.unanswered * terminals
    check_vendors(result, taken, at_most_once=at_most_once, unacknowledged=unacknowledged)
    return result


def _send_under_faults(play: _Play, events: EventChecks) -> None:
    """Create messages while faults begin and end, until the servers are whole again."""
    deployment, started_at, read_at = play.servers.deployment, time.monotonic(), 0.0
    breaking = play.servers.breaking.submit(_break_servers, play)
    while not breaking.done() or play.waiting or play.active or len(play.messages) < max(1, play.asked):
        now = time.monotonic() - started_at
        _create_due(play, now)
        _begin_and_end_faults(play, now)
        deployment.restart_ended()
        for message in play.messages[-2:]:
            read_results(deployment, message, play.faults)
        if now - read_at >= 1:
            events.read()
            read_at = now
        time.sleep(0.02)
    if error := breaking.exception():
        play.faults.append(f"the servers are not whole again: {error!r}")
    deployment.sandbox.api.delete("/faults")


def _break_servers(play: _Play) -> None:
    for fault in play.server_faults:
        time.sleep(fault.after)
        play.injected[f"server {fault.kind}"] += 1
        play.servers.saboteur.inject(fault)


def _create_due(play: _Play, now: float) -> None:
    count = len(play.messages)
    if play.asked > count or (count < MAX_MESSAGES and now >= count * _MESSAGE_SECONDS):
        play.asked = count + 1
        message = create_message(play.servers.deployment, f"{play.name}-{count}", play.delivery)
        play.messages += [message] if message else []
        play.unanswered += message is None


def _begin_and_end_faults(play: _Play, now: float) -> None:
    deployment = play.servers.deployment
    while play.waiting and play.waiting[0].at <= now:
        fault = play.waiting.pop(0)
        inject(deployment, fault, play.injected, play.messages)
        play.active.append(fault)
    for fault in [fault for fault in play.active if fault.until <= now]:
        play.active.remove(fault)
        recover(deployment, fault)


@contextmanager
def run_on_cluster(folder: Path, terminals: int) -> Iterator[Servers]:
    """A deployment on three masters, each with a replica. The folder needs a short path."""
    with ThreadPoolExecutor(1) as breaking, running_cluster(folder / "nodes") as cluster:
        saboteur = ClusterSaboteur(cluster)
        with _run(folder, terminals, ClusterStore(cluster), replicas=1) as (deployment, told):
            yield Servers(deployment, saboteur, told, breaking)


@contextmanager
def run_on_sentinels(folder: Path, terminals: int) -> Iterator[Servers]:
    """A deployment on a master with two replicas, under three Sentinels."""
    with ThreadPoolExecutor(1) as breaking, running_sentinels(folder / "nodes") as servers:
        saboteur = SentinelSaboteur(servers)
        with _run(folder, terminals, SentinelStore(servers), replicas=2) as (deployment, told):
            yield Servers(deployment, saboteur, told, breaking)


@contextmanager
def _run(
    folder: Path, terminals: int, store: Store, *, replicas: int
) -> Iterator[tuple[Deployment, ToldChecks]]:
    """`replicas` are all that a master has: a frozen master keeps the others for a moment after
    one of them took over, so that fewer confirmations would prove nothing.
    """
    redis = {"wait_replicas": replicas, "wait_replicas_required": True}
    settings = {**WEBHOOK_SETTINGS, "redis": redis}
    with (
        run_deployment(folder, settings=settings, senders=1, store=store) as deployment,
        ToldChecks.receiving(deployment) as told,
    ):
        register(deployment, terminals)
        yield deployment, told


def main() -> int:
    """Run the plays of these seeds. The exit code is 1 where one of them failed."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--terminals", type=int, default=20_000)
    parser.add_argument("--sentinel", action="store_true")
    options = parser.parse_args()
    run, failed = (run_on_sentinels if options.sentinel else run_on_cluster), list[int]()
    with (
        tempfile.TemporaryDirectory(prefix="pg") as folder,
        run(Path(folder) / "s", options.terminals) as servers,
    ):
        for seed in range(options.first, options.first + options.seeds):
            result = run_play(servers, seed, options.terminals)
            sys.stdout.write(f"{result}\n")
            if result.faults:
                failed.append(seed)
                again = f"--first {seed} --seeds 1 --terminals {options.terminals}"
                more = " --sentinel" if options.sentinel else ""
                sys.stdout.write(f"  again: python -m tests.support.faults.server_play {again}{more}\n")
            sys.stdout.flush()
    sys.stdout.write(f"failed seeds: {failed}\n" if failed else "no seed failed\n")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
