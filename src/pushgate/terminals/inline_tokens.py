"""The terminals that a message brings as push tokens, numbered by group. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pushgate.domain.terminal import Group, InlineToken


@dataclass(frozen=True, slots=True)
class InlinePiece:
    """Some of a message's tokens: by group the number of the first slot, and the tokens from that
    slot on.
    """

    tokens: dict[Group, tuple[int, list[str]]]

    def slots(self) -> Iterator[tuple[Group, int]]:
        """Group and slot of each token."""
        for group, (first, tokens) in self.tokens.items():
            yield from ((group, slot) for slot in range(first, first + len(tokens)))


class InlineNumbering:
    """Gives a message's tokens their slots, piece by piece, in the order in which the pieces
    come.
    """

    def __init__(self) -> None:
        self._next_slot: dict[Group, int] = {}

    def number(self, tokens: Sequence[InlineToken]) -> InlinePiece:
        """The next piece. The message lists no token twice."""
        by_group: dict[Group, tuple[int, list[str]]] = {}
        for token in tokens:
            group = Group(token.vendor, token.language, inline=True)
            by_group.setdefault(group, (self._next_slot.get(group, 0), []))[1].append(token.token)
        for group, (first, found) in by_group.items():
            self._next_slot[group] = first + len(found)
        return InlinePiece(by_group)
