"""One call to a vendor: timed, and reported to the circuit breaker."""

import time
from collections.abc import Awaitable, Callable

from pushgate.domain.errors import VendorError
from pushgate.runtime import logs
from pushgate.runtime.tracing import within
from pushgate.worker.call_outcomes import CallOutcomes
from pushgate.worker.context import WorkerContext
from pushgate.worker.job_summary import JobSummary
from pushgate.worker.route import Route

_log = logs.get("worker")


async def call_vendor(
    context: WorkerContext,
    route: Route,
    outcomes: CallOutcomes,
    summary: JobSummary,
    verdicts: Awaitable[None],
    may_continue: Callable[[], bool],
) -> None:
    """Await `verdicts`, a coroutine that sends pushes of this route and hands their verdicts to
    `outcomes`.

    Raises VendorError.
    """
    breaker, started_at = context.circuit_breaker, time.perf_counter()
    try:
        with within(context.tracer, "vendor request", {"app": route.app, "vendor": route.vendor}):
            await verdicts
    except VendorError as error:
        # Tokens without a verdict were not accepted: adapters.contract says so.
        outcomes.handle_call_failure(error)
        await breaker.record_failure(route, error, some_accepted=outcomes.some_accepted)
        raise
    except BaseException:
        outcomes.mark_rest_unconfirmed()  # cut off, so pushes in flight may have been sent
        raise
    finally:
        summary.chunk_seconds.append(time.perf_counter() - started_at)
    outcomes.release_unsettled()
    if outcomes.vendor_answered:
        await breaker.record_success(route)
    elif may_continue() and outcomes.vendor_is_silent:
        await breaker.record_failure(route, None)


def log_vendor_failure(app: str, vendor: str, error: VendorError) -> None:
    """Log that a call failed as a whole."""
    _log.info(
        "vendor call failed",
        action="vendor_failed",
        app=app,
        vendor=vendor,
        kind=error.kind,
        code=error.code,
        reason=error.reason,
    )
