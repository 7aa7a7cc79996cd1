"""Messages with variants in a pipeline: sent, shown by the simulated vendors, clicked."""

import json
from collections.abc import Sequence
from typing import cast

from tests.support.messages import with_variants
from tests.support.pipeline import APP, LEASE, Pipeline
from tests.support.sandbox import Sandbox

from pushgate.domain.experiment import Split
from pushgate.domain.message import Content, Message, Options
from pushgate.domain.outcome import ReceiptKind, SlotRef
from pushgate.domain.terminal import Group
from pushgate.ledger.values import Block, MessageShard
from pushgate.tracking.experiments import Experiment


async def dispatch(
    pipeline: Pipeline,
    split: Split,
    options: Options | None = None,
    contents: Sequence[Content] = (),
    claimed_by: str = "",
) -> Message:
    """Store a message as `with_variants` makes it, and plan it; or let another scheduler claim
    it.
    """
    message = with_variants(pipeline.clock, split, options, contents)
    await pipeline.stores.messages.put(message)
    if claimed_by:
        await pipeline.stores.claims.claim(pipeline.clock.now(), LEASE, claimed_by, 1)
    else:
        await pipeline.dispatch_due()
    return message


def received(sandbox: Sandbox, vendor: str) -> dict[str, str]:
    """The title that each push token got."""
    found: dict[str, str] = {}
    for request in sandbox.received(vendor=vendor):
        tokens = cast("list[str]", request["tokens"])
        for got in tokens:  # a login has none
            body = json.loads(str(request["body"]))
            shown = body["aps"]["alert"] if vendor == "apns" else body["message"]["notification"]
            assert got not in found, "nobody gets two variants"
            found[got] = shown["title"]
    return found


async def experiment(pipeline: Pipeline, message: Message) -> Experiment:
    found = await pipeline.stores.tracked.experiments.find(APP, message.envelope)
    assert found is not None
    return found


async def click(
    pipeline: Pipeline,
    message: Message,
    arm: int,
    count: int,
    kind: ReceiptKind = ReceiptKind.CLICKED,
) -> None:
    """Let so many terminals of a variant click, or send another receipt."""
    assert message.split is not None
    shard = MessageShard(APP, 0, message.id, pipeline.stores.retention.keep_until(message))
    blocks = [Block(Group("apns", "en"), 0)]
    (held,) = (await pipeline.stores.arms.read(shard, message.split, blocks))[arm].values()
    slots = [[SlotRef(0, Group("apns", "en"), offset)] for offset in range(1024) if held >> offset & 1][
        :count
    ]
    assert len(slots) == count
    await pipeline.stores.results.record_receipts(kind, APP, message.id, slots, shard.keep_until)
