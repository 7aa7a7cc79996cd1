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
