"""A registry that changes while an audience is read: what happens between two portions of the
reading, and what was true of each terminal meanwhile.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time

from redis.asyncio import Redis
from tests.support.plain_terminals import LANGUAGES, VENDORS, PlainTerminal

from pushgate.content.language import without_region
from pushgate.domain.app import App
from pushgate.domain.terminal import UNDETERMINED, Terminal
from pushgate.grouping.resolution import Sources
from pushgate.grouping.resolver import AudienceResolver
from pushgate.ledger.message_sets import MessageSets
from pushgate.redis.hash_tags import shard_of
from pushgate.stores import Stores
from pushgate.terminals.term_reader import TermReader
from pushgate.tracking.outcome_terms import OutcomeTerms

FILLERS = 64
"""Groups of one terminal each between those of the tests, so that these are in several ranges."""


@dataclass(frozen=True, slots=True)
class Change:
    """A terminal is registered, in the group of one of its coarser languages, or forgotten."""

    terminal: PlainTerminal
    coarseness: int = 0
    is_forgotten: bool = False

    @property
    def group_language(self) -> str:
        """The language of the group in which the terminal is registered."""
        own = self.terminal.language
        return (own, without_region(own), UNDETERMINED)[self.coarseness]


@dataclass(repr=False)
class MovingRegistry:
    """The registry of an app, and all states that its terminals were in since `begin`."""

    redis: Redis
    stores: Stores
    app: App
    terminals: dict[str, PlainTerminal] = field(default_factory=dict)
    _states: list[dict[str, PlainTerminal]] = field(default_factory=list)
    _pending: Iterator[Sequence[Change]] = field(default_factory=lambda: iter(()))

    async def open_groups(self) -> None:
        """Register terminals of many groups, among which the groups of the tests come in several
        ranges.
        """
        groups = [(vendor, language) for language in LANGUAGES for vendor in VENDORS]
        for number, (vendor, language) in enumerate(groups):
            others = [(f"v{number}-{filler}", "en") for filler in range(FILLERS // 3)]
            for shard in range(self.app.shards):
                fillers = [
                    Terminal(self._name(f"{owner}-{tag}", shard), owner, f"{owner}-{tag}-{shard}", tag)
                    for owner, tag in [(vendor, language), *others]
                ]
                await self.stores.registry.register(self.app, fillers)
                # They leave their groups open, and are in no audience.
                await self.stores.registry.forget(self.app, [terminal.id for terminal in fillers])

    def _name(self, stem: str, shard: int) -> str:
        """An id in a shard."""
        return next(f"{stem}.{n}" for n in range(1000) if shard_of(self.app, f"{stem}.{n}") == shard)

    async def apply(self, changes: Sequence[Change]) -> None:
        """Make changes, one after another."""
        for change in changes:
            terminal = change.terminal
            if change.is_forgotten:
                await self.stores.registry.forget(self.app, [terminal.id])
                self.terminals.pop(terminal.id, None)
            else:
                await self.stores.registry.register(self.app, [_registration(change)])
                self.terminals[terminal.id] = terminal
            self._states.append(dict(self.terminals))

    async def clear(self) -> None:
        """Forget all terminals."""
        await self.stores.registry.forget(self.app, list(self.terminals))
        self.terminals.clear()

    def begin(self, changes: Sequence[Sequence[Change]]) -> AudienceResolver:
        """A resolver that reads one range at a time, before each of which some changes happen."""
        self._states = [dict(self.terminals)]
        self._pending = iter(changes)
        return self.resolver()

    def resolver(self, ranges_at_once: int = 1, reader: TermReader | None = None) -> AudienceResolver:
        """A resolver whose readings wait for the changes of `begin`, unless it has another
        reader.
        """
        stores, reader = self.stores, reader or _InterruptedReader(self)
        outcomes = OutcomeTerms(
            messages=stores.tracked.messages,
            families=stores.tracked.families,
            sets=MessageSets(self.redis),
            terms=reader,
        )
        sources = Sources(
            terms=reader,
            locations=stores.locations,
            holders=stores.holders,
            outcome_terms=outcomes,
            ranges_at_once=ranges_at_once,
        )
        return AudienceResolver(sources)

    async def interrupt(self) -> None:
        """Make the next changes."""
        await self.apply(next(self._pending, ()))

    def states(self, terminal_id: str) -> list[PlainTerminal | None]:
        """What the terminal was, in all states since `begin`; None where it was not registered."""
        return [state.get(terminal_id) for state in self._states]


class _InterruptedReader(TermReader):
    """Reads terms, and lets the registry change before each portion, and before each reading of the
    moves.
    """

    def __init__(self, registry: MovingRegistry) -> None:
        super().__init__(registry.redis)
        self._registry = registry

    async def slice(
        self, app: App, shard: int, ranges: Sequence[int], terms: Sequence[str]
    ) -> list[list[int]]:
        await self._registry.interrupt()
        return await super().slice(app, shard, ranges, terms)

    async def moves_since(self, app: App, shard: int, total: int) -> list[tuple[int, int]] | None:
        await self._registry.interrupt()
        return await super().moves_since(app, shard, total)


def _registration(change: Change) -> Terminal:
    plain, group = change.terminal, change.group_language
    return Terminal(
        id=plain.id,
        vendor=plain.vendor,
        token=f"token-{plain.id}",
        language=plain.language,
        user=plain.user,
        tags=tuple(sorted(plain.tags)),
        timezone=plain.timezone,
        attributes=plain.attributes,
        app_version=plain.version,
        last_seen=datetime.combine(plain.seen, time(), UTC),
        registered_at=datetime.combine(plain.registered, time(), UTC),
        group_language=group,
    )


def named(terminal: PlainTerminal, name: str, user: str | None) -> PlainTerminal:
    """The terminal under an id, as that of a user."""
    return replace(terminal, id=name, user=user)
