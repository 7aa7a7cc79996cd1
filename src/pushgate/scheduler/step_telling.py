"""Steps to a webhook: writes events that tell readers which users a message did not reach.

That takes the longer the more terminals the message has, so it runs beside the rounds that make
other steps.
"""

import asyncio
from collections.abc import Sequence
from datetime import timedelta

from pushgate.domain.app import App
from pushgate.domain.bitmaps import difference
from pushgate.domain.clock import Clock
from pushgate.domain.escalation import NoStep
from pushgate.domain.message import Envelope
from pushgate.domain.ranges import by_range, slots_of
from pushgate.grouping.selection import blocks_of
from pushgate.ledger.values import MessageShard
from pushgate.messages.escalations import DueEscalation
from pushgate.runtime import tasks
from pushgate.scheduler.fault_isolation import isolate_fault
from pushgate.stores import Stores

_AT_ONCE = 4
"""Messages for which one process writes events at the same time. Others wait, or another process
takes them.
"""
LEASE = timedelta(seconds=15)
"""Events of a portion of terminals are written in a second or two. If that takes longer than the
lease, another scheduler writes the same portion; readers still get one event for each terminal.
"""


class StepTelling:
    """Writes the events of due steps for the readers of an app, with one task for each step."""

    def __init__(self, stores: Stores, clock: Clock) -> None:
        self._stores = stores
        self._clock = clock
        self._running: dict[str, asyncio.Task[None]] = {}

    def begin(self, due: DueEscalation, app: App, silent: Sequence[str]) -> None:
        """Begin to write the events of the next step, unless that is under way already, or too many
        steps are.

        The step is over once all events are written. `silent` are the vendors of which nobody
        reports deliveries.
        """
        message_id = due.message.id
        if message_id not in self._running and len(self._running) < _AT_ONCE:
            task = asyncio.create_task(self._finish(due, app, silent))
            self._running[message_id] = task
            task.add_done_callback(lambda _: self._running.pop(message_id))

    async def wait_until_idle(self) -> None:
        """Wait until no events are being written."""
        while self._running:
            await asyncio.wait(self._running.values())

    async def close(self) -> None:
        """Stop. Another process goes on once the lease has ended."""
        await asyncio.gather(*map(tasks.cancel_and_wait, list(self._running.values())))

    async def _finish(self, due: DueEscalation, app: App, silent: Sequence[str]) -> None:
        with isolate_fault("telling of a step", action="step_interrupted", message_id=due.message.id):
            told = await self._tell(due, app, silent)
            if told is not None:
                reason = NoStep.TOLD if told else NoStep.NOBODY_LEFT
                await self._stores.escalations.pass_over(due, reason, told)

    async def _tell(self, due: DueEscalation, app: App, silent: Sequence[str]) -> int | None:
        """Write the events. Returns how many terminals they name, None where the message was
        stopped meanwhile.
        """
        stores, message, step, told = self._stores, due.message, due.next_step(silent), 0
        keep_until = stores.retention.keep_until(message)
        if not await self._renew(message):
            return None
        async for shard, slots in stores.step_audiences.unreached(app, step):
            if not await self._renew(message):
                return None
            # The reached terminals were read before the first portion.
            listed = [slot for number, bits in slots.items() for slot in slots_of(number, bits)]
            reached = by_range(await stores.step_reach.reached(app, step, shard, listed))
            message_shard = MessageShard(app, shard, message.id, keep_until)
            left = blocks_of(difference(slots, reached))
            told += await stores.told_steps.tell(message_shard, step.number, due.step, left)
        return told if await self._renew(message) else None

    async def _renew(self, message: Envelope) -> bool:
        """Renew the claim; returns False if the message was cancelled, recalled or paused, or its
        app was paused.
        """
        if self._stores.pauses.find(message.app):
            return False
        return await self._stores.escalations.look_again(message.id, self._clock.now() + LEASE)
