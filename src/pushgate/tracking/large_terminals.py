"""The terminals of a large message, read block by block in the order of their slots."""

from collections.abc import AsyncIterator, Iterator, Sequence

from pushgate.domain import bitmaps
from pushgate.domain.app import App
from pushgate.ledger.block_records import BLOCKS_PER_READ, BlockRecords
from pushgate.ledger.message_sets import MessageSets, SetLayout, blocks_in
from pushgate.ledger.values import message_key
from pushgate.redis.scripts import portions
from pushgate.terminals.lookup import TerminalLookup
from pushgate.tracking.listed_terminals import Cursor, ListedTerminal, of_block
from pushgate.tracking.terminal_filters import TerminalFilter

_RANGES_PER_READ = 4


class LargeTerminals:
    """The terminals of all large messages. All calls raise EngineUnavailable."""

    def __init__(self, *, sets: MessageSets, records: BlockRecords, lookup: TerminalLookup) -> None:
        self._sets = sets
        self._records = records
        self._lookup = lookup

    async def portions(
        self, app: App, message_id: str, wanted: TerminalFilter, begin: Cursor, limit: int | None
    ) -> AsyncIterator[list[ListedTerminal]]:
        """At most `limit` wanted terminals from a place on, one block of 1,024 slots at a time.

        A terminal that changes its state meanwhile is listed with one of the two states, and only
        if that is wanted.
        """
        left = limit
        for shard in range(begin.shard, app.shards):
            key = message_key(app, shard, message_id)
            first = begin.slot if shard == begin.shard else 0
            async for numbers in self._blocks(key, wanted, first, limit):
                for record in await self._records.read(key, numbers):
                    block = record.block
                    bits = wanted.select([record.sets[name] for name in wanted.sets])
                    bits &= -1 << max(first - block.number * bitmaps.SLOTS_PER_BLOCK, 0)
                    if left is not None:
                        bits = bitmaps.lowest(bits, left)
                        left -= bits.bit_count()
                    if bits:
                        names = await self._lookup.by_slots(
                            app, shard, message_id, block.group, block.number, bits
                        )
                        yield list(of_block(shard, record, bits, names))
                    if left == 0:
                        return

    async def _blocks(
        self, key: str, wanted: TerminalFilter, first: int, limit: int | None
    ) -> AsyncIterator[list[int]]:
        """Blocks with terminals that are wanted, from the slot `first` on, in portions that are
        worth one read: with about `limit` terminals, or of as many blocks as a read should have.
        """
        layout = await self._sets.layout(key)
        ranges = [number for number in layout.ranges if number >= first // bitmaps.SLOTS_PER_RANGE]
        for some in portions(ranges, _RANGES_PER_READ):
            found = await self._candidates(key, layout, some, wanted, first)
            for part in _cut(found, limit):
                yield part

    async def _candidates(
        self, key: str, layout: SetLayout, ranges: Sequence[int], wanted: TerminalFilter, first: int
    ) -> list[tuple[int, int]]:
        """Blocks with terminals that are wanted, each with their number."""
        found: list[tuple[int, int]] = []
        for number, sets in (await self._sets.read(key, layout, ranges, wanted.sets)).items():
            for block, bits in blocks_in(number, wanted.select(sets)):
                if (block + 1) * bitmaps.SLOTS_PER_BLOCK > first:
                    found.append((block, bits.bit_count()))
        return found


def _cut(blocks: Sequence[tuple[int, int]], limit: int | None) -> Iterator[list[int]]:
    part: list[int] = []
    together = 0
    for block, count in blocks:
        part.append(block)
        together += count
        if len(part) == BLOCKS_PER_READ or (limit is not None and together >= limit):
            yield part
            part, together = [], 0
    if part:
        yield part
