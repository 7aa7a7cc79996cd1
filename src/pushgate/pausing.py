"""Pauses and resumes single messages, before or during sending.

In: an app and a message id. Out: the message. Knows no vendor and no HTTP.
"""

from pushgate.domain.app import App
from pushgate.domain.errors import Conflict, NotFound
from pushgate.domain.message import Envelope, Status
from pushgate.domain.message_id import is_family, part_number
from pushgate.messages.message_pauses import PauseNumber
from pushgate.stores import Stores
from pushgate.tracking.messages import TrackedMessage

_SMALL_IS_SENT = (
    "the message is {}; a message to at most 64 terminals, users or tokens can be paused before its push "
    "time only: cancel it"
)
_OVER = "the message is {}; only one that is scheduled or being sent can be paused"
_HELD = (
    "the message waits because the store went back to an earlier time; decide with "
    "`pushgate restore resume` first"
)


async def pause(stores: Stores, app: App, message_id: str) -> TrackedMessage:
    """Pause a message: nothing more is sent until it is resumed. Its time to live goes on.
    Idempotent.

    Answers to pushes that were already sent are still recorded. A waiting small message is first
    stored as a large one. Raises NotFound, Conflict where the message is over or cannot be paused,
    EngineUnavailable.
    """
    if part_number(message_id):
        raise NotFound(f"there is no message {message_id}")
    await _enlarge(stores, app, message_id)
    status, number = await stores.message_pauses.pause(app.name, message_id)
    if status is not Status.PAUSED:
        raise Conflict(_OVER.format(status))
    paused = await stores.tracked.messages.find_large(app, message_id)
    if paused.envelope:
        await tell_shards(stores, app, paused.envelope, number)
    return paused


async def tell_shards(stores: Stores, app: App, message: Envelope, number: int) -> None:
    """Note in the shards that a message is paused for the `number`-th time. For a family, pause the
    parts that were made. Idempotent. Raises EngineUnavailable.
    """
    if not is_family(message.id):
        await stores.paused_shards.pause(app, message.id, number, stores.retention.keep_until(message))
        return
    ids = await stores.tracked.families.ids(message.id)
    for part, envelope in (await stores.families.envelopes(ids)).items():
        status, number = await stores.message_pauses.pause(app.name, part)
        if status is Status.PAUSED:
            await tell_shards(stores, app, envelope, number)


async def resume(stores: Stores, app: App, message_id: str) -> TrackedMessage:
    """Resume a paused message: its pending pushes are sent. Idempotent.

    A scheduler tells the shards when it claims the message. Raises NotFound, Conflict where the
    message is held because the store went back to an earlier state, and EngineUnavailable.
    """
    found = await stores.tracked.messages.find(app, message_id)
    if not found.is_large:
        return found
    if found.status is Status.PAUSED and is_family(message_id):
        # Before the family: no part is made while another one waits to be planned.
        for part in await stores.tracked.families.parts(app, message_id):
            await stores.message_pauses.resume(app.name, part.id)
    if await stores.message_pauses.resume(app.name, message_id) is Status.PAUSED:
        raise Conflict(_HELD)
    return await stores.tracked.messages.find_large(app, message_id)


async def end_pause(stores: Stores, app: App, message: Envelope) -> PauseNumber:
    """Let a resumed message be sent. A message that has been paused again stays paused.

    Returns the last pause. Raises EngineUnavailable.
    """
    pause = await stores.message_pauses.find(message.id)
    if pause.number and not pause.is_paused:
        keep_until = stores.retention.keep_until(message)
        await stores.paused_shards.resume(app, message.id, pause.number, keep_until)
    return pause


async def _enlarge(stores: Stores, app: App, message_id: str) -> None:
    """Store a waiting small message as a large one. Raises NotFound, Conflict."""
    found = await stores.tracked.messages.find(app, message_id)
    if found.is_large:
        return
    if not await stores.tracked.messages.enlarge(app, message_id):
        raise Conflict(_SMALL_IS_SENT.format(found.status))
