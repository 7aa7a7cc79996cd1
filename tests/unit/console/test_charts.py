from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pushgate.console.charts import chart, draw_line, draw_spark, round_top, running_totals

START = datetime(2026, 11, 28, 12, 0, tzinfo=UTC)


def test_a_line_goes_from_left_to_right_and_its_area_ends_at_the_ground() -> None:
    line = draw_line([0, 5, 10], 10)
    assert line.stroke == "M0.00 100.00L50.00 50.00L100.00 0.00"
    assert line.area == line.stroke + "L100 100L0 100Z"


def test_one_value_is_a_level_line_and_none_is_no_line() -> None:
    assert draw_line([5], 10).stroke == "M0.00 50.00L100.00 50.00"
    assert draw_line([], 10).area == ""


def test_a_sparkline_of_nothing_lies_on_the_ground() -> None:
    assert draw_spark([0, 0]).stroke == "M0.00 27.00L100.00 27.00"
    assert draw_spark([1, 2]).stroke == "M0.00 14.00L100.00 1.00"


@pytest.mark.parametrize(
    ("value", "top"), [(0, 4), (3, 4), (5, 5), (12_141, 16_000), (97, 100), (100, 100), (6_537, 8_000)]
)
def test_axes_end_at_round_numbers(value: int, top: int) -> None:
    assert round_top(value) == top


@given(st.integers(0, 10**9))
def test_no_value_is_above_the_axis(value: int) -> None:
    assert value <= round_top(value) <= max(4, value * 2)


def test_totals_run() -> None:
    assert running_totals([1, 0, 2]) == [1, 1, 3]


def test_names_at_the_ends_of_lines_do_not_overlap() -> None:
    times = [START, START + timedelta(minutes=1)]
    shown = chart(("accepted", "delivered", "clicked"), [[0, 100], [0, 99], [0, 3]], times)
    accepted, delivered, clicked = shown.end_heights
    assert delivered - accepted >= 7
    assert clicked > 90


@given(st.lists(st.lists(st.integers(0, 1000), min_size=2, max_size=2), min_size=1, max_size=4))
def test_ends_keep_their_order_and_distance(columns: list[list[int]]) -> None:
    times = [START, START + timedelta(minutes=1)]
    heights = sorted(chart([str(index) for index in range(len(columns))], columns, times).end_heights)
    assert all(later - earlier >= 6.99 for earlier, later in pairwise(heights))


def test_a_long_chart_has_five_labels_and_a_short_one_one_for_each_instant() -> None:
    times = [START + timedelta(minutes=minute) for minute in range(61)]
    shown = chart(("accepted",), [[0] * 61], times)
    assert [f"{tick:%H:%M}" for tick in shown.ticks] == ["12:00", "12:15", "12:30", "12:45", "13:00"]
    assert list(chart(("accepted",), [[0] * 3], times[:3]).ticks) == times[:3]
    assert list(shown.levels) == [4, 3, 2, 1, 0]
