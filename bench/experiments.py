"""Counts how often the rule for variants names a winner: false ones, and true ones; and how often
the best variant is chosen for the rest.

`python -m bench.experiments [plays]`

Each line is an experiment that is played 20,000 times by default, with 60 looks while clicks come
in. The reference is a single look by z at the end, at 5 %.
"""

import sys

import numpy
from tests.support.experiments import count_chosen, count_winners

from pushgate.experiments.proportions import Proportion, two_sided, z_score

_PLAYS, _LOOKS, _SEED = 20_000, 60, 11
_EXPERIMENTS = (
    ((20_000, 20_000), (0.02, 0.02)),
    ((5_000, 5_000), (0.02, 0.02)),
    ((20_000, 20_000), (0.1, 0.1)),
    ((50_000, 50_000), (0.005, 0.005)),
    ((20_000, 180_000), (0.02, 0.02)),
    ((20_000,) * 5, (0.02,) * 5),
    ((20_000, 20_000), (0.02, 0.024)),
    ((100_000, 100_000), (0.02, 0.022)),
    ((50_000, 50_000), (0.05, 0.055)),
    ((20_000, 20_000), (0.02, 0.03)),
    ((50_000, 50_000), (0.02, 0.022)),
    ((50_000, 50_000), (0.02, 0.0204)),
)


def _by_z(targeted: tuple[int, ...], rates: tuple[float, ...], plays: int) -> float:
    """How often a single look by z at the end tells the first two arms apart at 5 %."""
    draw = numpy.random.default_rng(_SEED)
    clicks = draw.binomial(targeted[:2], rates[:2], size=(plays, 2)).tolist()
    sizes = targeted[:2]
    found = sum(
        two_sided(z_score(Proportion(first, sizes[0]), Proportion(second, sizes[1]))) < 0.05
        for first, second in clicks
    )
    return found / plays


def main() -> None:
    """Play all experiments and print a table."""
    plays = int(sys.argv[1]) if len(sys.argv) > 1 else _PLAYS
    out = sys.stdout
    out.write(
        f"{'terminals an arm':<26}{'click rates':<24}{'z at the end':>14}{'race':>8}{'rule':>8}{'best':>8}\n"
    )
    for targeted, rates in _EXPERIMENTS:
        waiting, at_all = count_winners(targeted, rates, plays, _SEED, _LOOKS)
        sizes = f"{len(targeted)} x {targeted[0]:,}" if len(set(targeted)) == 1 else f"{targeted}"
        shown = (
            f"{len(rates)} x {rates[0]:.1%}" if len(set(rates)) == 1 else f"{rates[0]:.2%}, {rates[1]:.2%}"
        )
        best = count_chosen(targeted, rates, plays, _SEED, _LOOKS)[rates.index(max(rates))]
        by_z = _by_z(targeted, rates, plays)
        found = (waiting / plays, at_all / plays, best / plays)
        out.write(f"{sizes:<26}{shown:<24}{by_z:>14.3f}" + "".join(f"{one:>8.3f}" for one in found) + "\n")
        out.flush()


if __name__ == "__main__":
    main()
