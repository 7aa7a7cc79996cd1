"""Searches messages by their words and their time of creation. In: a filter. Out: pages of tracked
messages, newest first.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from pushgate.domain.app import App
from pushgate.domain.clock import to_ms
from pushgate.domain.message import Status
from pushgate.domain.message_id import ID_LENGTH
from pushgate.tracking.messages import MessagePage, Messages, TrackedMessage

MAX_LOOKED_AT = 500
"""How many messages one page looks at, if few match."""
_AT_ONCE = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageFilter:
    """Which messages are wanted. All words must occur, in any case, in titles and bodies of some
    language, or in the id. The message must be created at or after `created_after`, and before
    `created_before`.
    """

    status: Status | None = None
    words: Sequence[str] = ()
    created_after: datetime | None = None
    created_before: datetime | None = None

    @property
    def is_plain(self) -> bool:
        """Whether only the status is asked for, which is indexed."""
        return not (self.words or self.created_after or self.created_before)

    def holds_words(self, tracked: TrackedMessage) -> bool:
        """Whether a message has all of the words. One whose content was dropped has its id."""
        contents = tracked.message.content.values() if tracked.message else ()
        texts = [tracked.id, *(text for one in contents for text in (one.title, one.body))]
        text = "\n".join(texts).casefold()
        return all(word.casefold() in text for word in self.words)

    def start(self, cursor: str | None) -> str | None:
        """The id after which the search begins, None for the newest message."""
        if self.created_before is None:
            return cursor
        bound = f"{max(0, to_ms(self.created_before)):012x}".ljust(ID_LENGTH, "0")
        return min(bound, cursor) if cursor else bound


async def find_messages(
    messages: Messages, app: App, wanted: MessageFilter, cursor: str | None, limit: int
) -> MessagePage:
    """At most `limit` messages of the app, from newest to oldest, after the message id `cursor`.

    A page may be short, or even empty, before the end, because it looks at about `MAX_LOOKED_AT`
    messages. Raises EngineUnavailable.
    """
    if wanted.is_plain:
        return await messages.page(app, wanted.status, cursor, limit)
    found: list[TrackedMessage] = []
    following, looked_at = wanted.start(cursor), 0
    while looked_at < MAX_LOOKED_AT:
        page = await messages.page(app, wanted.status, following, _AT_ONCE)
        for one in page.messages:
            if wanted.created_after and one.created_at < wanted.created_after:
                return MessagePage(found, None)
            if wanted.holds_words(one):
                found.append(one)
            if len(found) == limit:
                return MessagePage(found, one.id)
        following, looked_at = page.next_cursor, looked_at + _AT_ONCE
        if following is None:
            break
    return MessagePage(found, following)
