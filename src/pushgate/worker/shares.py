"""A share of a block is sent now, and the rest later: which of its pending slots. Pure."""

import random
from collections.abc import Callable, Mapping

from pushgate.dispatch.job import Share
from pushgate.domain import bitmaps
from pushgate.ledger.values import Block


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
