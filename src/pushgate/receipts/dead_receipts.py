"""Removes push tokens from the registry that receipts call dead, unless the removal guard
objects.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from pushgate.adapters.receipts import ReceiptEvent
from pushgate.adapters.registry import vendors
from pushgate.bundles.account_values import SmallAccount
from pushgate.bundles.values import CellKind
from pushgate.domain.app import App
from pushgate.domain.clock import Clock, from_ms
from pushgate.domain.errors import NotFound
from pushgate.domain.message_id import position_of
from pushgate.domain.outcome import ReceiptKind, State
from pushgate.ledger.results import KNOWN, NEW
from pushgate.stores import Stores
from pushgate.terminals.registry import DeadToken
from pushgate.terminals.removal_guard import DeadShare, Distrust

_Reported = Sequence[tuple[ReceiptEvent, int]]
"""Events with the verdicts of the ledger on them."""


class DeadReceipts:
    """Removes the tokens that a vendor's receipts call dead.

    Dead tokens of a large message are compared with the message. Those of all small messages
    together are compared with the vendor's latest responses, because most small messages have one
    terminal.
    """

    def __init__(self, stores: Stores, clock: Clock) -> None:
        self._stores = stores
        self._clock = clock

    async def remove(
        self, app: App, vendor: str, events: Sequence[ReceiptEvent], verdicts: Sequence[int]
    ) -> None:
        """Remove the tokens of recorded events. Raises EngineUnavailable."""
        accounts = await self._small_accounts(app, events)
        small: list[tuple[ReceiptEvent, int]] = []
        by_message: dict[str, list[tuple[ReceiptEvent, int]]] = {}
        for event, verdict in zip(events, verdicts, strict=True):
            if verdict >= KNOWN:
                is_small = event.message_id in accounts
                (small if is_small else by_message.setdefault(event.message_id, [])).append((event, verdict))
        for message_id, reported in by_message.items():
            await self._remove_of_large(app, vendor, message_id, reported)
        if small:
            await self._remove_of_small(app, vendor, small, accounts)

    async def _small_accounts(self, app: App, events: Sequence[ReceiptEvent]) -> dict[str, SmallAccount]:
        ids = list(dict.fromkeys(event.message_id for event in events if position_of(event.message_id)))
        accounts = await self._stores.small_accounts.read(app, ids, slots=False)
        return {
            account.message_id: account
            for account in accounts
            if account and account.kind not in (CellKind.LARGE, CellKind.BECOMES_LARGE)
        }

    async def _remove_of_large(self, app: App, vendor: str, message_id: str, reported: _Reported) -> None:
        try:
            tracked, report = await self._stores.tracked.results.find(app, message_id)
        except NotFound:
            return  # its retention is over since the reports were recorded
        sent_at = tracked.envelope.push_at if tracked.envelope else tracked.created_at
        dead = [self._dead_token(vendor, event, sent_at) for event, _ in reported]
        anonymous, new = await self._anonymous(app, dead, reported)
        guard = self._stores.removal_guard
        gone = await guard.count_gone(app.name, vendor, message_id, new)
        groups = [group for group in report.groups if group.vendor == vendor]
        accepted = sum(group.states[State.ACCEPTED] for group in groups)
        share = DeadShare(accepted, sum(group.gone for group in groups), gone)
        await self._settle(app, vendor, dead, anonymous, guard.distrusts_receipts(share))

    async def _remove_of_small(
        self, app: App, vendor: str, reported: _Reported, accounts: Mapping[str, SmallAccount]
    ) -> None:
        new = sum(verdict == NEW for _, verdict in reported)
        dead = [
            self._dead_token(vendor, event, _sent_at(accounts[event.message_id])) for event, _ in reported
        ]
        anonymous, new_anonymous = await self._anonymous(app, dead, reported)
        guard = self._stores.removal_guard
        distrust = await guard.distrusts_late_responses(app.name, vendor, new, new_anonymous)
        await self._settle(app, vendor, dead, anonymous, distrust)

    async def _anonymous(
        self, app: App, dead: Sequence[DeadToken], reported: _Reported
    ) -> tuple[frozenset[str], int]:
        """The tokens of anonymous terminals, and how many are reported for the first time."""
        found = await self._stores.anonymous_terminals.tokens_among(app, [one.token for one in dead])
        pairs = zip(dead, reported, strict=True)
        return found, sum(verdict == NEW and one.token in found for one, (_, verdict) in pairs)

    async def _settle(
        self, app: App, vendor: str, dead: Sequence[DeadToken], anonymous: frozenset[str], distrust: Distrust
    ) -> None:
        held = [one for one in dead if distrust.of(one.token in anonymous)]
        removed = [one for one in dead if not distrust.of(one.token in anonymous)]
        if held:
            await self._stores.held_removals.hold(app, vendor, held)
        if removed:
            await self._stores.registry.forget_dead(app, vendor, removed)

    def _dead_token(self, vendor: str, event: ReceiptEvent, sent_at: datetime) -> DeadToken:
        """Return the token with the instant of its death.

        Where the vendor gives none, or one in the future, a terminal registered after the push
        stays.
        """
        plausible = event.at is not None and event.at <= self._clock.now()
        token = vendors()[vendor].normalize_token(event.token)
        return DeadToken(token, event.at if plausible else sent_at, ReceiptKind.GONE.value)


def _sent_at(account: SmallAccount) -> datetime:
    """When the message was sent, at the earliest."""
    return account.message.message.push_at if account.message else from_ms(account.created_ms)
