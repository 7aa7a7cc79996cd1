"""The click race: a test that may be looked at again and again. Pure.

Where two arms do not differ, each click comes from the second with the probability of its share of
the terminals, `s`. The e-value compares that with a share drawn from Beta(200 s, 200 (1 - s)). Its
mean is 1 under no difference at each click, so by Ville's inequality it ever passes 1 / alpha with
a probability of alpha at most: whenever one looks, and without a known end.
"""

import math

from pushgate.experiments.proportions import Proportion

_PRIOR = 200.0
"""As many clicks as the prior weighs: the race is strongest against differences of about 10 %."""
_LARGEST = 700.0
"""`exp` of more is out of the range of a float."""


def e_value(base: Proportion, other: Proportion) -> float:
    """The evidence that two arms differ, in clicks: 1 says nothing, 100 decides at 1 %.

    1 where an arm has no terminals.
    """
    terminals = base.total + other.total
    if not base.total or not other.total:
        return 1.0
    share = other.total / terminals
    first, second = _PRIOR * (1 - share), _PRIOR * share
    log = _log_beta(second + other.hits, first + base.hits) - _log_beta(second, first)
    log -= other.hits * math.log(share) + base.hits * math.log(1 - share)
    return math.exp(min(log, _LARGEST))


def _log_beta(first: float, second: float) -> float:
    return math.lgamma(first) + math.lgamma(second) - math.lgamma(first + second)
