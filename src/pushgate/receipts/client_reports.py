"""Reports of client apps: each is genuine if its callback token is. In: reports. Out: receipts in
the ledger.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from pushgate.apps.catalog import AppCatalog
from pushgate.domain.errors import FieldError, NotGenuine
from pushgate.domain.outcome import ReceiptKind
from pushgate.receipts.callback_token import CallbackTokens
from pushgate.receipts.record import ReceiptRecorder


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

    def __init__(self, catalog: AppCatalog, tokens: CallbackTokens, recorder: ReceiptRecorder) -> None:
        self._catalog = catalog
        self._tokens = tokens
        self._recorder = recorder

    async def record(self, kind: ReceiptKind, reports: Sequence[ClientReport]) -> None:
        """Record all genuine reports. Then raise NotGenuine if there are others; it names them.

        To send all reports again is harmless. Raises EngineUnavailable.
        """
        by_message: dict[tuple[str, str], list[str]] = {}
        forged: list[FieldError] = []
        for report in reports:
            if named := self._tokens.verify(report.token):
                by_message.setdefault(named, []).append(report.terminal)
            else:
                forged.append(FieldError(report.field, "is not a callback token of this gateway"))
        for (app, message_id), terminals in by_message.items():
            await self._record(kind, app, message_id, terminals)
        if forged:
            raise NotGenuine(f"{len(forged)} of {len(reports)} reports are not genuine", forged)

    async def _record(
        self, kind: ReceiptKind, app_name: str, message_id: str, terminals: Sequence[str]
    ) -> None:
        """Record genuine reports, whether or not this process has settings for their app."""
        configured = await self._catalog.find(app_name)
        message = await self._recorder.find_message(app_name, message_id) if configured else None
        if configured and message:
            await self._recorder.record(kind, configured.app, message, terminals)
        else:
            await self._recorder.record_unknown_message(kind, app_name, len(terminals))
