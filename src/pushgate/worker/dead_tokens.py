"""Removes push tokens from the registry that a vendor called dead, unless the removal guard
distrusts the vendor because they are too many.
"""

from collections.abc import Awaitable, Callable

from pushgate.domain.app import App
from pushgate.runtime import logs
from pushgate.stores import Stores
from pushgate.terminals.registry import DeadToken
from pushgate.terminals.removal_guard import DeadShare

_log = logs.get("worker")


async def remove_dead_tokens(
    stores: Stores,
    app: App,
    vendor: str,
    answered: int,
    dead: list[DeadToken],
    read_earlier: Callable[[], Awaitable[DeadShare]],
) -> None:
    """Forget the terminals of these tokens if the removal guard believes the vendor.

    `answered` is how many terminals of the job have a verdict; `read_earlier` is passed on to
    `RemovalGuard.distrusts_responses`. Raises EngineUnavailable.
    """
    if not answered:
        return
    anonymous = await stores.anonymous_terminals.tokens_among(app, [one.token for one in dead])
    batch = DeadShare(answered, len(dead), sum(one.token in anonymous for one in dead))
    distrust = await stores.removal_guard.distrusts_responses(app.name, vendor, batch, read_earlier)
    held = [one for one in dead if distrust.of(one.token in anonymous)]
    if held:
        _log.error(
            "so many tokens are called dead that they are kept: check the app's credentials and environment",
            action="removal_held",
            app=app.name,
            vendor=vendor,
            dead=len(held),
            answered=answered,
        )
        await stores.held_removals.hold(app, vendor, held)
    if removed := [one for one in dead if not distrust.of(one.token in anonymous)]:
        await stores.registry.forget_dead(app, vendor, removed)
