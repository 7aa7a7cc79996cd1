"""Resolves audiences into the slots of terminals, for planning and for counting."""

from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterator, Collection, Coroutine, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from itertools import accumulate

from pushgate.domain import bitmaps
from pushgate.domain.app import App
from pushgate.domain.audience import AnyOf, Audience, ByTerminal, ByUser
from pushgate.domain.terminal import Group
from pushgate.grouping.algebra import SlotSet
from pushgate.grouping.blocks import count_by_group, in_blocks
from pushgate.grouping.listed import locate_terminals, locate_users
from pushgate.grouping.resolution import Resolution, Sources
from pushgate.grouping.selection import Selection, merge, merge_refs
from pushgate.grouping.shard_evaluation import ShardEvaluation
from pushgate.runtime.in_order import run_in_order
from pushgate.terminals.terms import timezone_term

_SHARDS_AT_ONCE = 8
"""Shards that are resolved together: each of them holds at most 4 MB of terms."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AudienceCount:
    """How many terminals an audience holds, by group and, if asked for, by time zone and by line.

    The time zone None is that of terminals without one. `lines` has the numbers of terminals that
    are left after each part of an `all_of`; for any other audience, only the total. `slots` are the
    terminals that were counted, as slots by range for each shard; empty for push tokens.
    """

    groups: Mapping[Group, int]
    timezones: Mapping[str | None, int] | None = None
    lines: Sequence[int] | None = None
    slots: Sequence[SlotSet] = ()

    @property
    def total(self) -> int:
        """All terminals of the audience."""
        return sum(self.groups.values())


class AudienceResolver:
    """Resolves expressions over the registry of any app.

    Exact while terminals register, change and move: a terminal is held at most once, and one that
    an expression holds all the time is never missed. Memory is flat: 8 KB a range of 65,536 slots
    for each part that is found before the expression, and at most 4 MB of terms at a time
    in each of the shards that are resolved together.

    All calls raise EngineUnavailable, NotFound for an outcome of a message that is not kept, and
    TypeError for tokens and for saved audiences.
    """

    def __init__(self, sources: Sources) -> None:
        self._sources = sources

    async def resolve(
        self,
        app: App,
        audience: Audience,
        seed: str,
        shards: Collection[int] | None = None,
        chosen: Mapping[int, SlotSet] | None = None,
    ) -> AsyncIterator[tuple[int, Selection]]:
        """The slots that an audience holds in each of these shards, by default in all.

        `seed` is that of samples that have none. `chosen` has the terminals of shards that were
        chosen already, where the audience takes one terminal of each user: their users get no other
        one.
        """
        resolution = Resolution(self._sources, app, audience, seed, chosen or {})

        async def resolve_in(shard: int) -> tuple[int, Selection]:
            evaluation, slots = await resolution.shard(shard)
            return shard, in_blocks(slots, evaluation.block_groups)

        async def work() -> AsyncGenerator[Coroutine[None, None, tuple[int, Selection]]]:
            for shard in range(app.shards) if shards is None else sorted(shards):
                yield resolve_in(shard)

        at_once = _SHARDS_AT_ONCE if resolution.shards_are_independent else 1
        async with aclosing(run_in_order(work(), at_once)) as resolved:
            async for found in resolved:
                yield found

    async def slots(self, app: App, audience: Audience, seed: str) -> AsyncIterator[tuple[int, SlotSet]]:
        """The slots that an audience holds in each shard, as bits by range.

        `seed` is that of samples that have none.
        """
        resolution = Resolution(self._sources, app, audience, seed)
        for shard in range(app.shards):
            _, slots = await resolution.shard(shard)
            yield shard, slots

    async def locate(self, app: App, listed: ByTerminal | ByUser) -> Sequence[Selection]:
        """The slots of listed terminals, or of listed users' terminals, one selection for each
        shard.

        Looks ids up, where `resolve` reads the whole registry.
        """
        locations = self._sources.locations
        selections: list[dict[Group, dict[int, int]]] = [{} for _ in range(app.shards)]
        if isinstance(listed, ByTerminal):
            merge_refs(selections, await locate_terminals(locations, app, listed.terminals))
            return selections
        large = list[Audience]()
        async for found, terms in locate_users(locations, app, listed.users):
            large += terms
            merge_refs(selections, found)
        if large:
            async for shard, selection in self.resolve(app, AnyOf(tuple(large)), ""):
                merge(selections[shard], selection)
        return selections

    async def count(
        self, app: App, audience: Audience, seed: str, *, by_timezone: bool = False, by_line: bool = False
    ) -> AudienceCount:
        """How many terminals an audience holds."""
        resolution = Resolution(self._sources, app, audience, seed)
        groups, timezones = Counter[Group](), Counter[str | None]()
        held, lines = list[SlotSet](), list[list[int]]()
        for shard in range(app.shards):
            evaluation, slots = await resolution.shard(shard)
            held.append(slots)
            groups += count_by_group(slots, evaluation.block_groups)
            if by_timezone:
                timezones += await self._by_timezone(app, shard, evaluation, slots)
            if by_line:
                lines.append(await resolution.count_lines(shard))
        return AudienceCount(
            groups=groups,
            timezones=timezones if by_timezone else None,
            lines=_falling([*map(sum, zip(*lines, strict=True)), groups.total()]) if by_line else None,
            slots=held,
        )

    async def _by_timezone(
        self, app: App, shard: int, evaluation: ShardEvaluation, slots: Mapping[int, int]
    ) -> Counter[str | None]:
        zones = await self._sources.terms.timezones(app, shard)
        terms = list(map(timezone_term, zones))
        totals = Counter[str | None]()
        for numbers in evaluation.portions(list(slots), len(terms)):
            for number, found in (await evaluation.slices(numbers, terms)).items():
                for zone, bits in zip(zones, found, strict=True):
                    totals[zone] += (bits & slots[number]).bit_count()
        held = bitmaps.count(slots)
        totals[None] = max(0, held - totals.total())
        return +totals


def _falling(counts: Sequence[int]) -> list[int]:
    """The counts, raised where needed so that none is below the next one: each was read at another
    instant, and terminals may have registered meanwhile.
    """
    return list(accumulate(reversed(counts), max))[::-1]
