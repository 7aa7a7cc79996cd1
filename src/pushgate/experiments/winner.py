"""Decides which variant goes to the rest of a message, and when: the better one, proven or not.
Pure.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from pushgate.domain.experiment import WinnerGround
from pushgate.experiments.judgement import Arm, Ground, Judgement, harm_of

_FOR_THE_REST = timedelta(minutes=5)
"""The time that is reserved for the rest before the message expires, however long its variants
wait.
"""
_FEW = 0.05
"""A share of the variants' pushes that a comparison does not wait for: a vendor may take a single
terminal's pushes again on the next day.
"""
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


def waited_for(targeted: int, pending: int) -> int:
    """For how many of the pending pushes of all variants a comparison waits: for all, or for none
    if only a few are pending. Pending pushes are not compared.
    """
    return pending if pending > _FEW * targeted else 0


def comparison_end(
    push_at: datetime,
    expires_at: datetime,
    after: timedelta,
    spread: timedelta,
    waited_at: datetime | None,
) -> datetime:
    """The instant at which variants have been compared for `after`.

    The time counts from the push time, or from `waited_at`, when pushes of variants were last
    waited for: people cannot click before. It ends in time for the rest to be sent, over `spread`.
    """
    planned = push_at + after
    latest = max(planned, expires_at - max(spread, _FOR_THE_REST))
    return min(max(planned, waited_at + after if waited_at else planned), latest)
