"""Finds out why terminals of a message are still pending. In: a message, and the vendors of its
pending terminals. Out: system problems.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime

from pushgate.apps.catalog import ConfiguredApp
from pushgate.apps.day_quotas import named_quotas, waiting_for_quotas
from pushgate.domain.message import Status
from pushgate.fleet.heartbeats import Process
from pushgate.fleet.problem_codes import SystemProblem, SystemProblemCode
from pushgate.fleet.problems import Facts, find_problems
from pushgate.stores import Stores
from pushgate.tracking.experiments import Experiment
from pushgate.tracking.messages import TrackedMessage


async def pending_reasons(
    stores: Stores,
    configured: ConfiguredApp,
    now: datetime,
    tracked: TrackedMessage,
    pending: Mapping[str, int],
) -> Sequence[SystemProblem]:
    """Return every known reason why terminals are pending, or why a due message is not planned yet.
    `pending` counts terminals by vendor.

    Raises EngineUnavailable.
    """
    due = tracked.envelope is not None and tracked.envelope.push_at <= now
    unplanned = due and tracked.status in (Status.SCHEDULED, Status.DISPATCHING)
    if not unplanned and not pending:
        return []
    return [
        *(await vendor_problems(stores, configured, now, pending)),
        *(await waiting_for_quotas(stores, configured, now, tracked, pending)),
    ]


def undecided_reasons(
    now: datetime, tracked: TrackedMessage, experiment: Experiment | None
) -> Sequence[SystemProblem]:
    """Return why no variant was chosen for the rest of a message when its time was over, unless
    there is nothing to say.
    """
    winner = experiment.split.winner if experiment else None
    if experiment is None or winner is None or experiment.decision or not experiment.unsent:
        return []
    if tracked.envelope is None or now < tracked.envelope.push_at + winner.after:
        return []
    params: dict[str, str | int] = {"message": tracked.id, "pending": experiment.unsent}
    return [SystemProblem(SystemProblemCode.VARIANTS_PENDING, tracked.envelope.app, params=params)]


async def vendor_problems(
    stores: Stores, configured: ConfiguredApp, now: datetime, vendors: Collection[str]
) -> Sequence[SystemProblem]:
    """Return every known reason why pushes of these vendors wait. Raises EngineUnavailable."""
    routes = [(configured.app.name, vendor) for vendor in sorted(vendors)]
    processes = await stores.heartbeats.read()
    asked = {(configured.app.name, ""), *routes}
    pauses = {one: pause for one, pause in (await stores.pauses.read()).items() if one in asked}
    failures = named_quotas(await stores.vendor_health.failures(routes))
    facts = Facts(now=now, processes=processes, pauses=pauses, vendor_failures=failures)
    return [
        *(one for one in find_problems(facts) if _concerns(one, configured.app.name, vendors)),
        *_unserved_vendors(configured, vendors, processes),
        *(await _rate_limits(stores, now, routes)),
    ]


def _concerns(problem: SystemProblem, app: str, vendors: Collection[str]) -> bool:
    """Whether a problem is one of the app and of these vendors, or of the whole installation. Which
    processes there are is for operators alone.
    """
    if problem.code is SystemProblemCode.CONFIGURATION_DIFFERS or problem.app not in (None, app):
        return False
    return problem.vendor is None or problem.vendor in vendors


def _unserved_vendors(
    configured: ConfiguredApp, vendors: Collection[str], processes: Sequence[Process]
) -> Iterator[SystemProblem]:
    name = configured.app.name
    workers = [one for one in processes if one.alive and one.description.kind == "worker"]
    served = {route for worker in workers for route in worker.description.serves}
    for vendor in sorted(vendors):
        if vendor in configured.unreadable:
            continue  # the heartbeats name it
        if vendor not in configured.vendors:
            yield SystemProblem(SystemProblemCode.VENDOR_NOT_CONFIGURED, name, vendor)
        elif workers and (name, vendor) not in served:
            yield SystemProblem(SystemProblemCode.VENDOR_NOT_SERVED, name, vendor)


async def _rate_limits(
    stores: Stores, now: datetime, routes: Sequence[tuple[str, str]]
) -> Sequence[SystemProblem]:
    limited = await stores.vendor_health.rate_limited_until(routes)
    return [
        SystemProblem(SystemProblemCode.RATE_LIMITED, app, vendor, until=until)
        for (app, vendor), until in limited.items()
        if until > now
    ]
