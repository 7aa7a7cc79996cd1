"""An audience -> who is targeted, shard by shard. Asks the registry through a narrow interface; knows no engine."""

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Protocol

from pushgate.domain.app import App
from pushgate.domain.audience import Audience, ByTerminal, ByUser, Everyone
from pushgate.domain.outcome import SlotRef
from pushgate.domain.terminal import Group
from pushgate.grouping.selection import Selection, merge, select


class Terminals(Protocol):
    """What resolving asks of the registry."""

    async def alive(self, app: App, shard: int) -> Mapping[Group, Mapping[int, int]]: ...
    async def locate(self, app: App, terminal_ids: Sequence[str]) -> Sequence[Sequence[SlotRef]]: ...
    def locate_users(self, app: App, users: Sequence[str]) -> AsyncIterator[Sequence[SlotRef]]: ...


async def resolve(terminals: Terminals, app: App, audience: Audience) -> Sequence[Selection]:
    """Who is targeted among registered terminals, one selection a shard."""
    match audience:
        case Everyone():
            return [await terminals.alive(app, shard) for shard in range(app.shards)]
        case ByTerminal(ids):
            # A terminal's further spots are where it was: only the first is where it is.
            return _by_shard(
                app, [slot_refs[0] for slot_refs in await terminals.locate(app, ids) if slot_refs]
            )
        case ByUser(users):
            found: list[dict[Group, dict[int, int]]] = [{} for _ in range(app.shards)]
            async for slot_refs in terminals.locate_users(app, users):
                for together, selection in zip(found, _by_shard(app, slot_refs), strict=True):
                    merge(together, selection)
            return found
    raise TypeError(f"{type(audience).__name__} names no registered terminals")


def _by_shard(app: App, slot_refs: Sequence[SlotRef]) -> list[Selection]:
    return [
        select((slot_ref.group, slot_ref.slot) for slot_ref in slot_refs if slot_ref.shard == shard)
        for shard in range(app.shards)
    ]
