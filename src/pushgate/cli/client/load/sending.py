"""Sends the messages of a load when they are due, and measures each call."""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from pushgate.cli.client.load.plan import LoadPlan
from pushgate_client import ApiError, AsyncPushgate, PushgateError, types

_MAX_AT_ONCE = 256
"""Calls in flight: where the API is slower, further ones wait, and their waiting counts."""
_READ_AT_ONCE = 32


@dataclass(slots=True)
class Sent:
    """What was sent: instants are those at which calls were due."""

    message_ids: dict[int, str] = field(default_factory=dict)
    """Small messages that were stored, by number."""
    due_at: dict[int, datetime] = field(default_factory=dict)
    post_seconds: list[float] = field(default_factory=list)
    """From the instant a call was due to its answer."""
    broadcast_ids: list[str] = field(default_factory=list)
    errors: Counter[str] = field(default_factory=Counter)
    """Calls that failed, by code."""


class Sender:
    """Sends a plan's messages with the key of the app."""

    def __init__(self, pushgate: AsyncPushgate, plan: LoadPlan) -> None:
        self._pushgate, self._plan = pushgate, plan
        self._room = asyncio.Semaphore(_MAX_AT_ONCE)
        self.sent = Sent()

    async def send(self) -> None:
        """Send all messages, each when it is due."""
        start, started_at = time.monotonic(), time.time()
        async with asyncio.TaskGroup() as calls:
            for number in range(self._plan.broadcasts):
                calls.create_task(self._broadcast(number, start))
            for number in range(self._plan.small_messages):
                due = self._plan.due_after(number)
                await asyncio.sleep(max(0.0, start + due - time.monotonic()))  # until it is due
                await self._room.acquire()
                self.sent.due_at[number] = datetime.fromtimestamp(started_at + due, UTC)
                calls.create_task(self._post(number, start + due))

    async def _post(self, number: int, due: float) -> None:
        audience: types.AudienceBody = {"terminals": [self._plan.terminal_id(number)]}
        try:
            message_id = await self._call(str(number), audience)
        finally:
            self._room.release()
        if message_id is not None:
            self.sent.post_seconds.append(time.monotonic() - due)
            self.sent.message_ids[number] = message_id

    async def _broadcast(self, number: int, start: float) -> None:
        due_at = start + self._plan.broadcast_after(number)
        await asyncio.sleep(max(0.0, due_at - time.monotonic()))  # until it is due
        message_id = await self._call(f"b{number}", {"tag": self._plan.tag})
        if message_id is not None:
            self.sent.broadcast_ids.append(message_id)

    async def _call(self, name: str, audience: types.AudienceBody) -> str | None:
        """The id of the message that was stored, None where the call failed."""
        try:
            return (await self._pushgate.messages.send(self._plan.content(name), audience))["id"]
        except PushgateError as error:
            code = (error.code or str(error.status)) if isinstance(error, ApiError) else "no_answer"
            self.sent.errors[code] += 1
            return None


async def results_of(pushgate: AsyncPushgate, message_ids: Sequence[str]) -> AsyncIterator[types.Results]:
    """Yield the results of messages, some read at a time."""
    for first in range(0, len(message_ids), _READ_AT_ONCE):
        part = message_ids[first : first + _READ_AT_ONCE]
        for results in await asyncio.gather(*map(pushgate.messages.results, part)):
            yield results
