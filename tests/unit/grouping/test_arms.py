"""Variants of terminals: stable, of the stated shares, independent of everything else."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pushgate.domain.experiment import Split, Winner
from pushgate.grouping.arms import HOLDOUT, Arms
from pushgate.grouping.sampling import BUCKETS, Buckets, Share

IDS = [f"terminal-{number}" for number in range(20_000)]


def arms_of(split: Split, message_id: str = "m") -> dict[str, int]:
    arms = Arms(split, message_id)
    return {terminal_id: arms.arm(terminal_id) for terminal_id in IDS}


@pytest.mark.parametrize(
    ("shares", "holdout"), [((50, 50), 0), ((50, 50), 10), ((5, 5, 90), 0), ((20, 30, 50), 90)], ids=str
)
def test_each_variant_and_the_holdout_have_their_shares(shares: tuple[float, ...], holdout: float) -> None:
    names = tuple(f"v{number}" for number in range(len(shares)))
    found = list(arms_of(Split(names, shares, holdout)).values())
    parts = {HOLDOUT: holdout / 100}
    parts |= {number: share / 100 * (1 - holdout / 100) for number, share in enumerate(shares)}
    for number, part in parts.items():
        expected, deviation = part * len(IDS), (part * (1 - part) * len(IDS)) ** 0.5
        assert abs(found.count(number) - expected) <= 4 * deviation


def test_the_rest_is_whatever_no_variant_and_no_holdout_has() -> None:
    split = Split(("a", "b"), (5, 15), holdout=10, winner=Winner(timedelta(hours=2)))
    found = list(arms_of(split).values())
    parts = {HOLDOUT: 0.1, 0: 0.05 * 0.9, 1: 0.15 * 0.9, 2: 0.8 * 0.9}
    for number, part in parts.items():
        deviation = (part * (1 - part) * len(IDS)) ** 0.5
        assert abs(found.count(number) - part * len(IDS)) <= 4 * deviation


@st.composite
def splits(draw: st.DrawFn) -> Split:
    weights = draw(st.lists(st.integers(1, 1000), min_size=2, max_size=8))
    shares = tuple(100 * weight / sum(weights) for weight in weights)
    return Split(tuple(map(str, range(len(weights)))), shares, draw(st.floats(0, 90)))


@given(split=splits(), name=st.text(), message_id=st.text())
def test_a_variant_is_a_run_of_buckets(split: Split, name: str, message_id: str) -> None:
    bucket = Buckets(f"variants of {message_id}").bucket(name)
    arm, held = Arms(split, message_id).arm(name), split.holdout / 100
    before = held + (1 - held) * sum(split.shares[: max(0, arm)]) / 100 if arm >= 0 else 0
    after = held + (1 - held) * sum(split.shares[: arm + 1]) / 100
    assert round(before * BUCKETS) - 1 <= bucket <= round(after * BUCKETS)


def test_variants_of_two_messages_are_independent() -> None:
    split = Split(("a", "b"), (50, 50))
    first, second = arms_of(split, "m1"), arms_of(split, "m2")
    both = sum(first[name] == second[name] == 1 for name in IDS)
    assert abs(both - len(IDS) / 4) < 4 * (3 / 16 * len(IDS)) ** 0.5


def test_a_sample_of_the_same_message_has_all_variants() -> None:
    split, share = Split(("a", "b"), (50, 50)), Share(0.1, "m")
    found = [arm for name, arm in arms_of(split).items() if share.holds(name)]
    assert abs(found.count(0) - len(found) / 2) < 4 * (len(found) / 4) ** 0.5


def test_the_variant_is_the_same_whenever_one_asks() -> None:
    split = Split(("a", "b", "c"), (20, 30, 50), 10)
    assert [Arms(split, "spring").arm(name) for name in "abcdefghij"] == [
        arms_of_definition("spring", name) for name in "abcdefghij"
    ]


def arms_of_definition(message_id: str, name: str) -> int:
    """By hand, of 10 % held out, then 20, 30 and 50 % of the rest."""
    bucket = Buckets(f"variants of {message_id}").bucket(name) / BUCKETS
    return sum(bucket >= bound for bound in (0.1, 0.28, 0.55)) - 1
