"""Messages with variants whose slots a test chooses, planned and clicked without a scheduler."""

from collections.abc import Iterable, Sequence
from functools import reduce
from operator import or_

from tests.support.api.clients import ApiClients
from tests.support.blocks import open_blocks

from pushgate.domain.outcome import ReceiptKind, SlotRef
from pushgate.domain.terminal import Group
from pushgate.ledger.values import Block, MessageShard, Planned

BLOCK = Block(Group("apns", "en"), 0)


async def plan_variants(
    clients: ApiClients, message_id: str, arms: Sequence[int], *, held_out: int = 0, rest: int = 0
) -> None:
    """Plan a message of the shop as a scheduler does. `arms` are the slots of its variants as bits
    of one block, `rest` those that wait for the winner; those of `held_out` get none.
    """
    context, shard = clients.context, await _shard(clients, message_id)
    await open_blocks(context.redis, shard.app, [BLOCK])
    now, claims = context.clock.now(), context.stores.claims
    await claims.claim(now, context.stores.retention.period, "scheduler", 10)
    planned = [Planned(BLOCK, reduce(or_, arms, rest))]
    by_block = [{BLOCK.number: bits} for bits in arms]
    await context.stores.plans.write(
        shard, planned, by_block, {BLOCK.number: held_out}, {BLOCK.number: rest} if rest else None
    )
    await claims.mark_submitted(message_id, "scheduler", now)


async def click(clients: ApiClients, message_id: str, slots: Iterable[int]) -> None:
    """Record a click of each of these slots."""
    shard, refs = await _shard(clients, message_id), [[SlotRef(0, BLOCK.group, slot)] for slot in slots]
    results = clients.context.stores.results
    await results.record_receipts(ReceiptKind.CLICKED, shard.app, message_id, refs, shard.keep_until)


async def _shard(clients: ApiClients, message_id: str) -> MessageShard:
    stores, app = clients.context.stores, clients.context.catalog.apps["shop"].app
    message = (await stores.messages.read(app.name, message_id)).message
    return MessageShard(app, 0, message_id, stores.retention.keep_until(message))
