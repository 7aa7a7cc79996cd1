"""Receipts and clicks -> the ledger, whoever reports them. A report that fits no message is counted
by itself.
"""

from collections.abc import Sequence

from pushgate.domain.app import App
from pushgate.domain.errors import NotFound
from pushgate.domain.message import Envelope
from pushgate.domain.outcome import ReceiptKind
from pushgate.ledger.totals import UnknownTarget
from pushgate.receipts.locate import locate
from pushgate.stores import Stores


class ReceiptRecorder:
    """Records what vendors and client apps report. Every method may raise EngineUnavailable."""

    def __init__(self, stores: Stores) -> None:
        self._stores = stores

    async def find_message(self, app: str, message_id: str) -> Envelope | None:
        """Return the app's message; None where there is none, or its retention is over."""
        try:
            return (await self._stores.messages.read_envelope(app, message_id)).envelope
        except NotFound:
            return None

    async def record(
        self,
        kind: ReceiptKind,
        app: App,
        message: Envelope,
        terminals: Sequence[str],
        vendor: str | None = None,
    ) -> list[int]:
        """Record one report of each terminal, which is named by its id or its push token.

        `vendor` is None for a report of a client app. Returns for each terminal 1 where the report
        is new, 0 where it was known, -1 where the message was not for the terminal.
        """
        slots = await locate(self._stores, app, message, terminals, vendor)
        keep_until = self._stores.retention.keep_until(message)
        verdicts = await self._stores.results.record_receipts(kind, app, message.id, slots, keep_until)
        if unknown := verdicts.count(-1):
            await self._stores.results.add_unknown_reports(kind, app, message.id, unknown, keep_until)
            await self._stores.totals.add_unknown_reports(
                app.name, vendor, kind, UnknownTarget.TERMINAL, unknown
            )
        return verdicts

    async def record_unknown_message(
        self, kind: ReceiptKind, app: str, count: int, vendor: str | None = None
    ) -> None:
        """Count reports about a message that is not known."""
        await self._stores.totals.add_unknown_reports(app, vendor, kind, UnknownTarget.MESSAGE, count)
