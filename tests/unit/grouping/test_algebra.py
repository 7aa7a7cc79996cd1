"""Expressions compiled into bit algebra hold what a plain reading of them holds."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.plain_terminals import (
    DAYS,
    LANGUAGES,
    VENDORS,
    PlainTerminal,
    expressions,
    holds,
    plain_nodes,
    terminals,
)

from pushgate.content.language import without_region
from pushgate.domain.audience import (
    Audience,
    ByTerminal,
    ByToken,
    HadOutcome,
    InLanguage,
    OnePerUser,
    OutcomeTerm,
    Sample,
    Saved,
    Seen,
)
from pushgate.domain.bitmaps import SLOTS_PER_RANGE
from pushgate.domain.ranges import by_range, slots_of
from pushgate.domain.terminal import UNDETERMINED, Group, InlineToken
from pushgate.grouping.algebra import InTerm, RangeView, TermIndex, compile_audience
from pushgate.grouping.blocks import RangeGroups
from pushgate.terminals import terms

_FOUND: tuple[Audience, ...] = (
    ByTerminal(("a", "b")),
    HadOutcome(OutcomeTerm.CLICKED, "m"),
    Sample(0.5, "seed", Saved("not looked into")),
    OnePerUser(Saved("not looked into")),
)
_GROUPS = [Group(vendor, language) for vendor in VENDORS for language in (*LANGUAGES, UNDETERMINED)]
_BLOCK_GROUPS = [_GROUPS[number % len(_GROUPS)] for number in range(130)]


@dataclass(frozen=True)
class Shard:
    """Terminals by slot, in blocks whose groups may be coarser than their own language."""

    terminals: Mapping[int, PlainTerminal]
    found: Mapping[Audience, frozenset[str]]

    def bits(self, term: str, number: int) -> int:
        """The bits of a term in one range."""
        slots = [slot for slot, terminal in self.terminals.items() if term in self._terms_of(slot, terminal)]
        return by_range(slots).get(number, 0)

    def index(self) -> TermIndex:
        own = {term for slot, terminal in self.terminals.items() for term in self._terms_of(slot, terminal)}
        return TermIndex(
            seen=sorted({terminal.seen for terminal in self.terminals.values()}),
            registered=sorted({terminal.registered for terminal in self.terminals.values()}),
            languages=sorted(term[2:] for term in own if term.startswith("l:")),
        )

    def evaluate(self, audience: Audience) -> set[int]:
        """The slots that the expression holds, by its compiled form."""
        places = {terminal.id: slot for slot, terminal in self.terminals.items()}
        sets = {node: by_range([places[name] for name in ids]) for node, ids in self.found.items()}
        compiled = compile_audience(audience, self.index(), sets)
        held: set[int] = set()
        ranges = range(-(-len(_BLOCK_GROUPS) // 64))
        for number in ranges if compiled.ranges is None else compiled.ranges:
            bits = [self.bits(term, number) for term in compiled.terms]
            view = RangeView(number, bits, RangeGroups(_BLOCK_GROUPS, number))
            held |= set(slots_of(number, compiled.evaluate(view)))
        return held

    def _terms_of(self, slot: int, terminal: PlainTerminal) -> set[str]:
        found = {terms.ALIVE, *map(terms.tag_term, terminal.tags)}
        found |= {terms.seen_term(terminal.seen), terms.registered_term(terminal.registered)}
        if terminal.timezone:
            found.add(terms.timezone_term(terminal.timezone))
        if terminal.version:
            found.add(terms.version_term(terminal.version))
        for name, value in terminal.attributes.items():
            # Some values are those of the terminal's user.
            found.add(terms.attribute_terms(name, value)[slot % 2])
        if terminal.language != _BLOCK_GROUPS[slot // 1024].language:
            found.add(terms.language_term(terminal.language))
        return found


def _blocks_for(terminal: PlainTerminal) -> list[int]:
    """The blocks of groups in which the terminal may be: of its language, of a coarser form, or
    without one.
    """
    languages = terminal.language, without_region(terminal.language), UNDETERMINED
    return [
        number
        for number, group in enumerate(_BLOCK_GROUPS)
        if group.vendor == terminal.vendor and group.language in languages
    ]


@st.composite
def shards(draw: st.DrawFn) -> Shard:
    """A shard with a few terminals at the edges of blocks and ranges."""
    placed: dict[int, PlainTerminal] = {}
    for number, terminal in enumerate(draw(st.lists(terminals, max_size=12))):
        block = draw(st.sampled_from(_blocks_for(terminal)))
        slot = block * 1024 + draw(st.sampled_from([0, 1, 7, 8, 1023]))
        placed[slot] = replace(terminal, id=f"t{number}")
    ids = [terminal.id for terminal in placed.values()]
    chosen = st.frozensets(st.sampled_from(ids)) if ids else st.just(frozenset[str]())
    return Shard(placed, {node: draw(chosen) for node in _FOUND})


@given(shards(), expressions(st.one_of(plain_nodes, st.sampled_from(_FOUND))))
def test_an_expression_holds_what_a_plain_reading_of_it_holds(shard: Shard, audience: Audience) -> None:
    expected = {
        slot
        for slot, terminal in shard.terminals.items()
        if holds(audience, terminal, lambda node, terminal: terminal.id in shard.found[node])
    }
    assert shard.evaluate(audience) == expected


@pytest.mark.parametrize(
    ("audience", "read"),
    [
        pytest.param(Seen(before=DAYS[1]), [terms.seen_term(DAYS[0])], id="few days before"),
        pytest.param(Seen(after=DAYS[1]), [terms.seen_term(DAYS[0])], id="few days are not after"),
        pytest.param(Seen(DAYS[3], DAYS[2]), [terms.seen_term(DAYS[2])], id="between"),
        pytest.param(InTerm("u:ann"), ["u:ann"], id="a term by its name"),
        pytest.param(InLanguage("en"), ["l:en-AU"], id="a language that no other one contradicts"),
        pytest.param(InLanguage("en-GB"), ["l:en-AU"], id="others in the coarser group are taken off"),
        pytest.param(InLanguage("de"), [], id="languages of other groups are not read"),
        pytest.param(InLanguage("und"), ["l:en-AU", "l:fr-CA"], id="all others may be undetermined"),
    ],
)
def test_as_few_terms_are_read_as_decide(audience: Audience, read: list[str]) -> None:
    index = TermIndex(seen=DAYS, registered=DAYS, languages=("en-AU", "fr-CA"))
    assert compile_audience(audience, index, {}).terms == (terms.ALIVE, *read)


@pytest.mark.parametrize("node", [ByToken((InlineToken("apns", "aa", "en"),)), Saved("vips")])
def test_tokens_and_saved_audiences_are_no_part_of_an_expression(node: Audience) -> None:
    with pytest.raises(TypeError):
        compile_audience(node, TermIndex(), {})


def test_slots_of_blocks_without_a_group_are_of_no_vendor() -> None:
    assert RangeGroups([_GROUPS[0]], 0).mask(lambda _: True) == (1 << 1024) - 1
    assert RangeGroups([_GROUPS[0]], 1).mask(lambda _: True) == 0
    assert slots_of(1, 1) == [SLOTS_PER_RANGE]
