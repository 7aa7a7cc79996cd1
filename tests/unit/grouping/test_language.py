"""A terminal gets the language its reader understands best."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pushgate.grouping.language import best_match, normalize


@pytest.mark.parametrize(
    ("tag", "standard"),
    [
        ("zh-Hans", "zh-Hans"),
        ("ZH_hans", "zh-Hans"),
        ("zh_cn", "zh-CN"),
        ("iw", "he"),
        ("eng", "en"),
        ("pt-br", "pt-BR"),
    ],
)
def test_tags_take_their_standard_form(tag: str, standard: str) -> None:
    assert normalize(tag) == standard


@pytest.mark.parametrize(
    "tag", ["", "notalang", "xx", "zz-ZZ", "und", "123", "en--us", "en/us", "e n", "\x00", "中文", "a" * 99]
)
def test_what_is_no_language_is_refused(tag: str) -> None:
    with pytest.raises(ValueError, match="BCP 47"):
        normalize(tag)


@given(st.text(max_size=40))
def test_any_text_is_a_language_or_refused_and_nothing_else(tag: str) -> None:
    try:
        standard = normalize(tag)
    except ValueError:
        return
    assert normalize(standard) == standard
    assert "/" not in standard
    assert " " not in standard


@pytest.mark.parametrize(
    ("wanted", "offered", "expected"),
    [
        ("zh-Hant-TW", ["en", "zh", "zh-Hant"], "zh-Hant"),
        ("zh-Hant-TW", ["en", "zh"], "zh"),
        ("zh-TW", ["en", "zh-Hans", "zh-Hant"], "zh-Hant"),
        ("zh-CN", ["en", "zh-Hans"], "zh-Hans"),
        ("zh", ["en", "zh-Hans"], "zh-Hans"),
        ("en-GB", ["en", "zh-Hans"], "en"),
        ("en", ["en-US", "zh-Hans"], "en-US"),
        ("pt", ["en", "pt-BR"], "pt-BR"),
        ("ja", ["en", "zh-Hans"], "en"),
        ("ja", ["zh-Hans", "fr"], "fr"),
        ("he", ["en", "he"], "he"),
    ],
)
def test_the_best_offered_language_is_taken(wanted: str, offered: list[str], expected: str) -> None:
    default = "en" if "en" in offered else "fr" if "fr" in offered else offered[0]
    assert best_match(wanted, offered, default) == expected


languages = st.sampled_from(
    ["en", "en-GB", "zh", "zh-Hans", "zh-Hant-TW", "ja", "pt-BR", "fr", "he", "ko", "ar-EG"]
)


@given(languages, st.sets(languages, min_size=1))
def test_only_offered_languages_are_given_and_an_offered_one_is_kept(wanted: str, offered: set[str]) -> None:
    default = min(offered)
    match = best_match(wanted, offered, default)
    assert match in offered
    if wanted in offered:
        assert match == wanted


@given(languages, st.lists(languages, min_size=1, unique=True))
def test_the_order_of_the_offer_does_not_matter(wanted: str, offered: list[str]) -> None:
    default = min(offered)
    assert best_match(wanted, offered, default) == best_match(wanted, offered[::-1], default)
