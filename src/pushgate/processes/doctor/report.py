"""Collects the report. Changes nothing and calls no vendor."""

import asyncio
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from urllib.parse import urlsplit

from pushgate.dispatch.gearman_admin import GearmanAdmin
from pushgate.domain.errors import ConfigurationError, EngineUnavailable
from pushgate.processes.doctor.findings import (
    DoctorFinding,
    gearman_findings,
    machine_findings,
    store_findings,
)
from pushgate.processes.doctor.machine import inspect_machine
from pushgate.processes.doctor.redis_servers import StoreReport, inspect_store
from pushgate.processes.doctor.shown_settings import SecretFilter, shown_settings
from pushgate.processes.parts import open_redis
from pushgate.settings.model import Settings

_STORE_LIMIT = 15.0
"""Seconds for all questions to Redis. There are about twenty, and each may take
redis.socket_timeout at a frozen server.
"""
_LOCAL = ("127.0.0.1", "::1", "localhost", None)


@dataclass(slots=True)
class DoctorReport:
    """The facts and findings of one run.

    `fleet` has the answers of an API by call, "" for a call that was not made.
    """

    at: str
    machine: dict[str, object]
    settings: dict[str, object]
    redis: object = None
    gearman: object = None
    fleet: dict[str, object] = field(default_factory=dict)
    findings: list[DoctorFinding] = field(default_factory=list)

    def document(self, settings: Settings) -> object:
        """The report as one JSON document, without the secrets of these settings."""
        return SecretFilter(settings).clean(asdict(self))


async def make_report(settings: Settings, store_limit: float = _STORE_LIMIT) -> DoctorReport:
    """Look at the machine, the settings and the engines; at Redis for `store_limit` seconds."""
    report = DoctorReport(
        at=datetime.now(UTC).isoformat(timespec="seconds"),
        machine=dict(inspect_machine()),
        settings=shown_settings(settings),
    )
    store = await _store(settings, report, store_limit)
    if store is not None:
        report.redis = asdict(store)
        report.findings += store_findings(store, settings.redis.timeout)
    parts = urlsplit(settings.redis.access)
    is_here = not settings.redis.has_several and parts.hostname in _LOCAL
    report.findings += machine_findings(report.machine, redis_is_here=is_here)
    servers = await GearmanAdmin(settings.gearman.servers, settings.gearman.timeout).survey()
    report.gearman = asdict(servers)
    report.findings += gearman_findings(servers.down)
    return report


async def _store(settings: Settings, report: DoctorReport, limit: float) -> StoreReport | None:
    try:
        async with open_redis(settings, wait=False) as redis, asyncio.timeout(limit):
            return await inspect_store(redis)
    except TimeoutError:
        message = f"Redis did not answer all questions within {limit:g} s"
    except EngineUnavailable as error:
        message = str(error)
    except ConfigurationError as error:
        message = "; ".join(fault.message for fault in error.errors)
    remedy = "start Redis, or correct the section redis of the configuration"
    report.findings.append(DoctorFinding("problem", "store_unreachable", message, remedy))
    return None
