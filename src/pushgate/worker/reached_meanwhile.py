"""Finds, before a step of an escalation is sent, the users whom the message has reached since the
step was planned.
"""

from collections.abc import Mapping, Sequence

from pushgate.domain import bitmaps
from pushgate.domain.message import Message
from pushgate.domain.outcome import State
from pushgate.ledger import values
from pushgate.ledger.values import Block, MessageShard, Move, Taken
from pushgate.redis.scripts import portions
from pushgate.stores import Stores
from pushgate.worker.outcome_buffer import OutcomeBuffer

_SLOTS_AT_ONCE = 500


async def reached_meanwhile(
    stores: Stores, message: Message, message_shard: MessageShard, taken: Taken, outcomes: OutcomeBuffer
) -> Sequence[Move]:
    """Return the taken slots that no longer need a push, as moves to `cancelled`; none if the
    message is not a step.

    The lease is renewed after each portion, because all shards of the app are read. Stops early if
    `outcomes` must stop; then nothing is sent. Raises EngineUnavailable.
    """
    step = message.escalates
    if step is None:
        return []
    step = await stores.escalations.beside(step)
    slots = list(bitmaps.slots({block.number: bits for block, bits in taken.pending.items()}))
    reached = list[int]()
    for some in portions(slots, _SLOTS_AT_ONCE):
        if outcomes.must_stop:
            break
        reached += await stores.step_reach.reached(message_shard.app, step, message_shard.shard, some)
        await outcomes.flush()
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
