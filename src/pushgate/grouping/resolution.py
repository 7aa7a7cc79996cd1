"""One audience of one app, resolved shard by shard.

Nodes with lists, outcomes of messages, samples or one terminal per user are found first, the
innermost ones before the others. They stand in the expression as sets of slots.
"""

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType

from pushgate.domain import bitmaps
from pushgate.domain.app import App
from pushgate.domain.audience import (
    AllOf,
    AnyOf,
    Audience,
    ByTerminal,
    ByUser,
    HadOutcome,
    OnePerUser,
    OutcomeTerm,
    Sample,
    parts_of,
    with_parts,
)
from pushgate.domain.ranges import add_slots, by_range, slots_of
from pushgate.grouping.algebra import FOUND_BEFORE, SlotSet, nodes_above_sets
from pushgate.grouping.listed import locate_terminals, locate_users
from pushgate.grouping.one_per_user import OneOfEachUser
from pushgate.grouping.sampling import Share
from pushgate.grouping.shard_evaluation import RANGES_AT_ONCE, ShardEvaluation
from pushgate.redis.hash_tags import shard_of
from pushgate.redis.scripts import portions
from pushgate.terminals.holders import SlotHolders
from pushgate.terminals.locations import TerminalLocations
from pushgate.terminals.term_reader import TermReader
from pushgate.tracking.outcome_terms import OutcomeTerms

_ROWS_AT_ONCE = 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """Where a resolution finds terminals, and how many ranges of a shard it reads at once."""

    terms: TermReader
    locations: TerminalLocations
    holders: SlotHolders
    outcome_terms: OutcomeTerms
    ranges_at_once: int = RANGES_AT_ONCE


class Resolution:
    """The resolution of one audience. All calls raise EngineUnavailable."""

    def __init__(
        self,
        sources: Sources,
        app: App,
        audience: Audience,
        seed: str,
        chosen: Mapping[int, SlotSet] = MappingProxyType({}),
    ) -> None:
        """`seed` is that of samples without a seed of their own. `chosen` has the terminals of
        shards that were chosen already, where the audience takes one terminal of each user.
        """
        self._sources = sources
        self._app = app
        self._audience = audience
        self._seed = seed
        self._chosen = chosen
        self._shards: dict[int, ShardEvaluation] = {}
        self._is_ready = False

    @property
    def shards_are_independent(self) -> bool:
        """Whether several shards may be resolved at the same time. That is not so with samples, one
        terminal per user, and users: these are looked up in other shards, too.
        """
        return not any(isinstance(node, Sample | OnePerUser | ByUser) for node in _nodes(self._audience))

    async def shard(self, shard: int) -> tuple[ShardEvaluation, dict[int, int]]:
        """The slots that the audience holds in one shard, as bits by range, and the evaluation that
        found them.

        Raises NotFound for an outcome of a message that is not kept, TypeError for tokens, and for
        saved audiences, which the caller must replace.
        """
        if not self._is_ready:
            self._audience = await self._with_located_users(self._audience)
            self._is_ready = True
        return await self._begun(shard), await self._evaluate(shard, self._audience)

    async def count_lines(self, shard: int) -> list[int]:
        """How many terminals of one shard are left after each part of an `all_of`, except the last
        part, after which the whole audience is left. Call after `shard`.
        """
        parts = self._audience.parts if isinstance(self._audience, AllOf) else ()
        prefixes = [AllOf(parts[:end]) for end in range(1, len(parts))]
        return [bitmaps.count(await self._evaluate(shard, prefix)) for prefix in prefixes]

    async def _begun(self, shard: int) -> ShardEvaluation:
        """The evaluation of a shard, whose log of moves begins before anything else is read."""
        if shard not in self._shards:
            terms, at_once = self._sources.terms, self._sources.ranges_at_once
            self._shards[shard] = await ShardEvaluation.begin(terms, self._app, shard, at_once)
        return self._shards[shard]

    async def _with_located_users(self, node: Audience) -> Audience:
        """The expression with its users located in all shards. For users with many terminals, their
        terms are read instead, as for tags.
        """
        if isinstance(node, ByUser):
            return await self._locate_users(node.users)
        return with_parts(node, tuple([await self._with_located_users(part) for part in parts_of(node)]))

    async def _locate_users(self, users: Sequence[str]) -> Audience:
        evaluations = [await self._begun(shard) for shard in range(self._app.shards)]
        slots, large = await self._slots_of_users(users)
        located = ByUser(tuple(users))
        for shard, evaluation in enumerate(evaluations):
            again = partial(self._slots_of_users_in, shard, users)
            evaluation.put(located, by_range(slots[shard]), again)
        return AnyOf((located, *large)) if large else located

    async def _slots_of_users_in(self, shard: int, users: Sequence[str]) -> list[int]:
        return (await self._slots_of_users(users))[0][shard]

    async def _slots_of_users(self, users: Sequence[str]) -> tuple[list[list[int]], list[Audience]]:
        """The slots of users in each shard, and the terms of those who have too many to be
        located.
        """
        slots: list[list[int]] = [[] for _ in range(self._app.shards)]
        large = list[Audience]()
        async for found, terms in locate_users(self._sources.locations, self._app, users):
            large += terms
            for slot_ref in found:
                slots[slot_ref.shard].append(slot_ref.slot)
        return slots, large

    async def _evaluate(self, shard: int, node: Audience) -> dict[int, int]:
        """The slots of a node, with those of the nodes below it that are found before."""
        evaluation = await self._begun(shard)
        for below in nodes_above_sets(node):
            if isinstance(below, FOUND_BEFORE) and not evaluation.has(below):
                await self._find(shard, below)
        return await evaluation.evaluate(node)

    async def _find(self, shard: int, node: Audience) -> None:
        """Find the slots of one node in a shard. Of one terminal a user, find them in all
        shards.
        """
        evaluation = await self._begun(shard)
        match node:
            case ByTerminal(terminals):
                again = partial(self._locate, shard, terminals)
                evaluation.put(node, by_range(await again()), again)
            case HadOutcome(outcome, message_id):
                read = self._sources.outcome_terms.read
                evaluation.put(node, dict(await read(self._app, shard, outcome, message_id)))
            case Sample(share, seed, of):
                drawn = Share(share, self._seed if seed is None else seed)
                evaluation.put(node, await self._sample(shard, drawn, await self._evaluate(shard, of)))
            case OnePerUser():
                await self._find_one_per_user(node)

    async def _find_one_per_user(self, node: OnePerUser) -> None:
        shards = range(self._app.shards)
        evaluations = [await self._begun(number) for number in shards]
        one = OneOfEachUser(self._app, self._sources.holders, evaluations)
        if node.but_of:
            # They stand for their users, and are taken off by the expression around this node.
            reached = HadOutcome(OutcomeTerm.TARGETED, node.but_of)
            held = [await self._evaluate(number, AnyOf((node.of, reached))) for number in shards]
            settled: Mapping[int, SlotSet] = {number: evaluations[number].found(reached) for number in shards}
        else:
            settled = self._chosen if node is self._audience else {}
            held = [
                dict(settled[number]) if number in settled else await self._evaluate(number, node.of)
                for number in shards
            ]
        for of_shard, slots in zip(evaluations, await one.choose(held, settled), strict=True):
            of_shard.put(node, slots)

    async def _locate(self, shard: int, terminals: Sequence[str]) -> list[int]:
        ids = [terminal_id for terminal_id in terminals if shard_of(self._app, terminal_id) == shard]
        located = await locate_terminals(self._sources.locations, self._app, ids)
        return [slot_ref.slot for slot_ref in located]

    async def _sample(self, shard: int, share: Share, held: dict[int, int]) -> dict[int, int]:
        chosen: dict[int, int] = {}
        async for slots in self._in_portions(held):
            # A free slot keeps the id, so a terminal that moved meanwhile is judged as well.
            ids = await self._sources.holders.ids(self._app, shard, slots)
            add_slots(chosen, [slot for slot, terminal_id in ids.items() if share.holds(terminal_id)])
        return chosen

    async def _in_portions(self, held: dict[int, int]) -> AsyncIterator[Sequence[int]]:
        """Slots in portions whose rows are read together. Between them, moves are read: the logs
        keep a limited number.
        """
        for number, bits in held.items():
            for slots in portions(slots_of(number, bits), _ROWS_AT_ONCE):
                yield slots
            for evaluation in self._shards.values():
                await evaluation.read_moves()


def _nodes(node: Audience) -> Iterator[Audience]:
    """The node and all nodes below it."""
    yield node
    for part in parts_of(node):
        yield from _nodes(part)
