"""Stops messages before or during sending.

In: an app and a message id. Out: the stopped message. Knows no vendor and no HTTP.
"""

from collections.abc import Sequence

from pushgate.domain.app import App
from pushgate.domain.audience import Everyone
from pushgate.domain.message import Envelope, Message, Status
from pushgate.domain.outcome import State
from pushgate.stores import Stores
from pushgate.tracking.messages import TrackedMessage


async def cancel(stores: Stores, app: App, message_id: str) -> TrackedMessage:
    """Stop a message before or during sending. Its pending terminals and those of its steps become
    cancelled, and no further step is made. Idempotent.

    Raises NotFound, Conflict where the message was already sent, and EngineUnavailable.
    """
    stopped = await stores.tracked.messages.cancel(app, message_id)
    if stopped.status is Status.CANCELLED:
        await end_pending(stores, app, stopped)
    if stopped.envelope and stopped.envelope.escalate:
        await _end(stores, app, stopped.envelope, await stores.tracked.steps.ids(stopped.id))
    if not stopped.is_large and stopped.message and stopped.message.audience.expression:
        await _release_audiences(stores, app, stopped.message)
    return stopped


async def _release_audiences(stores: Stores, app: App, message: Message) -> None:
    """Release the saved audiences that a small message names, so that they can be deleted. A small
    message names saved audiences where a change gave it an expression.
    """
    account = await stores.tracked.messages.account(app, message.id, slots=False)
    if account and account.message:
        await stores.revisions.release_audiences(message, account.message.audience, Everyone(), None)


async def end_pending(stores: Stores, app: App, stopped: TrackedMessage) -> None:
    """End the pending terminals of a message that was cancelled. Raises EngineUnavailable.

    Those of a small message were ended when it was cancelled.
    """
    if stopped.is_large and stopped.envelope:
        await _end(stores, app, stopped.envelope, await stores.tracked.families.ids(stopped.id))


async def _end(stores: Stores, app: App, envelope: Envelope, ids: Sequence[str]) -> None:
    """End the pending terminals of the large messages with these ids. They have the category and
    the expiry of `envelope`.
    """
    keep_until = stores.retention.keep_until(envelope)
    for message_id in ids:
        await stores.pending.end(app, message_id, keep_until, State.CANCELLED)
        if envelope.category:
            await stores.frequency_caps.give_back(app, message_id)
