"""The rule that calls an arm clear: what it needs, and how often it errs."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import special, stats
from tests.support.experiments import count_winners

from pushgate.experiments.click_race import e_value
from pushgate.experiments.judgement import Arm, Ground, harm_of, judge
from pushgate.experiments.proportions import Proportion

_PLAYS = 10_000


@given(
    sizes=st.tuples(st.integers(1, 10**6), st.integers(1, 10**6)),
    shares=st.tuples(st.floats(0, 1), st.floats(0, 1)),
)
def test_the_e_value_is_that_of_scipy(sizes: tuple[int, int], shares: tuple[float, float]) -> None:
    base, other = (Proportion(int(size * share), size) for size, share in zip(sizes, shares, strict=True))
    share = other.total / (base.total + other.total)
    first, second = 200 * share, 200 * (1 - share)
    clicks = base.hits + other.hits
    # The beta-binomial's probability of these clicks, divided by the binomial's.
    expected = stats.betabinom.logpmf(other.hits, clicks, first, second) - stats.binom.logpmf(
        other.hits, clicks, share
    )
    if not math.isfinite(expected):
        expected = special.betaln(first + other.hits, second + base.hits) - special.betaln(first, second)
        expected -= other.hits * math.log(share) + base.hits * math.log1p(-share)
    found = e_value(base, other)
    assert math.log(found) == pytest.approx(min(expected, 700), rel=1e-4, abs=1e-4)


def test_the_mean_of_the_e_value_is_one_where_arms_do_not_differ() -> None:
    clicks, share = 60, 0.25
    mean = sum(
        stats.binom.pmf(hits, clicks, share)
        * e_value(Proportion(clicks - hits, 3000), Proportion(hits, 1000))
        for hits in range(clicks + 1)
    )
    assert mean == pytest.approx(1, abs=1e-9)


def test_at_most_5_percent_of_experiments_without_a_difference_name_a_winner() -> None:
    while_waiting, at_all = count_winners((20_000, 20_000), (0.1, 0.1), _PLAYS, seed=1)
    assert 0 < while_waiting <= 0.01 * _PLAYS
    # Two standard deviations of 500 are 44: below 456, more than 5 % are ruled out.
    assert 0.02 * _PLAYS < at_all < 456


@pytest.mark.parametrize("targeted", [(1000, 9000), (2000, 2000, 2000, 2000)], ids=["unequal", "four arms"])
def test_nor_do_arms_of_other_sizes_and_numbers(targeted: tuple[int, ...]) -> None:
    plays = 2000
    while_waiting, at_all = count_winners(targeted, (0.05,) * len(targeted), plays, seed=2)
    assert while_waiting <= 0.01 * plays
    assert at_all <= 0.05 * plays


def test_a_real_difference_is_found() -> None:
    plays = 200
    while_waiting, at_all = count_winners((20_000, 20_000), (0.02, 0.03), plays, seed=3)
    assert while_waiting > 0.95 * plays
    assert at_all == plays


def test_the_race_may_decide_at_any_time() -> None:
    judgement = judge([Arm(targeted=10_000, clicked=200), Arm(targeted=10_000, clicked=320)], ended=False)
    assert judgement.best == 1
    assert judgement.clear
    assert judgement.ground is Ground.RACE
    assert judgement.evidence > judgement.needed == 100


def test_z_decides_at_the_end_alone() -> None:
    arms = [Arm(targeted=20_000, clicked=400), Arm(targeted=20_000, clicked=460)]
    assert judge(arms, ended=False).ground is Ground.NOT_CLEAR
    assert judge(arms, ended=True).ground is Ground.END


def test_more_arms_need_more_evidence() -> None:
    arms = [Arm(targeted=10_000, clicked=clicked) for clicked in (200, 200, 286)]
    assert 100 < judge(arms, ended=False).evidence < judge(arms, ended=False).needed == 200
    assert judge(arms, ended=False).best == 2
    assert not judge(arms, ended=False).clear
    assert judge(arms[1:], ended=False).clear


def test_an_arm_that_is_told_from_one_other_only_is_not_clear() -> None:
    arms = [Arm(targeted=20_000, clicked=clicked) for clicked in (300, 600, 605)]
    assert judge(arms, ended=True).ground is Ground.NOT_CLEAR


def test_an_arm_that_drives_users_away_does_not_win() -> None:
    plain = Arm(targeted=10_000, clicked=200, muted=20, gone=20)
    for harm in ({"muted": 60, "gone": 20}, {"muted": 20, "gone": 60}):
        loud = Arm(targeted=10_000, clicked=320, **harm)
        assert harm_of(loud, plain)
        assert judge([plain, loud], ended=True).ground is Ground.HARM
        assert not judge([plain, loud], ended=True).clear
    assert judge([plain, Arm(targeted=10_000, clicked=320, muted=25, gone=15)], ended=True).clear


@pytest.mark.parametrize("arms", [[], [Arm(targeted=10, clicked=5)], [Arm(targeted=9, clicked=0)] * 2])
def test_nothing_is_best_without_clicks_or_without_another_arm(arms: list[Arm]) -> None:
    judgement = judge(arms, ended=True)
    assert judgement.best is None
    assert not judgement.clear
