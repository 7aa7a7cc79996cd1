"""Who receives a message."""

from dataclasses import dataclass
from enum import StrEnum

from pushgate.domain.terminal import InlineToken


class Audience:
    """Who receives a message: one of the four below."""

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
    """Terminals the message brings itself, registered or not."""

    tokens: tuple[InlineToken, ...]


class AudienceKind(StrEnum):
    """What an audience names its terminals by."""

    ALL = "all"
    TERMINALS = "terminals"
    USERS = "users"
    TOKENS = "tokens"


@dataclass(frozen=True, slots=True)
class AudienceSummary:
    """An audience in short: its kind, and how many ids or tokens it lists (0 for everyone).

    Of tokens also the vendors of those that are a terminal's, and of those that stand for a topic.
    """

    kind: AudienceKind = AudienceKind.ALL
    count: int = 0
    vendors: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
