"""Experiments played by chance, of which one knows whether the arms differ."""

from collections.abc import Sequence

import numpy

from pushgate.experiments.judgement import Arm, judge
from pushgate.experiments.winner import choose


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


def count_chosen(
    targeted: Sequence[int], rates: Sequence[float], plays: int, seed: int, looks: int = 20
) -> list[int]:
    """How often each arm is chosen for the rest. One looks as `count_winners` does."""
    draw = numpy.random.default_rng(seed)
    chosen = [0] * len(targeted)
    for _ in range(plays):
        totals = [int(draw.binomial(size, rate)) for size, rate in zip(targeted, rates, strict=True)]
        parts = [draw.multinomial(total, [1 / looks] * looks) for total in totals]
        seen = numpy.cumsum(parts, axis=1).T.tolist()
        for number, look in enumerate(seen):
            arms = [Arm(targeted=size, clicked=hits) for size, hits in zip(targeted, look, strict=True)]
            ended = number == looks - 1
            judgement = judge(arms, ended=ended)
            if judgement.clear or ended:
                chosen[choose(arms, judgement)[0]] += 1
                break
    return chosen
