"""Reads the push tokens of a bundle's slots: tokens of registered terminals from their shards,
others from the bodies.
"""

from collections.abc import Sequence

from pushgate.bundles.bundle_values import BundleSlot, TakenBundle
from pushgate.bundles.values import INLINE
from pushgate.domain.app import App
from pushgate.domain.erased import is_erased
from pushgate.stores import Stores
from pushgate.terminals.addressed import Addressed, Wanted


async def read_tokens(
    stores: Stores, app: App, taken: TakenBundle, slots: Sequence[BundleSlot]
) -> list[bytes | None]:
    """Return the token of each slot; the slots' bodies must be readable.

    None where the terminal was forgotten or has another vendor, or the token was erased. Raises
    EngineUnavailable.
    """
    by_shard: dict[int, list[int]] = {}
    for slot in slots:
        send = slot.send
        if send.shard != INLINE:
            by_shard.setdefault(send.shard, []).append(send.slot)
    found = {
        shard: await stores.tokens.read_current(app, shard, wanted) for shard, wanted in by_shard.items()
    }
    return [
        _inline_token(taken, slot)
        if slot.send.shard == INLINE
        else found[slot.send.shard].get(slot.send.slot)
        for slot in slots
    ]


async def read_addressed(
    stores: Stores, app: App, taken: TakenBundle, slots: Sequence[BundleSlot], wanted: Wanted
) -> list[Addressed | None]:
    """The terminal of each slot with what a personal content needs; None as in `read_tokens`.

    Raises EngineUnavailable.
    """
    by_shard: dict[int, list[int]] = {}
    for slot in slots:
        if slot.send.shard != INLINE:
            by_shard.setdefault(slot.send.shard, []).append(slot.send.slot)
    found: dict[tuple[int, int], Addressed] = {}
    for shard, numbers in by_shard.items():
        terminals = await stores.addressed.read_slots(app, shard, numbers, wanted)
        for index, number in enumerate(terminals.slots):
            found[shard, number] = terminals.one(index)
    return [
        _inline_addressed(taken, slot, wanted)
        if slot.send.shard == INLINE
        else found.get((slot.send.shard, slot.send.slot))
        for slot in slots
    ]


def _inline_addressed(taken: TakenBundle, slot: BundleSlot, wanted: Wanted) -> Addressed | None:
    token = _inline_token(taken, slot)
    return None if token is None else wanted.without_attributes([slot.send.slot], [token])


def _inline_token(taken: TakenBundle, slot: BundleSlot) -> bytes | None:
    """The token at this place of the message's list; None for one that was erased."""
    bodies = taken.bodies_of(slot)
    tokens = bodies.target(slot.send.index).tokens if bodies else ()
    token = tokens[slot.send.slot][1] if slot.send.slot < len(tokens) else None
    return None if token is None or is_erased(token) else token.encode()
