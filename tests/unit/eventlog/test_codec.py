"""Entries from their bytes, and places from their texts."""

import struct

import pytest

from pushgate.domain.clock import from_ms
from pushgate.domain.message import Status
from pushgate.domain.outcome import ReceiptKind, State
from pushgate.eventlog.codec import decode, encode_app_event
from pushgate.eventlog.entries import (
    AppEvent,
    EntryId,
    EpochBegan,
    LargeMoves,
    LargePlanned,
    LargeReceipts,
    MessageChanged,
    Part,
    Registered,
    Removed,
    SmallMoves,
    SmallReceipts,
    Snapshot,
)

PLACE = EntryId(9, 4)
MESSAGE = b"\x01\x02m1"
LABEL = b"\x02\x00\x0capns|gone|x|"
BUNDLE = b"\x05\x00\x00\x00\x00\x07"
GROUP = b"\x07apns/en"
BITS = b"\x00\x80\x00\x80" + (((1 << 128) - 1) << 512).to_bytes(128, "little")


@pytest.mark.parametrize(
    ("raw", "parts"),
    [
        (MESSAGE + b"\x03" + GROUP + b"\x00\x00\x01\x00", [LargePlanned("m1", "apns/en", 256)]),
        (
            MESSAGE + LABEL + b"\x04\x00\x00\x00\x05" + GROUP + b"\x01\x03\x01\x00\x02\x00\x00\x01\x02",
            [LargeMoves("m1", 5, "apns/en", State.PENDING, State.INVALID, "apns|gone|x|", 1 | 1 << 513)],
        ),
        (
            MESSAGE + b"\x04\x00\x00\x00\x05" + GROUP + b"\x00\x10\x00" + BITS,
            [LargeReceipts("m1", 5, "apns/en", ReceiptKind.DELIVERED, ((1 << 128) - 1) << 512)],
        ),
        (
            BUNDLE + b"\x06\x00\x02\x00\x00\x01\x03\x00" + b"\x06\x00\x14\x00\x00\x01\x03\x00",
            [SmallMoves(7, None, State.ACCEPTED, "", 8), SmallReceipts(7, ReceiptKind.RECALLED, 8)],
        ),
        (b"\x07\x02m1\x04sent", [MessageChanged("m1", Status.SENT)]),
        (
            b"\x0d" + struct.pack(">QIBB", 5, 6, 7, 1)[2:] + b"\x00\x02\x00\x00\x03\x00",
            [
                MessageChanged("0000000000051002" + "00000006" + "07" + "0000", Status.SENDING),
                MessageChanged("0000000000051002" + "00000006" + "07" + "0003", Status.SENDING),
            ],
        ),
        (b"\x08" + GROUP + b"\x00\x01\x00\x00\x00\x09", [Registered("apns/en", (9,))]),
        (b"\x09" + GROUP + b"\x00\x01\x00\x00\x00\x09", [Removed("apns/en", (9,))]),
        (b"\x0b\x04lost", [EpochBegan("lost")]),
        (
            b"\x0c\x02m1\x00\x01" + GROUP + b"\x02\x20\x00\x00\x00\x03\x02\x00\x00\x00\x03",
            [Snapshot("m1", {"apns/en": {"targeted": 3, "accepted": 3}})],
        ),
        (
            b"\x0e" + struct.pack(">QIBHH", 5, 6, 7, 3, 1)[2:] + GROUP + b"\x01\x20\x00\x00\x00\x03",
            [Snapshot("0000000000051002" + "00000006" + "07" + "0003", {"apns/en": {"targeted": 3}})],
        ),
        (encode_app_event(AppEvent("vendor.down", {"a": "é"})), [AppEvent("vendor.down", {"a": "é"})]),
    ],
)
def test_parts_are_read(raw: bytes, parts: list[Part]) -> None:
    entry = decode((1700000000000).to_bytes(6, "big") + raw, PLACE, 2)
    assert list(entry.parts) == parts
    assert (entry.id, entry.at) == (PLACE, from_ms(1700000000000))


def test_a_place_is_two_numbers() -> None:
    assert EntryId.parse(str(PLACE)) == PLACE
    assert EntryId(9, 10) > PLACE
    for text in ("", "9", "9-", "-4", "9-4-1", "9-x", "٩-4", "9" * 50 + "-1"):
        with pytest.raises(ValueError, match="two numbers"):
            EntryId.parse(text)
