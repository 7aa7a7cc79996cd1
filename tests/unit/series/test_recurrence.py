"""Which instants of a recurrence have messages, by a clock that is set."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st
from tests.support.series import moved, recurring, template

from pushgate.domain.clock import from_ms
from pushgate.series.recurrence import MAX_MADE_UP, Missed, decode, due_step, part_id, upcoming
from pushgate.series.values import NoPart, Series, SeriesStatus

NOON = datetime(2026, 1, 1, 12, 0, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def play(series: Series, now: datetime) -> tuple[Series, list[datetime], dict[datetime, NoPart]]:
    """All steps that are due: the series afterwards, instants with messages, and those without."""
    made: list[datetime] = []
    skipped: dict[datetime, NoPart] = {}
    while series.next_ms is not None and from_ms(series.next_ms) <= now:
        step = due_step(series, now)
        told = [from_ms(one.at_ms) for one in step.skipped]
        assert not set(told) & (skipped.keys() | set(made))
        skipped |= {from_ms(one.at_ms): one.reason for one in step.skipped}
        if step.part:
            made.append(from_ms(step.part.at_ms))
            assert step.part.message.push_at == made[-1]
        assert step.next_ms is None or step.next_ms > series.next_ms
        series = moved(series, step.next_ms)
    return series, made, skipped


def test_a_year_of_workdays_in_berlin() -> None:
    series = recurring("30 9 * * 1-5", NOON, timezone="Europe/Berlin")
    made: list[datetime] = []
    now = NOON
    while now < NOON + 365 * DAY:
        now += 5 * timedelta(seconds=60)
        series, some, skipped = play(series, now)
        made += some
        assert not skipped
    assert len(made) == len(set(made)) == 261
    local_times = Counter((one.hour, one.minute) for one in made)
    assert local_times == {(8, 30): 111, (7, 30): 150}  # 30 weeks of summer


def test_start_and_end_are_included() -> None:
    series = recurring("0 * * * *", NOON, start=NOON + 2 * HOUR, end=NOON + 4 * HOUR)
    assert series.next_ms is not None
    assert from_ms(series.next_ms) == NOON + 2 * HOUR
    made: list[datetime] = []
    for hours in range(7):
        series, some, _ = play(series, NOON + hours * HOUR)
        made += some
    assert made == [NOON + 2 * HOUR, NOON + 3 * HOUR, NOON + 4 * HOUR]
    assert series.next_ms is None


def test_the_latest_missed_instant_is_made_up_for_where_it_is_not_long_ago() -> None:
    daily = recurring("0 9 * * *", NOON)
    at = NOON.replace(hour=9) + 3 * DAY
    earlier = {at - 2 * DAY: NoPart.MISSED, at - DAY: NoPart.MISSED}
    assert play(daily, at + HOUR)[1:] == ([at], earlier)
    assert play(daily, at + HOUR + timedelta(seconds=1))[1:] == ([], {**earlier, at: NoPart.MISSED})


def test_an_instant_is_not_made_up_for_when_the_next_one_is_nearer() -> None:
    often = recurring("*/10 * * * *", NOON)
    tenth = NOON + timedelta(minutes=10)
    assert play(often, tenth + timedelta(minutes=5))[1:] == ([tenth], {})
    assert play(often, tenth + timedelta(minutes=5, seconds=1))[1:] == ([], {tenth: NoPart.MISSED})


def test_missed_instants_are_skipped_where_the_schedule_says_so() -> None:
    daily = recurring("0 9 * * *", NOON, missed=Missed.SKIP)
    at = NOON.replace(hour=9) + DAY
    assert play(daily, at + timedelta(minutes=1))[1:] == ([at], {})
    assert play(daily, at + timedelta(minutes=1, seconds=1))[1:] == ([], {at: NoPart.MISSED})


def test_the_last_hundred_are_made_up_for_where_the_schedule_says_so() -> None:
    every = recurring("* * * * *", NOON, missed=Missed.ALL)
    for minutes in (1, 99, 100, 101, 499, 500, 501, 1234):
        _, made, skipped = play(every, NOON + timedelta(minutes=minutes))
        all_of_them = [NOON + timedelta(minutes=n) for n in range(1, minutes + 1)]
        assert made == all_of_them[-MAX_MADE_UP:]
        assert list(skipped) == all_of_them[:-MAX_MADE_UP]
        assert set(skipped.values()) <= {NoPart.MISSED}


def test_a_message_whose_time_to_live_is_over_is_not_made() -> None:
    short = template(ttl=timedelta(minutes=10))
    hourly = recurring("0 * * * *", NOON, missed=Missed.ALL, message=short)
    now = NOON + 2 * HOUR + timedelta(minutes=5)
    assert play(hourly, now)[1:] == ([NOON + 2 * HOUR], {NOON + HOUR: NoPart.EXPIRED})


def test_instants_pass_while_a_schedule_is_paused() -> None:
    paused = replace(recurring("0 * * * *", NOON), status=SeriesStatus.PAUSED)
    series, made, skipped = play(paused, NOON + 2 * HOUR)
    assert not made
    assert skipped == {NOON + HOUR: NoPart.PAUSED, NOON + 2 * HOUR: NoPart.PAUSED}
    assert series.next_ms is not None
    assert from_ms(series.next_ms) == NOON + 3 * HOUR


def test_a_years_absence_is_passed_in_bounded_steps() -> None:
    every = recurring("* * * * *", NOON)
    step = due_step(every, NOON + 365 * DAY)
    assert len(step.skipped) == 500
    assert step.part is None


def test_an_id_follows_from_app_series_and_instant() -> None:
    ids = [part_id("shop", "news", 1000), part_id("shop", "news", 2000), part_id("shop", "new", 1000)]
    ids += [part_id("other", "news", 1000)]
    assert len(set(ids)) == 4
    assert part_id("shop", "news", 1000) == ids[0]
    assert sorted(ids[:2]) == ids[:2]


@given(
    cron=st.sampled_from(["* * * * *", "*/7 * * * *", "0 * * * *", "30 9,17 * * *", "0 0 1 * *"]),
    missed=st.sampled_from(list(Missed)),
    pauses=st.lists(st.one_of(st.integers(1, 30), st.integers(1, 1500)), min_size=1, max_size=6),
)
def test_each_instant_is_told_once_whenever_schedulers_run(
    cron: str, missed: Missed, pauses: list[int]
) -> None:
    series, now = recurring(cron, NOON, missed=missed), NOON
    rule = decode(series.definition)
    told: list[datetime] = []
    for minutes in pauses:
        now += timedelta(minutes=minutes)
        series, made, skipped = play(series, now)
        told += sorted([*made, *skipped])
    expected = []
    for instant in upcoming(rule, NOON):
        if instant > now:
            break
        expected.append(instant)
    assert told == expected
