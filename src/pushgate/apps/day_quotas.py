"""Problems of used-up daily quotas: pushes wait for the vendor's next day."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from pushgate.adapters.code_meanings import is_day_quota
from pushgate.apps.catalog import ConfiguredApp
from pushgate.bundles.values import RANKS
from pushgate.domain.message import Options
from pushgate.domain.push_class import next_vendor_day
from pushgate.fleet.problem_codes import SystemProblem, SystemProblemCode
from pushgate.fleet.problems import VendorFailure
from pushgate.quotas.quota import Quota, QuotaState
from pushgate.stores import Stores
from pushgate.tracking.messages import TrackedMessage


def named_quotas(failures: Sequence[VendorFailure]) -> list[VendorFailure]:
    """The failures, with a kind of its own for a used-up quota: workers of all versions store such
    a failure as a request for fewer pushes.
    """
    return [
        replace(one, kind=SystemProblemCode.VENDOR_QUOTA) if is_day_quota(one.vendor, one.code) else one
        for one in failures
    ]


def used_up(states: Mapping[Quota, QuotaState], now: datetime) -> list[SystemProblem]:
    """A problem for each quota that is used up while pushes wait for it."""
    return [
        quota_problem(quota, state, now)
        for quota, state in states.items()
        if state.left == 0 and any(state.wanted)
    ]


async def waiting_for_quotas(
    stores: Stores,
    configured: ConfiguredApp,
    now: datetime,
    tracked: TrackedMessage,
    pending: Mapping[str, int],
) -> Sequence[SystemProblem]:
    """The quotas that terminals of a message wait for. `pending` counts them by vendor. Raises
    EngineUnavailable.
    """
    if not any(quota.vendor in pending for quota in configured.quotas):
        return ()
    options = await _options(stores, tracked)
    if options is None:
        return ()
    quotas = list(_quotas(configured, options, pending))
    states = await stores.quotas.read(quotas)
    return [
        quota_problem(quota, state, now, pending[quota.vendor])
        for quota, state in zip(quotas, states, strict=True)
        if state.left_for(RANKS[options.priority]) == 0
    ]


def quota_problem(quota: Quota, state: QuotaState, now: datetime, pushes: int | None = None) -> SystemProblem:
    """Return the problem of a used-up quota for which `pushes` wait."""
    cause = f"{state.used + state.reserved} of {state.limit} {quota.push_class} pushes are sent"
    if state.refused_at:
        cause = f"the vendor refused {quota.push_class} pushes after {state.used} of {state.limit}"
    params: dict[str, str | int] = {
        "cause": cause,
        "class": quota.push_class.value,
        "used": state.used,
        "limit": state.limit,
        "pushes": sum(state.wanted) if pushes is None else pushes,
    }
    return SystemProblem(
        SystemProblemCode.VENDOR_QUOTA,
        quota.app,
        quota.vendor,
        since=state.refused_at,
        until=next_vendor_day(now),
        params=params,
    )


async def _options(stores: Stores, tracked: TrackedMessage) -> Options | None:
    """The options of a message, None where they were dropped."""
    if tracked.message:
        return tracked.message.options
    if not tracked.is_large or tracked.envelope is None:
        return None
    return await stores.messages.options(tracked.envelope.app, tracked.id)


def _quotas(configured: ConfiguredApp, options: Options, vendors: Collection[str]) -> Iterator[Quota]:
    for name, vendor in configured.vendors.items():
        quota = vendor.quota_of(configured.app.name, options) if name in vendors else None
        if quota:
            yield quota
