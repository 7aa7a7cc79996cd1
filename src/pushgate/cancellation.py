"""Stops messages before or during sending.

In: an app and a message id. Out: the stopped message. Knows no vendor and no HTTP.
"""

from pushgate.domain.app import App
from pushgate.domain.message import Message
from pushgate.domain.outcome import State
from pushgate.messages.stored import StoredMessage
from pushgate.stores import Stores


async def cancel(stores: Stores, app: App, message_id: str) -> StoredMessage:
    """Stop a message before or during sending; its pending terminals become cancelled. Idempotent.

    Raises NotFound, Conflict when the message was already sent, EngineUnavailable.
    """
    stored = await stores.messages.cancel(app.name, message_id)
    await end_pending(stores, app, stored.message)
    return stored


async def end_pending(stores: Stores, app: App, message: Message) -> None:
    """End the message's pending terminals as cancelled. Raises EngineUnavailable."""
    keep_until = stores.retention.keep_until(message)
    await stores.pending.end(app, message.id, keep_until, State.CANCELLED)
