"""Small messages that are sent as broadcasts, under the same id: their users have so many
terminals, or they got a larger audience since they were stored.
"""

from collections.abc import Sequence

from pushgate.bundles.segment_values import ClaimedSegment
from pushgate.bundles.values import CellKind, Home
from pushgate.cancellation import end_pending
from pushgate.domain.app import App
from pushgate.domain.errors import Conflict, NotFound
from pushgate.domain.message_id import Position, small_id
from pushgate.runtime import logs
from pushgate.stores import Stores

_log = logs.get("scheduler")


async def is_stored_as_large(stores: Stores, home: Home, segment: ClaimedSegment, index: int) -> bool:
    """Whether a round that did not end has stored the message as a large one. Its users may have
    fewer terminals by now. Raises EngineUnavailable.
    """
    return segment.was_claimed and await stores.messages.exists(_message_id(home, segment, index))


async def store_as_large(stores: Stores, home: Home, segment: ClaimedSegment, index: int) -> str:
    """Store the message as a large one, which is due at once; returns its id.

    Harmless to repeat. Raises EngineUnavailable.
    """
    bodies, message_id = segment.bodies, _message_id(home, segment, index)
    assert bodies is not None
    small = bodies.message(index, message_id, home.app.name)
    await stores.messages.put(small.message, audience=small.audience, names_are_known=True)
    _log.info("sent as a broadcast", action="enlarged", app=home.app.name, message=message_id)
    return message_id


async def stop_cancelled(stores: Stores, app: App, message_ids: Sequence[str]) -> None:
    """Stop those large messages that were cancelled as small ones, while they were stored.

    Raises EngineUnavailable.
    """
    accounts = await stores.small_accounts.read(app, message_ids, bodies=False, slots=False)
    for message_id, account in zip(message_ids, accounts, strict=True):
        if account and account.kind is CellKind.CANCELLED:
            try:
                await end_pending(stores, app, await stores.tracked.messages.cancel_large(app, message_id))
            except (NotFound, Conflict) as error:
                _log.warning("not stopped", action="cancel_late", message=message_id, error=str(error))


def _message_id(home: Home, segment: ClaimedSegment, index: int) -> str:
    bodies = segment.bodies
    assert bodies is not None
    position = Position(home.shard, segment.page, segment.number, index)
    return bodies.replaced_id or small_id(bodies.created_ms, position)
