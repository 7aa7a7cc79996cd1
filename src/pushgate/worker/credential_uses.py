"""Notes uses and refusals of vendors' credentials in Redis: refusals at once, uses at most every
ten seconds. If a new credential is refused, the previous one is used, where it is kept in reserve.
"""

import asyncio
import math
from datetime import datetime, timedelta

from pushgate.apps.catalog import AppCatalog, ConfiguredVendor
from pushgate.domain.clock import Clock
from pushgate.domain.errors import EngineUnavailable
from pushgate.fleet.credential_use import CredentialUseStore, Refusal, Route
from pushgate.runtime import logs
from pushgate.worker.job_summary import JobSummary

FLUSH_EVERY = timedelta(seconds=10)
_log = logs.get("worker")


class CredentialUses:
    """The uses and refusals of credentials in one process."""

    def __init__(self, store: CredentialUseStore, catalog: AppCatalog, clock: Clock) -> None:
        self._store = store
        self._catalog = catalog
        self._clock = clock
        self._used: dict[Route, datetime] = {}
        self._refused: dict[Route, Refusal] = {}
        self._flush_at = -math.inf
        self._flushing: asyncio.Task[None] | None = None

    def note(self, app: str, configured: ConfiguredVendor | None, summary: JobSummary) -> None:
        """Note from a run's summary that its credential was used or refused."""
        if configured is None:
            return
        route, refusal = (app, configured.vendor.name), summary.refusal
        if refusal:
            now = self._clock.now()
            self._refused[route] = Refusal(now, refusal.code, refusal.reason)
            if self._catalog.fall_back(*route, configured, now):
                _log.error(
                    "the vendor refuses the new credential: the previous one is used",
                    action="credential_fell_back",
                    app=app,
                    vendor=route[1],
                    code=refusal.code,
                )
        if summary.answered:
            self._used[route] = self._clock.now()
        if refusal or (self._used and asyncio.get_running_loop().time() >= self._flush_at):
            self._flush_at = asyncio.get_running_loop().time() + FLUSH_EVERY.total_seconds()
            self._flushing = asyncio.create_task(self._flush_once())

    async def flush(self) -> None:
        """Note the collected uses and refusals in Redis. Raises EngineUnavailable: then they are
        noted the next time.
        """
        used, refused = self._used, self._refused
        self._used, self._refused = {}, {}
        try:
            if used or refused:
                await self._store.note(used, refused)
        except EngineUnavailable:
            self._used, self._refused = used | self._used, refused | self._refused
            raise

    async def _flush_once(self) -> None:
        try:
            await self.flush()
        except EngineUnavailable as error:
            _log.info("uses of credentials wait for Redis", action="uses_wait", error=str(error), outage=True)
