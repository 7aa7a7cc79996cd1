"""The terminals of an audience as slots of all shards, for comparing audiences."""

from collections.abc import Sequence

from pushgate.domain import bitmaps
from pushgate.domain.app import App
from pushgate.domain.audience import Audience, ByTerminal, ByToken, ByUser
from pushgate.domain.ranges import by_range
from pushgate.grouping.algebra import SlotSet
from pushgate.grouping.selection import Selection
from pushgate.stores import Stores
from pushgate.tracking.terminal_filters import TerminalFilter

Slots = Sequence[SlotSet]
"""Slots by range, for each shard."""


async def slots_of(stores: Stores, app: App, audience: Audience, seed: str) -> Slots:
    """The slots of an audience's terminals now. Push tokens are no terminals: they have none.

    `seed` is that of samples without one. Raises EngineUnavailable, and NotFound for an outcome of
    a message that is forgotten.
    """
    match audience:
        case ByToken():
            return [{} for _ in range(app.shards)]
        case ByTerminal() | ByUser():
            return [_listed(selection) for selection in await stores.resolver.locate(app, audience)]
    expression = await stores.saved_audiences.expand(app, audience)
    return [found async for _, found in stores.resolver.slots(app, expression, seed)]


async def message_slots(stores: Stores, app: App, message_id: str, wanted: TerminalFilter) -> Slots:
    """The slots, now, of those terminals of a message that are asked for. Raises NotFound."""
    return [
        await stores.outcome_terms.read_filtered(app, shard, wanted, message_id)
        for shard in range(app.shards)
    ]


def count_common(one: Slots, other: Slots) -> int:
    """How many slots are in both."""
    return sum(bitmaps.count(bitmaps.intersection(*of_shard)) for of_shard in zip(one, other, strict=True))


def merge_slots(one: Slots, other: Slots) -> Slots:
    """The slots that are in at least one of both."""
    return [bitmaps.union(*of_shard) for of_shard in zip(one, other, strict=True)]


def _listed(selection: Selection) -> SlotSet:
    return by_range(slot for blocks in selection.values() for slot in bitmaps.slots(blocks))
