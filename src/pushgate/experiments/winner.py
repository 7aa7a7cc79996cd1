"""Which variant goes to the rest of a message: the better one, proven or not. Pure."""

from collections.abc import Sequence

from pushgate.domain.experiment import WinnerGround
from pushgate.experiments.judgement import Arm, Ground, Judgement, harm_of

_GROUNDS = {Ground.RACE: WinnerGround.RACE, Ground.END: WinnerGround.END}


def choose(arms: Sequence[Arm], judgement: Judgement) -> tuple[int, WinnerGround]:
    """The number of the variant for the rest, and why it is that one. `judgement` is the one that
    was settled for these arms.

    An arm that clearly did more harm than another one is not chosen, unless that is true of all. Of
    equal arms it is the first.
    """
    if judgement.clear and judgement.best is not None:
        return judgement.best, _GROUNDS[judgement.ground]
    numbers = range(len(arms))
    harmless = [
        one
        for one in numbers
        if not any(harm_of(arms[one], arms[other]) for other in numbers if other != one)
    ]
    return max(harmless or numbers, key=lambda one: arms[one].clicks.rate), WinnerGround.BETTER
