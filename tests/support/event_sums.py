"""The events of an app added up as a reader does: by message and shard, terminals in each state and
with each receipt. They must equal the results.
"""

from collections import Counter
from collections.abc import Iterable, Mapping

from pushgate.domain.app import App
from pushgate.domain.outcome import ReceiptKind, State
from pushgate.eventlog.entries import (
    Entry,
    EntryId,
    LargeMoves,
    LargePlanned,
    LargeReceipts,
    MessageChanged,
    Part,
    Registered,
    Removed,
    Shard,
    SmallMoves,
    SmallReceipts,
    Snapshot,
)
from pushgate.ledger.report import Report
from pushgate.stores import Stores

COUNTED = [state.value for state in State] + [receipt.value for receipt in ReceiptKind]
_FEW = 3
"""Entries that are read at once, so that reads begin and end everywhere."""


class EventSums:
    """One reader of all streams of an app, from its subscription on."""

    def __init__(self, stores: Stores, app: App) -> None:
        self._stores = stores
        self._app = app
        self.places: dict[Shard, EntryId] = {}
        self.sums: dict[tuple[str, int], Counter[str]] = {}
        self.statuses: dict[str, list[str]] = {}
        self.terminals: list[tuple[int, str, int]] = []
        """Shard, 'registered' or 'removed', and slot, in their order."""
        self.labels: Counter[str] = Counter()
        self.gaps = 0

    async def subscribe(self) -> None:
        """Begin to read, at the end, whatever an earlier reader of the name left."""
        await self._stores.event_log.unsubscribe(self._app, "sums")
        self.places = await self._stores.event_log.subscribe(self._app, "sums")

    async def catch_up(self) -> None:
        """Read all streams to their ends."""
        for shard in self.places:
            await self._read(shard)

    async def _read(self, shard: Shard) -> None:
        while True:
            batch = await self._stores.event_log.read(self._app, shard, self.places[shard], _FEW)
            if not batch.entries and not batch.gap:
                return
            await self._add(shard, batch.entries)
            self.gaps += batch.gap is not None
            self.places[shard] = batch.last

    async def _add(self, shard: Shard, entries: Iterable[Entry]) -> None:
        parts = [part for entry in entries for part in entry.parts]
        small = {part.bundle for part in parts if isinstance(part, (SmallMoves, SmallReceipts))}
        number = shard if isinstance(shard, int) else -1
        sends = await self._stores.bundle_sends.read(self._app, number, small) if small else {}
        for part in parts:
            if isinstance(part, (SmallMoves, SmallReceipts)):
                for slot, send in enumerate(sends[part.bundle]):
                    if part.slots >> slot & 1:
                        assert send is not None
                        self._count(send.message_id, number, part, 1)
            else:
                self._add_part(number, part)

    def _add_part(self, shard: int, part: Part) -> None:
        match part:
            case LargeMoves() | LargeReceipts():
                self._count(part.message_id, shard, part, part.slots.bit_count())
            case LargePlanned():
                self._sums(part.message_id, shard)["pending"] += part.count
            case Snapshot():
                counted = Counter[str]()
                for counts in part.counts.values():
                    counted.update(counts)
                self.sums[part.message_id, shard] = Counter(
                    {name: count for name, count in counted.items() if name in COUNTED}
                )
            case MessageChanged():
                self.statuses.setdefault(part.message_id, []).append(part.status.value)
            case Registered():
                self.terminals += [(shard, "registered", slot) for slot in part.slots]
            case Removed():
                self.terminals += [(shard, "removed", slot) for slot in part.slots]
            case _:
                pass

    def _count(
        self,
        message_id: str,
        shard: int,
        part: LargeMoves | LargeReceipts | SmallMoves | SmallReceipts,
        n: int,
    ) -> None:
        sums = self._sums(message_id, shard)
        if isinstance(part, (LargeReceipts, SmallReceipts)):
            sums[part.receipt.value] += n
            return
        if part.from_:
            sums[part.from_.value] -= n
        sums[part.to.value] += n
        self.labels[part.label] += n

    def _sums(self, message_id: str, shard: int) -> Counter[str]:
        return self.sums.setdefault((message_id, shard), Counter())

    def of_message(self, message_id: str) -> dict[str, int]:
        """The sums of a message over all shards."""
        total: Counter[str] = Counter()
        for (known, _), sums in self.sums.items():
            if known == message_id:
                total.update(sums)
        return {name: count for name, count in total.items() if count}


def counted(report: Report) -> dict[str, int]:
    """What a report counts of states and receipts, without zeros."""
    return nonzero(
        {**report.states, **{receipt.value: getattr(report, receipt.value) for receipt in ReceiptKind}}
    )


def nonzero(counts: Mapping[str, int]) -> dict[str, int]:
    """The counts of states and receipts that are not zero."""
    return {name: counts[name] for name in COUNTED if counts.get(name)}
