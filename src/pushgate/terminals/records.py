"""A terminal to its stored row, and back. Pure."""

import zlib
from collections.abc import Iterable
from datetime import datetime

import msgspec

from pushgate.domain.clock import from_ms, to_ms
from pushgate.domain.terminal import Group, Terminal

Version = tuple[bytes, bytes]
"""A terminal as it was read: its slot with its row, and its push token."""
_TIME_BYTES, _SLOT_BYTES = 6, 4
_HALF_CRC_BITS = 16
_encode = msgspec.msgpack.Encoder().encode


def bucket_of(terminal_id: str) -> int:
    """The bucket of the index of ids in which a terminal is.

    The upper half of the CRC: the lower half decides the shard, so that it would leave a shard few
    of the buckets.
    """
    return zlib.crc32(terminal_id.encode()) >> _HALF_CRC_BITS


def group_of(terminal: Terminal) -> Group:
    """The group in which the terminal is registered."""
    return Group(terminal.vendor, terminal.group_language or terminal.language)


def encode_terminals(terminals: Iterable[Terminal], now: datetime) -> list[str | int | bytes]:
    """Terminals as `register.lua` takes them, one after another: id, bucket, group, token, user,
    row.
    """
    head, values = to_ms(now).to_bytes(_TIME_BYTES, "little"), list[str | int | bytes]()
    for terminal in terminals:
        terminal_id, user, group = terminal.id, terminal.user, group_of(terminal)
        language = terminal.language != group.language and terminal.language
        fields = (terminal_id, user or False, terminal.timezone or False, terminal.tags, language)
        row = head + _encode(fields)
        values += (terminal_id, bucket_of(terminal_id), group.key, terminal.token, user or "", row)
    return values


def decode_id(row: bytes) -> str:
    """The id of the terminal that has a row, or had it before the slot became free."""
    return str(msgspec.msgpack.decode(row[_TIME_BYTES:])[0])


def registered_at(record: bytes) -> datetime:
    """When the terminal of a slot with its row was registered or changed last."""
    return from_ms(int.from_bytes(record[_SLOT_BYTES : _SLOT_BYTES + _TIME_BYTES], "little"))


def decode_terminal(record: bytes, token: bytes, group_key: bytes) -> Terminal:
    """The terminal of a slot with its row, its push token and its group."""
    fields = msgspec.msgpack.decode(record[_SLOT_BYTES + _TIME_BYTES :])
    terminal_id, user, timezone, tags, language = fields
    group = Group.parse(group_key.decode())
    return Terminal(
        id=terminal_id,
        vendor=group.vendor,
        token=token.decode(),
        language=language or group.language,
        user=user or None,
        tags=tuple(tags),
        timezone=timezone or None,
        group_language=group.language if language else None,
    )
