"""What the histories of terminals note of a round: which message goes to which slot. Pure."""

import struct
from collections.abc import Iterable, Sequence

from pushgate.bundles.bundle_values import PlannedSend
from pushgate.bundles.layout import pack_position
from pushgate.bundles.segment_values import ClaimedSegment
from pushgate.bundles.values import INLINE, Home
from pushgate.domain.message_id import Position, position_of

_pack_slot = struct.Struct("<I").pack


def history_notes(
    home: Home, claimed: Sequence[ClaimedSegment], sends: Iterable[Sequence[PlannedSend]]
) -> dict[int, list[bytes]]:
    """By shard, the slot of each send's terminal with the position that its message's id says.

    Push tokens that messages brought are no terminals, and have no history.
    """
    notes: dict[int, list[bytes]] = {}
    entries: dict[tuple[int, int], bytes] = {}
    for some in sends:
        for planned in some:
            send = planned.send
            if send.shard == INLINE:
                continue
            place = send.segment, send.index
            entry = entries.get(place)
            if entry is None:
                entry = entries[place] = pack_position(_position(home, claimed[send.segment], send.index))
            notes.setdefault(send.shard, []).append(_pack_slot(send.slot) + entry)
    return notes


def _position(home: Home, segment: ClaimedSegment, index: int) -> Position:
    """The position that the message's id says: that of its first version."""
    replaced_id = segment.bodies.replaced_id if segment.bodies else ""
    first = position_of(replaced_id) if replaced_id else None
    return first or Position(home.shard, segment.page, segment.number, index)
