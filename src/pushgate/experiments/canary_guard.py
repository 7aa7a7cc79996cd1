"""The guard of a canary: judges whether its results pass a limit. Pure.

The guard looks again and again, so a rate alone would pass a limit by chance sooner or later. A
limit counts as passed where Wilson's interval with z = 3.5 lies beyond it: of 1,000 messages with
the rate of the limit itself, some 7 are held by mistake.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from pushgate.domain.canary import MIN_ANSWERS, Canary, FewAnswers, Finding, Limits, Measure, Phase
from pushgate.experiments.proportions import Proportion, wilson_at

Z = 3.5


@dataclass(frozen=True, slots=True)
class Answers:
    """The results of the terminals of one vendor. `answered` counts those whose state is settled by
    an answer, `accepted` those among them that the vendor accepted.
    """

    vendor: str
    answered: int
    accepted: int
    counts: Mapping[Measure, int]


def judge(canary: Canary, answers: Sequence[Answers], *, is_over: bool) -> tuple[Phase, Finding | None]:
    """The phase that follows, and the limit that was passed, if any.

    `is_over` says whether the time of the canary is over: until then it runs on, unless it is held.
    Clicks come late, so they are looked at only then.
    """
    if held := _passed(canary.hold_if, answers, is_over):
        return Phase.HELD, held
    if not is_over:
        return Phase.RUNNING, None
    slowed = _passed(canary.slower_if, answers, is_over)
    return (Phase.SLOWED, slowed) if slowed else (Phase.PASSED, None)


def few_answers(canary: Canary, answers: Sequence[Answers]) -> tuple[FewAnswers, ...]:
    """The vendors with too few answers to judge the limits."""
    limits = (canary.hold_if, canary.slower_if)
    found: list[FewAnswers] = []
    if any(any(one.upper()) for one in limits):
        found += (FewAnswers(one.vendor, one.answered) for one in answers if one.answered < MIN_ANSWERS)
    accepted = sum(one.accepted for one in answers)
    if accepted < MIN_ANSWERS and any(one.clicks_below is not None for one in limits):
        found.append(FewAnswers("", accepted))
    return tuple(found)


def _passed(limits: Limits, answers: Sequence[Answers], is_over: bool) -> Finding | None:
    """The first of the limits that was passed."""
    return _first_above(limits, answers) or (_too_few_clicks(limits, answers) if is_over else None)


def _first_above(limits: Limits, answers: Iterable[Answers]) -> Finding | None:
    for one in answers:
        for measure, limit in limits.upper():
            count = min(one.counts.get(measure, 0), one.answered)
            part = Proportion(count, one.answered)
            if one.answered >= MIN_ANSWERS and wilson_at(part, Z).low > limit / 100:
                return Finding(
                    measure=measure, vendor=one.vendor, count=count, answers=one.answered, limit=limit
                )
    return None


def _too_few_clicks(limits: Limits, answers: Sequence[Answers]) -> Finding | None:
    """Clicks of all vendors together: the clients report them, whichever vendor it was."""
    limit = limits.clicks_below
    if limit is None:
        return None
    accepted = sum(one.accepted for one in answers)
    clicked = min(accepted, sum(one.counts.get(Measure.CLICKS, 0) for one in answers))
    if accepted < MIN_ANSWERS or wilson_at(Proportion(clicked, accepted), Z).high >= limit / 100:
        return None
    return Finding(measure=Measure.CLICKS, vendor="", count=clicked, answers=accepted, limit=limit)
