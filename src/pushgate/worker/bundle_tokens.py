"""The push tokens of a bundle's slots: of registered terminals by shard, others from the bodies."""

from collections.abc import Sequence

from pushgate.bundles.bodies import SmallMessage
from pushgate.bundles.values import INLINE, BundleSlot
from pushgate.domain.app import App
from pushgate.domain.audience import ByToken
from pushgate.stores import Stores


async def read_tokens(
    stores: Stores, app: App, slots: Sequence[tuple[BundleSlot, SmallMessage]]
) -> list[bytes | None]:
    """The token of each slot.

    None where the terminal was forgotten or has another vendor. Raises EngineUnavailable.
    """
    by_shard: dict[int, list[int]] = {}
    for slot, _ in slots:
        send = slot.send
        if send.shard != INLINE:
            by_shard.setdefault(send.shard, []).append(send.slot)
    found = {
        shard: await stores.tokens.read_current(app, shard, wanted) for shard, wanted in by_shard.items()
    }
    return [
        _inline_token(small, slot.send.slot)
        if slot.send.shard == INLINE
        else found[slot.send.shard].get(slot.send.slot)
        for slot, small in slots
    ]


def _inline_token(small: SmallMessage, number: int) -> bytes | None:
    """The token at this place of the message's list."""
    match small.audience:
        case ByToken(tokens) if number < len(tokens):
            return tokens[number].token.encode()
    return None
