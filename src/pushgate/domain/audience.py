"""Who receives a message."""

from dataclasses import dataclass
from enum import StrEnum

from pushgate.domain.terminal import InlineToken


class Audience:
    """Who receives a message: `Everyone`, `ByTerminal`, `ByUser` or `ByToken`."""

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
    """Terminals that the message brings as push tokens, registered or not."""

    tokens: tuple[InlineToken, ...]


def without_repeats(audience: Audience) -> Audience:
    """The audience, in which what is listed twice stands once, at its first place."""
    match audience:
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


@dataclass(frozen=True, slots=True)
class AudienceSummary:
    """A summary of an audience: its kind, and how many ids or tokens it lists (0 for everyone).

    For tokens, `vendors` are those of the tokens of terminals, `topics` those of the tokens that
    name a topic.
    """

    kind: AudienceKind = AudienceKind.ALL
    count: int = 0
    vendors: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
