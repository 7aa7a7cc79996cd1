"""The facts about an installation, gathered from Redis and Gearman for `/status`, `/metrics/fleet` and results."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from pushgate.api.context import ApiContext
from pushgate.dispatch.gearman_admin import FunctionState, Servers
from pushgate.dispatch.job import parse_function
from pushgate.fleet.heartbeats import Process
from pushgate.fleet.problem_codes import SystemProblem, SystemProblemCode
from pushgate.fleet.problems import Facts, find_problems, store_problem

PROBED_WITHIN = timedelta(seconds=2)
"""Probes, and whoever asks without a key, wait no longer for Redis."""
GATHERED_WITHIN = timedelta(seconds=8)
"""Less than the 10 s that Prometheus waits for a scrape."""


@dataclass(frozen=True, slots=True)
class Health:
    """What is known of the installation, and the problems that follow.

    `backlog` counts the jobs that wait in Redis for room in Gearman, by function.
    """

    facts: Facts
    gearman: Servers
    backlog: Mapping[str, int]
    problems: Sequence[SystemProblem]

    def functions(self) -> list[FunctionState]:
        """Every Gearman function, summed over the servers."""
        jobs: Counter[str] = Counter()
        running: Counter[str] = Counter()
        workers: Counter[str] = Counter()
        for one in self.gearman.functions:
            jobs[one.name] += one.queued
            running[one.name] += one.running
            workers[one.name] += one.workers
        return [FunctionState("", name, jobs[name], running[name], workers[name]) for name in sorted(jobs)]


async def gather(context: ApiContext) -> Health:
    """Read all facts. Raises EngineUnavailable when Redis does not answer; Gearman may be down."""
    gearman = await context.gearman.survey()
    waiting: Counter[tuple[str, str]] = Counter()
    served: set[tuple[str, str]] = set()
    for function in gearman.functions:
        pair = parse_function(function.name)
        if pair:
            waiting[pair] += function.queued
            if function.workers:
                served.add(pair)
    backlog = await context.stores.backlog.sizes()
    for name, jobs in backlog.items():
        pair = parse_function(name)
        if pair:
            waiting[pair] += jobs
    facts = Facts(
        now=context.clock.now(),
        lost_at=context.watch.store.lost_at,
        keys=await context.keys.count(),
        processes=await context.stores.heartbeats.read(),
        oldest_due=await context.stores.message_index.oldest_due_at(),
        gearman_down=gearman.down,
        waiting=waiting,
        served=served,
        vendor_failures=await context.stores.vendor_health.failures(_pairs(context)),
        removals_held=await context.stores.totals.held_removals(),
    )
    return Health(facts, gearman, backlog, find_problems(facts))


def _pairs(context: ApiContext) -> list[tuple[str, str]]:
    return [
        (app, vendor) for app, configured in context.catalog.apps.items() for vendor in configured.vendors
    ]


def own_problems(context: ApiContext, keys: int | None) -> list[SystemProblem]:
    """The problems of this process alone. `keys` is how many API keys there are, None when Redis does not answer."""
    found = []
    if context.watch.unreachable_since or keys is None:
        found.append(
            SystemProblem(SystemProblemCode.STORE_UNREACHABLE, since=context.watch.unreachable_since)
        )
    elif lost := store_problem(context.watch.store.lost_at, keys, context.clock.now()):
        found.append(lost)
    return found


def alive(processes: Sequence[Process]) -> dict[str, int]:
    """How many processes of each kind are alive."""
    return Counter(one.description.kind for one in processes if one.alive)
