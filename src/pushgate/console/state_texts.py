"""Words for what became of a push. English, for the catalogue."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pushgate.console.marking import N_
from pushgate.console.outcomes import Counts, law_parts, nested_parts
from pushgate.console.words import Words

STATE_WORDS: Mapping[str, str] = {
    "targeted": N_("targeted"),
    "pending": N_("pending"),
    "accepted": N_("accepted"),
    "delivered": N_("delivered"),
    "clicked": N_("clicked"),
    "invalid": N_("invalid"),
    "rejected": N_("rejected"),
    "expired": N_("expired"),
    "cancelled": N_("cancelled"),
}
"""By state or receipt."""
_COUNTED: Mapping[str, str] = {
    "pending": N_("{n} pending"),
    "accepted": N_("{n} accepted"),
    "delivered": N_("{n} delivered"),
    "clicked": N_("{n} clicked"),
    "invalid": N_("{n} invalid"),
    "rejected": N_("{n} rejected"),
    "expired": N_("{n} expired"),
    "cancelled": N_("{n} cancelled"),
}


def say_counts(counts: Counts, states: Sequence[str], words: Words) -> str:
    """Return the terminals in these states as a list in words, without states that have none."""
    parts = [words._(_COUNTED[state], n=counts[state]) for state in states if counts[state]]
    return words._(", ").join(parts)


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar of parts, and what it says in words."""

    parts: Sequence[tuple[str, int]]
    total: int
    text: str


class Bars:
    """Makes bars for one reader."""

    def __init__(self, words: Words) -> None:
        self._words = words

    def law(self, counts: Counts) -> Bar:
        """Return the terminals by state: together they are all that the message is for."""
        return self._bar(law_parts(counts), counts["targeted"])

    def nested(self, counts: Counts) -> Bar:
        """Return the terminals by state, the accepted ones by how far the push got."""
        return self._bar(nested_parts(counts), counts["targeted"])

    def _bar(self, parts: Sequence[tuple[str, int]], total: int) -> Bar:
        words = self._words
        said = [words._(_COUNTED[state], n=number) for state, number in parts if number]
        return Bar(parts, total, words._(", ").join(said))
