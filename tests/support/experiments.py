"""Experiments played by chance, of which one knows whether the arms differ."""

from collections.abc import Sequence

import numpy

from pushgate.experiments.judgement import Arm, judge


def count_winners(
    targeted: Sequence[int], rates: Sequence[float], plays: int, seed: int, looks: int = 20
) -> tuple[int, int]:
    """How many experiments name a winner while one waits, and at all.

    Clicks come in over `looks` equal parts of the time. One looks after each part, and once more at
    the end.
    """
    draw = numpy.random.default_rng(seed)
    while_waiting = at_all = 0
    for _ in range(plays):
        totals = [int(draw.binomial(size, rate)) for size, rate in zip(targeted, rates, strict=True)]
        parts = [draw.multinomial(total, [1 / looks] * looks) for total in totals]
        for look in numpy.cumsum(parts, axis=1).T.tolist():
            arms = [Arm(targeted=size, clicked=hits) for size, hits in zip(targeted, look, strict=True)]
            if judge(arms, ended=False).clear:
                while_waiting += 1
                at_all += 1
                break
        else:
            at_all += judge(arms, ended=True).clear
    return while_waiting, at_all
