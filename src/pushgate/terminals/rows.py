"""Encodes a terminal as its stored row, and decodes it. Pure."""

import struct
import zlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime

import msgspec

from pushgate.content.language import for_grouping
from pushgate.domain.attributes import value_of, value_text
from pushgate.domain.clock import from_ms, to_ms
from pushgate.domain.terminal import Group, Terminal
from pushgate.terminals.terms import (
    ANONYMOUS_TERM,
    language_term,
    opt_out_term,
    tag_term,
    timezone_term,
    version_term,
)

Version = tuple[bytes, bytes]
"""A terminal as it was read: its slot with its row, and its push token."""
NEW: Version = (b"new", b"")
"""In place of a version: the terminal must not be known yet."""
_NAME_BYTES = 3
_SLOT_BYTES, _TIME_BYTES = 4, 6
_SECONDS = struct.Struct("<II")
_HEAD_BYTES = _TIME_BYTES + _SECONDS.size
_COUNTS = tuple(bytes([count]) for count in range(256))
_HALF_CRC_BITS = 16
_FREE = (b"\x00\x91", b"\x00\x92")
"""No names, and a MessagePack list: a free slot's row has the id, and the user if there is one."""
_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(tuple[str, str | bool, str | bool, dict[str, str] | bool]).decode
_decode_any = msgspec.msgpack.Decoder(list[object]).decode


def bucket_of(terminal_id: str) -> int:
    """The bucket of the index of ids in which a terminal is.

    The upper half of the CRC: the lower half decides the shard, so that it would leave a shard few
    of the buckets.
    """
    return zlib.crc32(terminal_id.encode()) >> _HALF_CRC_BITS


def group_key(terminal: Terminal) -> str:
    """The text form of the group in which the terminal is registered."""
    return f"{terminal.vendor}/{terminal.group_language or terminal.language}"


def names_for(terminal: Terminal) -> list[str]:
    """The values that the terminal shares with many others, as names: tags, time zone, version of
    the app, its language as for grouping where its group has another one, that it is anonymous, and
    the categories that it opted out of.
    """
    names = [tag_term(tag) for tag in terminal.tags]
    if terminal.timezone:
        names.append(timezone_term(terminal.timezone))
    if terminal.app_version:
        names.append(version_term(terminal.app_version))
    if terminal.group_language and (own := for_grouping(terminal.language)) != terminal.group_language:
        names.append(language_term(own))
    if terminal.is_anonymous:
        names.append(ANONYMOUS_TERM)
    names += map(opt_out_term, terminal.opt_out or ())
    return names


def encode_fields(terminal: Terminal) -> bytes:
    """The fields of a row that follow the names."""
    group_language = terminal.group_language or terminal.language
    language = terminal.language != group_language and terminal.language
    attributes = {name: value_text(value) for name, value in terminal.attributes.items()}
    return _encode((terminal.id, terminal.user or False, language, attributes or False))


def encode_terminals(terminals: Iterable[Terminal], now: datetime) -> list[str | int | bytes]:
    """Terminals as `register.lua` takes them: how many names follow, the names, then one terminal
    after another. The place 0 before its names says that the opt-outs among them are all.
    """
    places: dict[str, int] = {}
    values = list[str | int | bytes]()
    for terminal in terminals:
        own = [places.setdefault(name, len(places) + 1) for name in names_for(terminal)]
        if terminal.opt_out is not None:
            own.insert(0, 0)
        values += (
            terminal.id,
            bucket_of(terminal.id),
            group_key(terminal),
            terminal.token,
            to_ms(terminal.last_seen or now) // 1000,
            to_ms(terminal.registered_at) // 1000 if terminal.registered_at else "",
            struct.pack(f"<{len(own)}H", *own),
            encode_fields(terminal),
        )
    return [len(places), *places, *values]


def pack_number(number: int) -> bytes:
    """The number of a name, as a row has it."""
    return number.to_bytes(_NAME_BYTES, "little")


def pack_row(
    terminal: Terminal, numbers: Sequence[bytes], changed_ms: int, registered: int, seen: int
) -> bytes:
    """The row of a terminal with the numbers of its names, as `register.lua` packs it. It was
    registered first and seen last in these seconds.
    """
    changed = changed_ms.to_bytes(_TIME_BYTES, "little")
    times = _SECONDS.pack(registered, seen)
    return b"".join((changed, times, _COUNTS[len(numbers)], *numbers, encode_fields(terminal)))


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """A row of the registry: a terminal without group and push token, or the id and the user that a
    free slot keeps.
    """

    id: str
    user: str | None = None
    language: str | None = None
    """The terminal's own language, where its group has another one."""
    attributes: Mapping[str, str] = {}
    """Texts of values by name."""
    names: tuple[str, ...] = ()
    changed_at: datetime
    registered_at: datetime
    seen_at: datetime


def numbers_in(row: bytes) -> list[int]:
    """The numbers of a row's names."""
    first = _HEAD_BYTES + 1
    ends = range(first + _NAME_BYTES, first + _NAME_BYTES * row[_HEAD_BYTES] + 1, _NAME_BYTES)
    return [int.from_bytes(row[end - _NAME_BYTES : end], "little") for end in ends]


def fields_in(row: bytes) -> bytes:
    """The fields of a row that follow its names, as MessagePack."""
    return row[_HEAD_BYTES + 1 + _NAME_BYTES * row[_HEAD_BYTES] :]


def decode_row(row: bytes, names: Sequence[str]) -> Row:
    """Read a row back, with the names that its numbers stand for."""
    registered, seen = _SECONDS.unpack_from(row, _TIME_BYTES)
    changed_at = from_ms(int.from_bytes(row[:_TIME_BYTES], "little"))
    times = changed_at, datetime.fromtimestamp(registered, UTC), datetime.fromtimestamp(seen, UTC)
    if is_free(row):
        former_id, former_user = decode_former(row)
        return Row(
            id=former_id,
            user=former_user,
            changed_at=changed_at,
            registered_at=times[1],
            seen_at=times[2],
        )
    terminal_id, user, language, attributes = _decode(fields_in(row))
    return Row(
        id=terminal_id,
        user=user if isinstance(user, str) else None,
        language=language if isinstance(language, str) else None,
        attributes=attributes if isinstance(attributes, dict) else {},
        names=tuple(names),
        changed_at=changed_at,
        registered_at=times[1],
        seen_at=times[2],
    )


def is_free(row: bytes) -> bool:
    """Whether the row is of a slot that became free."""
    return row[_HEAD_BYTES : _HEAD_BYTES + 2] in _FREE


def decode_id(row: bytes) -> str:
    """The id of the terminal that has a row, or had it before the slot became free."""
    return str(_decode_any(fields_in(row))[0])


def decode_former(row: bytes) -> tuple[str, str | None]:
    """The id and the user of the terminal that had a free slot with this row."""
    terminal_id, *users = _decode_any(fields_in(row))
    return str(terminal_id), str(users[0]) if users else None


def decode_user(row: bytes) -> tuple[str, str | None, int]:
    """The id of the terminal of a row in use, its user, and when it was last seen (s since the
    epoch).
    """
    _, seen_s = _SECONDS.unpack_from(row, _TIME_BYTES)
    terminal_id, user, _, _ = _decode(fields_in(row))
    return terminal_id, user if isinstance(user, str) else None, seen_s


def changed_at(record: bytes) -> datetime:
    """When the terminal of a slot with its row was registered or changed last."""
    return from_ms(int.from_bytes(record[_SLOT_BYTES : _SLOT_BYTES + _TIME_BYTES], "little"))


def decode_terminal(record: bytes, token: bytes, group_key: bytes, names: Sequence[bytes]) -> Terminal:
    """The terminal of a slot with its row, its push token, its group and the names of its row."""
    row = decode_row(record[_SLOT_BYTES:], [name.decode() for name in names])
    return terminal_of(row, token.decode(), Group.parse(group_key.decode()))


def terminal_of(row: Row, token: str, group: Group) -> Terminal:
    """The terminal with this row, push token and group."""
    tags, opt_out = list[str](), list[str]()
    timezone = version = None
    for name in row.names:
        match name[:2]:
            case "t:":
                tags.append(name[2:])
            case "z:":
                timezone = name[2:]
            case "v:":
                version = name[2:]
            case "x:":
                opt_out.append(name[2:])
    return Terminal(
        id=row.id,
        vendor=group.vendor,
        token=token,
        language=row.language or group.language,
        user=row.user,
        tags=tuple(tags),
        timezone=timezone,
        attributes={name: value_of(text) for name, text in row.attributes.items()},
        app_version=version,
        last_seen=row.seen_at,
        registered_at=row.registered_at,
        group_language=group.language if row.language else None,
        is_anonymous=ANONYMOUS_TERM in row.names,
        opt_out=tuple(sorted(opt_out)) or None,
    )
