"""The terminals of an audience as slots of all shards, for comparing audiences."""

from collections.abc import Mapping, Sequence

from pushgate.domain.app import App
from pushgate.domain.audience import Audience, ByTerminal, ByToken, ByUser
from pushgate.domain.bitmaps import Bits
from pushgate.grouping.selection import Selection
from pushgate.stores import Stores

Slots = Sequence[Bits]
"""Slots by block, for each shard."""


async def slots_of(stores: Stores, app: App, audience: Audience, seed: str) -> Slots:
    """The slots of an audience's terminals now. Push tokens are no terminals: they have none.

    `seed` is that of samples without one. Raises EngineUnavailable, and NotFound for an outcome of
    a message that is forgotten.
    """
    match audience:
        case ByToken():
            return [{} for _ in range(app.shards)]
        case ByTerminal() | ByUser():
            return [_by_block(found) for found in await stores.resolver.locate(app, audience)]
    expression = await stores.saved_audiences.expand(app, audience)
    return [_by_block(found) async for _, found in stores.resolver.resolve(app, expression, seed)]


def count_common(one: Slots, other: Slots) -> int:
    """How many slots are in both."""
    return sum(
        (bits & other_bits.get(block, 0)).bit_count()
        for of_one, other_bits in zip(one, other, strict=True)
        for block, bits in of_one.items()
    )


def merge_slots(one: Slots, other: Slots) -> Slots:
    """The slots that are in at least one of both."""
    return [
        dict(of_one) | {block: of_one.get(block, 0) | bits for block, bits in of_other.items()}
        for of_one, of_other in zip(one, other, strict=True)
    ]


def _by_block(selection: Selection) -> Mapping[int, int]:
    """A block belongs to one group, so no block comes twice."""
    return {block: bits for blocks in selection.values() for block, bits in blocks.items()}
