"""Schedules: messages that recur.

Made from `async_schedules.py` by `make clients`; do not edit.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

from pushgate_client import types
from pushgate_client.calls import Call, idempotent, path
from pushgate_client.transport import Transport


class Schedules:
    """The schedules of an app. Each run is a message of its own."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def create(
        self, schedule: types.ScheduleBody, *, idempotency_key: str | None = None
    ) -> types.ScheduleWithWarnings:
        """Create a schedule under an id of Pushgate's."""
        call = Call(method="POST", path="/v1/schedules", json=schedule, headers=idempotent(idempotency_key))
        return cast("types.ScheduleWithWarnings", self._transport.send(call))

    def put(self, schedule_id: str, schedule: types.ScheduleBody) -> types.ScheduleWithWarnings:
        """Create a schedule under this id, or replace the one that has the id."""
        call = Call(method="PUT", path=path("/v1/schedules/{}", schedule_id), json=schedule)
        return cast("types.ScheduleWithWarnings", self._transport.send(call))

    def list(self, *, page_size: int = 100) -> Iterator[types.Schedule]:
        """Yield the schedules, by id."""
        call = Call(method="GET", path="/v1/schedules", query={"limit": page_size})
        for page in self._transport.pages(call):
            for schedule in cast("types.SchedulePage", page)["schedules"]:
                yield schedule

    def get(self, schedule_id: str, *, upcoming: int = 5) -> types.Schedule:
        """Return a schedule with its next runs, at most 100."""
        call = Call(method="GET", path=path("/v1/schedules/{}", schedule_id), query={"upcoming": upcoming})
        return cast("types.Schedule", self._transport.send(call))

    def change(self, schedule_id: str, change: types.ScheduleChange) -> types.ScheduleWithWarnings:
        """Change fields of a schedule; `message` is replaced as a whole."""
        call = Call(method="PATCH", path=path("/v1/schedules/{}", schedule_id), json=change)
        return cast("types.ScheduleWithWarnings", self._transport.send(call))

    def delete(self, schedule_id: str) -> None:
        """Delete a schedule. Messages that it made stay."""
        self._transport.send(Call(method="DELETE", path=path("/v1/schedules/{}", schedule_id)))

    def pause(self, schedule_id: str) -> types.Schedule:
        """Make no runs until the schedule is resumed."""
        call = Call(method="POST", path=path("/v1/schedules/{}:pause", schedule_id))
        return cast("types.Schedule", self._transport.send(call))

    def resume(self, schedule_id: str) -> types.Schedule:
        """Go on with a paused schedule. What passed meanwhile is not made up for."""
        call = Call(method="POST", path=path("/v1/schedules/{}:resume", schedule_id))
        return cast("types.Schedule", self._transport.send(call))

    def runs(self, schedule_id: str, *, page_size: int = 100) -> Iterator[types.Run]:
        """Yield what became of each instant, newest first."""
        call = Call(method="GET", path=path("/v1/schedules/{}/runs", schedule_id), query={"limit": page_size})
        for page in self._transport.pages(call):
            for run in cast("types.RunPage", page)["runs"]:
                yield run

    def preview(self, times: types.ScheduleTimes, *, upcoming: int = 5) -> types.UpcomingRuns:
        """Return the next instants of a cron expression, at most 100. Nothing is stored."""
        call = Call(method="POST", path="/v1/schedules:preview", json=times, query={"upcoming": upcoming})
        return cast("types.UpcomingRuns", self._transport.send(call))
