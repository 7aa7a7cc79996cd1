"""Messages as callers see them, small and large: read, listed and cancelled."""

import heapq
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from pushgate.bundles.account_values import SmallAccount
from pushgate.bundles.accounts import SmallAccounts
from pushgate.bundles.listing import SmallListing
from pushgate.bundles.values import CellKind
from pushgate.domain.app import App
from pushgate.domain.clock import Clock, from_ms
from pushgate.domain.errors import Conflict, NotFound
from pushgate.domain.message import Envelope, Message, Status
from pushgate.domain.message_id import created_ms, part_number, position_of
from pushgate.messages.index import MessageIndex
from pushgate.messages.retention import Retention
from pushgate.messages.store import MessageStore
from pushgate.messages.stored import StoredMessage
from pushgate.tracking.enlargement import Enlargement
from pushgate.tracking.small_status import is_forgotten, message_of, status_of

PAGE_BYTES = 1024 * 1024
"""A page of messages ends once it holds this many bytes of content, whatever its limit."""
CONTENT_DROPPED = (
    "the message's content was dropped when content_retention was over; what is left are its results"
)
_MAX_SCANNED = 2000
"""How many small messages one page looks at, if few have the wanted status."""
_ACCOUNTS_AT_ONCE = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackedMessage:
    """A message and its status. `message` is None if the content was dropped; `envelope` is None,
    too, if only results are left. `is_large` says whether the message is stored as a large one.
    """

    id: str
    created_at: datetime
    status: Status
    message: Message | None
    envelope: Envelope | None
    is_large: bool


@dataclass(frozen=True, slots=True)
class MessagePage:
    """Messages from newest to oldest, and the id after which the next page begins, None at the
    end.
    """

    messages: Sequence[TrackedMessage]
    next_cursor: str | None


class Messages:
    """The messages of all apps, small and large. All calls raise EngineUnavailable."""

    def __init__(
        self,
        *,
        large: MessageStore,
        index: MessageIndex,
        accounts: SmallAccounts,
        listing: SmallListing,
        enlargement: Enlargement,
        retention: Retention,
        clock: Clock,
    ) -> None:
        self._large = large
        self._enlargement = enlargement
        self._index = index
        self._accounts = accounts
        self._listing = listing
        self._retention = retention
        self.clock = clock

    async def account(
        self, app: App, message_id: str, *, bodies: bool = True, slots: bool = True
    ) -> SmallAccount | None:
        """The small message with this id; None where the message is stored as a large one.

        Raises NotFound where the app has no such small message.
        """
        if position_of(message_id) is None:
            return None
        (account,) = await self._accounts.read(app, [message_id], bodies=bodies, slots=slots)
        if account is None or is_forgotten(account, self._retention.period, self.clock.now()):
            raise NotFound(f"there is no message {message_id}")
        return None if await self._enlargement.is_large(account) else account

    async def find(self, app: App, message_id: str) -> TrackedMessage:
        """The app's message, also where its content was dropped. Raises NotFound."""
        account = await self.account(app, message_id)
        if account is None:
            return await self.find_large(app, message_id)
        return self.track(account)

    async def read(self, app: App, message_id: str) -> StoredMessage:
        """The app's message with its content. Raises NotFound, and Conflict where the content was
        dropped.
        """
        found = await self.find(app, message_id)
        if found.message is None:
            raise Conflict(CONTENT_DROPPED)
        return StoredMessage(found.message, found.status)

    async def cancel(self, app: App, message_id: str) -> TrackedMessage:
        """Stop a message, before or during sending. Idempotent.

        The pending terminals of a small message are cancelled; the caller ends those of a large
        one. Raises NotFound, and Conflict where the message was already sent.
        """
        if position_of(message_id) is not None:
            cancelled = await self._accounts.cancel(app, message_id)
            if cancelled is None:
                raise NotFound(f"there is no message {message_id}")
            if cancelled.kind is CellKind.BECOMES_LARGE:
                # Nobody may store it later as if it had not been cancelled.
                await self._enlargement.finish(app, [message_id])
            elif cancelled.kind is not CellKind.LARGE:
                # Read before refusing: an id that was guessed or forgotten is no message.
                found = await self.find(app, message_id)
                waited = cancelled.kind in (CellKind.WAITS, CellKind.CANCELLED)
                if not (waited or cancelled.was_stopped or cancelled.open_before):
                    raise Conflict("the message was already sent")
                return found
        return await self.cancel_large(app, message_id)

    async def enlarge(self, app: App, message_id: str) -> bool:
        """Store a small message that waits as a large one, which is due at the same time. Returns
        whether it is a large one now; one that is put aside, planned or over is not.
        """
        kind = await self._accounts.enlarge(app, message_id)
        if kind is CellKind.BECOMES_LARGE:
            await self._enlargement.finish(app, [message_id])
        return kind in (CellKind.BECOMES_LARGE, CellKind.LARGE)

    async def cancel_large(self, app: App, message_id: str) -> TrackedMessage:
        """Stop a message that is stored as a large one, as `cancel` does."""
        if part_number(message_id):
            raise NotFound(f"there is no message {message_id}")
        await self._large.cancel(app.name, message_id)
        return await self.find_large(app, message_id)

    async def page(self, app: App, status: Status | None, cursor: str | None, limit: int) -> MessagePage:
        """The app's messages from newest to oldest, after the message id `cursor`.

        At most `limit` messages; a page also ends with the message that exceeds `PAGE_BYTES`. A
        page may be short, or even empty, before the end: if few messages have the status, only some
        are looked at.
        """
        small, scanned_to = await self._small_page(app, status, cursor, limit + 1)
        large = await self._index.ids(app.name, status, cursor, limit + 1)
        ids = heapq.merge(large, (one.id for one in small), reverse=True)
        wanted = [one for one in dict.fromkeys(ids) if scanned_to is None or one >= scanned_to]
        known = {one.id: one for one in small}
        shown: list[TrackedMessage] = []
        size = 0
        for message_id in wanted[:limit]:
            if size >= PAGE_BYTES:
                return MessagePage(shown, shown[-1].id)
            found = known.get(message_id) or await self._find_or_none(app, message_id)
            if found is not None:
                shown.append(found)
                size += _content_size(found.message)
        if len(wanted) > limit:
            return MessagePage(shown, wanted[limit - 1])
        return MessagePage(shown, scanned_to)

    async def _small_page(
        self, app: App, status: Status | None, cursor: str | None, limit: int
    ) -> tuple[list[TrackedMessage], str | None]:
        """The newest small messages with the status, about `limit` of them; and the id of the last
        message that was looked at, None where all were.
        """
        found: list[TrackedMessage] = []
        waiting: list[str] = []
        scanned, portion = 0, _ACCOUNTS_AT_ONCE if status else min(_ACCOUNTS_AT_ONCE, limit)
        async for message_id in self._listing.newest_first(app, cursor):
            waiting.append(message_id)
            scanned += 1
            if len(waiting) == portion or scanned >= _MAX_SCANNED:
                found += await self._with_status(app, status, waiting)
                waiting = []
                if len(found) >= limit or scanned >= _MAX_SCANNED:
                    return found, message_id
        return found + await self._with_status(app, status, waiting), None

    async def _with_status(
        self, app: App, status: Status | None, message_ids: Sequence[str]
    ) -> list[TrackedMessage]:
        accounts = await self._accounts.read(app, message_ids)
        now, period = self.clock.now(), self._retention.period
        found = [
            self.track(account)
            for account in accounts
            if account
            and not is_forgotten(account, period, now)
            and not (account.message and account.message.message.options.withdraws)
            and not await self._enlargement.is_large(account)
        ]
        return [one for one in found if status is None or one.status is status]

    def track(self, account: SmallAccount) -> TrackedMessage:
        """The small message with this account."""
        message = message_of(account)
        return TrackedMessage(
            id=account.message_id,
            created_at=from_ms(account.created_ms),
            status=status_of(account, self.clock.now()),
            message=message,
            envelope=message.envelope if message else None,
            is_large=False,
        )

    async def _find_or_none(self, app: App, message_id: str) -> TrackedMessage | None:
        """A listed message; None where it was forgotten since it was listed."""
        try:
            return await self.find_large(app, message_id)
        except NotFound:
            return None

    async def find_large(self, app: App, message_id: str) -> TrackedMessage:
        """The message that is stored as a large one. Raises NotFound."""
        stored, message = await self._large.find(app.name, message_id)
        return TrackedMessage(
            id=message_id,
            created_at=from_ms(created_ms(message_id)),
            status=stored.status,
            message=message,
            envelope=stored.envelope,
            is_large=True,
        )


def _content_size(message: Message | None) -> int:
    """About how many bytes of a page the message takes."""
    if message is None:
        return 0
    return len(message.audience.expression) + sum(
        len(content.title)
        + len(content.body)
        + sum(len(key) + len(value) for key, value in content.data.items())
        for content in message.content.values()
    )
