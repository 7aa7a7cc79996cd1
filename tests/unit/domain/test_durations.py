"""Durations as people write them."""

from datetime import timedelta

import pytest

from pushgate.domain.durations import format_duration, parse_duration

MOST = timedelta(days=30)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("0s", 0), ("90s", 90), ("15m", 900), ("1h", 3600), ("24h", 86400), ("30d", 30 * 86400)],
)
def test_a_duration_is_a_number_and_a_unit(text: str, seconds: int) -> None:
    assert parse_duration(text, MOST) == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    "written", ["", "1", "h", "1 h", "-1h", "1.5h", "1w", "1H", "١h", "1h\n", 3600, None]
)
def test_anything_else_is_refused(written: object) -> None:
    with pytest.raises(ValueError, match="such as 90s, 15m, 1h or 30d"):
        parse_duration(written, MOST)


@pytest.mark.parametrize("text", ["31d", "721h", "999999999d"])
def test_a_longer_one_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="at most 30d"):
        parse_duration(text, MOST)


@pytest.mark.parametrize("text", ["0s", "90s", "15m", "1h", "25h", "30d"])
def test_a_duration_is_written_in_its_largest_whole_unit(text: str) -> None:
    assert format_duration(parse_duration(text, MOST)) == text
