"""Whom a message and its earlier steps reached, terminal by terminal. Pure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from pushgate.domain.bitmaps import (
    BLOCKS_PER_RANGE,
    SLOTS_PER_BLOCK,
    blocks_of_range,
    offsets,
    short_bytes,
)
from pushgate.domain.escalation import Escalates, Unless
from pushgate.domain.outcome import SlotRef
from pushgate.grouping.algebra import SlotSet
from pushgate.grouping.moves import has


@dataclass(slots=True)
class Reach:
    """The slots of one shard that the message and its earlier steps reached, as bits by range.

    For an audience, all slots except `missed` are the terminals' present slots. Before a push, all
    are the slots for which the messages were planned.
    """

    tried: dict[int, int] = field(default_factory=dict)
    """The message or a step was for these, or will be for these once quiet hours end."""
    came: dict[int, int] = field(default_factory=dict)
    """The message or a step was delivered or clicked here, whichever the step waits for."""
    accepted: dict[int, int] = field(default_factory=dict)
    """The vendor accepted the message or a step for these."""
    missed: dict[int, int] = field(default_factory=dict)
    """The message was planned for these slots, and did not come."""


Reached = Mapping[int, Reach]
"""By shard, the slots that the message and its earlier steps reached."""


def untried_of(
    refs: Sequence[SlotRef], step: Escalates, reach: Reached, taken: Mapping[int, SlotSet]
) -> list[SlotRef]:
    """The terminals of a user that got nothing yet; none where the message came to one of them."""
    if came_on_any(refs, step, reach) or any(has(taken.get(ref.shard, {}), ref.slot) for ref in refs):
        return []
    return [ref for ref in refs if not has(reach[ref.shard].tried, ref.slot)]


def came_on_any(refs: Sequence[SlotRef], step: Escalates, reach: Reached) -> bool:
    """Whether the message or an earlier step came on one of these terminals."""
    return any(_came(ref, step, reach[ref.shard]) for ref in refs)


def _came(ref: SlotRef, step: Escalates, reach: Reach) -> bool:
    is_silent = step.unless is Unless.DELIVERED and ref.group.vendor in step.silent
    return has(reach.came, ref.slot) or (is_silent and has(reach.accepted, ref.slot))


def by_shard(refs: Iterable[SlotRef]) -> dict[int, list[int]]:
    """The slots of terminals, by shard."""
    found: dict[int, list[int]] = {}
    for ref in refs:
        found.setdefault(ref.shard, []).append(ref.slot)
    return found


def add_block(to: dict[int, int], block: int, bits: int) -> None:
    """Add the bits of a block to bits by range."""
    number, place = divmod(block, BLOCKS_PER_RANGE)
    to[number] = to.get(number, 0) | bits << place * SLOTS_PER_BLOCK


def whole_blocks(slots: SlotSet, size: int) -> Iterator[list[int]]:
    """Slots of a shard in rising order, in portions. A portion ends with the block in which it
    reaches this size.
    """
    some: list[int] = []
    for number in sorted(slots):
        for block, bits in blocks_of_range(number, short_bytes(slots[number])):
            some += [block * SLOTS_PER_BLOCK + offset for offset in offsets(bits)]
            if len(some) >= size:
                yield some
                some = []
    if some:
        yield some
