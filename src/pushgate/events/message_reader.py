"""Reads messages for events that repeat facts of them."""

import asyncio
from collections.abc import Collection, Mapping

from pushgate.bundles.values import CellKind
from pushgate.domain.app import App
from pushgate.domain.errors import NotFound
from pushgate.domain.message import Message
from pushgate.events.message_facts import MessageFacts
from pushgate.stores import Stores

_LARGE = (CellKind.LARGE, CellKind.BECOMES_LARGE)


class MessageReader:
    """Reads messages for events, many together. All calls raise EngineUnavailable."""

    def __init__(self, stores: Stores) -> None:
        self._stores = stores

    async def facts(self, app: App, message_ids: Collection[str]) -> Mapping[str, MessageFacts]:
        """The facts of these messages that events repeat. Messages that are no longer kept are left
        out.
        """
        ids = list(message_ids)
        accounts = await self._stores.small_accounts.read(app, ids, slots=False)
        found = {
            account.message_id: MessageFacts(account.message.message if account.message else None)
            for account in accounts
            if account and account.kind not in _LARGE
        }
        others = [one for one in ids if one not in found]
        messages = await asyncio.gather(*(self._large(app, one) for one in others))
        return found | dict(zip(others, map(MessageFacts, messages), strict=True))

    async def _large(self, app: App, message_id: str) -> Message | None:
        try:
            _, message = await self._stores.messages.find(app.name, message_id)
        except NotFound:
            return None
        return message
