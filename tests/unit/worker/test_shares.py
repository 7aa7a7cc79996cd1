"""Which slots of a block are in a message's canary."""

import math
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pushgate.domain import bitmaps
from pushgate.domain.app import App
from pushgate.domain.terminal import Group
from pushgate.ledger.values import Block, MessageShard
from pushgate.worker.shares import canary_of

ALL = 2**bitmaps.SLOTS_PER_BLOCK - 1
BLOCKS = [Block(Group("apns", "en"), number) for number in range(400)]


def scope(message_id: str = "m", shard: int = 0) -> MessageShard:
    return MessageShard(App("shop"), shard, message_id, datetime(2030, 1, 1, tzinfo=UTC))


@pytest.mark.parametrize("share", [0.1, 1, 10, 37.5, 50])
def test_a_share_of_all_blocks_is_in_it(share: float) -> None:
    found = canary_of(dict.fromkeys(BLOCKS, ALL), scope(), share)
    assert found.keys() == set(BLOCKS)
    slots = len(BLOCKS) * bitmaps.SLOTS_PER_BLOCK
    wanted = slots * share / 100
    error = 5 * math.sqrt(wanted * (1 - share / 100))
    assert abs(sum(bits.bit_count() for bits in found.values()) - wanted) < error
    by_offset = [sum(bits >> offset & 1 for bits in found.values()) for offset in range(0, 1024, 31)]
    assert max(by_offset) < len(BLOCKS) * share / 100 + 6 * math.sqrt(len(BLOCKS) * share / 100) + 5


@given(st.integers(0, ALL), st.integers(0, ALL), st.floats(0.1, 50))
def test_a_slot_is_in_it_or_not_whatever_else_is_pending(first: int, second: int, share: float) -> None:
    block = BLOCKS[0]
    of_all = canary_of({block: ALL}, scope(), share)[block]
    for pending in (first, second, first & second):
        assert canary_of({block: pending}, scope(), share)[block] == of_all & pending
    assert of_all & ~canary_of({block: ALL}, scope(), 50)[block] == 0, "a larger share has all of a smaller"


def test_messages_shards_and_blocks_have_samples_of_their_own() -> None:
    pending = dict.fromkeys(BLOCKS[:2], ALL)
    samples = [
        bits
        for one in (scope(), scope("other"), scope(shard=1))
        for bits in canary_of(pending, one, 10).values()
    ]
    assert len(set(samples)) == 6
