"""Small messages that become large ones, under the same id: their users have so many terminals, or
they got a larger audience since they were stored.

A scheduler first marks the message in its home, in the step that places others. From then on it is
no longer a small message: any process that needs the large one stores it.
"""

from collections.abc import Sequence

from pushgate.bundles.account_values import SmallAccount
from pushgate.bundles.accounts import SmallAccounts
from pushgate.bundles.values import CellKind
from pushgate.domain.app import App
from pushgate.messages.store import MessageStore
from pushgate.runtime import logs

_log = logs.get("scheduler")


class Enlargement:
    """Stores marked messages as large ones. All calls raise EngineUnavailable."""

    def __init__(self, accounts: SmallAccounts, large: MessageStore) -> None:
        self._accounts = accounts
        self._large = large

    async def finish(self, app: App, message_ids: Sequence[str]) -> None:
        """Store the marked messages among these as large ones, which are due at once.

        Harmless to repeat, also by several callers at once.
        """
        for account in await self._accounts.read(app, message_ids, slots=False):
            if account and account.kind is CellKind.BECOMES_LARGE:
                kind = await self._store(account)
                await self._accounts.end_enlargement(app, account.message_id, kind)

    async def _store(self, account: SmallAccount) -> CellKind:
        """Store the message; returns what its cell becomes."""
        message_id, small = account.message_id, account.message
        if small is not None:
            await self._large.put(small.message, audience=small.audience, names_are_known=True)
            _log.info("sent as a broadcast", action="enlarged", app=small.message.app, message=message_id)
        elif not await self._large.exists(message_id):  # and nobody can store it any more
            _log.error("a message without body is sent to nobody", action="bodies_lost", message=message_id)
            return CellKind.NOBODY
        return CellKind.LARGE

    async def is_large(self, account: SmallAccount) -> bool:
        """Whether the message is stored as a large one."""
        match account.kind:
            case CellKind.LARGE:
                return True
            case CellKind.BECOMES_LARGE:
                return await self._large.exists(account.message_id)
        return False
