"""Finds the terminal that has a slot, or had it before it became free."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from redis.asyncio import Redis

from pushgate.domain.app import App
from pushgate.redis.scripts import portions
from pushgate.terminals.chunk_reader import read_values
from pushgate.terminals.rows import decode_former, decode_id, decode_user, is_free
from pushgate.terminals.shard_scripts import LOOKUPS_PER_SCRIPT, run


class SlotUser(NamedTuple):
    """The terminal of a slot, its user, and when it was last seen (s since the epoch)."""

    id: str
    user: str | None
    seen_s: int


class SlotHolder(NamedTuple):
    """The terminal that has a slot, or had it before it became free, and its user then."""

    id: str
    user: str | None
    is_here: bool


class SlotHolders:
    """The terminals of all slots, now and before. All calls raise EngineUnavailable."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    async def ids(self, app: App, shard: int, slots: Iterable[int]) -> dict[int, str]:
        """The id of each slot's terminal. Slots that no terminal ever had are left out."""
        rows = await self._rows(app, shard, slots)
        return {slot: decode_id(row) for slot, row in rows.items()}

    async def users(self, app: App, shard: int, slots: Iterable[int]) -> dict[int, SlotUser]:
        """Whose terminal has each slot now. Free slots are left out."""
        rows = await self._rows(app, shard, slots)
        return {slot: SlotUser(*decode_user(row)) for slot, row in rows.items() if not is_free(row)}

    async def read(self, app: App, shard: int, slots: Iterable[int]) -> dict[int, SlotHolder]:
        """Whose terminal has or had each slot. Slots that no terminal ever had are left out."""
        rows = await self._rows(app, shard, slots)
        return {slot: _holder(row) for slot, row in rows.items()}

    async def _rows(self, app: App, shard: int, slots: Iterable[int]) -> dict[int, bytes]:
        return await read_values(self._redis, app, shard, "rows", slots)

    async def find(self, app: App, shard: int, terminal_id: str, slots: Sequence[int]) -> int | None:
        """The slot among these that the terminal has, or had before it became free."""
        for some in portions(slots, LOOKUPS_PER_SCRIPT):
            for slot in await run(self._redis, "find_holder", app, shard, terminal_id, *some):
                return int(slot or 0)
        return None


def _holder(row: bytes) -> SlotHolder:
    if is_free(row):
        return SlotHolder(*decode_former(row), is_here=False)
    terminal_id, user, _ = decode_user(row)
    return SlotHolder(terminal_id, user, is_here=True)
