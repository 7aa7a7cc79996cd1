"""A share of a block is sent now, and the rest later: which of its pending slots. Pure."""

import hashlib
import random
from collections.abc import Callable, Mapping

from pushgate.dispatch.job import Share
from pushgate.domain import bitmaps
from pushgate.ledger.values import Block, MessageShard


def share_of(pending: Mapping[Block, int], share: Share, draw: Callable[[], float]) -> dict[Block, int]:
    """The slots that this share has, drawn by lot: neighbours were registered at one time.

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
    """The pending slots that are in the message's canary: the same ones whenever this is asked.

    Each slot is in it with this probability, for itself. So every block has its part, also an old
    one with many dead tokens.
    """
    return {block: bits & _canary_bits(message_shard, block, per_cent) for block, bits in pending.items()}


def _canary_bits(message_shard: MessageShard, block: Block, per_cent: float) -> int:
    """Compare a random number of each slot with the share, digit by digit from the least one on,
    for all slots of the block at once.
    """
    limit, size = round(per_cent / 100 * 2**_DIGITS), bitmaps.BYTES_PER_BLOCK
    text = f"canary {message_shard.message_id} {message_shard.shard} {block.number}"
    digits = hashlib.shake_128(text.encode()).digest(_DIGITS * size)
    found = 0
    for place in range(_DIGITS):
        digit = int.from_bytes(digits[place * size : (place + 1) * size])
        found = found | digit if limit >> place & 1 else found & digit
    return found
