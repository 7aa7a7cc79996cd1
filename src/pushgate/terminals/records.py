"""A terminal to its stored row, and back. Pure."""

import zlib
from datetime import datetime

import msgspec

from pushgate.domain.clock import to_ms
from pushgate.domain.terminal import Group, Terminal

Version = tuple[bytes, bytes]
"""A terminal as it was read: its slot with its row, and its push token."""
_TIME_BYTES, _SLOT_BYTES = 6, 4
_HALF_CRC_BITS = 16


def bucket_of(terminal_id: str) -> int:
    """The bucket of the index of ids in which a terminal is.

    The upper half of the CRC: the lower half decides the shard, so that it would leave a shard few
    of the buckets.
    """
    return zlib.crc32(terminal_id.encode()) >> _HALF_CRC_BITS


def group_of(terminal: Terminal) -> Group:
    """The group in which the terminal is registered."""
    return Group(terminal.vendor, terminal.group_language or terminal.language)


def encode_terminal(terminal: Terminal, now: datetime) -> tuple[str | int | bytes, ...]:
    """A terminal as `register.lua` takes it: id, bucket, group, token, user, row."""
    return (
        terminal.id,
        bucket_of(terminal.id),
        group_of(terminal).key,
        terminal.token,
        terminal.user or "",
        _row(terminal, now),
    )


def _row(terminal: Terminal, now: datetime) -> bytes:
    """The row that `slots.lua` describes."""
    fields = (
        terminal.id,
        terminal.user or False,
        terminal.timezone or False,
        terminal.tags,
        terminal.group_language not in (None, terminal.language) and terminal.language,
    )
    return to_ms(now).to_bytes(_TIME_BYTES, "little") + msgspec.msgpack.encode(fields)


def decode_id(row: bytes) -> str:
    """The id of the terminal that has a row, or had it before the slot became free."""
    return str(msgspec.msgpack.decode(row[_TIME_BYTES:])[0])


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
