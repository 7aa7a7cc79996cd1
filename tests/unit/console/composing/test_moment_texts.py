"""The page says when a message goes out, and what clocks elsewhere show then."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from pushgate.console.catalogues import LOCALES, Catalogues
from pushgate.console.composing.figures import Figures
from pushgate.console.composing.message_form import MomentForm
from pushgate.console.composing.moment_texts import MomentTexts, write_moment_texts, zone_choices
from pushgate.console.words import Words
from pushgate_client.types import TimezoneCount

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
SHANGHAI = ZoneInfo("Asia/Shanghai")
ZONES: list[TimezoneCount] = [
    {"timezone": "Europe/London", "count": 3},
    {"timezone": "America/New_York", "count": 61},
    {"timezone": None, "count": 9},
]
FIGURES = Figures(total=73, groups=[], timezones=ZONES, left={}, everybody=[], plan=None, errors=())


def texts(form: MomentForm) -> MomentTexts:
    words = Words(Catalogues({"en": {}, "zh": {}}), "en", SHANGHAI, NOW)
    return write_moment_texts(form, FIGURES, words, LOCALES["en"], NOW, SHANGHAI)


def test_the_zones_of_most_phones_are_told_first() -> None:
    found = texts(MomentForm(is_now=False, day="2026-11-30", clock="20:00", zone="Asia/Shanghai"))
    assert found.elsewhere == [("New York", "07:00", 61), ("London", "12:00", 3)]
    assert (found.ago, found.day, found.clock) == ("in 2 days", "Monday 30 November", "20:00")
    assert not found.is_past


def test_a_message_that_goes_out_at_once_shows_the_readers_clock() -> None:
    found = texts(MomentForm())
    assert (found.clock, found.elsewhere, found.skipped) == ("20:00", [], "")


def test_an_hour_that_spring_leaves_out_and_a_moment_that_has_passed_are_told() -> None:
    found = texts(MomentForm(is_now=False, day="2027-03-28", clock="02:30", zone="Europe/Paris"))
    assert (found.skipped, found.city) == ("03:30", "Paris")
    assert texts(MomentForm(is_now=False, day="2026-11-27", clock="20:00", zone="UTC")).is_past


def test_zones_to_choose_from_begin_with_the_readers_and_have_their_offsets() -> None:
    form = MomentForm(is_now=False, day="2027-07-01", clock="20:00", zone="+05:45")
    found = zone_choices(form, FIGURES, SHANGHAI, LOCALES["en"], NOW)
    assert found[:3] == [
        ("Asia/Shanghai", "Shanghai +08:00"),
        ("+05:45", "+05:45"),
        ("America/New_York", "New York -04:00"),
    ]
