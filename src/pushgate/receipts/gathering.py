"""Receipts of concurrent requests, recorded together: most requests report one terminal.

In: reports. Out: verdicts, once the reports are recorded.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from pushgate.domain.app import App
from pushgate.domain.errors import EngineUnavailable
from pushgate.domain.outcome import ReceiptKind
from pushgate.receipts.record import ReceiptRecorder, TerminalReport
from pushgate.redis.client import mark_changed, watching
from pushgate.runtime.coalescer import Coalescer

PAUSE = timedelta(milliseconds=15)
"""How long reports are collected after others were recorded."""
_REPORTS_PER_CALL = 1000


@dataclass(frozen=True, slots=True, eq=False)
class _Given:
    """A report as it was given. Two equal reports are kept apart, because only one of them is
    new.
    """

    report: TerminalReport


class _MayBeRecorded(Exception):
    """Redis failed, and some of the reports may be recorded. Its cause is EngineUnavailable."""


class ReceiptGathering:
    """Records the receipts of one process. Every method may raise EngineUnavailable.

    A report is recorded at once if none of its kind, app and vendor was recorded within `pause`,
    else together with all others that come until then.
    """

    def __init__(self, recorder: ReceiptRecorder, pause: timedelta = PAUSE) -> None:
        self._recorder = recorder
        self._pause = pause
        self._gathered: dict[tuple[ReceiptKind, App, str | None], Coalescer[_Given, int]] = {}

    async def record(
        self, kind: ReceiptKind, app: App, reports: Sequence[TerminalReport], vendor: str | None = None
    ) -> list[int]:
        """Record reports of one kind; returns the verdicts of `ReceiptRecorder.record`."""
        try:
            return await self._of(kind, app, vendor).get_many(list(map(_Given, reports)))
        except _MayBeRecorded as unsure:
            mark_changed()  # the call ran in a context of its own
            raise EngineUnavailable(str(unsure)) from unsure

    async def record_unknown_message(self, kind: ReceiptKind, app: str, count: int) -> None:
        """Count reports about a message that is not known."""
        await self._recorder.record_unknown_message(kind, app, count)

    async def close(self) -> None:
        """Cancel the calls that run."""
        for gathered in self._gathered.values():
            await gathered.close()

    def _of(self, kind: ReceiptKind, app: App, vendor: str | None) -> Coalescer[_Given, int]:
        async def record(some: Sequence[_Given]) -> list[int]:
            with watching() as watch:
                try:
                    return await self._recorder.record(kind, app, [one.report for one in some], vendor)
                except EngineUnavailable as error:
                    if watch.changed:
                        raise _MayBeRecorded(str(error)) from error
                    raise

        async def pause() -> None:
            await asyncio.sleep(self._pause.total_seconds())

        key = kind, app, vendor
        if key not in self._gathered:
            self._gathered[key] = Coalescer(record, _REPORTS_PER_CALL, pause)
        return self._gathered[key]
