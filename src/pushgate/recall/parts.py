"""The terminals from which a message can be taken back, in parts: blocks of a large message, or the
slots of a small one.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from pushgate.bundles.account_values import MessageSlot, SmallAccount
from pushgate.domain import bitmaps
from pushgate.domain.app import App
from pushgate.domain.audience import ByToken
from pushgate.domain.message import Message
from pushgate.domain.outcome import ReceiptKind, SlotRef, State
from pushgate.ledger.results import NEW
from pushgate.ledger.values import Block
from pushgate.stores import Stores


class RecallPart(Protocol):
    """Terminals that have the message or may have it. All calls raise EngineUnavailable."""

    @property
    def size(self) -> int:
        """How many terminals the part has."""
        ...

    async def tokens(self) -> dict[int, bytes]:
        """The push tokens of the terminals that are still registered, by a number within the
        part.
        """
        ...

    async def record(self, numbers: Sequence[int]) -> int:
        """Record that the message was taken back from these terminals; returns for how many this is
        new.
        """
        ...


async def parts_of(stores: Stores, app: App, message: Message, vendor: str) -> Sequence[RecallPart]:
    """All terminals that have the message, or may have it, through this vendor.

    Raises NotFound, EngineUnavailable.
    """
    account = await stores.tracked.messages.account(app, message.id)
    if account is not None:
        slots = [slot for slot in account.slots if slot.group.vendor == vendor and _may_have_it(slot)]
        return [_SmallPart(stores, app, account, slots)] if slots else []
    return [
        _BlockPart(stores, app, message, shard, block, bits)
        for shard in range(app.shards)
        for block, bits in (await stores.results.recallable(app, message.id, shard, [vendor])).items()
    ]


def _may_have_it(slot: MessageSlot) -> bool:
    has_it = slot.state is State.ACCEPTED or slot.in_doubt
    return has_it and ReceiptKind.RECALLED not in slot.receipt_times


@dataclass(frozen=True, slots=True)
class _BlockPart:
    """Slots of one block of a large message."""

    stores: Stores
    app: App
    message: Message
    shard: int
    block: Block
    bits: int

    @property
    def size(self) -> int:
        return self.bits.bit_count()

    async def tokens(self) -> dict[int, bytes]:
        block = self.block
        return await self.stores.tokens.read(
            self.app, self.shard, self.message.id, block.group, block.number, self.bits
        )

    async def record(self, numbers: Sequence[int]) -> int:
        first = self.block.number * bitmaps.SLOTS_PER_BLOCK
        slots = [[SlotRef(self.shard, self.block.group, first + offset)] for offset in numbers]
        verdicts = await self.stores.results.record_receipts(
            ReceiptKind.RECALLED,
            self.app,
            self.message.id,
            slots,
            self.stores.retention.keep_until(self.message),
        )
        return verdicts.count(NEW)


@dataclass(frozen=True, slots=True)
class _SmallPart:
    """Slots of a small message, by their place in the list."""

    stores: Stores
    app: App
    account: SmallAccount
    slots: Sequence[MessageSlot]

    @property
    def size(self) -> int:
        return len(self.slots)

    async def tokens(self) -> dict[int, bytes]:
        by_shard: dict[int, list[int]] = {}
        found: dict[int, bytes] = {}
        for number, slot in enumerate(self.slots):
            if slot.is_inline:
                found[number] = self._inline_token(slot)
            else:
                by_shard.setdefault(slot.terminal_shard, []).append(number)
        for shard, numbers in by_shard.items():
            wanted = [self.slots[number].terminal_slot for number in numbers]
            tokens = await self.stores.tokens.read_current(self.app, shard, wanted)
            found |= {
                number: tokens[slot] for number, slot in zip(numbers, wanted, strict=True) if slot in tokens
            }
        return found

    async def record(self, numbers: Sequence[int]) -> int:
        slots = [self.slots[number] for number in numbers]
        reports = [(self.account.message_id, [(slot.terminal_shard, slot.terminal_slot)]) for slot in slots]
        verdicts = await self.stores.small_accounts.record_receipts(ReceiptKind.RECALLED, self.app, reports)
        return verdicts.count(NEW)

    def _inline_token(self, slot: MessageSlot) -> bytes:
        assert self.account.message is not None, "a message without content is not recalled"
        audience = self.account.message.audience
        assert isinstance(audience, ByToken)
        return audience.tokens[slot.terminal_slot].token.encode()
