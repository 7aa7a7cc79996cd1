"""Chooses which pending slots of a block are sent now, where the rest is sent later. Pure."""

import hashlib
import random
from collections.abc import Callable, Mapping

from pushgate.dispatch.job import Share
from pushgate.domain import bitmaps
from pushgate.ledger.values import Block, MessageShard


def share_of(pending: Mapping[Block, int], share: Share, draw: Callable[[], float]) -> dict[Block, int]:
    """The slots of this share, chosen at random, because neighbouring slots were registered at
    about the same time.

    `draw` gives numbers from 0 to below 1.
    """
    found: dict[Block, int] = {}
    for block, bits in pending.items():
        offsets = bitmaps.offsets(bits)
        lots = random.Random(draw())  # noqa: S311  # an order, no secret
        chosen = lots.sample(offsets, min(len(offsets), share.size(len(offsets), draw())))
        found[block] = bitmaps.from_offsets(chosen)
    return found


_DIGITS = 16
"""Binary digits of the share of a canary: its smallest step is 0.0015 %."""


def canary_of(pending: Mapping[Block, int], message_shard: MessageShard, per_cent: float) -> dict[Block, int]:
    """The pending slots that are in the message's canary. Every call chooses the same slots.

    Each slot is in the canary with this probability, independently of others. So every block has
    its share, even an old block with many dead tokens.
    """
    return {block: bits & _canary_bits(message_shard, block, per_cent) for block, bits in pending.items()}


def _canary_bits(message_shard: MessageShard, block: Block, per_cent: float) -> int:
    """Compare a random number of each slot with the share, for all slots of the block at once,
    digit by digit from the least significant one.
    """
    limit, size = round(per_cent / 100 * 2**_DIGITS), bitmaps.BYTES_PER_BLOCK
    text = f"canary {message_shard.message_id} {message_shard.shard} {block.number}"
    digits = hashlib.shake_128(text.encode()).digest(_DIGITS * size)
    found = 0
    for place in range(_DIGITS):
        digit = int.from_bytes(digits[place * size : (place + 1) * size])
        found = found | digit if limit >> place & 1 else found & digit
    return found
