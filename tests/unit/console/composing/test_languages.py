"""Languages of phones and contents are matched as the worker matches them."""

from pushgate.console.composing.languages import (
    count_by_content,
    find_tag,
    groups_by_content,
    spoken_by,
    without_own_content,
)
from pushgate_client.types import GroupCount

GROUPS: list[GroupCount] = [
    {"vendor": "apns", "language": "en", "count": 3},
    {"vendor": "apns", "language": "zh-TW", "count": 2},
    {"vendor": "fcm", "language": "ja", "count": 1},
    {"vendor": "fcm", "language": "und", "count": 1},
]


def test_phones_are_counted_by_the_content_that_they_get() -> None:
    assert count_by_content(GROUPS, ["en", "zh-Hans"], "en") == {"en": 5, "zh-Hans": 2}
    assert count_by_content(GROUPS, ["no language", "zh"], "no language") == {"zh": 7}
    assert not count_by_content(GROUPS, ["no language"], "en")
    assert [group["language"] for group in groups_by_content(GROUPS, ["en", "zh"], "zh")["en"]] == ["en"]


def test_phones_without_content_of_their_own_are_named() -> None:
    assert without_own_content(GROUPS, ["en", "zh-Hans"]) == {"ja": 1, "und": 1}


def test_contents_are_suggested_by_the_languages_of_most_phones() -> None:
    assert list(spoken_by(GROUPS)) == ["en", "zh", "ja"]


def test_what_is_no_tag_of_a_language_is_none() -> None:
    assert (find_tag(" pt_br "), find_tag("klingonese")) == ("pt-BR", None)
