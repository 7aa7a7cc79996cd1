"""Small messages of one terminal, with the result of each."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

from redis.asyncio import Redis

from pushgate.bundles.account_values import MessageSlot
from pushgate.bundles.accounts import pack_terminal, parse_slot
from pushgate.bundles.bodies import SmallMessage
from pushgate.bundles.layout import pack_position
from pushgate.bundles.scripts import run
from pushgate.bundles.segments import readable
from pushgate.domain.app import App
from pushgate.domain.message_id import Position, small_id
from pushgate.redis.scripts import portions

_HEAD = 3
_MESSAGES_PER_SCRIPT = 16
"""Each has up to 64 placements that a script looks at: every other client waits for a script to
end.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class SmallPush:
    """A small message, and the slot in which it was pushed to the terminal. `message` is None where
    the content was dropped.
    """

    message_id: str
    message: SmallMessage | None
    slot: MessageSlot


class SmallHistory:
    """The small messages of single terminals. All calls raise EngineUnavailable."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    async def read(
        self, app: App, terminal: Sequence[tuple[int, int]], positions: Sequence[Position]
    ) -> list[SmallPush]:
        """The messages at these positions that were pushed to the terminal, in order.

        `terminal` are the present and former shards and slots of the terminal.
        """
        places = b"".join(pack_terminal(*place) for place in terminal)
        by_shard: dict[int, list[Position]] = {}
        for position in positions:
            by_shard.setdefault(position.shard, []).append(position)
        parts = [
            (shard, part)
            for shard, some in by_shard.items()
            if shard < app.shards
            for part in portions(some, _MESSAGES_PER_SCRIPT)
        ]
        pushes = await asyncio.gather(*(self._read(app, shard, places, part) for shard, part in parts))
        found = {position: push for some in pushes for position, push in some.items()}
        return [found[position] for position in positions if position in found]

    async def _read(
        self, app: App, shard: int, places: bytes, positions: Sequence[Position]
    ) -> dict[Position, SmallPush]:
        entries = [pack_position(position)[2:] for position in positions]
        answer = await run(self._redis, "read_history", app, shard, places, *entries)
        raw, *rows = cast("list[list[bytes]]", answer)
        bodies = [readable(one) for one in raw]
        found: dict[Position, SmallPush] = {}
        for position, row in zip(positions, rows, strict=True):
            if len(row) <= _HEAD:
                continue
            created_ms, offset, number = (int(value) for value in row[:_HEAD])
            message_id, of_segment = small_id(created_ms, position), bodies[number - 1] if number else None
            found[position] = SmallPush(
                message_id=message_id,
                message=of_segment.message(offset, message_id, app.name) if of_segment else None,
                slot=parse_slot(row[_HEAD:]),
            )
        return found
