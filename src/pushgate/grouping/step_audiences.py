"""Whom a step of an escalation is for: other terminals of users whom the message did not reach."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from pushgate.domain.app import App
from pushgate.domain.bitmaps import BLOCKS_PER_RANGE, SLOTS_PER_BLOCK
from pushgate.domain.escalation import Escalates, Unless
from pushgate.domain.outcome import ReceiptKind, SlotRef, State
from pushgate.domain.ranges import add_slots, slots_of
from pushgate.domain.terminal import Group
from pushgate.grouping.algebra import SlotSet
from pushgate.grouping.moves import has
from pushgate.grouping.selection import Selection, merge, select
from pushgate.ledger.block_records import BlockRecords
from pushgate.ledger.deferred_slots import DeferredSlots
from pushgate.ledger.shard_scripts import SHARDS_AT_ONCE
from pushgate.ledger.slot_sets import TARGETED
from pushgate.ledger.values import message_key
from pushgate.redis.scripts import portions
from pushgate.terminals.holders import SlotHolders, SlotUser
from pushgate.terminals.locations import TerminalLocations
from pushgate.tracking.outcome_terms import OutcomeTerms

_SETS = (TARGETED, State.CANCELLED, State.ACCEPTED, ReceiptKind.DELIVERED, ReceiptKind.CLICKED)
_ARRIVED = _SETS[2:]
_ROWS_AT_ONCE = 4096
_USERS_AT_ONCE = 500


@dataclass(slots=True)
class Reach:
    """Slots of one shard, as bits by range: those that the message or an earlier step was for, or
    will be for once quiet hours end; on which it came, and by whose vendors it was accepted; then
    those of the message, as it was planned, on which it did not come.
    """

    tried: dict[int, int] = field(default_factory=dict)
    came: dict[int, int] = field(default_factory=dict)
    accepted: dict[int, int] = field(default_factory=dict)
    missed: dict[int, int] = field(default_factory=dict)


class StepAudiences:
    """The audiences of steps. All calls raise EngineUnavailable.

    Memory is flat: three bitmaps of each shard, and the rows of some users at a time.
    """

    def __init__(
        self,
        *,
        locations: TerminalLocations,
        holders: SlotHolders,
        outcome_terms: OutcomeTerms,
        records: BlockRecords,
        deferred: DeferredSlots,
    ) -> None:
        self._records = records
        self._deferred = deferred
        self._locations = locations
        self._holders = holders
        self._outcome_terms = outcome_terms

    async def select(self, app: App, step: Escalates, taken: Mapping[int, SlotSet]) -> Sequence[Selection]:
        """The terminals that a step is for, one selection for each shard.

        They are terminals of users of whom the message had a terminal, and neither the message nor
        an earlier step reached one. A user with more than 64 terminals in a shard gets no step.
        `taken` has the terminals that the step is for already, by shard: their users get no other
        one.
        """
        reach = await self._read_all(app, step)
        found: list[dict[Group, dict[int, int]]] = [{} for _ in range(app.shards)]
        for shard, of_shard in enumerate(reach):
            for number, bits in of_shard.missed.items():
                for slots in portions(slots_of(number, bits), _ROWS_AT_ONCE):
                    # Also of terminals that were removed since, for their push tokens were dead.
                    rows = await self._holders.read(app, shard, slots)
                    users = dict.fromkeys(row.user for row in rows.values() if row.user is not None)
                    for some in portions(list(users), _USERS_AT_ONCE):
                        _add(found, await self._of_users(app, step, some, reach, taken))
        return found

    async def unreached(self, app: App, step: Escalates) -> AsyncIterator[tuple[int, SlotSet]]:
        """The terminals of the message whose users were reached on none, by shard, as slots of the
        message's plan. Those without a user are reached, or not, by themselves.
        """
        reach = await self._read_all(app, step)
        for shard, of_shard in enumerate(reach):
            left = dict[int, int]()
            for number, bits in of_shard.missed.items():
                for slots in portions(slots_of(number, bits), _ROWS_AT_ONCE):
                    rows = await self._holders.read(app, shard, slots)
                    users = {row.user for row in rows.values() if row.user is not None}
                    came = await self._reached_users(app, step, list(users), reach)
                    alone = [row.id for row in rows.values() if row.user is None]
                    taken = await self._taken_by_silent(app, step, alone, reach)
                    add_slots(
                        left,
                        [slot for slot, row in rows.items() if row.user not in came and row.id not in taken],
                    )
            yield shard, left

    async def _reached_users(
        self, app: App, step: Escalates, users: Sequence[str], reach: Sequence[Reach]
    ) -> set[str]:
        """Those of the users of whom the message or an earlier step came on a terminal."""
        by_shard, came = dict(enumerate(reach)), set[str]()
        for some in portions(users, _USERS_AT_ONCE):
            located = zip(some, await self._locations.locate_each_user(app, some), strict=True)
            came |= {user for user, refs in located if any(_came(ref, step, by_shard) for ref in refs or ())}
        return came

    async def _taken_by_silent(
        self, app: App, step: Escalates, terminals: Sequence[str], reach: Sequence[Reach]
    ) -> set[str]:
        """Those of the terminals whose vendor accepted the message or an earlier step, where nobody
        reports deliveries of the vendor: that counts as delivered.
        """
        by_shard, taken = dict(enumerate(reach)), set[str]()
        for some in portions(terminals if step.silent else (), _USERS_AT_ONCE):
            located = zip(some, await self._locations.locate(app, some), strict=True)
            taken |= {name for name, refs in located if any(_came(ref, step, by_shard) for ref in refs)}
        return taken

    async def _read_all(self, app: App, step: Escalates) -> list[Reach]:
        """What the message and the earlier steps have reached in each shard."""
        reach: list[Reach] = []
        for shards in portions(range(app.shards), SHARDS_AT_ONCE):
            reach += await asyncio.gather(*(self._read(app, shard, step) for shard in shards))
        for message_id in step.message_ids:
            for shard, deferred in (await self._deferred.by_shard(app, message_id)).items():
                later = await self._outcome_terms.present(app, shard, deferred)
                reach[shard].tried = _union(reach[shard].tried, later)
        return reach

    async def reached(self, app: App, step: Escalates, shard: int, slots: Sequence[int]) -> list[int]:
        """Those of these slots of a shard, which the step is for, whose users the message or an
        earlier step has reached since.
        """
        rows = await self._holders.users(app, shard, slots)
        users = list(dict.fromkeys(row.user for row in rows.values() if row.user is not None))
        came: set[str] = set()
        for some in portions(users, _USERS_AT_ONCE):
            located = zip(some, await self._locations.locate_each_user(app, some), strict=True)
            places = {user: refs for user, refs in located if refs}
            reach = await self._reach_of(app, step, [ref for refs in places.values() for ref in refs])
            came |= {user for user, refs in places.items() if any(_came(ref, step, reach) for ref in refs)}
        return [slot for slot, row in rows.items() if row.user in came]

    async def _reach_of(self, app: App, step: Escalates, refs: Sequence[SlotRef]) -> Mapping[int, Reach]:
        """What the message and the earlier steps have reached in the blocks of these slots, by
        shard.
        """
        blocks: dict[int, set[int]] = {}
        for ref in refs:
            blocks.setdefault(ref.shard, set()).add(ref.slot // SLOTS_PER_BLOCK)
        found = {shard: Reach() for shard in blocks}
        for shard, of_shard in found.items():
            for message_id in step.message_ids:
                key, numbers = message_key(app, shard, message_id), sorted(blocks[shard])
                for number, sets in (await self._records.sets(key, numbers, _ARRIVED)).items():
                    accepted, delivered, clicked = (_in_range(number, bits) for bits in sets)
                    came = _union(clicked, delivered) if step.unless is Unless.DELIVERED else clicked
                    of_shard.came = _union(of_shard.came, came)
                    of_shard.accepted = _union(of_shard.accepted, accepted)
        return found

    async def _of_users(
        self,
        app: App,
        step: Escalates,
        users: Sequence[str],
        reach: Sequence[Reach],
        taken: Mapping[int, SlotSet],
    ) -> list[SlotRef]:
        located = zip(users, await self._locations.locate_each_user(app, users), strict=True)
        others = {user: _others(refs or (), step, reach, taken) for user, refs in located}
        if step.vendor:
            return [ref for refs in others.values() for ref in refs if ref.group.vendor == step.vendor]
        rows = await self._rows(app, others.values())
        return [ref for user, refs in others.items() if (ref := _last_seen(user, refs, rows))]

    async def _rows(self, app: App, found: Iterable[Sequence[SlotRef]]) -> dict[tuple[int, int], SlotUser]:
        by_shard: dict[int, list[int]] = {}
        for refs in found:
            for ref in refs:
                by_shard.setdefault(ref.shard, []).append(ref.slot)
        rows: dict[tuple[int, int], SlotUser] = {}
        for shard, slots in by_shard.items():
            for some in portions(slots, _ROWS_AT_ONCE):
                held = await self._holders.users(app, shard, some)
                rows |= {(shard, slot): holder for slot, holder in held.items()}
        return rows

    async def _read(self, app: App, shard: int, step: Escalates) -> Reach:
        """What the message and the earlier steps have reached in a shard."""
        found, present = Reach(), self._outcome_terms.present
        for message_id in step.message_ids:
            targeted, cancelled, accepted, delivered, clicked = await self._outcome_terms.read_sets(
                app, shard, message_id, _SETS
            )
            came = _union(clicked, delivered) if step.unless is Unless.DELIVERED else clicked
            if message_id == step.message_id:
                found.missed = _without(targeted, _union(cancelled, came))
            found.tried = _union(found.tried, await present(app, shard, targeted))
            found.came = _union(found.came, await present(app, shard, came))
            if step.silent:
                found.accepted = _union(found.accepted, await present(app, shard, accepted))
        return found


def _add(found: Sequence[dict[Group, dict[int, int]]], refs: Iterable[SlotRef]) -> None:
    """Add slots to those that are found in their shards."""
    by_shard: dict[int, list[tuple[Group, int]]] = {}
    for ref in refs:
        by_shard.setdefault(ref.shard, []).append((ref.group, ref.slot))
    for shard, slots in by_shard.items():
        merge(found[shard], select(slots))


def _others(
    refs: Sequence[SlotRef], step: Escalates, reach: Sequence[Reach], taken: Mapping[int, SlotSet]
) -> list[SlotRef]:
    """The terminals of a user that got nothing yet; none where the message came to one of them."""
    by_shard = dict(enumerate(reach))
    if any(_came(ref, step, by_shard) or has(taken.get(ref.shard, {}), ref.slot) for ref in refs):
        return []
    return [ref for ref in refs if not has(reach[ref.shard].tried, ref.slot)]


def _came(ref: SlotRef, step: Escalates, reach: Mapping[int, Reach]) -> bool:
    """Whether the message or an earlier step came on a terminal."""
    of_shard, slot = reach[ref.shard], ref.slot
    is_silent = step.unless is Unless.DELIVERED and ref.group.vendor in step.silent
    return has(of_shard.came, slot) or (is_silent and has(of_shard.accepted, slot))


def _in_range(block: int, bits: int) -> dict[int, int]:
    """Bits of a block as bits by range."""
    number, place = divmod(block, BLOCKS_PER_RANGE)
    return {number: bits << place * SLOTS_PER_BLOCK}


def _last_seen(
    user: str, refs: Sequence[SlotRef], rows: Mapping[tuple[int, int], SlotUser]
) -> SlotRef | None:
    """The terminal of the user that was seen last, of several seen in one second that with the
    lowest id.
    """
    known = [(rows[place], ref) for ref in refs if (place := (ref.shard, ref.slot)) in rows]
    own = [(-row.seen_s, row.id, ref) for row, ref in known if row.user == user]
    return min(own, key=lambda one: one[:2])[2] if own else None


def _union(slots: SlotSet, more: SlotSet) -> dict[int, int]:
    return {number: slots.get(number, 0) | more.get(number, 0) for number in {*slots, *more}}


def _without(slots: SlotSet, others: SlotSet) -> dict[int, int]:
    return {number: left for number, bits in slots.items() if (left := bits & ~others.get(number, 0))}
