"""A personal message to a block, at a vendor that takes one token per request."""

from collections.abc import AsyncIterator, Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import cast

import pytest
from tests.support.apps import SilentAdapter

from pushgate.adapters.contract import PreparedPush, Push, Verdict
from pushgate.adapters.filling import Filling
from pushgate.domain.app import App
from pushgate.domain.message import Content, Options, Personal
from pushgate.domain.outcome import Outcome
from pushgate.domain.terminal import Group
from pushgate.ledger.values import Block, MessageShard
from pushgate.terminals.addressed import Addressed, AddressedTerminals
from pushgate.terminals.tokens import Tokens
from pushgate.worker.personal_block import PersonalBlockPush
from pushgate.worker.personal_push import PersonalMessage, PersonalPush
from pushgate.worker.token_reader import TokenReader

NOW = datetime(2030, 1, 1, tzinfo=UTC)
SHARD = MessageShard(App("shop"), 0, "m", NOW)
BLOCK = Block(Group("fcm", "en"), 0)
NAMES = ["Ann", None, "Bob", "Cem"]
OWN = {b"k0": b"Hi Ann", b"k2": b"Hi Bob", b"k3": b"Hi Cem"}


class FillingAdapter(SilentAdapter):
    """Notes the title that each token gets."""

    def __init__(self) -> None:
        self.titles: dict[bytes, bytes] = {}

    def prepare(self, push: Push, now: datetime) -> PreparedPush:
        return cast("PreparedPush", object())  # nothing is sent by it

    def filling(self, push: Push, now: datetime) -> Filling:
        return Filling(lambda content: content.title.encode(), lambda *ends: Titles(self.titles, *ends))


class Titles:
    """A push that is filled, and noted."""

    def __init__(self, titles: dict[bytes, bytes], before: bytes, after: bytes) -> None:
        self._titles, self._before, self._after = titles, before, after

    async def send(
        self, tokens: Sequence[bytes], parts: Sequence[bytes], may_continue: Callable[[], bool]
    ) -> AsyncIterator[tuple[Sequence[int], Verdict]]:
        for token, part in zip(tokens, parts, strict=True):
            self._titles[token] = self._before + part + self._after
        yield range(len(tokens)), Verdict(Outcome.ACCEPTED, "", "")


class Terminals:
    """The terminals of a block, without a registry."""

    async def read_block(self, *_: object) -> Addressed:
        count = len(NAMES)
        own: list[tuple[str | None, ...]] = [(f"s:{name}" if name else None,) for name in NAMES]
        tokens = [b"k%d" % number for number in range(count)]
        return Addressed(list(range(count)), tokens, [None] * count, own, [(None,)] * count)


def block_push(adapter: FillingAdapter) -> PersonalBlockPush:
    push = Push(
        message_id="m",
        content=Content("Hi {{ name }}", "Today"),
        options=Options(ttl=timedelta(hours=1)),
        expires_at=NOW + timedelta(hours=1),
        callback="c",
    )
    personal = PersonalPush(adapter, "fcm", PersonalMessage.of(push, "en", Personal(), None), NOW)
    tokens = TokenReader(cast("Tokens", None), SHARD)
    return PersonalBlockPush(personal, cast("AddressedTerminals", Terminals()), tokens)


@pytest.mark.parametrize("offsets", [[0, 2, 3], [3, 0, 2], [3, 2]])
async def test_each_token_gets_its_own_text_in_any_order(offsets: list[int]) -> None:
    adapter = FillingAdapter()
    found = await block_push(adapter).find(BLOCK, 0b1111)
    assert list(found.rejected.values()) == [0b10]
    some = {offset: found.tokens[offset] for offset in offsets}
    answered = [indexes async for indexes, _ in found.send(some, lambda: True)]
    assert [list(indexes) for indexes in answered] == [list(range(len(offsets)))]
    assert adapter.titles == {token: OWN[token] for token in some.values()}
