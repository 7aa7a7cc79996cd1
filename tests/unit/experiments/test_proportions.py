"""Intervals and tests of shares, compared with scipy."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from pushgate.experiments.proportions import (
    Proportion,
    newcombe,
    one_sided,
    two_sided,
    wilson,
    z_score,
)


@st.composite
def proportions(draw: st.DrawFn) -> Proportion:
    total = draw(st.integers(1, 1_000_000))
    return Proportion(draw(st.integers(0, total)), total)


@given(part=proportions(), confidence=st.sampled_from([0.9, 0.95, 0.99]))
def test_wilson_is_that_of_scipy(part: Proportion, confidence: float) -> None:
    expected = stats.binomtest(part.hits, part.total).proportion_ci(confidence, method="wilson")
    found = wilson(part, confidence)
    assert found.low == pytest.approx(expected.low, rel=1e-9, abs=1e-12)
    assert found.high == pytest.approx(expected.high, rel=1e-9, abs=1e-12)


@given(base=proportions(), other=proportions())
def test_z_squared_is_the_chi_square_of_scipy(base: Proportion, other: Proportion) -> None:
    hits = base.hits + other.hits
    if hits in (0, base.total + other.total):
        assert z_score(base, other) == 0
        return
    table = [[base.hits, base.total - base.hits], [other.hits, other.total - other.hits]]
    expected = stats.chi2_contingency(table, correction=False)
    z = z_score(base, other)
    assert z * z == pytest.approx(expected.statistic, rel=1e-6, abs=1e-9)
    assert two_sided(z) == pytest.approx(expected.pvalue, rel=1e-6, abs=1e-12)


@given(st.floats(-8, 8))
def test_tails_are_those_of_scipy(z: float) -> None:
    assert one_sided(z) == pytest.approx(stats.norm.sf(z), rel=1e-9)
    assert two_sided(z) == pytest.approx(2 * stats.norm.sf(abs(z)), rel=1e-9)


# The examples of Newcombe's paper (Statistics in Medicine 17, 873, table II, method 10).
@pytest.mark.parametrize(
    ("other", "base", "low", "high"),
    [
        (Proportion(56, 70), Proportion(48, 80), 0.0524, 0.3339),
        (Proportion(9, 10), Proportion(3, 10), 0.1705, 0.8090),
        (Proportion(5, 56), Proportion(0, 29), -0.0381, 0.1926),
        (Proportion(0, 10), Proportion(0, 20), -0.1611, 0.2775),
        (Proportion(10, 10), Proportion(0, 10), 0.6075, 1.0),
    ],
)
def test_newcombe_gives_the_examples_of_the_paper(
    other: Proportion, base: Proportion, low: float, high: float
) -> None:
    found = newcombe(base, other)
    assert [found.low, found.high] == pytest.approx([low, high], abs=5e-5)


@given(base=proportions(), other=proportions())
def test_newcombe_holds_the_uplift_and_turns_with_the_arms(base: Proportion, other: Proportion) -> None:
    found, turned = newcombe(base, other), newcombe(other, base)
    assert found.low <= other.rate - base.rate <= found.high
    assert found.low == pytest.approx(-turned.high)
    assert found.high == pytest.approx(-turned.low)


def test_no_terminals_say_nothing() -> None:
    nobody, some = Proportion(0, 0), Proportion(3, 10)
    assert (wilson(nobody).low, wilson(nobody).high) == (0, 1)
    assert z_score(nobody, some) == z_score(some, nobody) == 0
    assert nobody.rate == 0


def test_more_hits_than_terminals_are_no_proportion() -> None:
    with pytest.raises(ValueError, match="11 of 10"):
        Proportion(11, 10)
