"""Slots in the answers of scripts."""

import pytest

from pushgate.domain.outcome import SlotRef
from pushgate.domain.terminal import Group
from pushgate.terminals.shard_scripts import parse_slots


@pytest.mark.parametrize(
    ("text", "slots"),
    [
        (b"", []),
        (b"apns/en 7", [SlotRef(2, Group("apns", "en"), 7)]),
        (
            b"fcm/ja 0\napns/zh-Hant 1030",
            [SlotRef(2, Group("fcm", "ja"), 0), SlotRef(2, Group("apns", "zh-Hant"), 1030)],
        ),
    ],
)
def test_each_line_is_a_slot_of_the_shard(text: bytes, slots: list[SlotRef]) -> None:
    assert parse_slots(2, text) == slots
