"""Moves due series on: makes the messages of their parts.

Any number of schedulers may do so at once; one of them moves each series.
"""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta

from pushgate.domain.clock import from_ms
from pushgate.domain.errors import EngineUnavailable
from pushgate.runtime import logs
from pushgate.scheduler.context import SchedulerContext
from pushgate.series import recurrence
from pushgate.series.values import Moved, NewPart, NoPart, Series, Step

StepOf = Callable[[Series, datetime], Awaitable[Step | None]]
"""Returns the step of a due series of one kind; None for nothing to do yet."""
_AT_ONCE = 100
"""Series that are read together."""
_log = logs.get("scheduler")


async def _recurrence_step(series: Series, now: datetime) -> Step:
    return recurrence.due_step(series, now)


KINDS: Mapping[str, StepOf] = {recurrence.KIND: _recurrence_step}


class SeriesRounds:
    """Moves due series on. Raises EngineUnavailable."""

    def __init__(
        self, context: SchedulerContext, max_waiting: int = 0, kinds: Mapping[str, StepOf] = KINDS
    ) -> None:
        """A part gets no message while `max_waiting` messages of its app are waiting; 0 for no
        limit. A series of another kind, or of an app without settings here, is left to other
        processes.
        """
        self._context = context
        self._series = context.stores.series
        self._max_waiting = max_waiting
        self._kinds = kinds

    async def move_due(self) -> int:
        """Move every due series on until none is due; returns how many messages were made."""
        made = passed_over = 0
        while due := await self._series.due(self._context.clock.now(), _AT_ONCE, passed_over):
            for series in due:
                parts = await self._try_to_move(series)
                passed_over += parts is None
                made += parts or 0
        return made

    async def _try_to_move(self, series: Series) -> int | None:
        """Move a series on; returns how many messages were made, None where it is passed over."""
        try:
            return await self._move(series)
        except EngineUnavailable:
            raise
        except Exception:  # noqa: BLE001  # one series must not stop the others
            _log.exception("series passed over", action="series_failed", app=series.app, series=series.id)
            return None

    async def _move(self, series: Series) -> int | None:
        step_of = self._kinds.get(series.kind)
        if step_of is None or series.app not in self._context.catalog.apps:
            return None
        step = await step_of(series, self._context.clock.now())
        moved = step and await self._series.move(series, step, self._max_waiting)
        if step is None or moved not in (Moved.MADE, Moved.MOVED):
            return None
        self._warn(series, step, moved)
        if step.part is None or moved is not Moved.MADE:
            return 0
        self._note(series, step.part)
        return 1

    def _warn(self, series: Series, step: Step, moved: Moved) -> None:
        """Log instants that have no message, unless the caller paused the series."""
        without = sum(skipped.reason is not NoPart.PAUSED for skipped in step.skipped)
        without += step.part is not None and moved is Moved.MOVED
        if without:
            _log.warning(
                "instants of a series have no message: its runs tell why",
                action="part_not_made",
                app=series.app,
                series=series.id,
                instants=without,
            )

    def _note(self, series: Series, part: NewPart) -> None:
        late = self._context.clock.now() - from_ms(part.at_ms)
        _log.info(
            "part of a series made",
            action="part_made",
            app=series.app,
            series=series.id,
            message=part.message.id,
            late_ms=late // timedelta(milliseconds=1),
        )
