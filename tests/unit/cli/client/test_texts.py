"""Texts for people."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pushgate.cli.client.live_bars import shares_of
from pushgate.cli.client.output import aligned
from pushgate.cli.client.settling import Speed
from pushgate.cli.client.texts import cell, counted, duration, padded, plain, terminal_count, width


@given(st.text())
def test_no_text_steers_the_terminal(text: str) -> None:
    shown = plain(text)
    assert len(shown) == len(text)
    assert all(one.isprintable() for one in shown)


def test_columns_are_below_each_other_whatever_the_script() -> None:
    rows = list(aligned([["TITLE", "N"], ["特卖", "1"], ["Sale", "22"]]))
    assert rows == ["TITLE  N", "特卖   1", "Sale   22"]
    assert width(padded("特卖", 6)) == 6


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (None, "-"),
        ("", "-"),
        (True, "yes"),
        (12403, "12,403"),
        (["a", "b"], "a,b"),
        ([], "-"),
        ({"all": True}, '{"all": true}'),
        ("a\x1b[31mb", "a\ufffd[31mb"),
    ],
)
def test_a_cell_shows_a_value_in_words(value: object, shown: str) -> None:
    assert cell(value) == shown


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [(0, "0 s"), (59.4, "59 s"), (61, "1 min 1 s"), (3700, "1 h 1 min"), (90000, "1 d 1 h"), (-5, "0 s")],
)
def test_a_duration_has_its_two_largest_units(seconds: float, shown: str) -> None:
    assert duration(seconds) == shown


def test_one_terminal_is_no_plural() -> None:
    assert [terminal_count(count) for count in (1, 12403)] == ["1 terminal", "12,403 terminals"]


@given(st.lists(st.integers(0, 10**7), min_size=1, max_size=4))
def test_a_bar_is_whole_and_hides_no_part(counts: list[int]) -> None:
    cells = shares_of(32, counts)
    assert sum(cells) == (32 if sum(counts) else 0)
    assert [bool(part) for part in cells] == [bool(count) for count in counts]


def test_the_rate_is_that_of_the_last_ten_seconds() -> None:
    speed = Speed()
    assert (speed.per_second(), speed.seconds_left(5)) == (0.0, None)
    for second in range(30):
        speed.observe(float(second), 100 * second if second < 15 else 1500 + 10 * (second - 15))
    assert speed.per_second() == pytest.approx(10)
    assert speed.seconds_left(50) == pytest.approx(5)
    speed.observe(30.0, 3)  # sent again: what was settled is pending again
    assert speed.per_second() == 0.0


def test_one_of_a_thing_is_not_many() -> None:
    assert counted(1, "line was", "lines were") == "1 line was"
    assert counted(2_000, "line was", "lines were") == "2,000 lines were"
