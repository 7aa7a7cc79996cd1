"""A recall counts what each block brings, though blocks are taken back in parallel."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import cast

import pytest

from pushgate.adapters.contract import Adapter, Prepared, Push, Verdict
from pushgate.adapters.registry import vendors
from pushgate.apps.catalog import ConfiguredApp, ConfiguredVendor
from pushgate.domain.app import App, PushRate
from pushgate.domain.audience import AudienceKind, AudienceSummary
from pushgate.domain.message import Content, Message, Options, Status
from pushgate.domain.outcome import Outcome, ReceiptKind, RefusalScope, SlotRef, State
from pushgate.domain.terminal import Group
from pushgate.ledger.values import Block
from pushgate.messages.retention import Retention
from pushgate.messages.stored import StoredMessage
from pushgate.recall.recall import recall
from pushgate.stores import Stores

APP = App("shop")
NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
MESSAGE = Message(
    id="0" * 30,
    app="shop",
    content={"en": Content("t", "b")},
    default_language="en",
    push_at=NOW,
    created_at=NOW,
    audience=AudienceSummary(AudienceKind.ALL),
    options=Options(),
)


class TakesAllBack:
    """The adapter of a vendor that takes every push back at once."""

    def recall(self, push: Push) -> Prepared:
        return self

    def scopes(self, count: int) -> Mapping[RefusalScope, str]:
        return {}

    async def send(
        self, tokens: Sequence[bytes], may_continue: Callable[[], bool]
    ) -> AsyncIterator[tuple[Sequence[int], Verdict]]:
        yield range(len(tokens)), Verdict(Outcome.ACCEPTED, "200", "")


class Accepted:
    """The stores of a message that was accepted in these blocks."""

    def __init__(self, blocks: Mapping[Block, int]) -> None:
        self._blocks = blocks

    async def message(self, app: App, message_id: str) -> StoredMessage:
        return StoredMessage(MESSAGE, Status.SENT)

    async def account(self, app: App, message_id: str) -> None:
        return None

    async def parts(self, message_id: str) -> list[str]:
        return [message_id]

    async def results(self, app: App, message_id: str) -> object:
        groups = [SimpleNamespace(vendor="huawei", states={State.ACCEPTED: 1})]
        return None, SimpleNamespace(groups=groups)

    async def recallable(
        self, app: App, message_id: str, shard: int, vendors: Sequence[str]
    ) -> Mapping[Block, int]:
        return self._blocks

    async def tokens(
        self, app: App, shard: int, message_id: str, group: Group, block: int, bits: int
    ) -> dict[int, bytes]:
        return dict.fromkeys(range(bits.bit_count()), b"token")

    async def record(
        self,
        kind: ReceiptKind,
        app: App,
        message_id: str,
        slots: Sequence[Sequence[SlotRef]],
        keep_until: datetime,
    ) -> list[int]:
        await asyncio.sleep(0)  # the others come to the same place meanwhile, as they do with Redis
        return [1] * len(slots)

    def stores(self) -> Stores:
        stores = SimpleNamespace(
            tracked=SimpleNamespace(
                messages=SimpleNamespace(read=self.message, account=self.account),
                results=SimpleNamespace(find=self.results),
                families=SimpleNamespace(ids=self.parts),
            ),
            results=SimpleNamespace(recallable=self.recallable, record_receipts=self.record),
            tokens=SimpleNamespace(read=self.tokens),
            retention=Retention(timedelta(days=1)),
        )
        return cast("Stores", stores)


@pytest.mark.parametrize("blocks", [1, 2, 8, 20])
async def test_the_terminals_of_all_blocks_count(blocks: int) -> None:
    accepted = Accepted({Block(Group("huawei", "en"), number): 0b111 for number in range(blocks)})
    vendor = ConfiguredVendor(
        vendor=vendors()["huawei"], adapter=cast("Adapter", TakesAllBack()), rate=PushRate()
    )
    configured = ConfiguredApp(app=APP, default_language="en", vendors={"huawei": vendor})
    result = await recall(accepted.stores(), configured, MESSAGE.id)
    assert (result.recalled, result.remaining) == (3 * blocks, 0)
