"""An audience -> who is targeted, shard by shard. Asks the registry through a narrow interface; knows no engine."""

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Protocol

from pushgate.domain.app import App
from pushgate.domain.audience import Audience, ByTerminal, ByUser, Everyone
from pushgate.domain.terminal import Group
from pushgate.grouping.selection import Selection, merge, select


class Spot(Protocol):
    """Where a terminal is."""

    @property
    def shard(self) -> int: ...
    @property
    def group(self) -> Group: ...
    @property
    def slot(self) -> int: ...


class Terminals(Protocol):
    """What resolving asks of the registry."""

    async def alive(self, app: App, shard: int) -> Mapping[Group, Mapping[int, int]]: ...
    async def locate(self, app: App, terminal_ids: Sequence[str]) -> Sequence[Sequence[Spot]]: ...
    def locate_users(self, app: App, users: Sequence[str]) -> AsyncIterator[Sequence[Spot]]: ...


async def resolve(terminals: Terminals, app: App, audience: Audience) -> Sequence[Selection]:
    """Who is targeted among registered terminals, one selection a shard."""
    match audience:
        case Everyone():
            return [await terminals.alive(app, shard) for shard in range(app.shards)]
        case ByTerminal(ids):
            # A terminal's further spots are where it was: only the first is where it is.
            return _by_shard(app, [spots[0] for spots in await terminals.locate(app, ids) if spots])
        case ByUser(users):
            found: list[dict[Group, dict[int, int]]] = [{} for _ in range(app.shards)]
            async for spots in terminals.locate_users(app, users):
                for together, selection in zip(found, _by_shard(app, spots), strict=True):
                    merge(together, selection)
            return found
    raise TypeError(f"{type(audience).__name__} names no registered terminals")


def _by_shard(app: App, spots: Sequence[Spot]) -> list[Selection]:
    return [
        select((spot.group, spot.slot) for spot in spots if spot.shard == shard)
        for shard in range(app.shards)
    ]
