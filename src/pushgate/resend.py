"""Sends a message once more to the terminals that did not get it. Knows no HTTP."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from msgspec.structs import replace

from pushgate.apps.catalog import ConfiguredApp
from pushgate.bundles.account_values import SmallAccount
from pushgate.domain.clock import Clock
from pushgate.domain.errors import Conflict, NotFound
from pushgate.domain.message import NOW_OR_NEVER, Message, Resend, Status
from pushgate.domain.message_id import is_family, part_number
from pushgate.domain.outcome import State
from pushgate.ledger.plan import NEVER_RESENT
from pushgate.ledger.report import Report
from pushgate.messages.idempotency import RequestKey
from pushgate.messages.revisions import NOT_SENT
from pushgate.messages.stored import StoredMessage
from pushgate.stores import Stores
from pushgate.tracking.messages import CONTENT_DROPPED
from pushgate.tracking.small_status import (
    encode_resend,
    message_of,
    small_report,
    status_of,
    was_resent_by,
)

_IN_PARTS = 'the message goes out in parts; send a new message to the audience {{"failed": "{}"}}'


@dataclass(frozen=True, slots=True)
class ResendRequest:
    """Which failures to send again. `ttl` counts from now; None is the message's own
    time to live. `key` is the request's idempotency key.
    """

    states: Sequence[State]
    ttl: timedelta | None = None
    key: RequestKey | None = None

    def apply(self, message: Message, report: Report, now: datetime, until: datetime) -> Message:
        """Return the message as it is sent again, with the number of terminals that it is sent to.

        It expires no later than `until`, when its content is deleted. Raises Conflict where no
        terminal failed in these states. A push that was sent at most once and not answered is never
        sent again.
        """
        terminals = sum(
            failure.count
            for failure in report.failures
            if failure.state in self.states and failure.code not in NEVER_RESENT
        )
        if not terminals:
            raise Conflict(f"no terminal that may be sent to again is {' or '.join(self.states)}")
        lifetime = message.lifetime if self.ttl is None else self.ttl or NOW_OR_NEVER
        resend = Resend(
            message.resend.count + 1 if message.resend else 1,
            tuple(dict.fromkeys(self.states)),
            min(now + lifetime, until),
            terminals,
        )
        return replace(message, resend=resend)


async def resend(
    stores: Stores, clock: Clock, configured: ConfiguredApp, message_id: str, request: ResendRequest
) -> StoredMessage:
    """Dispatch a sent message again, to its failures in the states of the request.

    A request that is repeated under its key changes nothing. Raises NotFound, Conflict where the
    message is not sent, has no such failures, or has lost its content, EngineUnavailable.
    """
    app = configured.app
    account = await stores.tracked.messages.account(app, message_id)
    if account is not None:
        return await _resend_small(stores, clock, configured, account, request)
    if is_family(message_id):
        raise Conflict(_IN_PARTS.format(message_id))
    if part_number(message_id):
        raise NotFound(f"there is no message {message_id}")
    report = await stores.results.report(app, message_id)

    def change(message: Message) -> Message:
        return request.apply(message, report, clock.now(), stores.retention.content_until(message))

    try:
        return await stores.revisions.resend(app.name, message_id, change, request.key)
    except NotFound:
        await stores.tracked.messages.read(app, message_id)  # raises Conflict where only the content is gone
        raise


async def _resend_small(
    stores: Stores,
    clock: Clock,
    configured: ConfiguredApp,
    account: SmallAccount,
    request: ResendRequest,
) -> StoredMessage:
    """Make the failures of a small message pending again."""
    app, message_id = configured.app, account.message_id
    name = request.key.request_name if request.key else ""
    message, status = message_of(account), status_of(account, clock.now())
    if message is None:
        raise Conflict(CONTENT_DROPPED)
    if was_resent_by(account, name):
        return StoredMessage(message, Status.SENDING)
    if status is not Status.SENT:
        raise Conflict(NOT_SENT.format(status))
    until = stores.retention.content_until(message)
    changed = request.apply(message, small_report(account), clock.now(), until)
    again = changed.resend
    assert again is not None
    resumed = await stores.small_accounts.resume(
        app,
        message_id,
        number=again.count,
        states=again.states,
        staying=NEVER_RESENT,
        expires_at=again.expires_at,
        request=encode_resend(again, name),
        vendors=configured.vendors,
    )
    if resumed < 0:
        raise NotFound(f"there is no message {message_id}")
    if not resumed:
        return await _answer_of_another(stores, configured, message_id, name)
    return StoredMessage(changed, Status.SENDING)


async def _answer_of_another(
    stores: Stores, configured: ConfiguredApp, message_id: str, name: str
) -> StoredMessage:
    """Return the result of the same request, which another call has just carried out. Raises
    Conflict where that was a different request.
    """
    account = await stores.tracked.messages.account(configured.app, message_id)
    message = message_of(account) if account else None
    if account is None or message is None or not was_resent_by(account, name):
        raise Conflict("the message's failures are being sent again by another request")
    return StoredMessage(message, Status.SENDING)
