"""A terminal gets the language its reader understands best."""

import langcodes
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pushgate.content.language import (
    MAX_TAG_LENGTH,
    ChosenLanguage,
    LanguageMatch,
    best_match,
    choose,
    for_grouping,
    normalize,
    without_region,
)
from pushgate.domain.terminal import UNDETERMINED


@pytest.mark.parametrize(
    ("tag", "standard"),
    [
        ("zh-Hans", "zh-Hans"),
        ("ZH_hans", "zh-Hans"),
        ("zh_cn", "zh-CN"),
        ("iw", "he"),
        ("eng", "en"),
        ("pt-br", "pt-BR"),
        ("zh-yue", "yue"),
        ("sr-CS", "sr-RS"),
        ("EN-us-U-FW-mon-mu-celsius", "en-US-u-fw-mon-mu-celsius"),
        ("hi-t-en-h0-hybrid", "hi-t-en-h0-hybrid"),
        ("en-x-shop-beta", "en-x-shop-beta"),
        ("sl-rozaj-biske-1994", "sl-1994-biske-rozaj"),
    ],
)
def test_tags_take_their_standard_form_with_all_that_they_say(tag: str, standard: str) -> None:
    assert normalize(tag) == standard


@pytest.mark.parametrize(
    "tag",
    [
        "",
        "notalang",
        "xx",
        "zz-ZZ",
        "und",
        "root",
        "123",
        "en--us",
        "en/us",
        "e n",
        "en-u",
        "\x00",
        "中文",
        "x-shop",
        "zh-CHS",
        "zh-CHT",
        "en" + "-abcdefgh" * 12,
    ],
)
def test_other_text_is_refused(tag: str) -> None:
    with pytest.raises(ValueError, match="BCP 47"):
        normalize(tag)


def test_a_long_tag_is_taken_up_to_the_bound() -> None:
    longest = "en-x" + "-abcdefgh" * 27 + "-abcdefg"
    assert len(longest) == MAX_TAG_LENGTH
    assert normalize(longest) == longest
    with pytest.raises(ValueError, match="256 characters, a language tag may have 255"):
        normalize(longest + "h")


@given(st.text(max_size=40))
def test_any_text_is_a_language_or_refused(tag: str) -> None:
    try:
        standard = normalize(tag)
    except ValueError:
        return
    assert normalize(standard) == standard
    assert "/" not in standard
    assert " " not in standard


@pytest.mark.parametrize(
    ("tag", "group"),
    [
        ("en-US", "en-US"),
        ("zh-Hant-TW", "zh-Hant-TW"),
        ("en-US-u-fw-mon-mu-celsius", "en-US"),
        ("zh-Hant-TW-u-ca-roc-x-shop", "zh-Hant-TW"),
        ("en-x-shop", "en"),
        ("hi-t-en-h0-hybrid", "hi"),
        ("de-AT-1996", "de-AT"),
        ("ca-valencia", "ca"),
        ("en-Zzzz-ZZ", "en"),
        ("es-419", "es-419"),
    ],
)
def test_language_script_and_region_alone_make_a_group(tag: str, group: str) -> None:
    assert for_grouping(normalize(tag)) == group


CHINESE = [
    ("zh-Hant-TW", "en zh zh-TW", "zh-TW"),
    ("zh-TW", "zh zh-Hant", "zh-Hant"),
    ("zh-TW", "en zh-Hans zh-Hant", "zh-Hant"),
    ("zh-TW", "zh-Hant zh-HK", "zh-Hant"),
    ("zh-Hant", "zh zh-TW zh-HK", "zh-TW"),
    ("zh-Hant-HK", "zh zh-TW zh-HK", "zh-HK"),
    ("zh-HK", "zh zh-TW zh-Hant", "zh-Hant"),
    ("zh-MO", "zh zh-TW zh-HK", "zh-HK"),
    ("zh-Hant-TW", "en zh zh-Hant", "zh-Hant"),
    ("zh-Hant-CN", "zh zh-CN zh-TW", "zh-TW"),
    ("zh-Hant-TW", "en zh", "zh"),
    ("zh-TW", "en zh-CN", "zh-CN"),
    ("zh-CN", "en zh-Hans zh-Hant", "zh-Hans"),
    ("zh", "en zh-Hans zh-Hant", "zh-Hans"),
    ("zh", "zh-TW zh-CN", "zh-CN"),
    ("zh-SG", "zh-TW zh", "zh"),
    ("zh-Hans-HK", "zh-HK zh-CN", "zh-CN"),
    ("zh", "en zh-Hant", "zh-Hant"),
    ("yue", "zh zh-Hant", "zh-Hant"),
    ("cmn-Hant", "zh zh-TW", "zh-TW"),
]
TWO_SCRIPTS = [
    ("sr", "sr-Latn sr-Cyrl", "sr-Cyrl"),
    ("sr-RS", "sr-Latn sr", "sr"),
    ("sr-Latn", "sr sr-Latn", "sr-Latn"),
    ("sr-Latn-RS", "sr sr-Latn", "sr-Latn"),
    ("sr-ME", "sr sr-Latn", "sr-Latn"),
    ("sr-Cyrl-ME", "sr-ME sr-RS", "sr-RS"),
    ("sr-BA", "sr-Latn-BA sr", "sr"),
    ("sr-Latn", "sr hr en", "sr"),
    ("sr", "sr-Latn en", "sr-Latn"),
    ("pa", "pa-Guru pa-Arab", "pa-Guru"),
    ("pa-IN", "pa-PK pa", "pa"),
    ("pa-PK", "pa pa-Arab", "pa-Arab"),
    ("pa-Arab", "pa pa-PK", "pa-PK"),
    ("pa-Guru-PK", "pa-PK pa", "pa"),
    ("pa-PK", "pa en", "default"),
    ("az", "az-Cyrl az-Latn", "az-Latn"),
    ("az-Latn-AZ", "az-Cyrl az", "az"),
    ("az-Cyrl-AZ", "az az-Cyrl", "az-Cyrl"),
    ("az-IR", "az az-Arab", "az-Arab"),
    ("uz", "uz-Cyrl uz-Latn", "uz-Latn"),
    ("uz-UZ", "uz-Cyrl uz", "uz"),
    ("uz-Cyrl-UZ", "uz uz-Cyrl", "uz-Cyrl"),
    ("uz-AF", "uz uz-Arab", "uz-Arab"),
    ("kk-CN", "kk kk-Arab", "kk-Arab"),
    ("hi-Latn", "hi hi-Latn", "hi-Latn"),
]
REGIONS = [
    ("pt", "pt-BR pt-PT", "pt-BR"),
    ("pt-BR", "pt pt-PT", "pt"),
    ("pt-PT", "pt pt-PT", "pt-PT"),
    ("pt-AO", "pt pt-PT", "pt-PT"),
    ("pt-AO", "pt-BR pt-PT", "pt-PT"),
    ("pt", "en pt-PT", "pt-PT"),
    ("pt-PT", "en pt-BR", "pt-BR"),
    ("es-MX", "es es-419", "es-419"),
    ("es-MX", "es-ES es-419", "es-419"),
    ("es-MX", "es es-ES", "es"),
    ("es-ES", "es-419 es", "es"),
    ("es", "es-419 es-ES", "es-ES"),
    ("es-419", "es es-MX", "es-MX"),
    ("es-US", "es es-419", "es-419"),
    ("es-GQ", "es es-419", "es"),
    ("es-AR", "en es", "es"),
    ("en-GB", "en zh-Hans", "en"),
    ("en-AU", "en en-GB", "en-GB"),
    ("en-US", "en en-GB", "en"),
    ("en-PR", "en-GB en-US", "en-US"),
    ("en", "en-GB en-US zh-Hans", "en-US"),
    ("en", "en-GB fr", "en-GB"),
    ("fr-BE", "fr-CA fr", "fr"),
    ("fr-BE", "fr-CA fr-FR", "fr-FR"),
    ("de-CH", "de-AT de-DE", "de-DE"),
]
NEAR = [
    ("nb", "no nn", "no"),
    ("no", "nb nn", "nb"),
    ("nb-NO", "en no", "no"),
    ("nn", "nb en", "nb"),
    ("nn", "nn nb no", "nn"),
    ("no-NO", "nb en", "nb"),
    ("no", "nn en", "nn"),
    ("da", "nb en", "nb"),
    ("he", "en he", "he"),
    ("gsw", "de en", "de"),
    ("id", "ms en", "ms"),
    ("ja", "en zh-Hans", "default"),
    ("ko", "zh-Hans fr", "default"),
    ("sv", "nb en", "default"),
    (UNDETERMINED, "en zh", "default"),
]


@pytest.mark.parametrize(("wanted", "offered", "expected"), CHINESE + TWO_SCRIPTS + REGIONS + NEAR)
def test_the_best_offered_language_is_taken(wanted: str, offered: str, expected: str) -> None:
    assert best_match(wanted, offered.split(), "default") == expected


def seen(rows: list[tuple[str, str, str]]) -> set[str]:
    return {tag for wanted, offered, _ in rows for tag in (wanted, *offered.split())} - {UNDETERMINED}


languages = st.sampled_from(sorted(seen(CHINESE + TWO_SCRIPTS + REGIONS + NEAR)))


def written(tag: str) -> tuple[str, str]:
    """What CLDR says that the tag is: its language, and the script that is likely."""
    full = langcodes.Language.get(tag).maximize()
    return full.language or "", full.script or ""


@given(languages, st.sets(languages, min_size=1))
def test_only_offered_languages_are_given_and_an_offered_one_is_kept(wanted: str, offered: set[str]) -> None:
    match = best_match(wanted, offered, min(offered))
    assert match in offered
    if wanted in offered:
        assert match == wanted


@given(languages, st.sets(languages, min_size=1))
def test_a_reader_never_gets_another_script_where_the_right_one_is_offered(
    wanted: str, offered: set[str]
) -> None:
    if any(written(tag) == written(wanted) for tag in offered):
        assert written(best_match(wanted, offered, min(offered)))[1] == written(wanted)[1]


@given(languages, st.lists(languages, min_size=1, unique=True))
def test_the_order_of_the_offer_does_not_matter(wanted: str, offered: list[str]) -> None:
    default = min(offered)
    assert best_match(wanted, offered, default) == best_match(wanted, offered[::-1], default)


@given(languages, st.sets(languages, min_size=1), languages)
def test_a_further_language_is_taken_or_changes_nothing(wanted: str, offered: set[str], more: str) -> None:
    before, after = (best_match(wanted, some, "default") for some in (offered, offered | {more}))
    assert after in (before, more)


@pytest.mark.parametrize(
    ("tags", "coarse"),
    [
        ("zh-TW zh-Hant-TW zh-Hant cmn-Hant zh-US", "zh-Hant"),
        ("zh-HK zh-MO zh-Hant-HK", "zh-Hant-HK"),
        ("zh-CN zh-SG zh-Hans zh", "zh"),
        ("zh-Latn-CN", "zh-Latn"),
        ("sr-RS sr-Cyrl sr", "sr"),
        ("sr-ME sr-Latn-BA", "sr-Latn"),
        ("pa-PK pa-Arab", "pa-Arab"),
        ("pa-IN", "pa"),
        ("uz-AF", "uz-Arab"),
        ("kk-CN", "kk-Arab"),
        ("en-US en-PR en-Latn", "en"),
        ("en-AU en-IN en-GB", "en-GB"),
        ("en-Hant-US", "en-Hant"),
        ("es-MX es-US es-AR", "es-419"),
        ("es-ES es-GQ", "es"),
        ("pt-BR", "pt"),
        ("pt-PT pt-AO", "pt-PT"),
        ("ar-SA ar-AE", "ar"),
        ("ar-DZ", "ar-MA"),
        ("fr-CA fr-CH fr", "fr"),
        ("nb-NO", "nb"),
        ("no-NO", "no"),
    ],
)
def test_the_region_is_dropped_where_it_does_not_decide_and_the_script_never(tags: str, coarse: str) -> None:
    assert {without_region(tag) for tag in tags.split()} == {coarse}


@given(languages)
def test_the_coarse_form_is_of_the_same_script_and_stays_as_it_is(tag: str) -> None:
    coarse = without_region(tag)
    assert written(coarse)[1] == written(tag)[1]
    assert without_region(coarse) == coarse


@pytest.mark.parametrize(
    ("wanted", "language", "match"),
    [
        ("en", "en", LanguageMatch.EXACT),
        ("en-AU", "en", LanguageMatch.NEAREST),
        ("zh-TW", "zh-Hant", LanguageMatch.NEAREST),
        ("ko", "en", LanguageMatch.DEFAULT),
        ("und", "en", LanguageMatch.DEFAULT),
    ],
)
def test_a_choice_has_its_reason(wanted: str, language: str, match: LanguageMatch) -> None:
    assert choose(wanted, ("en", "zh-Hant"), "en") == ChosenLanguage(language, match)
