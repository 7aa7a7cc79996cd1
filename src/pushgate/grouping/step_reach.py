"""Finds whom the escalated message, or another step, has reached since a step was planned."""

from collections.abc import Mapping, Sequence

from pushgate.domain.app import App
from pushgate.domain.bitmaps import SLOTS_PER_BLOCK
from pushgate.domain.escalation import Escalates, Unless
from pushgate.domain.outcome import ReceiptKind, SlotRef, State
from pushgate.grouping.reach import Reach, Reached, add_block, by_shard, came_on_any
from pushgate.ledger.block_records import BlockRecords
from pushgate.ledger.values import message_key
from pushgate.redis.scripts import portions
from pushgate.redis.shards import of_each
from pushgate.terminals.holders import SlotHolder, SlotHolders
from pushgate.terminals.user_places import UserPlaces

ARRIVED = (State.ACCEPTED, ReceiptKind.DELIVERED, ReceiptKind.CLICKED)
USERS_AT_ONCE = 500


class StepReach:
    """Whom the messages of all escalations reached. All calls raise EngineUnavailable."""

    def __init__(self, holders: SlotHolders, places: UserPlaces, records: BlockRecords) -> None:
        self._holders = holders
        self._places = places
        self._records = records

    async def reached(self, app: App, step: Escalates, shard: int, slots: Sequence[int]) -> list[int]:
        """The slots among these, for which the step was planned, whose users the message or an
        earlier step has reached.
        """
        rows = await self._holders.read(app, shard, slots)
        came = set[str]()
        for some in portions(users_of(rows), USERS_AT_ONCE):
            places = await self._places.of(app, some)
            reach = await self._read(app, step, [ref for refs in places.values() for ref in refs])
            came |= {user for user, refs in places.items() if came_on_any(refs, step, reach)}
        return [slot for slot, row in rows.items() if row.user in came]

    async def _read(self, app: App, step: Escalates, refs: Sequence[SlotRef]) -> Reached:
        """Where the message and the earlier steps came in the blocks of these slots, as they were
        planned.
        """
        places = by_shard(refs)

        async def read(shard: int) -> Reach:
            found, numbers = Reach(), sorted({slot // SLOTS_PER_BLOCK for slot in places[shard]})
            for message_id in step.message_ids:
                key = message_key(app, shard, message_id)
                for number, sets in (await self._records.sets(key, numbers, ARRIVED)).items():
                    accepted, delivered, clicked = sets
                    came = clicked | delivered if step.unless is Unless.DELIVERED else clicked
                    add_block(found.came, number, came)
                    add_block(found.accepted, number, accepted)
            return found

        return await of_each(sorted(places), read)


def users_of(rows: Mapping[int, SlotHolder]) -> list[str]:
    """The users of terminals, each once."""
    return list(dict.fromkeys(row.user for row in rows.values() if row.user is not None))
