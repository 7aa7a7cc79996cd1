"""Stable shares of terminals: a keyed hash of the terminal id decides, wherever the terminal is.
Pure.

A share depends on seed and id alone. Under one seed, a smaller share lies within a larger one;
under two seeds, shares are independent.
"""

import hashlib
import struct
from functools import lru_cache

BUCKETS = 65_536
_BYTES = 4
_TABLE = 256


class Buckets:
    """All ids in 65,536 buckets under one seed."""

    def __init__(self, seed: str) -> None:
        self._first, self._second, self._third, self._fourth = _tables(seed)

    def bucket(self, name: str) -> int:
        """The number of the bucket of a terminal's or user's id, from 0 on."""
        # Tabulation of a hash, not a CRC of seed and id: a CRC is linear, so shares under two seeds
        # would depend on each other.
        a, b, c, d = hashlib.blake2b(name.encode(), digest_size=_BYTES).digest()
        return self._first[a] ^ self._second[b] ^ self._third[c] ^ self._fourth[d]


class Share:
    """A share of all terminals under one seed."""

    def __init__(self, share: float, seed: str) -> None:
        """`share` is more than 0 and at most 1. It is rounded to a multiple of 1/65,536, and is at
        least 1/65,536.
        """
        self._buckets = Buckets(seed)
        self._threshold = max(1, round(share * BUCKETS))

    def holds(self, terminal_id: str) -> bool:
        """Whether the terminal is in the share."""
        return self._buckets.bucket(terminal_id) < self._threshold


@lru_cache(maxsize=64)
def _tables(seed: str) -> tuple[tuple[int, ...], ...]:
    """For each byte of the hash, 256 numbers of 16 bits."""
    size = 2 * _TABLE
    raw = hashlib.shake_256(seed.encode()).digest(_BYTES * size)
    return tuple(struct.unpack_from(f"<{_TABLE}H", raw, number * size) for number in range(_BYTES))
