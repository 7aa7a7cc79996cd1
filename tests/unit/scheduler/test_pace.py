"""Rounds of a home come one at a time, at the pace, and no wake-up is lost."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pushgate.scheduler.pace import Pace

PACE = 0.025


@pytest.mark.parametrize(
    ("ended_at", "now", "delay"), [(None, 0.0, 0.0), (1.0, 1.0, 0.025), (1.0, 1.02, 0.005), (1.0, 1.03, 0.0)]
)
def test_a_round_begins_at_once_unless_one_ended_within_the_pace(
    ended_at: float | None, now: float, delay: float
) -> None:
    pace = Pace(PACE)
    if ended_at is not None:
        pace.want(ended_at)
        pace.begin()
        assert pace.end(ended_at, more=False) is None
    assert pace.want(now) == pytest.approx(delay)


def test_wake_ups_before_a_planned_round_are_served_by_it() -> None:
    pace = Pace(PACE)
    assert pace.want(0.0) == 0.0
    assert pace.want(0.0) is None
    pace.begin()
    assert pace.end(1.0, more=False) is None


def test_a_wake_up_during_a_round_makes_one_more_at_the_pace() -> None:
    pace = Pace(PACE)
    pace.want(0.0)
    pace.begin()
    assert (pace.want(0.5), pace.want(0.6)) == (None, None)
    assert pace.end(1.0, more=False) == PACE
    pace.begin()
    assert pace.end(2.0, more=False) is None


def test_a_round_that_leaves_due_work_is_followed_at_once() -> None:
    pace = Pace(PACE)
    pace.want(0.0)
    pace.begin()
    assert pace.end(1.0, more=True) == 0.0


@given(st.lists(st.sampled_from(["want", "step", "full"]), max_size=60))
def test_every_wake_up_is_followed_by_a_round_that_begins_after_it(actions: list[str]) -> None:
    """And there are never two rounds at once, nor two that are planned."""
    pace, now, running = Pace(PACE), 0.0, False
    planned_at: float | None = None
    last_wanted = last_begun = -1.0
    for action in [*actions, "step", "step", "step", "step"]:
        now += 0.01
        if action == "want":
            last_wanted = now
            if (delay := pace.want(now)) is not None:
                assert planned_at is None
                assert not running
                planned_at = now + delay
        elif running:
            running = False
            if (delay := pace.end(now, more=action == "full")) is not None:
                assert planned_at is None
                planned_at = now + delay
        elif planned_at is not None:
            now = max(now, planned_at)
            pace.begin()
            running, planned_at, last_begun = True, None, now
    assert last_begun >= last_wanted
