"""Why terminals of a message are still pending: `waiting` in its results."""

from collections.abc import Collection, Iterator, Sequence

from pushgate.api.context import ApiContext
from pushgate.api.resources.status import problem_body
from pushgate.apps.catalog import ConfiguredApp
from pushgate.domain.message import Status
from pushgate.fleet.heartbeats import Process
from pushgate.fleet.problem_codes import SystemProblem, SystemProblemCode
from pushgate.fleet.problems import Facts, find_problems
from pushgate.ledger.report import Report
from pushgate.messages.stored import StoredEnvelope


async def reasons(
    context: ApiContext, configured: ConfiguredApp, looked: StoredEnvelope, report: Report
) -> Sequence[SystemProblem]:
    """Every known reason why terminals are pending, or why a due message is not planned yet.

    Raises EngineUnavailable.
    """
    due = looked.envelope.push_at <= context.clock.now()
    unplanned = due and looked.status in (Status.SCHEDULED, Status.DISPATCHING)
    vendors = {group.vendor for group in report.groups if group.states["pending"]}
    return await _reasons(context, configured, vendors) if unplanned or vendors else []


async def _reasons(
    context: ApiContext, configured: ConfiguredApp, vendors: Collection[str]
) -> Sequence[SystemProblem]:
    pairs = [(configured.app.name, vendor) for vendor in sorted(vendors)]
    processes = await context.stores.heartbeats.read()
    failures = await context.stores.vendor_health.failures(pairs)
    facts = Facts(now=context.clock.now(), processes=processes, vendor_failures=failures)
    return [
        *find_problems(facts),
        *_of_vendors(configured, vendors, processes),
        *(await _rates(context, pairs)),
    ]


def waiting_body(problem: SystemProblem) -> dict[str, object]:
    """A reason as JSON."""
    body = problem_body(problem)
    del body["app"]
    return {"reason": body.pop("code"), **body}


def _of_vendors(
    configured: ConfiguredApp, vendors: Collection[str], processes: Sequence[Process]
) -> Iterator[SystemProblem]:
    workers = [one for one in processes if one.alive and one.description.kind == "worker"]
    served = {pair for one in workers for pair in one.description.serves}
    for vendor in sorted(vendors):
        if vendor not in configured.vendors:
            yield SystemProblem(SystemProblemCode.VENDOR_NOT_CONFIGURED, configured.app.name, vendor)
        elif workers and (configured.app.name, vendor) not in served:
            yield SystemProblem(SystemProblemCode.VENDOR_NOT_SERVED, configured.app.name, vendor)


async def _rates(context: ApiContext, pairs: Sequence[tuple[str, str]]) -> Sequence[SystemProblem]:
    now = context.clock.now()
    ends = await context.stores.vendor_health.rate_limited_until(pairs)
    return [
        SystemProblem(SystemProblemCode.RATE_LIMITED, app, vendor, until=until)
        for (app, vendor), until in ends.items()
        if until > now
    ]
