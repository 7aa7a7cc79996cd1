"""Whom a step of an escalation is for: other terminals of users whom the message did not reach."""

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence

from pushgate.domain.app import App
from pushgate.domain.bitmaps import difference, union
from pushgate.domain.escalation import Escalates, Unless
from pushgate.domain.outcome import SlotRef, State
from pushgate.domain.ranges import add_slots, by_range
from pushgate.domain.terminal import Group
from pushgate.grouping.algebra import SlotSet
from pushgate.grouping.reach import Reach, Reached, by_shard, came_on_any, untried_of, whole_blocks
from pushgate.grouping.selection import Selection, merge_refs
from pushgate.grouping.step_reach import ARRIVED, USERS_AT_ONCE, users_of
from pushgate.ledger.deferred_slots import DeferredSlots
from pushgate.ledger.slot_sets import TARGETED
from pushgate.redis.scripts import portions
from pushgate.redis.shards import of_each
from pushgate.terminals.holders import SlotHolder, SlotHolders, SlotUser
from pushgate.terminals.locations import TerminalLocations
from pushgate.tracking.outcome_terms import OutcomeTerms

_SETS = (TARGETED, State.CANCELLED, *ARRIVED)
_ROWS_AT_ONCE = 4096


class StepAudiences:
    """The audiences of steps. All calls raise EngineUnavailable.

    Memory is flat: four bitmaps of each shard, and the rows of some users at a time.
    """

    def __init__(
        self,
        *,
        locations: TerminalLocations,
        holders: SlotHolders,
        outcome_terms: OutcomeTerms,
        deferred: DeferredSlots,
    ) -> None:
        self._deferred = deferred
        self._locations = locations
        self._holders = holders
        self._outcome_terms = outcome_terms

    async def select(self, app: App, step: Escalates, taken: Mapping[int, SlotSet]) -> Sequence[Selection]:
        """The terminals that a step is for, one selection for each shard.

        These are terminals of users whom the message targeted, but neither it nor an earlier step
        has reached. A user with more than 64 terminals in a shard gets no step. `taken` has, by
        shard, the terminals for which the step is already planned: their users get no other one.
        """
        reach = await self._read_all(app, step)
        found: list[dict[Group, dict[int, int]]] = [{} for _ in range(app.shards)]
        chosen = {shard: dict(taken.get(shard, {})) for shard in reach}
        for shard, of_shard in reach.items():
            async for rows in self._missed(app, shard, of_shard):
                for some in portions(users_of(rows), USERS_AT_ONCE):
                    refs = await self._of_users(app, step, some, reach, chosen)
                    merge_refs(found, refs)
                    # A user who was missed on several terminals may come again.
                    for other, slots in by_shard(refs).items():
                        add_slots(chosen[other], slots)
        return found

    async def unreached(self, app: App, step: Escalates) -> AsyncIterator[tuple[int, SlotSet]]:
        """The message's terminals whose users were reached on no terminal, in portions: a shard,
        and slots of the message's plan. The slots of a block are in one portion. A terminal without
        a user counts by itself.
        """
        reach = await self._read_all(app, step)
        for shard, of_shard in reach.items():
            async for rows in self._missed(app, shard, of_shard):
                came = await self._reached_users(app, step, users_of(rows), reach)
                alone = [row.id for row in rows.values() if row.user is None]
                taken = await self._taken_by_silent(app, step, alone, reach)
                yield (
                    shard,
                    by_range(
                        slot for slot, row in rows.items() if row.user not in came and row.id not in taken
                    ),
                )

    async def _missed(self, app: App, shard: int, reach: Reach) -> AsyncIterator[Mapping[int, SlotHolder]]:
        """The slots of a shard to which the message did not come, in portions, with their holders.
        Terminals that were removed since, because their push tokens were dead, are included.
        """
        for slots in whole_blocks(reach.missed, _ROWS_AT_ONCE):
            yield await self._holders.read(app, shard, slots)

    async def _reached_users(
        self, app: App, step: Escalates, users: Sequence[str], reach: Reached
    ) -> set[str]:
        """The users among these who got the message or an earlier step on a terminal."""
        came = set[str]()
        for some in portions(users, USERS_AT_ONCE):
            located = zip(some, await self._locations.locate_each_user(app, some), strict=True)
            came |= {user for user, refs in located if came_on_any(refs or (), step, reach)}
        return came

    async def _taken_by_silent(
        self, app: App, step: Escalates, terminals: Sequence[str], reach: Reached
    ) -> set[str]:
        """The terminals among these whose vendor accepted the message or an earlier step, where
        nobody reports the vendor's deliveries: there, acceptance counts as delivery.
        """
        taken = set[str]()
        for some in portions(terminals if step.silent else (), USERS_AT_ONCE):
            located = zip(some, await self._locations.locate(app, some), strict=True)
            taken |= {name for name, refs in located if came_on_any(refs, step, reach)}
        return taken

    async def _read_all(self, app: App, step: Escalates) -> Reached:
        """Read whom the message and the earlier steps have reached in each shard."""
        reach = await of_each(range(app.shards), lambda shard: self._read(app, shard, step))
        for message_id in step.message_ids:
            for shard, deferred in (await self._deferred.by_shard(app, message_id)).items():
                later = await self._outcome_terms.present(app, shard, deferred)
                reach[shard].tried = union(reach[shard].tried, later)
        return reach

    async def _of_users(
        self,
        app: App,
        step: Escalates,
        users: Sequence[str],
        reach: Reached,
        taken: Mapping[int, SlotSet],
    ) -> list[SlotRef]:
        located = await self._locations.locate_each_user(app, users)
        # Their missed slots in other shards need not be looked up again.
        for shard, slots in by_shard(ref for refs in located for ref in refs or ()).items():
            reach[shard].missed = difference(reach[shard].missed, by_range(slots))
        found = zip(users, located, strict=True)
        others = {user: untried_of(refs or (), step, reach, taken) for user, refs in found}
        if step.vendor:
            return [ref for refs in others.values() for ref in refs if ref.group.vendor == step.vendor]
        rows = await self._rows(app, others.values())
        return [ref for user, refs in others.items() if (ref := _last_seen(user, refs, rows))]

    async def _rows(self, app: App, found: Iterable[Sequence[SlotRef]]) -> dict[tuple[int, int], SlotUser]:
        rows: dict[tuple[int, int], SlotUser] = {}
        for shard, slots in by_shard(ref for refs in found for ref in refs).items():
            for some in portions(slots, _ROWS_AT_ONCE):
                held = await self._holders.users(app, shard, some)
                rows |= {(shard, slot): holder for slot, holder in held.items()}
        return rows

    async def _read(self, app: App, shard: int, step: Escalates) -> Reach:
        """Whom the message and the earlier steps have reached in a shard."""
        found, present = Reach(), self._outcome_terms.present
        for message_id in step.message_ids:
            targeted, cancelled, accepted, delivered, clicked = await self._outcome_terms.read_sets(
                app, shard, message_id, _SETS
            )
            came = union(clicked, delivered) if step.unless is Unless.DELIVERED else clicked
            if message_id == step.message_id:
                found.missed = difference(targeted, union(cancelled, came))
            found.tried = union(found.tried, await present(app, shard, targeted))
            found.came = union(found.came, await present(app, shard, came))
            if step.silent:
                found.accepted = union(found.accepted, await present(app, shard, accepted))
        return found


def _last_seen(
    user: str, refs: Sequence[SlotRef], rows: Mapping[tuple[int, int], SlotUser]
) -> SlotRef | None:
    """The terminal of the user that was seen last, of several seen in one second that with the
    lowest id.
    """
    known = [(rows[place], ref) for ref in refs if (place := (ref.shard, ref.slot)) in rows]
    own = [(-row.seen_s, row.id, ref) for row, ref in known if row.user == user]
    return min(own, key=lambda one: one[:2])[2] if own else None
