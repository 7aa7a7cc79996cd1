"""How long the values of an app's attributes are, and texts of such lengths. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from pushgate.content.personal.syntax import Source, ValueName

_NARROW, _WIDE, _LARGEST = "x", "\u4e2d", "\U00020000"
"""Characters of one byte, of three, of four; the last two are twice as wide as the first."""


class Length(NamedTuple):
    """The most characters and the most bytes of a text; each may be of another text."""

    characters: int
    bytes: int

    def or_more(self, other: "Length") -> "Length":
        """The greater of both."""
        return Length(max(self.characters, other.characters), max(self.bytes, other.bytes))

    @property
    def text(self) -> str:
        """A text with so many characters, and with at least so many bytes."""
        further = max(0, self.bytes - self.characters)
        wide = min(self.characters, -(-further // 2))
        largest = min(wide, max(0, further - 2 * wide))
        return _NARROW * (self.characters - wide) + _WIDE * (wide - largest) + _LARGEST * largest


@dataclass(frozen=True, slots=True)
class KnownLengths:
    """The lengths of an app's attributes, of terminals and of people. `is_complete` says that all
    of them were counted.
    """

    of_terminals: Mapping[str, Length] = field(default_factory=dict)
    of_people: Mapping[str, Length] = field(default_factory=dict)
    is_complete: bool = False

    def find(self, name: ValueName, assumed: int) -> Length:
        """How long values of this name may be: `assumed` characters where that is not known, and at
        least so many where not all values were counted.
        """
        found = [self.of_people.get(name.name)]
        if name.source is Source.ATTRIBUTE:
            found.append(self.of_terminals.get(name.name))
        known = [one for one in found if one]
        longest = Length(0, 0) if known and self.is_complete else Length(assumed, assumed)
        for one in known:
            longest = longest.or_more(one)
        return longest


NOTHING_KNOWN = KnownLengths()
