"""Who a slot is, for people: a terminal's id, or the push token by which a message named it."""

from dataclasses import dataclass

from pushgate.domain import bitmaps
from pushgate.domain.app import App
from pushgate.domain.terminal import Group
from pushgate.terminals.registry import Registry
from pushgate.terminals.tokens import Tokens


@dataclass(frozen=True, slots=True)
class TerminalName:
    """A registered terminal's id, or the push token of one that came with the message; the other one is None.

    Both are None for a terminal that nobody remembers.
    """

    terminal: str | None = None
    token: str | None = None


class TerminalLookup:
    """Finds names by slot. Slots are named as they were for as long as any message may have counted them."""

    def __init__(self, registry: Registry, tokens: Tokens) -> None:
        self._registry = registry
        self._tokens = tokens

    async def by_slots(
        self, app: App, shard: int, message_id: str, group: Group, block: int, bits: int
    ) -> dict[int, TerminalName]:
        """The names of these slots of a block, by offset."""
        raw = await self._tokens.read(app, shard, message_id, group, block, bits)
        if group.inline:
            return {offset: TerminalName(token=token.decode()) for offset, token in raw.items()}
        first = block * bitmaps.SLOTS_PER_BLOCK
        held = {first + offset: token.decode() for offset, token in raw.items()}
        ids = await self._registry.current_holders(app, shard, group, held)
        free = [first + offset for offset in bitmaps.offsets(bits) if offset not in raw]
        previous_holders = await self._registry.previous_holders(app, shard, group, free)
        ids |= {slot: terminal for slot, (terminal, _) in previous_holders.items()}
        return {slot - first: TerminalName(terminal=terminal) for slot, terminal in ids.items()}
