"""Which variant goes to the rest: the better one, never a harmful one."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.experiments import count_chosen

from pushgate.domain.experiment import WinnerGround
from pushgate.experiments.judgement import Arm, harm_of, judge
from pushgate.experiments.winner import choose, comparison_end, waited_for


def arm(clicked: int, muted: int = 0, gone: int = 0) -> Arm:
    return Arm(targeted=10_000, clicked=clicked, muted=muted, gone=gone)


@pytest.mark.parametrize(
    ("arms", "chosen", "ground"),
    [
        ([arm(200), arm(500)], 1, WinnerGround.RACE),
        ([arm(260), arm(200)], 0, WinnerGround.END),
        ([arm(200), arm(205), arm(201)], 1, WinnerGround.BETTER),
        ([arm(0), arm(0)], 0, WinnerGround.BETTER),
        ([Arm(targeted=0, clicked=0)] * 2, 0, WinnerGround.BETTER),
        ([arm(200), arm(500, muted=300)], 0, WinnerGround.BETTER),
        ([arm(200), arm(500, gone=300), arm(210)], 2, WinnerGround.BETTER),
        # Each of them did more harm of one kind: there is none to prefer for that.
        ([arm(200, muted=300), arm(500, gone=300)], 1, WinnerGround.BETTER),
    ],
    ids=["race", "end", "better", "no clicks", "nobody", "harm", "second best", "all harm"],
)
def test_the_rest_gets_the_better_variant(arms: list[Arm], chosen: int, ground: WinnerGround) -> None:
    assert choose(arms, judge(arms, ended=True)) == (chosen, ground)


counts = st.integers(0, 1000)
many = st.lists(st.builds(arm, counts, counts, counts), min_size=2, max_size=8)


@given(many)
def test_no_variant_that_did_no_harm_is_better_than_the_chosen_one(arms: list[Arm]) -> None:
    number, _ = choose(arms, judge(arms, ended=True))
    others = [one for one in range(len(arms)) if one != number]
    harmless = [
        one
        for one in range(len(arms))
        if not any(harm_of(arms[one], arms[other]) for other in range(len(arms)) if other != one)
    ]
    assert not harmless or number in harmless
    assert all(arms[number].clicked >= arms[one].clicked for one in others if one in harmless)


PUSH_AT = datetime(2031, 1, 1, 12, tzinfo=UTC)


def hours(count: float) -> datetime:
    return PUSH_AT + timedelta(hours=count)


@pytest.mark.parametrize(
    ("waited", "expires", "spread", "ends"),
    [
        (None, 4, 0, 2),
        (0.5, 4, 0, 2.5),
        (3, 10, 0, 5),
        (3, 4, 0, 4 - 5 / 60),
        (3, 4, 1, 3),
        # Whatever `after` the message was accepted with, it is not cut.
        (None, 2.01, 0, 2),
        (1, 2.01, 0, 2),
    ],
    ids=["at once", "spread", "paused", "high time", "high time to spread", "tight", "tight and late"],
)
def test_the_comparison_counts_from_when_variants_were_sent_and_leaves_time_for_the_rest(
    waited: float | None, expires: float, spread: float, ends: float
) -> None:
    after, waited_at = timedelta(hours=2), hours(waited) if waited else None
    found = comparison_end(PUSH_AT, hours(expires), after, timedelta(hours=spread), waited_at)
    assert found == hours(ends)


def test_the_better_of_two_variants_is_nearly_always_chosen() -> None:
    plays = 500
    first, second = count_chosen((50_000, 50_000), (0.02, 0.022), plays, seed=4)
    assert first + second == plays
    # 98.3 % in the long run; four standard deviations of 500 plays are 2.3 %.
    assert 0.96 * plays < second < plays


@pytest.mark.parametrize(
    ("targeted", "pending", "waits_for"),
    [(100, 5, 0), (100, 6, 6), (12, 1, 1), (100, 100, 100), (1000, 0, 0), (0, 0, 0)],
)
def test_few_pending_pushes_are_not_waited_for(targeted: int, pending: int, waits_for: int) -> None:
    assert waited_for(targeted, pending) == waits_for
