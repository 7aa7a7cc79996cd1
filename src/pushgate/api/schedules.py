"""Schedules as callers write them: checked with their messages, and stored as series."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime

import msgspec
import orjson
from pydantic import JsonValue

from pushgate.api.context import ApiContext
from pushgate.api.mapping.schedules import (
    change_rule,
    changes_times,
    check_message,
    has_same_times,
    to_rule,
    warnings_of,
    within_message,
)
from pushgate.api.schemas.schedules import ScheduleBody, ScheduleChange
from pushgate.api.sendable import Sendable, require_sendable
from pushgate.apps.catalog import ConfiguredApp
from pushgate.domain.errors import Conflict, InvalidRequest, NotFound
from pushgate.series import recurrence
from pushgate.series.recurrence import Recurrence
from pushgate.series.store import SeriesChanged
from pushgate.series.values import Series, SeriesStatus

_ATTEMPTS = 5


class Schedules:
    """The schedules of one app, as one caller changes them. All calls raise EngineUnavailable."""

    def __init__(self, context: ApiContext, configured: ConfiguredApp, author: str) -> None:
        """`author` is the name of the API key."""
        self._context = context
        self._configured = configured
        self._app = configured.app.name
        self._author = author
        self._store = context.stores.series

    async def find(self, schedule_id: str) -> Series | None:
        """The schedule, None where there is none."""
        try:
            return await self._store.read(self._app, schedule_id)
        except NotFound:
            return None

    async def put(self, schedule_id: str, written: ScheduleBody) -> tuple[Series, list[dict[str, str]], bool]:
        """Create or replace a schedule; returns it, warnings, and whether it is new.

        Raises InvalidRequest, Conflict.
        """
        now = self._context.clock.now()
        rule = to_rule(written, now, self._author)
        sendable = await self._check(written.message)
        before = await self.find(schedule_id)
        if before is not None:
            created_at = recurrence.decode(before.definition).created_at
            rule = msgspec.structs.replace(rule, created_at=created_at)
        new = Series(
            app=self._app,
            id=schedule_id,
            kind=recurrence.KIND,
            status=SeriesStatus.ACTIVE,
            next_ms=None,
            definition=b"",
            template=sendable.message,
            written=b"",
        )
        # An instant that is due at this moment is not lost where the instants stay the same.
        keeps_next = before is not None and has_same_times(recurrence.decode(before.definition), rule)
        timed = _timed(before or new, rule, now)
        series = _with(timed, written.message, sendable)
        stored = await self._store.write(series, sendable.audience, keeps_next=keeps_next)
        return stored, warnings_of(sendable.warnings), before is None

    async def change(self, schedule_id: str, written: ScheduleChange) -> tuple[Series, list[dict[str, str]]]:
        """Change fields of a schedule; returns it and warnings.

        Raises NotFound, InvalidRequest, Conflict.
        """
        sendable = await self._check(written.message) if "message" in written.model_fields_set else None

        def changed(before: Series) -> Series:
            now = self._context.clock.now()
            rule = change_rule(recurrence.decode(before.definition), written, now, self._author)
            if changes_times(written):
                series = _timed(before, rule, now)
            else:
                series = replace(before, definition=recurrence.encode(rule))
            return _with(series, written.message, sendable) if sendable else series

        stored = await self._rewrite(schedule_id, changed, sendable, keeps_next=not changes_times(written))
        return stored, warnings_of(sendable.warnings) if sendable else []

    async def turn(self, schedule_id: str, to: SeriesStatus) -> Series:
        """Pause or resume a schedule. Raises NotFound, and Conflict for one that has ended."""

        def turned(series: Series) -> Series:
            if series.status is SeriesStatus.ENDED:
                raise Conflict("the schedule has ended: change its end first")
            return replace(series, status=to)

        return await self._rewrite(schedule_id, turned, None, keeps_next=True)

    async def _rewrite(
        self,
        schedule_id: str,
        change: Callable[[Series], Series],
        sendable: Sendable | None,
        *,
        keeps_next: bool,
    ) -> Series:
        """Write what `change` makes of the schedule, which others may change at the same time."""
        audience = sendable.audience if sendable else None
        for attempt in range(_ATTEMPTS):
            changed = change(await self._store.read(self._app, schedule_id))
            try:
                return await self._store.write(changed, audience, keeps_next=keeps_next)
            except SeriesChanged:
                if attempt == _ATTEMPTS - 1:
                    raise
        raise AssertionError

    async def _check(self, message: dict[str, JsonValue]) -> Sendable:
        """The message of each run. Raises the error that it would be refused with now."""
        check_message(message)
        try:
            return await require_sendable(self._context, self._configured, orjson.dumps(message))
        except InvalidRequest as error:
            raise within_message(error) from error


def _timed(series: Series, rule: Recurrence, now: datetime) -> Series:
    """The series with a rule whose instants begin now. One that is paused stays so."""
    is_paused = series.status is SeriesStatus.PAUSED
    return replace(
        series,
        status=SeriesStatus.PAUSED if is_paused else SeriesStatus.ACTIVE,
        next_ms=recurrence.next_ms(rule, now),
        definition=recurrence.encode(rule),
    )


def _with(series: Series, message: Mapping[str, JsonValue], sendable: Sendable) -> Series:
    return replace(series, template=sendable.message, written=orjson.dumps(message))
