"""Before a step of an escalation is sent: whom the message has reached since it was planned."""

from collections.abc import Mapping, Sequence

from pushgate.domain import bitmaps
from pushgate.domain.message import Message
from pushgate.domain.outcome import State
from pushgate.ledger import values
from pushgate.ledger.values import Block, MessageShard, Move, Taken
from pushgate.stores import Stores


async def reached_meanwhile(
    stores: Stores, message: Message, message_shard: MessageShard, taken: Taken
) -> Sequence[Move]:
    """Return the taken slots that need no push any more, as moves to `cancelled`; none for a
    message that is no step. Raises EngineUnavailable.
    """
    step = message.escalates
    if step is None:
        return []
    slots = list(bitmaps.slots({block.number: bits for block, bits in taken.pending.items()}))
    reached = await stores.step_reach.reached(message_shard.app, step, message_shard.shard, slots)
    by_block, known = bitmaps.from_slots(reached), {block.number: block for block in taken.pending}
    return [
        Move(
            known[number],
            bits,
            State.CANCELLED,
            values.reached_meanwhile(known[number].group.vendor, step.unless),
        )
        for number, bits in by_block.items()
    ]


def without_slots(pending: Mapping[Block, int], moves: Sequence[Move]) -> Mapping[Block, int]:
    """Return the pending slots without those that move."""
    if not moves:
        return pending
    moving = {move.block: move.bits for move in moves}
    return {block: left for block, bits in pending.items() if (left := bits & ~moving.get(block, 0))}
