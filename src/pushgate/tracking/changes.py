"""Changes of messages that are still scheduled, small and large."""

from collections.abc import Callable

from msgspec.structs import replace

from pushgate.bundles.account_values import SmallAccount
from pushgate.bundles.bodies import SmallMessage, encode_change
from pushgate.bundles.segment_values import Segment
from pushgate.bundles.segments import Segments
from pushgate.bundles.values import Home
from pushgate.domain.app import App
from pushgate.domain.audience import Audience
from pushgate.domain.clock import from_ms, to_ms
from pushgate.domain.errors import Conflict, NotFound
from pushgate.domain.message import Message, Priority, Status
from pushgate.domain.message_id import part_number
from pushgate.messages.idempotency import RequestKey
from pushgate.messages.retention import Retention
from pushgate.messages.revisions import MessageRevisions, not_scheduled
from pushgate.messages.stored import StoredMessage
from pushgate.tracking.messages import Messages
from pushgate.tracking.small_status import message_of, status_of

_ATTEMPTS = 5


class MessageChanges:
    """Changes of all messages. All calls raise EngineUnavailable."""

    def __init__(
        self, *, messages: Messages, large: MessageRevisions, segments: Segments, retention: Retention
    ) -> None:
        self._messages = messages
        self._large = large
        self._segments = segments
        self._retention = retention

    async def reschedule(
        self,
        app: App,
        message_id: str,
        change: Callable[[Message], Message],
        key: RequestKey | None = None,
        audience: Audience | None = None,
    ) -> StoredMessage:
        """Replace a message that is still scheduled by the result of `change`. With `audience`,
        also replace its audience; the result of `change` carries the summary of the new one.

        A small message that gets a larger audience stays a small message until it is due. A
        repeated request under `key` changes a large message once; a small one comes to the same
        content again. Raises NotFound. Raises Conflict where the message is no longer scheduled,
        and where others change it all the time.
        """
        for _ in range(_ATTEMPTS):
            account = await self._messages.account(app, message_id)
            if account is None:
                return await self._reschedule_large(app, message_id, change, key, audience)
            message = message_of(account)
            status = status_of(account, self._messages.clock.now())
            if status is not Status.SCHEDULED or message is None or account.message is None:
                raise Conflict(not_scheduled(message, status))
            wanted = change(message)
            push_at = from_ms(to_ms(wanted.push_at))  # with the precision with which it is stored
            wanted = replace(wanted, id=message_id, app=app.name, push_at=push_at)
            changed = SmallMessage(wanted, audience or account.message.audience)
            match await self._replace(app, account, changed, account.message.audience):
                case "stored":
                    return StoredMessage(changed.message, Status.SCHEDULED)
                case "missing":
                    raise NotFound(f"there is no message {message_id}")
        raise Conflict("the message is being changed by others; try again")

    async def _reschedule_large(
        self,
        app: App,
        message_id: str,
        change: Callable[[Message], Message],
        key: RequestKey | None,
        audience: Audience | None,
    ) -> StoredMessage:
        if part_number(message_id):
            raise NotFound(f"there is no message {message_id}")
        try:
            return await self._large.reschedule(app.name, message_id, change, key, audience)
        except NotFound:
            await self._messages.read(app, message_id)  # raises Conflict where only the content is gone
            raise

    async def separate(self, app: App, message_id: str) -> None:
        """Let a waiting small message be claimed apart from the messages that were stored with it.
        The message itself stays as it is.

        Raises NotFound, and Conflict where the message does not wait any more.
        """
        account = await self._messages.account(app, message_id)
        message = message_of(account) if account else None
        if account is None or message is None or account.message is None:
            raise Conflict("the message is not a small one with its content")
        same = SmallMessage(replace(message, id=message_id, app=app.name), account.message.audience)
        if await self._replace(app, account, same, same.audience) != "stored":
            raise Conflict("the message does not wait any more")

    async def _replace(
        self, app: App, account: SmallAccount, changed: SmallMessage, audience: Audience
    ) -> str:
        """Give the message a segment of its own, in a new page. Its audience was `audience`."""
        page = await self._segments.new_page(Home(app, account.position.shard))
        await self._large.name_audiences(changed.message, audience, changed.audience, page)
        answer = await self._put(app, account, changed, page)
        if answer == "stored":
            await self._large.release_audiences(changed.message, audience, changed.audience, page)
        return answer

    async def _put(self, app: App, account: SmallAccount, changed: SmallMessage, page: int) -> str:
        home, message = Home(app, account.position.shard), changed.message
        push_at_ms = to_ms(message.push_at)
        assert account.source is not None  # it is read with the message
        before, index = account.source
        bodies = encode_change(changed, push_at_ms, before, index, of=account.message_id)
        return await self._segments.replace(
            home,
            account.message_id,
            Segment(
                number=0,
                push_at=message.push_at,
                urgent=message.options.priority is Priority.HIGH,
                bodies=bodies,
                count=1,
            ),
            page,
            version=account.version,
            contents_until=self._retention.content_until(message),
            results_until=self._retention.keep_until(message),
            now=self._messages.clock.now(),
        )
