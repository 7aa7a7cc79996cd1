"""Finds and replaces the terminals and users that an audience lists. Pure."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace

from pushgate.domain.audience import (
    AllOf,
    AnyOf,
    Audience,
    ByTerminal,
    ByToken,
    ByUser,
    OnePerUser,
    Sample,
    nodes_of,
    parts_of,
    with_parts,
)


@dataclass(frozen=True, slots=True)
class Names:
    """What audiences can list of a person: ids of terminals, names of users, and push tokens."""

    terminals: Collection[str] = ()
    users: Collection[str] = ()
    tokens: Collection[str] = ()


@dataclass(frozen=True, slots=True)
class Substitution:
    """Names, each with the name that takes its place."""

    names: Names
    substitutes: Mapping[str, str]

    def replaced(self, audience: Audience) -> Audience | None:
        """The audience with the names replaced; None where it lists none of them."""
        if not lists_any(audience, self.names):
            return None
        return replace_names(audience, self.substitutes, self.names)

    def is_all(self, audience: Audience) -> bool:
        """Whether the audience can hold nobody except the names."""
        return holds_only(audience, self.names)


def lists_any(audience: Audience, names: Names) -> bool:
    """Whether the audience, or a part of it, lists one of the names."""
    return any(_lists_any(node, names) for node in nodes_of(audience))


def holds_only(audience: Audience, names: Names) -> bool:
    """Whether the audience can hold nobody beside the names, whatever the registry has."""
    match audience:
        case ByTerminal(terminals):
            return all(one in names.terminals for one in terminals)
        case ByUser(users):
            return all(one in names.users for one in users)
        case ByToken(tokens):
            return all(one.token in names.tokens for one in tokens)
        case AllOf(parts):
            return any(holds_only(part, names) for part in parts)
        case AnyOf(parts):
            return all(holds_only(part, names) for part in parts)
        case Sample(of=part) | OnePerUser(of=part):
            return holds_only(part, names)
    return False


def _lists_any(node: Audience, names: Names) -> bool:
    match node:
        case ByTerminal(terminals):
            return _has_any(terminals, names.terminals)
        case ByUser(users):
            return _has_any(users, names.users)
        case ByToken(tokens):
            return _has_any((token.token for token in tokens), names.tokens)
    return False


def _has_any(listed: Iterable[str], wanted: Collection[str]) -> bool:
    return any(one in wanted for one in listed)


def replace_names(audience: Audience, substitutes: Mapping[str, str], names: Names) -> Audience:
    """The audience with a substitute in the place of each of the names."""

    def of(listed: tuple[str, ...], wanted: Collection[str]) -> tuple[str, ...]:
        return tuple(substitutes[one] if one in wanted else one for one in listed)

    match audience:
        case ByTerminal(terminals):
            return ByTerminal(of(terminals, names.terminals))
        case ByUser(users):
            return ByUser(of(users, names.users))
        case ByToken(tokens):
            return ByToken(
                tuple(
                    replace(one, token=substitutes[one.token]) if one.token in names.tokens else one
                    for one in tokens
                )
            )
    parts = parts_of(audience)
    return with_parts(audience, tuple(replace_names(part, substitutes, names) for part in parts))
