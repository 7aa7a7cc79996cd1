"""Message ids: 30 hexadecimal digits in the order of time. The id of a small message says where the
message is stored. Pure.

12 digits creation time (ms), 1 kind, then of a small message 3 shard, 8 page, 2 segment and 4
offset in the segment; of a large one 17 random digits. A family (`domain.family`) has 15 random
digits and two zeros; its parts have the same digits, and their number in place of the zeros.
"""

import re
import secrets
from datetime import datetime
from typing import NamedTuple

from pushgate.domain.clock import to_ms

PATTERN = r"^[0-9a-f]{30}$"
ID_LENGTH = 30
UNASSIGNED = "0" * ID_LENGTH
"""Stands for the id of a message that has none yet. As long as any other, because pushes bring the
id and are checked for their size before it is known.
"""
MAX_SHARDS = 1 << 12
MAX_PARTS = 0xFF
"""How many parts a family can have."""
_LARGE, _SMALL, _FAMILY, _PART = "0", "1", "2", "3"
_KIND_AT = 12
_is_small = re.compile(r"[0-9a-f]{12}1[0-9a-f]{17}").fullmatch


class Position(NamedTuple):
    """Where a small message is stored: the shard of its home, the page, the segment of the page,
    and its offset in the segment.
    """

    shard: int
    page: int
    segment: int
    offset: int


def new_id(now: datetime) -> str:
    """A new id for a message that is stored by itself. It cannot be guessed."""
    return f"{to_ms(now):012x}{_LARGE}{secrets.token_hex(9)[:17]}"


def large_id(created_ms: int, digest: str) -> str:
    """The id of a message whose id follows from a hexadecimal digest of at least 17 digits."""
    return f"{created_ms:012x}{_LARGE}{digest[:17]}"


def small_id(created_ms: int, position: Position) -> str:
    """The id of the message at this position."""
    shard, page, segment, offset = position
    return f"{created_ms:012x}{_SMALL}{shard:03x}{page:08x}{segment:02x}{offset:04x}"


def small_ids(created_ms: int, first: Position, count: int) -> list[str]:
    """The ids of so many messages of a segment, the first of which is at this position."""
    of_segment = small_id(created_ms, first)[:-4]
    return [f"{of_segment}{offset:04x}" for offset in range(first.offset, first.offset + count)]


def position_of(message_id: str) -> Position | None:
    """Where the message is stored; None for a large message, and for a text that is no id."""
    if not _is_small(message_id):
        return None
    return Position(
        shard=int(message_id[13:16], 16),
        page=int(message_id[16:24], 16),
        segment=int(message_id[24:26], 16),
        offset=int(message_id[26:30], 16),
    )


def new_family_id(now: datetime) -> str:
    """A new id for a message that goes out in parts. It cannot be guessed."""
    return f"{to_ms(now):012x}{_FAMILY}{secrets.token_hex(8)[:15]}00"


def part_id(family_id: str, number: int) -> str:
    """The id of the part of a family with this number, from 1 on to `MAX_PARTS`."""
    return f"{family_id[:_KIND_AT]}{_PART}{family_id[_KIND_AT + 1 : -2]}{number:02x}"


def is_family(message_id: str) -> bool:
    """Whether this is the id of a message that goes out in parts."""
    return message_id[_KIND_AT : _KIND_AT + 1] == _FAMILY


def family_of(message_id: str) -> str:
    """The family's id of a part, any other id unchanged: the id that callers know."""
    if message_id[_KIND_AT : _KIND_AT + 1] != _PART:
        return message_id
    return f"{message_id[:_KIND_AT]}{_FAMILY}{message_id[_KIND_AT + 1 : -2]}00"


def part_number(message_id: str) -> int:
    """The number of a part in its family; 0 for any other id."""
    return int(message_id[-2:], 16) if family_of(message_id) != message_id else 0


def created_ms(message_id: str) -> int:
    """When the message was created, in ms since the epoch. Raises ValueError for another text."""
    return int(message_id[:12], 16)
