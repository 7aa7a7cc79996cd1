"""Receipts and clicks -> the ledger, whoever reports them. A report that fits no message is counted
separately.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pushgate.bundles.accounts import NO_MESSAGE, SENT_AS_LARGE
from pushgate.domain.app import App
from pushgate.domain.errors import NotFound
from pushgate.domain.message_id import position_of
from pushgate.domain.outcome import RECEIVED, ReceiptKind, SlotRef
from pushgate.ledger.results import KNOWN, NEW, NOT_TARGETED
from pushgate.ledger.totals import UnknownTarget
from pushgate.receipts.locate import locate, locate_in_small_messages, locate_registered
from pushgate.redis.scripts import portions
from pushgate.stores import Stores

_MESSAGES_AT_ONCE = 16
"""Large messages whose reports are recorded at once."""


@dataclass(frozen=True, slots=True)
class TerminalReport:
    """A report about one terminal of one message. The terminal is named by its id or its push
    token.
    """

    message_id: str
    terminal: str


class ReceiptRecorder:
    """Records the reports of vendors and client apps. Every method may raise EngineUnavailable."""

    def __init__(self, stores: Stores) -> None:
        self._stores = stores

    async def record(
        self, kind: ReceiptKind, app: App, reports: Sequence[TerminalReport], vendor: str | None = None
    ) -> list[int]:
        """Record reports of one kind.

        `vendor` is None for reports of a client app. Returns for each report 1 where it is new, 0
        where it was known, -1 where the message was not for the terminal, and -2 where there is no
        such message, or its retention is over.
        """
        verdicts = dict.fromkeys(range(len(reports)), NO_MESSAGE)
        small = [number for number, report in enumerate(reports) if position_of(report.message_id)]
        if small:
            found = await self._record_small(kind, app, [reports[number] for number in small], vendor)
            verdicts.update(zip(small, found, strict=True))
        by_message: dict[str, list[int]] = {}
        for number, report in enumerate(reports):
            if verdicts[number] == SENT_AS_LARGE or not position_of(report.message_id):
                by_message.setdefault(report.message_id, []).append(number)
        for some in portions(list(by_message.items()), _MESSAGES_AT_ONCE):
            recorded = await asyncio.gather(
                *(
                    self._record_large(kind, app, message_id, [reports[n].terminal for n in numbers], vendor)
                    for message_id, numbers in some
                )
            )
            for (_, numbers), of_message in zip(some, recorded, strict=True):
                verdicts.update(zip(numbers, of_message, strict=True))
        ordered = list(verdicts.values())
        await self._count_unknown(kind, app, vendor, ordered)
        return ordered

    async def record_unknown_message(
        self, kind: ReceiptKind, app: str, count: int, vendor: str | None = None
    ) -> None:
        """Count reports about a message that is not known."""
        await self._stores.totals.add_unknown_reports(
            app, vendor, _reported_as(kind), UnknownTarget.MESSAGE, count
        )

    async def _record_small(
        self, kind: ReceiptKind, app: App, reports: Sequence[TerminalReport], vendor: str | None
    ) -> list[int]:
        """Record reports on small messages, all of them together."""
        stores = self._stores
        verdicts = [NOT_TARGETED] * len(reports)

        def open_reports() -> list[int]:
            return [number for number, verdict in enumerate(verdicts) if verdict == NOT_TARGETED]

        async def try_terminals(candidates: Mapping[int, Sequence[tuple[int, int]]]) -> None:
            rows = [(reports[number].message_id, found) for number, found in candidates.items()]
            answers = await stores.small_accounts.record_receipts(kind, app, rows)
            for number, answer in zip(candidates, answers, strict=True):
                verdicts[number] = answer

        slots = await locate_registered(stores, app, [report.terminal for report in reports], vendor)
        registered = {
            number: [(slot.shard, slot.slot) for slot in found] for number, found in enumerate(slots)
        }
        await try_terminals({number: found for number, found in registered.items() if found})
        if left := open_reports():
            # The message may have brought the terminal's push token.
            named = [(reports[number].message_id, reports[number].terminal) for number in left]
            inline = await locate_in_small_messages(stores, app, named, vendor)
            await try_terminals({number: found for number, found in zip(left, inline, strict=True) if found})
        await try_terminals(dict.fromkeys(open_reports(), ()))  # counted as reports on unknown terminals
        await self._note_life(kind, app, slots, verdicts)
        return verdicts

    async def _record_large(
        self, kind: ReceiptKind, app: App, message_id: str, terminals: Sequence[str], vendor: str | None
    ) -> list[int]:
        """Record reports on one large message."""
        try:
            message = (await self._stores.messages.read_envelope(app.name, message_id)).envelope
        except NotFound:
            return [NO_MESSAGE] * len(terminals)
        slots = await locate(self._stores, app, message, terminals, vendor)
        keep_until = self._stores.retention.keep_until(message)
        verdicts = await self._stores.results.record_receipts(
            kind, app, message.id, slots, keep_until, clears=message.clear_on_click
        )
        if unknown := verdicts.count(NOT_TARGETED):
            await self._stores.results.add_unknown_reports(
                _reported_as(kind), app, message.id, unknown, keep_until
            )
        await self._note_life(kind, app, slots, verdicts)
        return verdicts

    async def _note_life(
        self, kind: ReceiptKind, app: App, slots: Sequence[Sequence[SlotRef]], verdicts: Sequence[int]
    ) -> None:
        """Take deliveries and clicks as signs of life of the registered terminals.

        Reports that were recorded before count, too, because a report is repeated if this step
        failed. For a new click, the hour is noted.
        """
        if _reported_as(kind) in RECEIVED:
            alive: dict[bool, list[SlotRef]] = {False: [], True: []}
            for places, verdict in zip(slots, verdicts, strict=True):
                if places and verdict >= KNOWN and not places[0].group.inline:
                    alive[kind is ReceiptKind.CLICKED and verdict == NEW].append(places[0])
            for clicked, found in alive.items():
                await self._stores.signs_of_life.note(app, found, clicked=clicked)
            if kind is ReceiptKind.DELIVERED:
                vendors = {place.group.vendor for place in alive[False]}
                await self._stores.delivery_reports.note(app, vendors)

    async def _count_unknown(
        self, kind: ReceiptKind, app: App, vendor: str | None, verdicts: Sequence[int]
    ) -> None:
        """Count reports that fit no message, or no terminal of their message."""
        if terminals := verdicts.count(NOT_TARGETED):
            await self._stores.totals.add_unknown_reports(
                app.name, vendor, _reported_as(kind), UnknownTarget.TERMINAL, terminals
            )
        if messages := verdicts.count(NO_MESSAGE):
            await self.record_unknown_message(kind, app.name, messages, vendor)


def _reported_as(kind: ReceiptKind) -> ReceiptKind:
    """The receipt as it was reported: an unproven click was reported as a click."""
    return ReceiptKind.CLICKED if kind is ReceiptKind.UNPROVEN else kind
