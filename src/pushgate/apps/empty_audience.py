"""Checks whether an expression holds any terminal now. In: an audience. Out: a warning.

The audience must be counted for that. So it is checked only if the message requires its audience,
or if counting costs less than storing a few messages.
"""

from pushgate.domain.app import App
from pushgate.domain.audience import (
    Audience,
    ByTerminal,
    ByToken,
    ByUser,
    Everyone,
    HadOutcome,
    OnePerUser,
    Sample,
    nodes_of,
)
from pushgate.domain.errors import FieldError
from pushgate.stores import Stores

_CHEAP_NODES = 10
_CHEAP_BLOCKS = 128
"""Blocks of 1,024 terminals: two ranges of the registry, which are read in about a millisecond."""


async def warn_of_empty(
    stores: Stores, app: App, audience: Audience, message_id: str, *, is_required: bool
) -> list[FieldError]:
    """Warn of an expression that holds nobody now; of lists there are other warnings.

    Where the message does not require its audience, only a simple expression of an app with few
    terminals is looked at. `message_id` seeds samples. Raises EngineUnavailable.
    """
    if isinstance(audience, Everyone | ByTerminal | ByUser | ByToken):
        return []
    expanded = await stores.saved_audiences.expand(app, audience)
    if not is_required and not await _is_cheap(stores, app, expanded):
        return []
    if (await stores.resolver.count(app, expanded, message_id)).total:
        return []
    return [FieldError("audience", "holds none of the app's terminals now; the message may reach nobody")]


async def _is_cheap(stores: Stores, app: App, audience: Audience) -> bool:
    nodes = list(nodes_of(audience))
    if len(nodes) > _CHEAP_NODES:
        return False
    # These read rows of terminals, or states of messages.
    if any(isinstance(node, Sample | OnePerUser | HadOutcome | ByTerminal | ByUser) for node in nodes):
        return False
    return await stores.existence.count_blocks(app) <= _CHEAP_BLOCKS
