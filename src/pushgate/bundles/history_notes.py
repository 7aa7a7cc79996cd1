"""The notes of a round for the histories of terminals: which message goes to which slot. Pure."""

import struct
from collections.abc import Iterable, Sequence

from pushgate.bundles.bundle_values import PlannedSend
from pushgate.bundles.layout import pack_position
from pushgate.bundles.segment_values import WaitingSegment
from pushgate.bundles.values import INLINE, Home, Send
from pushgate.domain.message_id import Position, position_of

_pack = struct.Struct("<I7sB").pack
"""A slot, and a position: all but its last byte, and the offset in the segment."""


def history_notes(
    home: Home, claimed: Sequence[WaitingSegment], sends: Iterable[Sequence[PlannedSend]]
) -> dict[int, list[bytes]]:
    """By shard, the slot of each send's terminal with the position that is encoded in its message's
    id.

    Push tokens that messages brought have no history. Pushes that remove a notification are left
    out.
    """
    notes: dict[int, list[bytes]] = {}
    firsts = [_first_position(home, segment) for segment in claimed]
    heads = [(pack_position(first)[:-1], first.offset) for first in firsts]
    for some in sends:
        for planned in some:
            send = planned.send
            shard = send.shard
            if shard != INLINE and not _is_removal(claimed, send):
                head, offset = heads[send.segment]
                note = _pack(send.slot, head, offset + send.index)
                if shard in notes:
                    notes[shard].append(note)
                else:
                    notes[shard] = [note]
    return notes


def _is_removal(claimed: Sequence[WaitingSegment], send: Send) -> bool:
    """Whether the push removes the notification of another message."""
    bodies = claimed[send.segment].bodies
    return bodies is not None and bodies.is_removal(send.index)


def _first_position(home: Home, segment: WaitingSegment) -> Position:
    """The position that is encoded in the id of the segment's first message. A message that
    replaced another one keeps that one's id, and is the only message of its segment.
    """
    replaced_id = segment.bodies.replaced_id if segment.bodies else ""
    first = position_of(replaced_id) if replaced_id else None
    return first or Position(home.shard, segment.page, segment.number, 0)
