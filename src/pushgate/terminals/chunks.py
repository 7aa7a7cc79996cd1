"""Chunks: 64 slots whose values share a hash, few enough that Redis stores it as one compact
listpack. Pure.
"""

from collections.abc import Iterable

SLOTS_PER_CHUNK = 64


def by_chunk(slots: Iterable[int]) -> dict[int, list[int]]:
    """Slots by the number of their chunk, as offsets into the chunk."""
    found: dict[int, list[int]] = {}
    for slot in slots:
        found.setdefault(slot // SLOTS_PER_CHUNK, []).append(slot % SLOTS_PER_CHUNK)
    return found
