"""Finds the targeted terminals of a shard that opted out of a message's category."""

from collections.abc import Collection, Mapping, Sequence

from pushgate.domain.app import App
from pushgate.domain.bitmaps import SLOTS_PER_RANGE
from pushgate.grouping.moves import MoveLog, add, has
from pushgate.redis.scripts import portions
from pushgate.terminals.opt_outs import OptOuts
from pushgate.terminals.term_reader import TermReader

_RANGES_AT_ONCE = 64


class OptedOut:
    """Finds the terminals that opted out of one category. Begin before the audience is resolved.

    A terminal that changes its slot meanwhile is judged by its new slot. All calls raise
    EngineUnavailable.
    """

    def __init__(
        self, opt_outs: OptOuts, terms: TermReader, app: App, category: str, moves: Mapping[int, int]
    ) -> None:
        """`moves` is how many each shard had before anything else was read."""
        self._opt_outs, self._terms = opt_outs, terms
        self._app, self._category = app, category
        self._moves = moves

    @classmethod
    async def begin(
        cls, opt_outs: OptOuts, terms: TermReader, app: App, category: str, shards: Collection[int]
    ) -> "OptedOut":
        """Begin to follow the moves in these shards. For a message without a category (''), nothing
        is read, because nobody can opt out.
        """
        moves = await terms.moves_totals(app, shards) if category else {}
        return cls(opt_outs, terms, app, category, moves)

    async def among(self, shard: int, targeted: Mapping[int, int]) -> dict[int, int]:
        """The slots among these that opted out, as bits by range."""
        if not self._category or not targeted:
            return {}
        log = MoveLog(self._terms, self._app, shard, self._moves[shard])
        found = await self._read(shard, sorted(targeted))
        while moves := await log.read():
            places = {former: log.now_at(former) for former, _ in moves if has(targeted, former)}
            now = await self._read(shard, sorted({slot // SLOTS_PER_RANGE for slot in places.values()}))
            for former, slot in places.items():
                if has(now, slot):
                    add(found, former)
        return {number: bits & targeted[number] for number, bits in found.items() if number in targeted}

    async def _read(self, shard: int, ranges: Sequence[int]) -> dict[int, int]:
        found: dict[int, int] = {}
        for some in portions(ranges, _RANGES_AT_ONCE):
            found |= await self._opt_outs.in_ranges(self._app, shard, self._category, some)
        return found
