"""Packs bundles into the bytes that scripts take, and unpacks them. Pure. `home.lua` and
`bundle.lua` describe the layout.
"""

import struct
from collections.abc import Container, Sequence
from dataclasses import dataclass

from pushgate.bundles.bundle_values import BundleSlot
from pushgate.bundles.values import Send
from pushgate.domain.message_id import Position
from pushgate.domain.outcome import FailureCode, State
from pushgate.domain.terminal import Group
from pushgate.ledger.values import Failure, failure_label

SEND = struct.Struct(">HBBHI")
SEGMENT_PLACE = struct.Struct(">IB")
MAX_LABELS = 32
"""Labels of one bundle, beside one for the others of each state."""
_TRY = struct.Struct(">HBB")
_LENGTH = struct.Struct(">H")
_POSITION = struct.Struct(">HIBB")


@dataclass(frozen=True, slots=True)
class BundleHead:
    """What the sends of a bundle refer to: segments by page and number, and groups."""

    vendor: str
    priority: int
    places: Sequence[tuple[int, int]]
    groups: Sequence[Group]


def pack_head(head: BundleHead) -> bytes:
    """The head's bytes."""
    vendor = head.vendor.encode()
    parts = [bytes((len(vendor),)), vendor, bytes((head.priority,)), _LENGTH.pack(len(head.places))]
    parts += (SEGMENT_PLACE.pack(*place) for place in head.places)
    parts.append(bytes((len(head.groups),)))
    for group in head.groups:
        name = group.key.encode()
        parts += (bytes((len(name),)), name)
    return b"".join(parts)


def unpack_head(raw: bytes) -> tuple[BundleHead, int]:
    """Read a head back; returns where the sends begin, too."""
    at = 1 + raw[0]
    vendor, priority = raw[1:at].decode(), raw[at]
    (count,) = _LENGTH.unpack_from(raw, at + 1)
    at += 3
    places = [SEGMENT_PLACE.unpack_from(raw, at + SEGMENT_PLACE.size * number) for number in range(count)]
    at += SEGMENT_PLACE.size * count
    groups: list[Group] = []
    number_of_groups, at = raw[at], at + 1
    for _ in range(number_of_groups):
        end = at + 1 + raw[at]
        groups.append(Group.parse(raw[at + 1 : end].decode()))
        at = end
    return BundleHead(vendor, priority, places, groups), at


def unpack_due(
    raw: Sequence[bytes], sends_at: int, groups: Sequence[Group], now_s: int, *, deferred: bool = False
) -> list[BundleSlot]:
    """The pending slots that are to be sent now or have expired, from a bundle's sends with its
    head, states, seconds, expiry, tries and labels. With `deferred`, instead, the slots whose quiet
    hours have ended, and about which a scheduler decides.
    """
    sends, states, seconds, expiry, tries, labels = raw
    due_at, expires, attempts = _unpack_columns(len(states), seconds, expiry, tries)
    waiting = _deferred(tries, labels)
    rows = SEND.iter_unpack(memoryview(sends)[sends_at:])
    return [
        BundleSlot(
            number=number,
            send=Send(segment, index, shard, slot),
            group=groups[group],
            expires_s=expires[number],
            attempts=attempts.get(number, 0),
        )
        for number, (segment, index, group, shard, slot) in enumerate(rows)
        if not states[number] & 7
        and (
            (due_at[number] <= now_s and (number in waiting) is deferred)
            or (expires[number] <= now_s and not deferred)
        )
    ]


def _deferred(tries: bytes, labels: bytes) -> Container[int]:
    """The slots whose label says that they are held until quiet hours end."""
    code = FailureCode.QUIET_HOURS.encode()
    if code not in labels:
        return ()
    numbers = {
        number for number, label in enumerate(labels.split(b"\n"), 1) if label.split(b"|", 3)[2] == code
    }
    return {slot for slot, _, number in _TRY.iter_unpack(tries) if number in numbers}


def _unpack_columns(
    size: int, seconds: bytes, expiry: bytes, tries: bytes
) -> tuple[Sequence[int], Sequence[int], dict[int, int]]:
    """When each of `size` slots is due, when it expires, and the tries of those that were tried."""
    expires = struct.unpack(f">{len(expiry) // 4}I", expiry)
    if len(expires) == 1:
        expires *= size
    attempts = {slot: count for slot, count, _ in _TRY.iter_unpack(tries)}
    return struct.unpack(f">{size}I", seconds), expires, attempts


@dataclass(frozen=True, slots=True)
class HeldSlot:
    """A pending slot that is put aside: its number, its segment as an index into those of the
    bundle, its index in the segment, when it expires, and how often it was tried.
    """

    number: int
    segment: int
    index: int
    expires_s: int
    attempts: int


def unpack_held(raw: Sequence[bytes]) -> tuple[Sequence[tuple[int, int]], list[HeldSlot]]:
    """Read the places of a bundle's segments, and the pending slots that are put aside, from its
    sends with its head, states, seconds, expiry and tries.
    """
    sends, states, seconds, expiry, tries = raw
    head, sends_at = unpack_head(sends)
    due_at, expires, attempts = _unpack_columns(len(states), seconds, expiry, tries)
    rows = SEND.iter_unpack(memoryview(sends)[sends_at:])
    return head.places, [
        HeldSlot(number, segment, index, expires[number], attempts.get(number, 0))
        for number, (segment, index, *_) in enumerate(rows)
        if not states[number] & 7 and due_at[number] >= expires[number]
    ]


def pack_place(page: int, segment: int) -> bytes:
    """The place of a segment, as the home's queues name it."""
    return SEGMENT_PLACE.pack(page, segment)


def bundle_label(failure: Failure | None, state: State) -> str:
    """The label of a failure as a bundle keeps it, on one line; empty for none."""
    return " ".join(failure_label(failure, state).splitlines())


def pack_slots(slots: Sequence[int]) -> bytes:
    """Numbers of slots, 2 bytes each."""
    return struct.pack(f">{len(slots)}H", *slots)


def unpack_slots(raw: bytes) -> tuple[int, ...]:
    """Read numbers of slots back."""
    return struct.unpack(f">{len(raw) // 2}H", raw)


def pack_position(position: Position) -> bytes:
    """The position of a message in 8 bytes, as the histories of terminals hold it."""
    return _POSITION.pack(*position)


def unpack_position(entry: bytes) -> Position:
    """Read the position of a message back."""
    return Position(*_POSITION.unpack(entry))
