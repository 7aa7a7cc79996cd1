"""The state of the installation, read from Redis and Gearman for `/status` and `/metrics/fleet`."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from pushgate.api.context import ApiContext
from pushgate.apps.app_documents import changed_at
from pushgate.apps.day_quotas import named_quotas, used_up
from pushgate.apps.expiring_credentials import expiring_credentials
from pushgate.dispatch.gearman_admin import FunctionState, Servers
from pushgate.dispatch.job import parse_function
from pushgate.fleet.differences import AppsChange
from pushgate.fleet.heartbeats import Process
from pushgate.fleet.problem_codes import SystemProblem, SystemProblemCode
from pushgate.fleet.problems import Facts, HeldMessage, PausedWebhook, find_problems, store_problem
from pushgate.quotas.quota import Quota, QuotaState
from pushgate.webhooks.webhook import PauseReason, Webhook

PROBE_TIMEOUT = timedelta(seconds=2)
"""How long probes, and callers without a key, wait for Redis."""
GATHER_TIMEOUT = timedelta(seconds=8)
"""Less than the 10 s that Prometheus waits for a scrape."""

OWN_PROBLEMS = frozenset(
    {SystemProblemCode.STORE_UNREACHABLE, SystemProblemCode.STORE_LOST, SystemProblemCode.STORE_EMPTY}
)
"""Problems that each process finds for itself."""


@dataclass(frozen=True, slots=True)
class InstallationHealth:
    """The facts about the installation, and the problems that follow.

    `backlog` counts by function the jobs that wait in Redis for room in Gearman. `quotas` are the
    vendors' daily quotas of all apps, as they are now.
    """

    facts: Facts
    gearman: Servers
    backlog: Mapping[str, int]
    quotas: Mapping[Quota, QuotaState]
    problems: Sequence[SystemProblem]

    def functions(self) -> list[FunctionState]:
        """Return every Gearman function, summed over the servers."""
        jobs: Counter[str] = Counter()
        running: Counter[str] = Counter()
        workers: Counter[str] = Counter()
        for state in self.gearman.functions:
            jobs[state.name] += state.queued
            running[state.name] += state.running
            workers[state.name] += state.workers
        return [
            FunctionState(
                server="",
                name=name,
                queued=jobs[name],
                running=running[name],
                workers=workers[name],
            )
            for name in sorted(jobs)
        ]


async def gather(context: ApiContext) -> InstallationHealth:
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
    apps = await context.stores.registered_apps.all_apps()
    pauses = await context.stores.pauses.read()
    going = [app for app in apps if (app.name, "") not in pauses]
    webhooks = await context.webhooks.subscriptions.all()
    facts = Facts(
        now=context.clock.now(),
        lost_at=context.watch.store.lost_at,
        keys=await context.keys.count(),
        store_hold=await context.stores.store_holds.read(),
        processes=await context.stores.heartbeats.read(),
        apps_change=await _apps_change(context),
        oldest_due=await context.stores.tracked.unfinished.oldest_due_at(going),
        gearman_down=gearman.down,
        waiting=waiting,
        served=served,
        vendor_failures=named_quotas(await context.stores.vendor_health.failures(_pairs(context))),
        expiring_credentials=[*expiring_credentials(context.catalog.apps.values(), context.clock.now())],
        pauses=pauses,
        removals_held={
            pair: sum(held) for pair, held in (await context.stores.held_removals.counts()).items()
        },
        silent_removals_held=await context.stores.silent_removals.held(),
        terms_mended=await context.stores.mended_terms.read(),
        rollbacks=await context.stores.write_counters.rollbacks(context.clock.now()),
        has_webhooks=bool(webhooks),
        paused_webhooks=_paused(webhooks),
        held_messages=[
            HeldMessage(held.app, held.message_id, held.finding.reason if held.finding else "")
            for held in await context.stores.canaries.held()
        ],
    )
    named = [quota for app in context.catalog.apps.values() for quota in app.quotas]
    quotas = dict(zip(named, await context.stores.quotas.read(named), strict=True))
    problems = [*find_problems(facts), *used_up(quotas, facts.now)]
    return InstallationHealth(facts, gearman, backlog, quotas, problems)


async def _apps_change(context: ApiContext) -> AppsChange | None:
    last = await context.apps.documents.last_change()
    return AppsChange(last.decode(), changed_at(last)) if last else None


def _paused(webhooks: Sequence[Webhook]) -> list[PausedWebhook]:
    """Return the webhooks that were paused because of their receivers."""
    return [
        PausedWebhook(webhook.app, webhook.id, webhook.pause_reason.value, webhook.paused_at)
        for webhook in webhooks
        if webhook.pause_reason not in (None, PauseReason.REQUESTED)
    ]


def _pairs(context: ApiContext) -> list[tuple[str, str]]:
    return [
        (app, vendor) for app, configured in context.catalog.apps.items() for vendor in configured.vendors
    ]


def own_problems(context: ApiContext, keys: int | None) -> list[SystemProblem]:
    """Return the problems of this process alone.

    `keys` is the number of API keys, None when Redis does not answer.
    """
    problems: list[SystemProblem] = []
    if context.watch.unreachable_since or keys is None:
        problems.append(
            SystemProblem(SystemProblemCode.STORE_UNREACHABLE, since=context.watch.unreachable_since)
        )
    elif lost := store_problem(context.watch.store.lost_at, keys, context.clock.now()):
        problems.append(lost)
    return problems


def count_alive(processes: Sequence[Process]) -> dict[str, int]:
    """Return how many processes of each kind are alive."""
    return Counter(process.description.kind for process in processes if process.alive)
