"""Removals that the removal guard holds."""

from collections.abc import Sequence

from pushgate.domain.app import App
from pushgate.domain.terminal import Terminal
from pushgate.stores import Stores
from pushgate.terminals.registry import DeadToken


async def held_removals(stores: Stores) -> dict[tuple[str, str], int]:
    """How many terminals are held, by app and vendor."""
    return {pair: sum(held) for pair, held in (await stores.held_removals.counts()).items()}


async def hold(stores: Stores, app: App, vendor: str, numbers: Sequence[int], code: str = "dead") -> None:
    """Register terminals, and hold their removal."""
    terminals = [Terminal(f"{vendor}-{n}", vendor, f"{vendor}-token-{n}", "en") for n in numbers]
    await stores.registry.register(app, terminals)
    await stores.held_removals.hold(app, vendor, [DeadToken(one.token, code=code) for one in terminals])
