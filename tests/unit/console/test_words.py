from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from markupsafe import Markup

from pushgate.console.catalogues import Catalogues, Language
from pushgate.console.words import Words

NOW = datetime(2026, 11, 28, 12, 7, tzinfo=UTC)  # 20:07 in Shanghai
_CATALOGUES = Catalogues.read()


def words(language: Language = "en", zone: str = "Asia/Shanghai") -> Words:
    return Words(_CATALOGUES, language, ZoneInfo(zone), NOW)


@pytest.mark.parametrize(
    ("instant", "english", "chinese"),
    [
        ("2026-11-28T12:05:00.000Z", "Today 20:05", "今天 20:05"),
        ("2026-11-28T16:00:00Z", "Tomorrow 00:00", "明天 00:00"),
        ("2026-11-27T15:59:00Z", "Yesterday 23:59", "昨天 23:59"),
        ("2026-11-30T12:00:00Z", "Mon 30 Nov 20:00", "11-30 周一 20:00"),
        ("2027-02-12T01:00:00Z", "Fri 12 Feb 2027 09:00", "2027-02-12 周五 09:00"),
        (None, "–", "–"),
    ],
)
def test_an_instant_is_said_as_people_say_it(instant: str | None, english: str, chinese: str) -> None:
    assert words().moment(instant) == english
    assert words("zh").moment(instant) == chinese


def test_an_instant_is_in_the_readers_zone() -> None:
    assert words(zone="America/New_York").moment(NOW) == "Today 07:07"


@pytest.mark.parametrize(
    ("span", "english", "chinese"),
    [
        (0.23, "0.23 s", "0.23 秒"),
        (19, "19 s", "19 秒"),
        (130, "2 min", "2 分钟"),
        (3 * 3600, "3 h", "3 小时"),
        (timedelta(days=14), "14 days", "14 天"),
    ],
)
def test_a_span_is_said_in_its_largest_unit(span: float | timedelta, english: str, chinese: str) -> None:
    assert words().duration(span) == english
    assert words("zh").duration(span) == chinese


def test_what_was_and_what_comes_is_said_from_now() -> None:
    assert words().ago(NOW - timedelta(minutes=2)) == "2 min ago"
    assert words().ago(NOW + timedelta(days=3)) == "in 3 days"
    assert words().ago(None) == "never"
    assert words("zh").ago(NOW) == "现在"


def test_numbers_have_separators_and_shares_one_decimal() -> None:
    assert words().number(12403) == "12,403"
    assert words().number(None) == words().percent(1, 0) == "–"
    assert words().percent(5214, 41903) == "12.4%"
    assert words().ngettext("{n} call", "{n} calls", 12403) == "12,403 calls"
    assert words("zh").ngettext("{n} call", "{n} calls", 1) == "1 个调用"


def test_values_in_html_are_escaped_and_never_read_as_places() -> None:
    found = words().html("App: {app}", app="<b>{0} & {app}")
    assert found == Markup("App: &lt;b&gt;{0} &amp; {app}")
