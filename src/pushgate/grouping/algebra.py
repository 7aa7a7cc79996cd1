"""Audience expressions as bit algebra over the terms of a shard, range by range. Pure.

An expression is compiled into the terms that it reads, and a function from the bits of these terms
in one range to the bits of the terminals that it holds. Nodes whose terminals are found in other
ways (lists, outcomes, samples, one terminal per user) are looked up in sets of slots that the
caller provides.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import reduce
from operator import or_

from pushgate.content.language import without_region
from pushgate.domain.audience import (
    AllOf,
    AnyOf,
    Audience,
    BestHourCame,
    ByTerminal,
    ByUser,
    Everyone,
    Frozen,
    HadOutcome,
    HasAttribute,
    HasTag,
    InLanguage,
    InTimezone,
    LocalTimeCame,
    Not,
    OfAppVersion,
    OfVendor,
    OnePerUser,
    Registered,
    Sample,
    Seen,
    parts_of,
)
from pushgate.domain.terminal import UNDETERMINED
from pushgate.grouping.best_hours import best_hours, hour_terms
from pushgate.grouping.blocks import RangeGroups
from pushgate.terminals import terms as names

SlotSet = Mapping[int, int]
"""Slots of a shard: bits by range. Ranges without a slot may be left out."""
Sets = Mapping[Audience, SlotSet]
"""The slots of nodes that are found before an expression is evaluated."""
FOUND_BEFORE = (ByTerminal, ByUser, HadOutcome, Sample, OnePerUser)
"""Nodes whose slots are looked up in `Sets`."""


@dataclass(frozen=True, slots=True)
class InTerm(Audience):
    """The terminals of a term of the registry."""

    term: str


@dataclass(frozen=True, slots=True)
class TermIndex:
    """The terms of a shard that an expression may ask for: days on which terminals were last seen
    and first registered, own languages of terminals in groups of other languages, and time zones.
    """

    seen: Sequence[date] = ()
    registered: Sequence[date] = ()
    languages: Sequence[str] = ()
    timezones: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class RangeView:
    """One range of a shard: its number, the bits of the compiled terms, in their order, and the
    groups of its blocks.
    """

    number: int
    terms: Sequence[int]
    groups: RangeGroups


Evaluate = Callable[[RangeView], int]
_LONG_AGO = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Compiled:
    """The terms that an expression reads, and the function that gives its slots in one range.

    The first term is that of the terminals registered now. Outside `ranges` the expression holds
    nothing; None if unknown.
    """

    terms: tuple[str, ...]
    evaluate: Evaluate
    ranges: Set[int] | None


def compile_audience(audience: Audience, index: TermIndex, sets: Sets) -> Compiled:
    """Compile an expression.

    `sets` holds the slots of each node in `FOUND_BEFORE` that does not stand below another such
    node. Raises TypeError for nodes that cannot be part of an expression: tokens, and saved
    audiences, which the caller must replace by their rules.
    """
    compiler = _Compiler(index, sets)
    evaluate = compiler.compile(audience)
    return Compiled(tuple(compiler.terms), evaluate, _ranges(audience, sets))


def nodes_above_sets(audience: Audience) -> Iterator[Audience]:
    """The node and the nodes below it, without those below a node whose slots are looked up."""
    yield audience
    if not isinstance(audience, FOUND_BEFORE):
        for part in parts_of(audience):
            yield from nodes_above_sets(part)


def nodes_below_not(audience: Audience) -> Iterator[Audience]:
    """The nodes of `nodes_above_sets` that stand below a `not`."""
    for node in nodes_above_sets(audience):
        if isinstance(node, Not):
            yield from nodes_above_sets(node.part)


def _ranges(node: Audience, sets: Sets) -> Set[int] | None:
    """The ranges outside which a node holds nothing, as far as its lists show."""
    match node:
        case AllOf(parts):
            known = [ranges for part in parts if (ranges := _ranges(part, sets)) is not None]
            return set(known[0]).intersection(*known[1:]) if known else None
        case AnyOf(parts):
            found = [_ranges(part, sets) for part in parts]
            together = [ranges for ranges in found if ranges is not None]
            return set[int]().union(*together) if len(together) == len(found) else None
    return sets[node].keys() if isinstance(node, FOUND_BEFORE) else None


class _Compiler:
    def __init__(self, index: TermIndex, sets: Sets) -> None:
        self._index = index
        self._sets = sets
        self.terms: dict[str, int] = {names.ALIVE: 0}

    def compile(self, node: Audience) -> Evaluate:
        match node:
            case Everyone():
                return _alive
            case AllOf(parts):
                return _intersection([self.compile(part) for part in parts])
            case AnyOf(parts):
                return _union([self.compile(part) for part in parts])
            case Not(part):
                return _complement(self.compile(part))
            case OfVendor(vendor):
                return lambda view: view.terms[0] & view.groups.mask(lambda group: group.vendor == vendor)
            case InLanguage(language):
                return self._language(language)
            case Seen(before, after) | Registered(before, after):
                by_seen, index = isinstance(node, Seen), self._index
                term = names.seen_term if by_seen else names.registered_term
                return self._days(index.seen if by_seen else index.registered, term, (before, after))
            case LocalTimeCame() | BestHourCame():
                return self._local_time(node) if isinstance(node, LocalTimeCame) else self._best_hour(node)
        if isinstance(node, FOUND_BEFORE):
            return _found(self._sets[node])
        return self._any_term(self._terms_of(node))

    def _terms_of(self, node: Audience) -> Iterable[str]:
        """The terms whose union a node is."""
        match node:
            case HasTag(tag):
                return [names.tag_term(tag)]
            case InTimezone(timezone):
                return [names.timezone_term(timezone)]
            case OfAppVersion(version):
                return [names.version_term(version)]
            case HasAttribute(name, values):
                return [term for value in values for term in names.attribute_terms(name, value)]
            case Frozen(key):
                return [names.frozen_term(key)]
            case InTerm(term):
                return [term]
        raise TypeError(f"{type(node).__name__} is no part of an expression")

    def _any_term(self, found: Iterable[str]) -> Evaluate:
        """The union of terms. Only terminals that are registered now have terms."""
        places = [self.terms.setdefault(term, len(self.terms)) for term in found]
        if len(places) == 1:
            (place,) = places
            return lambda view: view.terms[place]
        return lambda view: reduce(or_, (view.terms[place] for place in places), 0)

    def _days(
        self, known: Sequence[date], term: Callable[[date], str], bounds: tuple[date | None, date | None]
    ) -> Evaluate:
        """Terminals by day. Each terminal has the term of one day. So if that is less to read, the
        days outside the bounds are subtracted from all terminals.
        """
        before, after = bounds
        wanted = [
            day for day in known if (before is None or day < before) and (after is None or day >= after)
        ]
        others = sorted(set(known).difference(wanted))
        if len(others) < len(wanted):
            return _complement(self._any_term(map(term, others)))
        return self._any_term(map(term, wanted))

    def _local_time(self, node: LocalTimeCame) -> Evaluate:
        """Terminals by their time zone. Terminals without a time zone are those that have no term
        of a zone.
        """
        zones = {zone: node.holds(zone) for zone in self._index.timezones}
        if node.holds(""):
            return _complement(self._any_term(names.timezone_term(zone) for zone in zones if not zones[zone]))
        return self._any_term(names.timezone_term(zone) for zone in zones if zones[zone])

    def _best_hour(self, node: BestHourCame) -> Evaluate:
        """Terminals by their best hour. Terminals without a best hour go by their time zone."""
        best_hour, came = node.best_hour, node.best_hour.came_by(node.by)
        candidates = best_hour.candidates
        if len(came) == len(candidates):
            return _alive
        places = {
            key: self.terms.setdefault(term, len(self.terms)) for key, term in hour_terms(best_hour).items()
        }
        unknown = self._local_time(LocalTimeCame(best_hour, _LONG_AGO, node.by))

        def evaluate(view: RangeView) -> int:
            of_hour = best_hours(lambda hour, age: view.terms[places[hour, age]], candidates)
            known = reduce(or_, of_hour.values(), 0)
            due = reduce(or_, (of_hour.get(hour, 0) for hour in came), 0)
            return view.terms[0] & (due | unknown(view) & ~known)

        return evaluate

    def _language(self, language: str) -> Evaluate:
        """Terminals by their own language: the language of their group, unless they have a term for
        another one.
        """

        def matches(own: str) -> bool:
            return own == language or own.startswith(f"{language}-")

        # A terminal whose own language is another one than its group's is in the group of that
        # language's coarser form, or in `und`.
        others = [
            own
            for own in self._index.languages
            if not matches(own) and (language == UNDETERMINED or matches(without_region(own)))
        ]
        included = self._any_term(names.language_term(own) for own in self._index.languages if matches(own))
        excluded = self._any_term(map(names.language_term, others))

        def evaluate(view: RangeView) -> int:
            in_groups = view.terms[0] & view.groups.mask(lambda group: matches(group.language))
            return in_groups & ~excluded(view) | included(view)

        return evaluate


def _alive(view: RangeView) -> int:
    return view.terms[0]


def _found(found: SlotSet) -> Evaluate:
    return lambda view: view.terms[0] & found.get(view.number, 0)


def _complement(part: Evaluate) -> Evaluate:
    return lambda view: view.terms[0] & ~part(view)


def _union(parts: Sequence[Evaluate]) -> Evaluate:
    return lambda view: reduce(or_, (part(view) for part in parts), 0)


def _intersection(parts: Sequence[Evaluate]) -> Evaluate:
    def evaluate(view: RangeView) -> int:
        bits = view.terms[0]
        for part in parts:
            if not bits:
                break
            bits &= part(view)
        return bits

    return evaluate
