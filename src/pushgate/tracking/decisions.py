"""Reads which variant the rest of a message gets, from the queue and the shards.

The decision is made in the queue, then noted in the shards. Each of these may go back to an earlier
state by itself, so the earliest decision among them holds.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from pushgate.domain.app import App
from pushgate.domain.clock import to_ms
from pushgate.domain.experiment import Decision
from pushgate.ledger.told_winners import ToldWinners
from pushgate.messages.winners import Winners


@dataclass(frozen=True, slots=True)
class Known:
    """The decisions on one message: that of the queue, and those noted in the shards."""

    queue: Decision | None
    shards: Mapping[int, Decision]

    @property
    def holds(self) -> Decision | None:
        """The decision that holds, None while there is none."""
        found = [*self.shards.values(), *([self.queue] if self.queue else ())]
        return min(found, key=lambda one: (to_ms(one.at), one.variant), default=None)


class Decisions:
    """The decisions on all messages. All calls raise EngineUnavailable."""

    def __init__(self, winners: Winners, told: ToldWinners) -> None:
        self._winners = winners
        self._told = told

    async def read(self, app: App, message_id: str) -> Known:
        """All known decisions on a message."""
        queue = await self._winners.find(message_id)
        return Known(queue, await self._told.read(app, message_id, range(app.shards)))

    async def find(self, app: App, message_id: str) -> Decision | None:
        """The decision that holds, None while there is none."""
        return (await self.read(app, message_id)).holds

    async def find_in(self, app: App, message_id: str, shard: int) -> Decision | None:
        """The decision by which the rest of one shard is sent, or will be; None while there is
        none.
        """
        told = await self._told.read(app, message_id, [shard])
        return told.get(shard) or await self._winners.find(message_id)
