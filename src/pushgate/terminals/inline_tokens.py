"""The terminals that a message brings as push tokens, numbered within the message. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from pushgate.domain import bitmaps
from pushgate.domain.terminal import Group, InlineToken


@dataclass(frozen=True, slots=True)
class InlinePiece:
    """Some of a message's tokens by slot, and the groups of the blocks that begin with them."""

    tokens: Mapping[int, str]
    groups: Mapping[int, Group]
    """The group of each token's slot."""
    opened: Mapping[int, Group]

    def slots(self) -> Iterator[tuple[Group, int]]:
        """Group and slot of each token."""
        yield from ((group, slot) for slot, group in self.groups.items())


class InlineNumbering:
    """Gives a message's tokens their slots, piece by piece, in the order in which the pieces
    come.

    As in the registry, a block belongs to one group. The same pieces always get the same slots.
    """

    def __init__(self) -> None:
        self._next_slot: dict[Group, int] = {}
        self._blocks = 0

    def number(self, tokens: Sequence[InlineToken]) -> InlinePiece:
        """The next piece. The message lists no token twice."""
        by_slot: dict[int, str] = {}
        groups: dict[int, Group] = {}
        opened: dict[int, Group] = {}
        for token in tokens:
            group = Group(token.vendor, token.language, inline=True)
            slot = self._next_slot.get(group, 0)
            if slot % bitmaps.SLOTS_PER_BLOCK == 0:
                slot = self._blocks * bitmaps.SLOTS_PER_BLOCK
                opened[self._blocks] = group
                self._blocks += 1
            self._next_slot[group] = slot + 1
            by_slot[slot], groups[slot] = token.token, group
        return InlinePiece(by_slot, groups, opened)
