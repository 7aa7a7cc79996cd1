"""The terminal of a slot, for people: its id, or the push token by which a message named it."""

from dataclasses import dataclass

from pushgate.domain import bitmaps
from pushgate.domain.app import App
from pushgate.domain.terminal import Group
from pushgate.terminals.holders import SlotHolders
from pushgate.terminals.tokens import Tokens


@dataclass(frozen=True, slots=True)
class TerminalName:
    """A registered terminal's id, or the push token of a terminal that the message brought; the
    other is None.

    Both are None for a terminal of which nothing is stored any more.
    """

    terminal: str | None = None
    token: str | None = None


class TerminalLookup:
    """Finds the names of slots. A slot keeps its name as long as any message may have counted
    it.
    """

    def __init__(self, holders: SlotHolders, tokens: Tokens) -> None:
        self._holders = holders
        self._tokens = tokens

    async def by_slots(
        self, app: App, shard: int, message_id: str, group: Group, block: int, bits: int
    ) -> dict[int, TerminalName]:
        """The names of these slots of a block, by offset. Raises EngineUnavailable."""
        if group.inline:
            tokens = await self._tokens.read(app, shard, message_id, group, block, bits)
            return {offset: TerminalName(token=token.decode()) for offset, token in tokens.items()}
        first = block * bitmaps.SLOTS_PER_BLOCK
        slots = [first + offset for offset in bitmaps.offsets(bits)]
        ids = await self._holders.ids(app, shard, slots)
        return {slot - first: TerminalName(terminal=terminal_id) for slot, terminal_id in ids.items()}
