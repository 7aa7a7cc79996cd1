"""Names the terminal of a slot for people: by its id and user, or the push token by which a message
named it.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from pushgate.domain import bitmaps
from pushgate.domain.app import App
from pushgate.domain.terminal import Group
from pushgate.terminals.holders import SlotHolders
from pushgate.terminals.term_reader import TermReader
from pushgate.terminals.tokens import Tokens


@dataclass(frozen=True, slots=True)
class TerminalName:
    """A registered terminal's id, or the push token of a terminal that the message brought; the
    other is None. `user` is the terminal's user now, or its user when it left.

    Id and token are None for a terminal without stored data.
    """

    terminal: str | None = None
    token: str | None = None
    user: str | None = None


class TerminalLookup:
    """Finds the names of slots. A slot keeps its name as long as any message may have counted it.
    All calls raise EngineUnavailable.
    """

    def __init__(self, holders: SlotHolders, tokens: Tokens, terms: TermReader) -> None:
        self._holders = holders
        self._tokens = tokens
        self._terms = terms

    async def by_slots(
        self, app: App, shard: int, message_id: str, group: Group, block: int, bits: int
    ) -> dict[int, TerminalName]:
        """The names of these slots of a block, by offset."""
        if group.inline:
            tokens = await self._tokens.read(app, shard, message_id, group, block, bits)
            return {offset: TerminalName(token=token.decode()) for offset, token in tokens.items()}
        first = block * bitmaps.SLOTS_PER_BLOCK
        slots = [first + offset for offset in bitmaps.offsets(bits)]
        names = await self._of_slots(app, shard, slots)
        return {slot - first: name for slot, name in names.items()}

    async def by_places(
        self, app: App, places: Sequence[tuple[int, int]]
    ) -> dict[tuple[int, int], TerminalName]:
        """The names of registered terminals at these shards and slots."""
        by_shard: dict[int, list[int]] = {}
        for shard, slot in places:
            by_shard.setdefault(shard, []).append(slot)
        found = await asyncio.gather(
            *(self._of_slots(app, shard, slots) for shard, slots in by_shard.items())
        )
        return {
            (shard, slot): name
            for shard, names in zip(by_shard, found, strict=True)
            for slot, name in names.items()
        }

    async def _of_slots(self, app: App, shard: int, slots: Sequence[int]) -> dict[int, TerminalName]:
        holders = await self._holders.read(app, shard, slots)
        left = [slot for slot, holder in holders.items() if not holder.is_here]
        now_at = await self._terms.follow(app, shard, left) if left else {}
        moved = await self._holders.read(app, shard, now_at.values()) if now_at else {}
        found: dict[int, TerminalName] = {}
        for slot, holder in holders.items():
            here = moved.get(now_at[slot], holder) if slot in now_at else holder
            found[slot] = TerminalName(terminal=holder.id, user=here.user)
        return found
