"""Reports of client apps: each is genuine if its callback token is. Where an app wants proof, only
the terminal's own device reports. In: reports. Out: receipts in the ledger.
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
    """The report of one client app on one message.

    `token` is the callback token of the push; `terminal` is the terminal's id or its push token;
    `field` is the path of the token in the request, for an error.
    """

    token: str
    terminal: str
    field: str


@dataclass(frozen=True, slots=True)
class Prover:
    """A device that has proved who it is: its app, and the id of its terminal."""

    app: str
    terminal: str


class ClientReports:
    """Records the reports of client apps."""

    def __init__(self, catalog: AppCatalog, tokens: CallbackTokens, receipts: ReceiptGathering) -> None:
        self._catalog = catalog
        self._tokens = tokens
        self._receipts = receipts

    async def record(
        self, kind: ReceiptKind, reports: Sequence[ClientReport], prover: Prover | None = None
    ) -> None:
        """Record all genuine reports. Then raise NotGenuine if there are others; it names them.
        A prover reports for its own terminal alone.

        Sending all reports again is harmless. Raises EngineUnavailable.
        """
        by_app: dict[str, list[TerminalReport]] = {}
        forged: list[FieldError] = []
        for report in reports:
            named = self._tokens.verify(report.token)
            if not named:
                forged.append(FieldError(report.field, "is not a callback token of this gateway"))
            elif fault := self._proof_fault(named[0], report, prover):
                forged.append(fault)
            else:
                by_app.setdefault(named[0], []).append(TerminalReport(named[1], report.terminal))
        for app, genuine in by_app.items():
            await self._record(kind, app, genuine)
        if forged:
            raise NotGenuine(f"{len(forged)} of {len(reports)} reports are not genuine", forged)

    def _proof_fault(self, app: str, report: ClientReport, prover: Prover | None) -> FieldError | None:
        if prover:
            if prover == Prover(app, report.terminal):
                return None
            field = report.field.removesuffix("token") + "terminal"
            return FieldError(field, "is not the terminal of the device secret; name it by its id")
        configured = self._catalog.apps.get(app)
        if configured is None or not configured.require_device_proof:
            return None
        text = "is of an app that wants proof: send the device secret, Authorization: Bearer <device secret>"
        return FieldError(report.field, text)

    async def _record(self, kind: ReceiptKind, app_name: str, reports: Sequence[TerminalReport]) -> None:
        """Record genuine reports, whether or not this process has settings for their app."""
        configured = await self._catalog.find(app_name)
        if configured:
            await self._receipts.record(kind, configured.app, reports)
        else:
            await self._receipts.record_unknown_message(kind, app_name, len(reports))
