"""Push times as people write them."""

from datetime import UTC, datetime, timedelta

import pytest

from pushgate.cli.client.command_errors import CommandError
from pushgate.cli.client.push_times import parse_push_time, to_push_time

NOW = datetime(2026, 11, 28, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("written", "instant"),
    [
        ("+90m", "2026-11-28T13:30:00+00:00"),
        ("+2d", "2026-11-30T12:00:00+00:00"),
        ("2026-11-30T20:00+08:00", "2026-11-30T12:00:00+00:00"),
        ("2026-11-30T20:00Z", "2026-11-30T20:00:00+00:00"),
        ("2026-11-30 20:00 Asia/Shanghai", "2026-11-30T12:00:00+00:00"),
        ("2026-11-30 20:00 UTC", "2026-11-30T20:00:00+00:00"),
        ("20:30 Asia/Shanghai", "2026-11-28T12:30:00+00:00"),
        ("19:30 Asia/Shanghai", "2026-11-29T11:30:00+00:00"),
        ("9:05 Europe/Paris", "2026-11-29T08:05:00+00:00"),
    ],
)
def test_a_time_with_its_zone_is_an_instant(written: str, instant: str) -> None:
    found = parse_push_time(written, NOW)
    assert found.astimezone(UTC).isoformat() == instant
    assert found - NOW > timedelta(0)


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("2026-11-30 20:00", "no zone"),
        ("20:00", "no zone"),
        ("2026-11-30T20:00Z Asia/Shanghai", "an offset and a zone"),
        ("2026-11-30 20:00 Asia/Nowhere", "unknown zone"),
        ("2026-11-30 20:00 ../etc/passwd", "unknown zone"),
        ("25:00 Europe/Paris", "--at takes"),
        ("soon", "--at takes"),
        ("", "--at takes"),
        ("2027-03-28 02:30 Europe/Paris", "does not exist"),
    ],
)
def test_another_time_is_refused_with_what_to_write(written: str, words: str) -> None:
    with pytest.raises(CommandError, match=words):
        parse_push_time(written, NOW)


def test_a_local_time_is_that_of_each_terminal() -> None:
    assert to_push_time("2026-11-30 20:00 local", NOW) == {"local": "2026-11-30T20:00:00"}
    assert to_push_time("2026-11-30T20:00 UTC", NOW) == "2026-11-30T20:00:00+00:00"


@pytest.mark.parametrize(
    ("now", "local"),
    [
        # The day begins first at UTC+14.
        ("2026-11-28T05:59:00+00:00", "2026-11-28T20:00:00"),
        ("2026-11-28T06:00:00+00:00", "2026-11-29T20:00:00"),
        ("2026-11-28T23:00:00+00:00", "2026-11-29T20:00:00"),
    ],
)
def test_a_local_time_without_a_day_is_to_come_in_every_zone(now: str, local: str) -> None:
    assert to_push_time("20:00 local", datetime.fromisoformat(now)) == {"local": local}


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("25:00 local", "--at takes"),
        ("2026-11-30T20:00Z local", "an offset and is local"),
        ("soon local", "--at takes"),
        ("local", "--at takes"),
    ],
)
def test_a_local_time_has_no_offset(written: str, words: str) -> None:
    with pytest.raises(CommandError, match=words):
        to_push_time(written, NOW)


def test_a_best_hour_is_that_of_each_terminal() -> None:
    assert to_push_time("best hour", NOW) == {"best_hour_within": "24h"}
    assert to_push_time("best hour within 12h", NOW, None, "9:30") == {
        "best_hour_within": "12h",
        "fallback": "09:30",
    }
    assert to_push_time("2026-11-30 20:00 local", NOW, "skip") == {
        "local": "2026-11-30T20:00:00",
        "passed": "skip",
    }


@pytest.mark.parametrize(
    ("written", "passed", "otherwise", "words"),
    [
        ("best hour", "skip", None, "--passed is for a local time"),
        ("+2h", "skip", None, "--passed is for a local time"),
        ("2026-11-30 20:00 local", None, "10:00", "--otherwise is for the best hour"),
        ("best hour of the day", None, None, "--at names an unknown zone"),
    ],
)
def test_what_has_no_effect_is_refused(
    written: str, passed: str | None, otherwise: str | None, words: str
) -> None:
    with pytest.raises(CommandError, match=words):
        to_push_time(written, NOW, passed, otherwise)
