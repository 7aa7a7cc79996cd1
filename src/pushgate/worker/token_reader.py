"""Reads the push tokens of a block's slots, for one shard of a message."""

from dataclasses import dataclass

from pushgate.domain import bitmaps
from pushgate.ledger.values import Block, MessageShard
from pushgate.terminals.tokens import Tokens


@dataclass(frozen=True, slots=True)
class TokenReader:
    """Reads tokens by block. All calls raise EngineUnavailable."""

    tokens: Tokens
    message_shard: MessageShard

    async def read(self, block: Block, bits: int) -> dict[int, bytes]:
        """The tokens of these slots, by offset into the block.

        Slots whose terminal left them are missing.
        """
        shard = self.message_shard
        return await self.tokens.read(
            shard.app, shard.shard, shard.message_id, block.group, block.number, bits
        )

    async def read_current(self, block: Block, bits: int) -> dict[int, bytes]:
        """As `read`, and also the tokens of terminals that moved to another group of the vendor.

        The slots of forgotten terminals, and of those that moved to another vendor, are missing.
        """
        tokens = await self.read(block, bits)
        left = bits & ~bitmaps.from_offsets(tokens)
        if left:
            tokens |= await self._tokens_of_moved_terminals(block, left)
        return tokens

    async def _tokens_of_moved_terminals(self, block: Block, left: int) -> dict[int, bytes]:
        if block.group.inline:
            return {}
        first = block.number * bitmaps.SLOTS_PER_BLOCK
        slots = [first + offset for offset in bitmaps.offsets(left)]
        shard = self.message_shard
        tokens = await self.tokens.read_current(shard.app, shard.shard, slots)
        return {slot - first: token for slot, token in tokens.items()}
