"""An audience becomes the targeted slots, shard by shard. Asks the registry through a narrow
interface.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Protocol

from pushgate.domain.app import App
from pushgate.domain.audience import Audience, ByTerminal, ByUser, Everyone
from pushgate.domain.outcome import SlotRef
from pushgate.domain.terminal import Group
from pushgate.grouping.selection import Selection, merge, select


class Locations(Protocol):
    """Where terminals are, as the registry answers."""

    async def alive(self, app: App, shard: int) -> Mapping[Group, Mapping[int, int]]: ...
    async def locate(self, app: App, terminal_ids: Sequence[str]) -> Sequence[Sequence[SlotRef]]: ...
    def locate_users(self, app: App, users: Sequence[str]) -> AsyncIterator[Sequence[SlotRef]]: ...


async def resolve(locations: Locations, app: App, audience: Audience) -> Sequence[Selection]:
    """The targeted slots of registered terminals, one selection for each shard.

    Raises TypeError for an audience of tokens, EngineUnavailable.
    """
    match audience:
        case Everyone():
            return [await locations.alive(app, shard) for shard in range(app.shards)]
        case ByTerminal(ids):
            # Only the first slot of a terminal is its slot now; the others are former ones.
            return _by_shard(app, [slots[0] for slots in await locations.locate(app, ids) if slots])
        case ByUser(users):
            found: list[dict[Group, dict[int, int]]] = [{} for _ in range(app.shards)]
            async for slots in locations.locate_users(app, users):
                for together, selection in zip(found, _by_shard(app, slots), strict=True):
                    merge(together, selection)
            return found
    raise TypeError(f"{type(audience).__name__} names no registered terminals")


def _by_shard(app: App, slot_refs: Sequence[SlotRef]) -> list[Selection]:
    return [
        select((slot_ref.group, slot_ref.slot) for slot_ref in slot_refs if slot_ref.shard == shard)
        for shard in range(app.shards)
    ]
