"""What became of a message's terminals, as the parts of a bar. Pure."""

from collections.abc import Mapping, Sequence

from pushgate_client.types import GroupCounts, Results

SETTLED = ("accepted", "invalid", "rejected", "expired", "cancelled")
"""The states that a terminal comes to, in the order of the bar."""
STATES = ("pending", *SETTLED)
"""All states of a terminal, in the order of the accounting law."""
FAILED = ("invalid", "rejected", "expired")
"""The states of terminals that the message did not reach, though it was to."""

Counts = Mapping[str, int]
"""Terminals by state, and `targeted`, `delivered` and `clicked`."""


def count(row: Results | GroupCounts) -> Counts:
    """Return the counts of results, or of one group of them."""
    return {
        "targeted": row["targeted"],
        "pending": row["pending"],
        "accepted": row["accepted"],
        "invalid": row["invalid"],
        "rejected": row["rejected"],
        "expired": row["expired"],
        "cancelled": row["cancelled"],
        "delivered": row["delivered"],
        "clicked": row["clicked"],
    }


def add_counts(rows: Sequence[Counts]) -> Counts:
    """Return the sum of the counts of several groups."""
    return {name: sum(row[name] for row in rows) for name in ("targeted", *STATES, "delivered", "clicked")}


def law_parts(counts: Counts) -> list[tuple[str, int]]:
    """Return the terminals in each state, the pending ones last. Their sum is `targeted`."""
    return [(state, counts[state]) for state in (*SETTLED, "pending")]


def nested_parts(counts: Counts) -> list[tuple[str, int]]:
    """Return the parts of a bar that tells the accepted terminals apart by how far the push got.

    Each terminal is in the part of the furthest step that it came to. The sum is `targeted`.
    """
    accepted = counts["accepted"]
    clicked = min(counts["clicked"], accepted)
    delivered = min(max(0, counts["delivered"] - clicked), accepted - clicked)
    nested = [("clicked", clicked), ("delivered", delivered), ("accepted", accepted - clicked - delivered)]
    return [*nested, *((state, counts[state]) for state in (*SETTLED[1:], "pending"))]


def count_done(counts: Counts) -> int:
    """Return how many terminals are settled."""
    return counts["targeted"] - counts["pending"]


def count_failed(counts: Counts) -> int:
    """Return how many terminals the message did not reach, though it was to."""
    return sum(counts[state] for state in FAILED)


def share(part: int, whole: int) -> float | None:
    """Return the part of the whole, None where the whole is nothing."""
    return part / whole if whole else None
