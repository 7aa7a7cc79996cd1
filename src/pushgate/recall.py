"""Takes messages back from terminals where the vendor can do that; stops those still being sent.

In: an app and a message id. Out: what each vendor did. Knows no HTTP.
"""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta

from pushgate.adapters.contract import Prepared, Push, SupportsRecall
from pushgate.apps.catalog import ConfiguredApp
from pushgate.cancellation import end_pending
from pushgate.domain import bitmaps
from pushgate.domain.app import App
from pushgate.domain.errors import Conflict, PayloadRejected, VendorError
from pushgate.domain.message import Message, Status
from pushgate.domain.outcome import Outcome, ReceiptKind, SlotRef, State
from pushgate.ledger.values import Block
from pushgate.messages.stored import StoredMessage
from pushgate.stores import Stores

TIME_LIMIT = timedelta(seconds=20)
"""How long one recall goes on. The next one continues where it ended."""
_PARALLEL_BLOCKS = 8


@dataclass(slots=True)
class VendorRecall:
    """What a recall did at one vendor, in numbers of terminals.

    `remaining` counts terminals that were not asked yet or gave no answer. `reason` says what is in
    the way, if anything.
    """

    vendor: str
    can_recall: bool = False
    recalled: int = 0
    failed: int = 0
    remaining: int = 0
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class RecallResult:
    """What a recall did: the message's status, and each vendor that had taken the message."""

    status: Status
    vendors: Sequence[VendorRecall]

    @property
    def recalled(self) -> int:
        """How many terminals the message was taken back from."""
        return sum(one.recalled for one in self.vendors)

    @property
    def remaining(self) -> int:
        """How many terminals the next recall has to ask."""
        return sum(one.remaining for one in self.vendors)


async def recall(stores: Stores, configured: ConfiguredApp, message_id: str) -> RecallResult:
    """Stop a message, and take it back from the terminals that have it or may have it. Idempotent.

    Goes on for at most `TIME_LIMIT`. Raises NotFound, Conflict for a dry run, EngineUnavailable.
    """
    app = configured.app
    stored = await stores.messages.read(app.name, message_id)
    if stored.message.options.dry_run:
        raise Conflict("the message is a dry run: nothing is delivered; cancel it, if it is still scheduled")
    stored = await _stop(stores, app, stored)
    report = await stores.results.report(app, message_id)
    accepted_by = {group.vendor for group in report.groups if group.states[State.ACCEPTED]}
    deadline = asyncio.get_running_loop().time() + TIME_LIMIT.total_seconds()
    vendors: list[VendorRecall] = []
    for vendor in sorted({group.vendor for group in report.groups}):
        run = _VendorRun(stores, configured, stored.message, vendor)
        blocks = await run.read_blocks()
        await run.run(blocks, deadline)
        if vendor in accepted_by or blocks:
            vendors.append(run.result)
    return RecallResult(stored.status, vendors)


async def _stop(stores: Stores, app: App, stored: StoredMessage) -> StoredMessage:
    """Stop the message unless it was sent. Only pushes in flight are sent after that."""
    if stored.status is not Status.SENT:
        with suppress(Conflict):  # it was sent just now
            stored = await stores.messages.cancel(app.name, stored.message.id)
        await end_pending(stores, app, stored.message)
    return stored


@dataclass(frozen=True, slots=True)
class _ShardBlock:
    """The slots of one block that have the message or may have it."""

    shard: int
    block: Block
    bits: int


class _VendorRun:
    """The recall of one message at one vendor."""

    def __init__(self, stores: Stores, configured: ConfiguredApp, message: Message, vendor: str) -> None:
        self._stores = stores
        self._configured = configured
        self._message = message
        self.result = VendorRecall(vendor)

    async def read_blocks(self) -> list[_ShardBlock]:
        """Return all slots that have the message or may have it through this vendor."""
        app, vendor = self._configured.app, self.result.vendor
        return [
            _ShardBlock(shard, block, bits)
            for shard in range(app.shards)
            for block, bits in (
                await self._stores.results.recallable(app, self._message.id, shard, [vendor])
            ).items()
        ]

    async def run(self, blocks: Sequence[_ShardBlock], deadline: float) -> None:
        """Take the message back from these slots until the deadline, a time of the event loop."""
        result = self.result
        result.remaining = sum(part.bits.bit_count() for part in blocks)
        configured_vendor = self._configured.vendors.get(result.vendor)
        adapter: object = configured_vendor.adapter if configured_vendor else None
        if not isinstance(adapter, SupportsRecall):
            result.reason = (
                "the vendor cannot" if adapter else "the app has no settings for the vendor any more"
            )
            return
        try:
            prepared = adapter.recall(_push(self._message))
            result.can_recall = True
            await self._recall_blocks(prepared, blocks, deadline)
        except PayloadRejected as error:
            result.reason = str(error)
        except VendorError as error:
            result.reason = f"{error.code}: {error.reason}"

    async def _recall_blocks(
        self, prepared: Prepared, blocks: Sequence[_ShardBlock], deadline: float
    ) -> None:
        for start in range(0, len(blocks), _PARALLEL_BLOCKS):
            if asyncio.get_running_loop().time() >= deadline:
                self.result.reason = "the time of this call is over; call again to go on"
                return
            calls = [self._recall_block(prepared, part) for part in blocks[start : start + _PARALLEL_BLOCKS]]
            # All of them end, and record what was taken back, before the first error is raised.
            for failure in filter(None, await asyncio.gather(*calls, return_exceptions=True)):
                raise failure

    async def _recall_block(self, prepared: Prepared, part: _ShardBlock) -> None:
        """Take the message back from the slots of a block and record the result. Raises
        VendorError.
        """
        result, block = self.result, part.block
        tokens = await self._stores.tokens.read(
            self._configured.app, part.shard, self._message.id, block.group, block.number, part.bits
        )
        result.remaining -= part.bits.bit_count() - len(tokens)  # forgotten terminals have no token
        offsets, recalled = list(tokens), list[int]()
        try:
            async for indexes, verdict in prepared.send(list(tokens.values()), lambda: True):
                if verdict.outcome in (Outcome.RETRY, Outcome.UNKNOWN):
                    result.reason = f"{verdict.code}: {verdict.reason}; call again to go on"
                    continue
                result.remaining -= len(indexes)
                if verdict.outcome is Outcome.ACCEPTED:
                    recalled += [offsets[index] for index in indexes]
                else:
                    result.failed += len(indexes)
                    result.reason = f"{verdict.code}: {verdict.reason}"
        finally:
            # Awaited first: blocks are recalled in parallel, and all add to the same number.
            recorded = await self._record(part, recalled)
            result.recalled += recorded

    async def _record(self, part: _ShardBlock, recalled: Sequence[int]) -> int:
        """Record that the message was taken back at these offsets; returns for how many this is
        new.
        """
        first = part.block.number * bitmaps.SLOTS_PER_BLOCK
        slots = [[SlotRef(part.shard, part.block.group, first + offset)] for offset in recalled]
        verdicts = await self._stores.results.record_receipts(
            ReceiptKind.RECALLED,
            self._configured.app,
            self._message.id,
            slots,
            self._stores.retention.keep_until(self._message),
        )
        return verdicts.count(1)


def _push(message: Message) -> Push:
    """Return the push as it was sent, for the vendor to find it. Nobody reports on it, so it has no
    callback token.
    """
    content = message.content[message.default_language]
    return Push(
        message_id=message.id,
        content=content,
        options=message.options,
        expires_at=message.expires_at,
        callback="",
    )
