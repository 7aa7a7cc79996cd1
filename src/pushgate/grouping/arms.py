"""Which variant of a message a terminal gets: decided by its id and the message, wherever it is.
Pure.
"""

from bisect import bisect_right
from itertools import accumulate

from pushgate.domain.experiment import WHOLE, Split
from pushgate.grouping.sampling import BUCKETS, Buckets

HOLDOUT = -1
"""Stands for a variant where a terminal gets none."""


class Arms:
    """The variants of one message."""

    def __init__(self, split: Split, message_id: str) -> None:
        # Not the seed of the audience's own sample: the sample would be one variant's alone.
        self._buckets = Buckets(f"variants of {message_id}")
        held = split.holdout / WHOLE
        # Without a rest, the last variant gets everything that is left, so rounding loses no
        # terminal.
        shares = split.shares if split.winner else split.shares[:-1]
        ends = accumulate(share / WHOLE * (1 - held) for share in shares)
        self._bounds = [round(bound * BUCKETS) for bound in (held, *(held + end for end in ends))]

    def arm(self, name: str) -> int:
        """The number of the variant for this id of a terminal or user. HOLDOUT stands for no
        variant, the number after the last variant for the rest, which waits for a winner.
        """
        return bisect_right(self._bounds, self._buckets.bucket(name)) - 1
