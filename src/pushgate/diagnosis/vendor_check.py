"""The vendor's own check of a push token: a push to one terminal that the vendor does not deliver.

It is sent like every urgent push, so the same credentials, rate limit and circuit breaker apply,
and its verdict has the same consequences.
"""

import asyncio
from datetime import datetime, timedelta

from pushgate.apps.catalog import ConfiguredApp
from pushgate.audit.entry import Author
from pushgate.bundles.bodies import SmallMessage
from pushgate.bundles.home_writer import Draft
from pushgate.bundles.writer import SmallMessageWriter
from pushgate.diagnosis.facts import VendorAnswer
from pushgate.domain.audience import AudienceKind, AudienceSummary, ByTerminal
from pushgate.domain.errors import NotFound
from pushgate.domain.message import Content, Message, Options, Priority
from pushgate.domain.message_id import UNASSIGNED
from pushgate.domain.outcome import State
from pushgate.messages.store import too_many_waiting
from pushgate.stores import Stores
from pushgate.tracking.explained import ExplainedPush
from pushgate.tracking.small_push import explain_slot

TIME_LIMIT = timedelta(seconds=5)
"""How long a caller waits for the vendor's answer."""
_TTL = timedelta(seconds=30)
_FIRST_PAUSE, _MAX_PAUSE = 0.02, 0.25
"""Seconds between two looks at what became of the push."""
_CONTENT = Content("Pushgate", "A check of this push token, which shows nothing.")


def has_own_check(configured: ConfiguredApp, vendor: str) -> bool:
    """Whether the vendor itself checks a push without delivering it, and the app may ask it."""
    found = configured.vendors.get(vendor)
    return found is not None and found.adapter.supports_dry_run


async def ask_vendor(
    stores: Stores,
    writer: SmallMessageWriter,
    configured: ConfiguredApp,
    *,
    terminal_id: str,
    now: datetime,
    max_waiting: int,
    author: Author,
) -> VendorAnswer:
    """Store a checked push for the terminal, and wait for the answer for some seconds.

    Raises TooManyWaiting, EngineUnavailable.
    """
    small = SmallMessage(_message(configured, now), ByTerminal((terminal_id,)))
    (written,) = await writer.put(configured.app, [Draft(small, at_once=True, author=author)], max_waiting)
    if written.message is None:
        raise too_many_waiting(max_waiting)
    message_id = written.message.id
    return VendorAnswer(message_id=message_id, push=await _await_answer(stores, configured, message_id))


def _message(configured: ConfiguredApp, now: datetime) -> Message:
    return Message(
        id=UNASSIGNED,
        app=configured.app.name,
        content={configured.default_language: _CONTENT},
        default_language=configured.default_language,
        push_at=now,
        created_at=now,
        audience=AudienceSummary(AudienceKind.TERMINALS, 1),
        options=Options(ttl=_TTL, priority=Priority.HIGH, dry_run=True),
    )


async def _await_answer(stores: Stores, configured: ConfiguredApp, message_id: str) -> ExplainedPush | None:
    push, pause = None, _FIRST_PAUSE
    try:
        async with asyncio.timeout(TIME_LIMIT.total_seconds()):
            while push is None or push.state is State.PENDING:
                # A worker in another process records the answer, and sends no notice of it.
                await asyncio.sleep(pause)
                pause = min(2 * pause, _MAX_PAUSE)
                push = await _look(stores, configured, message_id)
    except TimeoutError:
        pass  # the answer can be read later, in the message's results
    return push


async def _look(stores: Stores, configured: ConfiguredApp, message_id: str) -> ExplainedPush | None:
    try:
        account = await stores.tracked.messages.account(configured.app, message_id, bodies=False)
    except NotFound:
        return None
    return explain_slot(account.slots[0], dry_run=True) if account and account.slots else None
