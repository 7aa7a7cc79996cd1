"""Sends a message once more to the terminals that did not get it. Knows no HTTP."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from pushgate.domain.app import App
from pushgate.domain.clock import Clock
from pushgate.domain.errors import Conflict
from pushgate.domain.message import NOW_OR_NEVER, Message, Resend, Status
from pushgate.domain.outcome import State
from pushgate.ledger.plan import NEVER_RESENT
from pushgate.messages.idempotency import RequestKey
from pushgate.messages.revisions import NOT_SENT
from pushgate.messages.stored import StoredMessage
from pushgate.stores import Stores
from pushgate.tracking.small_status import encode_resend


@dataclass(frozen=True, slots=True)
class ResendRequest:
    """Which failures to send again. `ttl` counts from now; None is the message's own
    time to live.
    """

    states: Sequence[State]
    ttl: timedelta | None = None

    def apply(self, message: Message, now: datetime, keep_until: datetime) -> Message:
        """Return the message as it is sent again. It expires no later than it is deleted."""
        lifetime = message.lifetime if self.ttl is None else self.ttl or NOW_OR_NEVER
        resend = Resend(
            message.resend.count + 1 if message.resend else 1,
            tuple(dict.fromkeys(self.states)),
            min(now + lifetime, keep_until),
        )
        return replace(message, resend=resend)


async def count_resendable(stores: Stores, app: App, message_id: str, states: Sequence[State]) -> int:
    """Return how many terminals failed in these states and may be sent to again.

    A push that was sent at most once and not answered is never sent again. Raises NotFound,
    Conflict where there is no such terminal, EngineUnavailable.
    """
    _, report = await stores.tracked.results.find(app, message_id)
    count = sum(
        failure.count
        for failure in report.failures
        if failure.state in states and failure.code not in NEVER_RESENT
    )
    if not count:
        raise Conflict(f"no terminal that may be sent to again is {' or '.join(states)}")
    return count


async def resend(
    stores: Stores,
    clock: Clock,
    app: App,
    message_id: str,
    request: ResendRequest,
    key: RequestKey | None = None,
) -> StoredMessage:
    """Dispatch a sent message again, to its failures in the states of the request.

    Raises NotFound, Conflict where the message is not sent, EngineUnavailable.
    """

    def change(message: Message) -> Message:
        return request.apply(message, clock.now(), stores.retention.keep_until(message))

    account = await stores.tracked.messages.account(app, message_id, slots=False)
    if account is None:
        return await stores.revisions.resend(app.name, message_id, change, key)
    return await _resend_small(stores, app, message_id, change)


async def _resend_small(
    stores: Stores, app: App, message_id: str, change: Callable[[Message], Message]
) -> StoredMessage:
    """Make the failures of a small message pending again."""
    stored = await stores.tracked.messages.read(app, message_id)
    if stored.status is not Status.SENT:
        raise Conflict(NOT_SENT.format(stored.status))
    message = change(stored.message)
    assert message.resend is not None
    resumed = await stores.small_accounts.resume(
        app,
        message_id,
        number=message.resend.count,
        states=message.resend.states,
        staying=NEVER_RESENT,
        expires_at=message.resend.expires_at,
        request=encode_resend(message.resend),
    )
    if not resumed:
        raise Conflict("the message's failures are being sent again by another request")
    return StoredMessage(message, Status.SENDING)
