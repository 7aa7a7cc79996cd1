from tests.support.console.results import moment

from pushgate.console.arrival import chart_arrival

TIMELINE = [moment("12:00", accepted=9, delivered=4), moment("12:02", delivered=3, clicked=1)]


def test_totals_run_from_nothing_in_steps_of_a_minute() -> None:
    shown = chart_arrival(TIMELINE)
    assert shown is not None
    assert list(shown.values) == [(0, 0, 0), (9, 4, 0), (9, 4, 0), (9, 7, 1)]
    assert [f"{at:%H:%M}" for at in shown.times] == ["12:00", "12:01", "12:02", "12:03"]


def test_steps_are_counted_each_for_itself() -> None:
    shown = chart_arrival(TIMELINE, by_step=True)
    assert shown is not None
    assert list(shown.values) == [(0, 0, 0), (9, 4, 0), (0, 0, 0), (0, 3, 1)]


def test_a_long_timeline_has_longer_steps() -> None:
    shown = chart_arrival([moment("00:00", accepted=1), moment("23:00", clicked=1)])
    assert shown is not None
    assert len(shown.times) <= 122
    assert shown.values[-1] == (1, 0, 1)


def test_without_arrivals_there_is_no_chart() -> None:
    assert chart_arrival([moment("12:00", invalid=3)]) is None
