"""Which terminals an app has, by a reading of the whole registry."""

from pushgate.domain.app import App
from pushgate.domain.audience import Everyone
from pushgate.domain.terminal import Group
from pushgate.grouping.selection import Selection
from pushgate.stores import Stores


async def alive(stores: Stores, app: App) -> list[Selection]:
    """The slots in use of each shard."""
    return [selection async for _, selection in stores.resolver.resolve(app, Everyone(), "")]


async def by_group(stores: Stores, app: App) -> dict[Group, int]:
    """How many terminals each group has. Empty groups are left out."""
    return dict((await stores.resolver.count(app, Everyone(), "")).groups)
