"""Entries of a stream of events from their bytes. Pure. `events.lua` describes the layout."""

import struct
from collections.abc import Callable, Mapping, Sequence

import msgspec

from pushgate.domain import bitmaps
from pushgate.domain.clock import from_ms
from pushgate.domain.event_type import EventType
from pushgate.domain.message import Status
from pushgate.domain.message_id import Position, small_id
from pushgate.domain.outcome import ReceiptKind, State
from pushgate.eventlog.entries import (
    AppEvent,
    Entry,
    EntryId,
    EpochBegan,
    LargeMoves,
    LargePlanned,
    LargeReceipts,
    MessageChanged,
    Part,
    Registered,
    Removed,
    Shard,
    SmallMoves,
    SmallReceipts,
    Snapshot,
    StepTold,
)

_STATES: Sequence[State | None] = (None, *State)
_FIRST_RECEIPT = 16
_RECEIPTS = {_FIRST_RECEIPT + number: receipt for number, receipt in enumerate(ReceiptKind)}
_COUNTED = {1 + number: state.value for number, state in enumerate(State)}
_COUNTED |= {number: receipt.value for number, receipt in _RECEIPTS.items()} | {32: "targeted"}
STATUSES = (Status.SCHEDULED, Status.SENDING, Status.SENT, Status.CANCELLED)
"""The statuses of small messages, by the number in an entry."""
_FEW_SLOTS = 48
_APP_EVENT = 10
_LENGTH = struct.Struct(">I")


class _Reader:
    """Reads one entry, and remembers the message, the bundle and the labels of its parts."""

    def __init__(self, raw: bytes, shard: Shard) -> None:
        self._raw = raw
        self._shard = shard if isinstance(shard, int) else 0
        self._message_id = ""
        self._bundle = 0
        self._labels = [""]
        self.at = 0

    def number(self, size: int = 1) -> int:
        self.at += size
        return int.from_bytes(self._raw[self.at - size : self.at], "big")

    def _text(self, size: int = 1) -> str:
        length = self.number(size)
        self.at += length
        return self._raw[self.at - length : self.at].decode()

    def _slots(self) -> int:
        count = self.number(2)
        if count <= _FEW_SLOTS:
            offsets = struct.unpack_from(f"<{count}H", self._raw, self.at)
            self.at += 2 * count
            return sum(1 << offset for offset in offsets)
        length = self.number(2)
        self.at += length
        return int.from_bytes(self._raw[self.at - length : self.at], "little")

    def parts(self) -> Sequence[Part]:
        found: list[Part] = []
        while self.at < len(self._raw):
            _READ[self.number()](self, found)
        return tuple(found)

    def read_message(self, found: list[Part]) -> None:
        self._message_id = self._text()

    def read_label(self, found: list[Part]) -> None:
        self._labels.append(self._text(2))

    def read_bundle(self, found: list[Part]) -> None:
        self._bundle = self.number(5)

    def read_planned(self, found: list[Part]) -> None:
        found.append(LargePlanned(self._message_id, self._text(), self.number(4)))

    def read_block(self, found: list[Part]) -> None:
        block, group, from_, to = self.number(4), self._text(), self.number(), self.number()
        label, slots = self._labels[self.number()], self._slots()
        if receipt := _RECEIPTS.get(to):
            found.append(LargeReceipts(self._message_id, block, group, receipt, slots))
        else:
            state = _state(to)
            found.append(LargeMoves(self._message_id, block, group, _STATES[from_], state, label, slots))

    def read_slots(self, found: list[Part]) -> None:
        from_, to = self.number(), self.number()
        label, slots = self._labels[self.number()], self._slots()
        if receipt := _RECEIPTS.get(to):
            found.append(SmallReceipts(self._bundle, receipt, slots))
        else:
            found.append(SmallMoves(self._bundle, _STATES[from_], _state(to), label, slots))

    def read_status(self, found: list[Part]) -> None:
        found.append(MessageChanged(self._text(), Status(self._text())))

    def read_small_status(self, found: list[Part]) -> None:
        created, page, segment, status = self.number(6), self.number(4), self.number(), self.number()
        for offset in bitmaps.offsets(self._slots()):
            message_id = small_id(created, Position(self._shard, page, segment, offset))
            found.append(MessageChanged(message_id, STATUSES[status]))

    def read_registered(self, found: list[Part]) -> None:
        found.append(Registered(self._text(), self._terminals()))

    def read_removed(self, found: list[Part]) -> None:
        found.append(Removed(self._text(), self._terminals()))

    def _terminals(self) -> Sequence[int]:
        count = self.number(2)
        self.at += 4 * count
        return struct.unpack_from(f">{count}I", self._raw, self.at - 4 * count)

    def read_app_event(self, found: list[Part]) -> None:
        kind, fields = msgspec.json.decode(self._text(4), type=tuple[str, dict[str, str]])
        is_step = kind == EventType.TERMINAL_NOT_REACHED
        found.append(_step_told(fields) if is_step else AppEvent(kind, fields))

    def read_epoch(self, found: list[Part]) -> None:
        found.append(EpochBegan(self._text()))

    def read_snapshot(self, found: list[Part]) -> None:
        found.append(Snapshot(self._text(), self._sums()))

    def read_small_snapshot(self, found: list[Part]) -> None:
        created, page, segment, offset = self.number(6), self.number(4), self.number(), self.number(2)
        message_id = small_id(created, Position(self._shard, page, segment, offset))
        found.append(Snapshot(message_id, self._sums()))

    def _sums(self) -> dict[str, dict[str, int]]:
        groups: dict[str, dict[str, int]] = {}
        for _ in range(self.number(2)):
            group = self._text()
            groups[group] = {_COUNTED[self.number()]: self.number(4) for _ in range(self.number())}
        return groups


_READ: dict[int, Callable[[_Reader, list[Part]], None]] = {
    1: _Reader.read_message,
    2: _Reader.read_label,
    3: _Reader.read_planned,
    4: _Reader.read_block,
    5: _Reader.read_bundle,
    6: _Reader.read_slots,
    7: _Reader.read_status,
    8: _Reader.read_registered,
    9: _Reader.read_removed,
    _APP_EVENT: _Reader.read_app_event,
    11: _Reader.read_epoch,
    12: _Reader.read_snapshot,
    13: _Reader.read_small_status,
    14: _Reader.read_small_snapshot,
}


def decode(raw: bytes, entry_id: EntryId, shard: Shard) -> Entry:
    """The entry of a shard's stream. Raises ValueError, KeyError, IndexError or struct.error for
    bytes of another layout.
    """
    reader = _Reader(raw, shard)
    at = from_ms(reader.number(6))
    return Entry(entry_id, at, reader.parts())


def encode_app_event(event: AppEvent) -> bytes:
    """The part of an event that scripts know nothing of."""
    content = msgspec.json.encode((event.type, dict(event.fields)))
    return bytes((_APP_EVENT,)) + _LENGTH.pack(len(content)) + content


def _step_told(fields: Mapping[str, str]) -> StepTold:
    return StepTold(
        message_id=fields["message"],
        block=int(fields["block"]),
        group=fields["group"],
        step=int(fields["step"]),
        unless=fields["unless"],
        slots=int(fields["slots"], 16),
    )


def _state(number: int) -> State:
    state = _STATES[number]
    if state is None:
        raise ValueError("a move leads to a state")
    return state
