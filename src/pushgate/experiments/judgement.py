"""Whether one arm of an experiment is clearly the best, by a rule with a stated error. Pure.

While one waits, an arm is clear once it wins the click race against each other arm at 1 % divided
by the number of other arms. At the end, which is looked at once, it is also clear if z tells it
from each other arm at 4 % divided by that number. Together at most 5 % of experiments without a
difference name a winner: to be best, an arm must at least be told from the first one.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from pushgate.experiments.click_race import e_value
from pushgate.experiments.proportions import Proportion, one_sided, two_sided, z_score

RACE_ERROR = 0.01
END_ERROR = 0.04
HARM_ERROR = 0.01


@dataclass(frozen=True, slots=True, kw_only=True)
class Arm:
    """What is counted of one arm, in terminals."""

    targeted: int
    clicked: int
    muted: int = 0
    gone: int = 0

    @property
    def clicks(self) -> Proportion:
        """The terminals that clicked."""
        return _part(self.clicked, self.targeted)

    @property
    def harms(self) -> tuple[Proportion, Proportion]:
        """The terminals that muted the app, and those that it is gone from."""
        return _part(self.muted, self.targeted), _part(self.gone, self.targeted)


class Ground(StrEnum):
    """Why an arm is called clear, or is not."""

    RACE = "race"
    """It won the click race."""
    END = "end"
    """z told it from all others, once, at the end."""
    NOT_CLEAR = "not_clear"
    """No arm can be told from all others."""
    HARM = "harm"
    """The best arm clearly does more harm to terminals: more muted, or more gone."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """The arm with the highest click rate, and whether it is clearly the best.

    `evidence` is the least e-value of the best arm against the others; `needed` is what the race
    needs. `best` is None where there are no clicks, or fewer than two arms.
    """

    best: int | None
    ground: Ground
    evidence: float
    needed: float

    @property
    def clear(self) -> bool:
        """Whether the best arm is clearly the best."""
        return self.ground in (Ground.RACE, Ground.END)


def judge(arms: Sequence[Arm], *, ended: bool) -> Judgement:
    """Judge the arms. `ended` adds the look by z, which keeps its error only when it is taken
    once.
    """
    others_of_best = max(1, len(arms) - 1)
    needed = others_of_best / RACE_ERROR
    best = _best(arms)
    if best is None:
        return Judgement(None, Ground.NOT_CLEAR, 1.0, needed)
    winner, others = arms[best], [arm for number, arm in enumerate(arms) if number != best]
    evidence = min(e_value(other.clicks, winner.clicks) for other in others)
    # An arm that has fewer clicks for its size than another is never best, so both tests are won
    # by the better side alone.
    if evidence >= needed:
        ground = Ground.RACE
    elif ended and all(
        two_sided(z_score(other.clicks, winner.clicks)) < END_ERROR / others_of_best for other in others
    ):
        ground = Ground.END
    else:
        return Judgement(best, Ground.NOT_CLEAR, evidence, needed)
    harmful = any(harm_of(winner, other) for other in others)
    return Judgement(best, Ground.HARM if harmful else ground, evidence, needed)


def harm_of(arm: Arm, other: Arm) -> bool:
    """Whether `arm` clearly did more harm than `other`: more terminals muted the app, or are gone,
    each at 1 %.
    """
    return any(
        one_sided(z_score(of_other, of_arm)) < HARM_ERROR
        for of_arm, of_other in zip(arm.harms, other.harms, strict=True)
    )


def _best(arms: Sequence[Arm]) -> int | None:
    if len(arms) < 2 or not any(arm.clicked for arm in arms):
        return None
    return max(range(len(arms)), key=lambda number: arms[number].clicks.rate)


def _part(hits: int, total: int) -> Proportion:
    # Receipts of terminals that have been recorded before they count as targeted: never above all.
    return Proportion(min(hits, total), total)
