"""The guard of a canary holds what is bad, and seldom what is not, however often it looks."""

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

from pushgate.domain.canary import Canary, FewAnswers, Finding, Limits, Measure, Phase
from pushgate.experiments.canary_guard import Answers, few_answers, judge

CANARY = Canary(share=1, wait=timedelta(minutes=10), hold_if=Limits(rejected=5))
LOOKS = range(100, 4001, 50)
"""Answers at the looks of one play."""


def answers(answered: int, vendor: str = "fcm", accepted: int | None = None, **counts: int) -> Answers:
    found = {Measure(name): count for name, count in counts.items()}
    return Answers(vendor, answered, answered if accepted is None else accepted, found)


def phase(canary: Canary, *found: Answers, is_over: bool = False) -> Phase:
    return judge(canary, found, is_over=is_over)[0]


def held(rate: float, plays: int, seed: int) -> list[int]:
    """After how many answers each of the plays is held; those that are not are left out."""
    draws = np.random.default_rng(seed).random((plays, LOOKS[-1])) < rate
    found: list[int] = []
    for play in draws.cumsum(axis=1):
        for answered in LOOKS:
            rejected = int(play[answered - 1])
            if phase(CANARY, answers(answered, rejected=rejected)) is Phase.HELD:
                found.append(answered)
                break
    return found


@pytest.mark.parametrize(("rate", "most"), [(0.045, 3), (0.05, 20)])
def test_few_of_1000_messages_near_the_limit_are_held_by_mistake(rate: float, most: int) -> None:
    assert len(held(rate, 1000, seed=7)) <= most


@pytest.mark.parametrize(("rate", "median"), [(0.08, 1500), (0.15, 250), (0.5, 100)])
def test_what_is_clearly_worse_than_the_limit_is_held_soon(rate: float, median: int) -> None:
    found = held(rate, 100, seed=8)
    assert len(found) >= 99
    assert np.median(found) <= median


def test_nothing_is_decided_of_fewer_than_100_answers() -> None:
    assert phase(CANARY, answers(99, rejected=99)) is Phase.RUNNING
    assert phase(CANARY, answers(99, rejected=99), is_over=True) is Phase.PASSED
    assert phase(CANARY, answers(100, rejected=100)) is Phase.HELD


def test_what_had_too_few_answers_for_its_limits_is_told() -> None:
    found = [answers(99), answers(100, "huawei", accepted=0), answers(0, "vivo")]
    rejected = (FewAnswers("fcm", 99), FewAnswers("vivo", 0))
    assert few_answers(CANARY, found) == rejected
    clicks = replace(CANARY, slower_if=Limits(clicks_below=1))
    assert few_answers(clicks, found) == (*rejected, FewAnswers("", 99)), "of all vendors together"
    assert few_answers(replace(CANARY, hold_if=Limits()), found) == (), "there is no limit"


def test_each_vendor_is_judged_by_itself() -> None:
    good, bad = answers(100_000), answers(200, "huawei", rejected=100)
    found, finding = judge(CANARY, [good, bad], is_over=False)
    assert found is Phase.HELD
    assert finding == Finding(measure=Measure.REJECTED, vendor="huawei", count=100, answers=200, limit=5)
    assert finding.reason == "50 % rejected (100 of 200 terminals of huawei), above the limit of 5 %"


@pytest.mark.parametrize("measure", ["rejected", "invalid", "gone", "muted"])
def test_a_limit_is_about_its_measure_alone(measure: str) -> None:
    canary = Canary(share=1, wait=timedelta(minutes=10), hold_if=Limits(**{measure: 5}))
    for other in Measure:
        counts = {other.value: 500}
        found = phase(canary, answers(1000, "fcm", None, **counts), is_over=True)
        assert found is (Phase.HELD if other == measure else Phase.PASSED)


def test_clicks_are_looked_at_when_the_time_is_over_and_of_all_vendors_together() -> None:
    canary = Canary(share=1, wait=timedelta(minutes=10), hold_if=Limits(clicks_below=2))
    few = [answers(1000, clicks=3), answers(1000, "apns")]
    assert phase(canary, *few) is Phase.RUNNING
    found, finding = judge(canary, few, is_over=True)
    assert found is Phase.HELD
    assert finding == Finding(measure=Measure.CLICKS, vendor="", count=3, answers=2000, limit=2)
    assert finding.reason == "0.15 % clicks (3 of 2000 terminals), below the limit of 2 %"
    assert phase(canary, answers(1000, clicks=15), is_over=True) is Phase.PASSED, "that may be chance"
    assert phase(canary, answers(1000, accepted=99), is_over=True) is Phase.PASSED, "99 have the message"


def test_the_rest_is_slowed_at_the_end_and_held_where_both_limits_are_passed() -> None:
    canary = Canary(
        share=1, wait=timedelta(minutes=10), hold_if=Limits(rejected=20), slower_if=Limits(rejected=5)
    )
    some, many = answers(1000, rejected=100), answers(1000, rejected=400)
    assert phase(canary, some) is Phase.RUNNING
    assert phase(canary, some, is_over=True) is Phase.SLOWED
    assert phase(canary, many) is phase(canary, many, is_over=True) is Phase.HELD
    assert phase(canary, is_over=True) is Phase.PASSED
