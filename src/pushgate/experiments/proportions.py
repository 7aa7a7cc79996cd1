"""Shares of terminals and their differences, with intervals and the test of two shares. Pure.

Sources: E. B. Wilson, JASA 22 (1927) 209; R. G. Newcombe, Statistics in Medicine 17 (1998) 873,
method 10.
"""

import math
from dataclasses import dataclass
from functools import lru_cache
from statistics import NormalDist

CONFIDENCE = 0.95
"""How often an interval holds the true value."""
_NORMAL = NormalDist()


@dataclass(frozen=True, slots=True)
class Interval:
    """From `low` to `high`, both included."""

    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Proportion:
    """How many of some terminals did something: `hits` of `total`."""

    hits: int
    total: int

    def __post_init__(self) -> None:
        if not 0 <= self.hits <= self.total:
            raise ValueError(f"{self.hits} of {self.total} terminals is no proportion")

    @property
    def rate(self) -> float:
        """The share, from 0 to 1. Of no terminals it is 0."""
        return self.hits / self.total if self.total else 0.0


def wilson(part: Proportion, confidence: float = CONFIDENCE) -> Interval:
    """Wilson's score interval of a rate, without correction for continuity. Of no terminals it is 0
    to 1.
    """
    return wilson_at(part, _quantile(confidence))


def wilson_at(part: Proportion, z: float) -> Interval:
    """Wilson's score interval of a rate, `z` standard errors wide to each side."""
    if not part.total:
        return Interval(0.0, 1.0)
    n, p = part.total, part.rate
    middle = p + z * z / (2 * n)
    half = z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    scale = 1 + z * z / n
    # At the ends the formula is exactly 0 or 1, but its rounding is not.
    low = 0.0 if part.hits == 0 else (middle - half) / scale
    high = 1.0 if part.hits == n else (middle + half) / scale
    return Interval(low, high)


def newcombe(base: Proportion, other: Proportion, confidence: float = CONFIDENCE) -> Interval:
    """Newcombe's hybrid score interval of `other.rate - base.rate`."""
    from_base, from_other = wilson(base, confidence), wilson(other, confidence)
    uplift = other.rate - base.rate
    down = math.hypot(other.rate - from_other.low, from_base.high - base.rate)
    up = math.hypot(from_other.high - other.rate, base.rate - from_base.low)
    return Interval(max(-1.0, uplift - down), min(1.0, uplift + up))


def z_score(base: Proportion, other: Proportion) -> float:
    """The z of the two-proportion test with a pooled rate: positive where `other` has the higher
    rate, 0 where nothing can be told.
    """
    total = base.total + other.total
    if not base.total or not other.total:
        return 0.0
    pooled = (base.hits + other.hits) / total
    variance = pooled * (1 - pooled) * (1 / base.total + 1 / other.total)
    return (other.rate - base.rate) / math.sqrt(variance) if variance > 0 else 0.0


def two_sided(z: float) -> float:
    """The probability of a z at least as far from 0, where there is no difference."""
    return math.erfc(abs(z) / math.sqrt(2))


def one_sided(z: float) -> float:
    """The probability of a z at least as large, where there is no difference."""
    return math.erfc(z / math.sqrt(2)) / 2


@lru_cache(maxsize=16)
def _quantile(confidence: float) -> float:
    return _NORMAL.inv_cdf((1 + confidence) / 2)
