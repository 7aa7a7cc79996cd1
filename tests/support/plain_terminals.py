"""Audience expressions: generated ones, and what each of them holds by a plain reading."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

from hypothesis import strategies as st

from pushgate.domain.audience import (
    AllOf,
    AnyOf,
    Audience,
    Everyone,
    HasAttribute,
    HasTag,
    InLanguage,
    InTimezone,
    LocalTimeCame,
    Not,
    OfAppVersion,
    OfVendor,
    Registered,
    Seen,
)
from pushgate.domain.terminal import AttributeValue

FIRST_DAY = date(2026, 11, 1)
DAYS = tuple(FIRST_DAY + timedelta(days) for days in range(5))
TAGS = ("vip", "beta", "t:odd")
TIMEZONES = ("Europe/Berlin", "Asia/Tokyo")
VERSIONS = ("1.0", "2.0")
VALUES: tuple[AttributeValue, ...] = ("gold", 1, True, "x" * 80)
VENDORS = ("apns", "fcm")
LANGUAGES = ("en", "en-GB", "zh-Hant-TW", "zh-Hant", "de")


@dataclass(frozen=True, slots=True, kw_only=True)
class PlainTerminal:
    """What an expression can ask of a terminal."""

    id: str
    vendor: str
    language: str
    seen: date
    registered: date
    user: str | None = None
    tags: frozenset[str] = frozenset()
    timezone: str | None = None
    version: str | None = None
    attributes: Mapping[str, AttributeValue] = field(default_factory=dict)


Leaf = Callable[[Audience, PlainTerminal], bool]


def _within(day: date, before: date | None, after: date | None) -> bool:
    return (before is None or day < before) and (after is None or after <= day)


def holds(node: Audience, terminal: PlainTerminal, leaf: Leaf) -> bool:
    """Whether the expression holds the terminal. `leaf` answers for nodes that name terminals in
    another way than by what they are.
    """
    match node:
        case AllOf(parts):
            return all(holds(part, terminal, leaf) for part in parts)
        case AnyOf(parts):
            return any(holds(part, terminal, leaf) for part in parts)
        case Not(part):
            return not holds(part, terminal, leaf)
    is_so = _is_so(node, terminal)
    return leaf(node, terminal) if is_so is None else is_so


def _is_so(node: Audience, terminal: PlainTerminal) -> bool | None:
    """Whether the terminal is what the node asks for; None where the node asks for something
    else.
    """
    answer = _ANSWERS.get(type(node))
    return None if answer is None else answer(node, terminal)


def _has_value(own: AttributeValue | None, values: tuple[AttributeValue, ...]) -> bool:
    return any(type(own) is type(value) and own == value for value in values)


_ANSWERS: dict[type[Audience], Callable[..., bool]] = {
    Everyone: lambda _, __: True,
    HasTag: lambda node, terminal: node.tag in terminal.tags,
    InLanguage: lambda node, terminal: f"{terminal.language}-".startswith(f"{node.language}-"),
    OfVendor: lambda node, terminal: terminal.vendor == node.vendor,
    InTimezone: lambda node, terminal: terminal.timezone == node.timezone,
    LocalTimeCame: lambda node, terminal: node.holds(terminal.timezone or ""),
    OfAppVersion: lambda node, terminal: terminal.version == node.version,
    HasAttribute: lambda node, terminal: _has_value(terminal.attributes.get(node.name), node.values),
    Seen: lambda node, terminal: _within(terminal.seen, node.before, node.after),
    Registered: lambda node, terminal: _within(terminal.registered, node.before, node.after),
}
"""What each node asks of a terminal."""


_days = st.sampled_from([FIRST_DAY + timedelta(days) for days in range(-1, 7)])
_bounds = st.one_of(
    st.tuples(_days, st.none()),
    st.tuples(st.none(), _days),
    st.tuples(_days, _days),
)
plain_nodes: st.SearchStrategy[Audience] = st.one_of(
    st.just(Everyone()),
    st.sampled_from(TAGS).map(HasTag),
    st.sampled_from(("zh", "zh-Hant", "en", "en-GB", "de", "und", "fr")).map(InLanguage),
    st.sampled_from(VENDORS).map(OfVendor),
    st.sampled_from(TIMEZONES).map(InTimezone),
    st.sampled_from(VERSIONS).map(OfAppVersion),
    st.lists(st.sampled_from(VALUES), min_size=1, max_size=3).map(
        lambda values: HasAttribute("level", tuple(values))
    ),
    _bounds.map(lambda bounds: Seen(*bounds)),
    _bounds.map(lambda bounds: Registered(*bounds)),
)
"""Nodes that ask what a terminal is."""


def expressions(leaves: st.SearchStrategy[Audience]) -> st.SearchStrategy[Audience]:
    """Expressions over these nodes."""
    return st.recursive(
        leaves,
        lambda parts: st.one_of(
            st.lists(parts, min_size=1, max_size=3).map(lambda found: AllOf(tuple(found))),
            st.lists(parts, min_size=1, max_size=3).map(lambda found: AnyOf(tuple(found))),
            parts.map(Not),
        ),
        max_leaves=8,
    )


terminals: st.SearchStrategy[PlainTerminal] = st.builds(
    PlainTerminal,
    id=st.just(""),
    vendor=st.sampled_from(VENDORS),
    language=st.sampled_from(LANGUAGES),
    seen=st.sampled_from(DAYS),
    registered=st.sampled_from(DAYS),
    tags=st.frozensets(st.sampled_from(TAGS)),
    timezone=st.none() | st.sampled_from(TIMEZONES),
    version=st.none() | st.sampled_from(VERSIONS),
    attributes=st.just({}) | st.sampled_from(VALUES).map(lambda value: {"level": value}),
)
