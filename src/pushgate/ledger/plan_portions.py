"""Cuts planned slots into the portions that `plan.lua` writes, one call each. Pure."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType

from pushgate.domain import bitmaps
from pushgate.domain.clock import to_ms
from pushgate.domain.outcome import State
from pushgate.ledger.slot_sets import (
    DEFERRED,
    DEFERRED_UNTIL,
    HELD_OUT,
    MIN_SLOTS_OF_STRING,
    REST,
    TARGETED,
    VARIANTS,
    arm_set,
    encode_block,
    encode_range,
)
from pushgate.ledger.values import Planned, failure_label

_MAX_COST = 256
_COST_OF_ENDED_BLOCK, _COST_OF_RANGE = 4, 4
"""The cost for the script, in units of storing the slots of one block as a field."""

NO_BITS: bitmaps.Bits = MappingProxyType({})
PlanValue = str | bytes | int


@dataclass(slots=True)
class PlanPortion:
    """The lists of one call of `plan.lua`, which describes them."""

    counts: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    """Terminals by group, state and label."""
    ranges: list[PlanValue] = field(default_factory=list)
    strings: list[PlanValue] = field(default_factory=list)
    fields: list[PlanValue] = field(default_factory=list)
    ended: list[PlanValue] = field(default_factory=list)
    totals: list[PlanValue] = field(default_factory=list)
    cost: int = 0

    def values(self) -> list[PlanValue]:
        """The lists, each after its length."""
        counts = [(*key, number) for key, number in self.counts.items()]
        found: list[PlanValue] = [len(counts)]
        for group, state, label, number in counts:
            found += (group, state, number, label)
        for size, entries in (
            (2, self.ranges),
            (3, self.strings),
            (3, self.fields),
            (5, self.ended),
            (2, self.totals),
        ):
            found.append(len(entries) // size)
            found += entries
        return found

    def add_range(
        self,
        number: int,
        planned: Sequence[Planned],
        assigned: Mapping[str, bitmaps.Bits],
        beside: Mapping[str, bitmaps.Bits],
    ) -> None:
        """Add the planned slots of one range. A block may come several times, each time with other
        slots: for each state, and for each reason. `assigned` has further sets by name, with the
        slots of all ranges; `beside` sets of slots of the range that are not targeted.
        """
        targeted: dict[int, int] = {}
        sets = {TARGETED: targeted}
        for item in planned:
            targeted[item.block.number] = targeted.get(item.block.number, 0) | item.bits
            in_state = sets.setdefault(item.state.value, {})
            in_state[item.block.number] = in_state.get(item.block.number, 0) | item.bits
            self._count(item)
        further = [*_among(targeted, assigned), *beside.items()]
        if bitmaps.count(targeted) >= MIN_SLOTS_OF_STRING:
            self.ranges += (number, bitmaps.count(sets.get(State.PENDING.value, {})))
            for name, blocks in sets.items():
                is_copy = name != TARGETED and blocks == targeted
                self.strings += (name, number, b"" if is_copy else encode_range(blocks))
            for name, of_set in further:
                self.strings += (name, number, encode_range(of_set))
            self.cost += _COST_OF_RANGE + len(further)
        else:
            for name, of_set in (*sets.items(), *further):
                for block, bits in of_set.items():
                    self.fields += (name, block, encode_block(bits))
            self.cost += len(planned) * (1 + len(assigned)) + sum(map(len, beside.values()))

    def _count(self, item: Planned) -> None:
        """Count the slots, and list them if they do not start as pending."""
        label, number = failure_label(item.failure, item.state), item.bits.bit_count()
        is_pending = item.state is State.PENDING
        reason = failure_label(item.failure, State.EXPIRED) if is_pending else ""
        self.counts[item.block.group.key, item.state.value, reason] += number
        if not is_pending:
            self.ended += (item.block.number, bitmaps.to_bytes(item.bits), number, item.state.value, label)
            self.cost += _COST_OF_ENDED_BLOCK


def _among(
    targeted: bitmaps.Bits, assigned: Mapping[str, bitmaps.Bits]
) -> Iterator[tuple[str, bitmaps.Bits]]:
    """Each set that has targeted slots, with these slots by block."""
    for name, slots in assigned.items():
        blocks = {block: held for block, bits in targeted.items() if (held := bits & slots.get(block, 0))}
        if blocks:
            yield name, blocks


@dataclass(frozen=True, slots=True)
class Deferred:
    """Slots by block that are not targeted yet, and when the first of them are due."""

    bits: bitmaps.Bits
    until: datetime


def cut_into_portions(
    planned: Sequence[Planned],
    arms: Sequence[bitmaps.Bits] = (),
    held_out: bitmaps.Bits = NO_BITS,
    rest: bitmaps.Bits | None = None,
    deferred: Deferred | None = None,
) -> Iterator[PlanPortion]:
    """The portions of a plan, at least one. Each range is in one portion, because its form is
    decided once.

    `arms` has the slots of each variant, `held_out` those that get none. `rest` has the slots that
    wait for a winner.
    """
    by_range: dict[int, list[Planned]] = {}
    for item in planned:
        by_range.setdefault(item.block.number // bitmaps.BLOCKS_PER_RANGE, []).append(item)
    beside: dict[int, dict[str, dict[int, int]]] = {}
    for name, slots in ((DEFERRED, deferred.bits if deferred else NO_BITS), (HELD_OUT, held_out)):
        for block, bits in slots.items():
            of_range = beside.setdefault(block // bitmaps.BLOCKS_PER_RANGE, {})
            of_range.setdefault(name, {})[block] = bits
    portion = PlanPortion()
    assigned = {arm_set(number): arm for number, arm in enumerate(arms)}
    if arms:
        portion.totals += (VARIANTS, len(arms), HELD_OUT, bitmaps.count(held_out))
    if rest:
        assigned[REST] = rest
        portion.totals += (REST, bitmaps.count(rest))
    if deferred:
        portion.totals += (DEFERRED, bitmaps.count(deferred.bits), DEFERRED_UNTIL, to_ms(deferred.until))
    for number in {**by_range, **beside}:
        portion.add_range(number, by_range.get(number, ()), assigned, beside.get(number, {}))
        if portion.cost >= _MAX_COST:
            yield portion
            portion = PlanPortion()
    yield portion
