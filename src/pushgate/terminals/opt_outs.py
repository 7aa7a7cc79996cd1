"""Reads from the terms of the registry which terminals opted out of a category, themselves or
through their user.
"""

from collections.abc import Iterable, Sequence

from redis.asyncio import Redis

from pushgate.domain.app import App
from pushgate.redis.scripts import Value, portions
from pushgate.terminals.shard_scripts import LOOKUPS_PER_SCRIPT, run
from pushgate.terminals.term_reader import TermReader
from pushgate.terminals.terms import CategorySlot, opt_out_terms


class OptOuts:
    """The opt-outs of all apps. All calls raise EngineUnavailable."""

    def __init__(self, redis: Redis, terms: TermReader) -> None:
        self._redis = redis
        self._terms = terms

    async def in_ranges(self, app: App, shard: int, category: str, ranges: Sequence[int]) -> dict[int, int]:
        """The slots of these ranges that opted out, as bits by range."""
        found = await self._terms.slice(app, shard, ranges, opt_out_terms(category))
        return {number: own | of_user for number, (own, of_user) in zip(ranges, found, strict=True)}

    async def of_slots(self, app: App, slots: Iterable[CategorySlot]) -> set[CategorySlot]:
        """The slots among these whose terminals opted out of the category given with each slot."""
        by_shard: dict[int, list[CategorySlot]] = {}
        for item in dict.fromkeys(slots):
            by_shard.setdefault(item[0], []).append(item)
        found = set[CategorySlot]()
        for shard, items in by_shard.items():
            for some in portions(items, LOOKUPS_PER_SCRIPT):
                found.update(await self._in_shard(app, shard, some))
        return found

    async def _in_shard(self, app: App, shard: int, items: Sequence[CategorySlot]) -> Iterable[CategorySlot]:
        places: dict[str, int] = {}
        rows: list[Value] = []
        for _, slot, category in items:
            rows.append(slot)
            rows += (places.setdefault(term, len(places) + 1) for term in opt_out_terms(category))
        answer = await run(self._redis, "have_terms", app, shard, len(places), *places, *rows)
        return (item for item, is_held in zip(items, answer, strict=True) if is_held)
