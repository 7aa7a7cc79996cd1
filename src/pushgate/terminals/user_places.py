"""The present and former slots of users' terminals: a message knows a terminal by the slot that it
had when the message was planned.
"""

from collections.abc import Sequence

from pushgate.domain.app import App
from pushgate.domain.outcome import SlotRef
from pushgate.redis.shards import of_each
from pushgate.terminals.holders import SlotHolders
from pushgate.terminals.locations import TerminalLocations


class UserPlaces:
    """The slots of the users of all apps. All calls raise EngineUnavailable."""

    def __init__(self, locations: TerminalLocations, holders: SlotHolders) -> None:
        self._locations = locations
        self._holders = holders

    async def of(self, app: App, users: Sequence[str]) -> dict[str, list[SlotRef]]:
        """For each user the slots that the user's terminals have, and those that they had in other
        groups. Users who are unknown, or have had more than 64 terminals in a shard, are left out.
        """
        located = zip(users, await self._locations.locate_each_user(app, users), strict=True)
        present = {user: [(ref.shard, ref.slot) for ref in refs] for user, refs in located if refs}
        ids = await self._ids(app, {place for places in present.values() for place in places})
        every = list(dict.fromkeys(ids.values()))
        slots = dict(zip(every, await self._locations.locate(app, every), strict=True))
        return {
            user: [ref for place in places if place in ids for ref in slots[ids[place]]]
            for user, places in present.items()
        }

    async def _ids(self, app: App, places: set[tuple[int, int]]) -> dict[tuple[int, int], str]:
        """The id of the terminal at each of these shards and slots."""
        by_shard: dict[int, list[int]] = {}
        for shard, slot in sorted(places):
            by_shard.setdefault(shard, []).append(slot)
        ids = await of_each(by_shard, lambda shard: self._holders.ids(app, shard, by_shard[shard]))
        return {(shard, slot): name for shard, found in ids.items() for slot, name in found.items()}
