"""Who receives a message: lists of terminals, users or tokens, and expressions over the registry.

Nodes are values. `grouping` evaluates expressions when a message is planned.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum

import msgspec

from pushgate.domain.best_hour import BestHour
from pushgate.domain.terminal import AttributeValue, InlineToken
from pushgate.domain.timetable import Timetable


class Audience:
    """Who receives a message: one of the nodes below."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Everyone(Audience):
    """Every registered terminal of the app."""

    all: bool = True


@dataclass(frozen=True, slots=True)
class ByTerminal(Audience):
    """Registered terminals by id; unknown ids are left out."""

    terminals: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ByUser(Audience):
    """All registered terminals of these users."""

    users: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ByToken(Audience):
    """Terminals that the message brings as push tokens, registered or not. Never part of an
    expression.
    """

    tokens: tuple[InlineToken, ...]


@dataclass(frozen=True, slots=True)
class HasTag(Audience):
    """Terminals with this tag."""

    tag: str


@dataclass(frozen=True, slots=True)
class InLanguage(Audience):
    """Terminals whose language is this BCP 47 tag, or begins with it: `zh` holds `zh-Hant-TW`."""

    language: str


@dataclass(frozen=True, slots=True)
class OfVendor(Audience):
    """Terminals of this vendor."""

    vendor: str


@dataclass(frozen=True, slots=True)
class InTimezone(Audience):
    """Terminals that were registered with this IANA time zone."""

    timezone: str


@dataclass(frozen=True, slots=True)
class LocalTimeCame(Audience):
    """Terminals in whose zones a local time came after the instant `after` and no later than `by`.
    Never part of an expression that a caller writes.
    """

    timetable: Timetable
    after: datetime
    by: datetime

    def holds(self, zone: str) -> bool:
        """Whether the local time came between `after` and `by` in a zone; '' stands for no zone."""
        at = self.timetable.comes_at(zone)
        return at is not None and self.after < at <= self.by


@dataclass(frozen=True, slots=True)
class BestHourCame(Audience):
    """Terminals whose best hour has come by an instant. Never part of an expression that a caller
    writes.
    """

    best_hour: BestHour
    by: datetime


@dataclass(frozen=True, slots=True)
class Registered(Audience):
    """Terminals by the day of their first registration, in UTC: on days before `before`, and on
    `after` or later days. At least one of the two is set.
    """

    before: date | None = None
    after: date | None = None


@dataclass(frozen=True, slots=True)
class Seen(Audience):
    """Terminals by the day on which they were last seen, in UTC. Bounds as in `Registered`."""

    before: date | None = None
    after: date | None = None


@dataclass(frozen=True, slots=True)
class OfAppVersion(Audience):
    """Terminals with exactly this version of the client app."""

    version: str


@dataclass(frozen=True, slots=True)
class HasAttribute(Audience):
    """Terminals whose attribute, or whose user's attribute, of this name has one of the values.

    Values are typed: the number 1, the text "1" and `True` are three values.
    """

    name: str
    values: tuple[AttributeValue, ...]


class OutcomeTerm(StrEnum):
    """What an earlier message meant for a terminal."""

    TARGETED = "targeted"
    ACCEPTED = "accepted"
    DELIVERED = "delivered"
    CLICKED = "clicked"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class HadOutcome(Audience):
    """Terminals for which an earlier message of the app had this outcome."""

    outcome: OutcomeTerm
    message_id: str


@dataclass(frozen=True, slots=True)
class Saved(Audience):
    """The saved audience of this name, as it is when the message is planned."""

    name: str


@dataclass(frozen=True, slots=True)
class Frozen(Audience):
    """Terminals that an audience held when it was frozen under this key and that are still
    registered. Occurs only as the expression of a saved audience.
    """

    key: str


@dataclass(frozen=True, slots=True)
class AllOf(Audience):
    """Terminals that every part holds."""

    parts: tuple[Audience, ...]


@dataclass(frozen=True, slots=True)
class AnyOf(Audience):
    """Terminals that at least one part holds."""

    parts: tuple[Audience, ...]


@dataclass(frozen=True, slots=True)
class Not(Audience):
    """Terminals that are registered now and that the part does not hold."""

    part: Audience


@dataclass(frozen=True, slots=True)
class Sample(Audience):
    """A stable share of the terminals of `of`, chosen by a hash of seed and terminal id.

    `share` is more than 0 and at most 1. Without a seed the id of the message is the seed.
    """

    share: float
    seed: str | None
    of: Audience


@dataclass(frozen=True, slots=True)
class OnePerUser(Audience):
    """The terminal last seen of each user among the terminals of `of`. Terminals without a user all
    stay.

    Users who have a terminal in the family `but_of` are left out. Never part of an expression that
    a caller writes.
    """

    of: Audience
    but_of: str = ""


def parts_of(audience: Audience) -> tuple[Audience, ...]:
    """The nodes directly below a node, in the order in which they are written."""
    match audience:
        case AllOf(parts) | AnyOf(parts):
            return parts
        case Not(part) | Sample(of=part) | OnePerUser(part):
            return (part,)
    return ()


def with_parts(audience: Audience, parts: tuple[Audience, ...]) -> Audience:
    """A copy of the node with these parts in place of those that `parts_of` returns; there must be
    as many.
    """
    match audience:
        case AllOf() | AnyOf():
            return replace(audience, parts=parts)
        case Not():
            (part,) = parts
            return Not(part)
        case Sample() | OnePerUser():
            (of,) = parts
            return replace(audience, of=of)
    return audience


def nodes_of(audience: Audience) -> Iterator[Audience]:
    """The node and all nodes below it, each before its parts."""
    yield audience
    for part in parts_of(audience):
        yield from nodes_of(part)


def without_repeats(audience: Audience) -> Audience:
    """The audience without duplicates: what is listed twice stays at its first place only."""
    match audience:
        case ByTerminal((_,)) | ByUser((_,)) | ByToken((_,)):
            return audience
        case ByTerminal(terminals):
            return ByTerminal(tuple(dict.fromkeys(terminals)))
        case ByUser(users):
            return ByUser(tuple(dict.fromkeys(users)))
        case ByToken(tokens):
            first: dict[tuple[str, str], InlineToken] = {}
            for token in tokens:
                first.setdefault((token.vendor, token.token), token)
            return ByToken(tuple(first.values()))
    return audience


class AudienceKind(StrEnum):
    """How an audience names its terminals."""

    ALL = "all"
    TERMINALS = "terminals"
    USERS = "users"
    TOKENS = "tokens"
    EXPRESSION = "expression"
    PART = "part"
    """The terminals of a part of a family (`domain.family`)."""
    STEP = "step"
    """The terminals of a step of an escalation (`domain.escalation`)."""


class AudienceSummary(msgspec.Struct, frozen=True):
    """A summary of an audience: its kind, and how many ids or tokens it lists (0 for everyone and
    for an expression).

    For tokens, `vendors` are the vendors of the terminals' tokens, and `topics` the vendors of the
    tokens that name a topic. `expression` is the JSON of an expression, with the number of its ids
    in place of each list.
    """

    kind: AudienceKind = AudienceKind.ALL
    count: int = 0
    vendors: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    expression: str = ""
