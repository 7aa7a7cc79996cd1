"""Reports of client apps: each is genuine if its callback token is. In: reports. Out: receipts in
the ledger.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from pushgate.apps.catalog import AppCatalog
from pushgate.domain.errors import FieldError, NotGenuine
from pushgate.domain.outcome import ReceiptKind
from pushgate.receipts.callback_token import CallbackTokens
from pushgate.receipts.gathering import ReceiptGathering
from pushgate.receipts.record import TerminalReport


@dataclass(frozen=True, slots=True)
class ClientReport:
    """What one client app reports of one message.

    `token` is the callback token of the push; `terminal` is the terminal's id or its push token;
    `field` is the path of the token in the request, for an error.
    """

    token: str
    terminal: str
    field: str


class ClientReports:
    """Records the reports of client apps."""

    def __init__(self, catalog: AppCatalog, tokens: CallbackTokens, receipts: ReceiptGathering) -> None:
        self._catalog = catalog
        self._tokens = tokens
        self._receipts = receipts

    async def record(self, kind: ReceiptKind, reports: Sequence[ClientReport]) -> None:
        """Record all genuine reports. Then raise NotGenuine if there are others; it names them.

        To send all reports again is harmless. Raises EngineUnavailable.
        """
        by_app: dict[str, list[TerminalReport]] = {}
        forged: list[FieldError] = []
        for report in reports:
            if named := self._tokens.verify(report.token):
                app, message_id = named
                by_app.setdefault(app, []).append(TerminalReport(message_id, report.terminal))
            else:
                forged.append(FieldError(report.field, "is not a callback token of this gateway"))
        for app, genuine in by_app.items():
            await self._record(kind, app, genuine)
        if forged:
            raise NotGenuine(f"{len(forged)} of {len(reports)} reports are not genuine", forged)

    async def _record(self, kind: ReceiptKind, app_name: str, reports: Sequence[TerminalReport]) -> None:
        """Record genuine reports, whether or not this process has settings for their app."""
        configured = await self._catalog.find(app_name)
        if configured:
            await self._receipts.record(kind, configured.app, reports)
        else:
            await self._receipts.record_unknown_message(kind, app_name, len(reports))
