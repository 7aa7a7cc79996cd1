import re
from collections import defaultdict

import pytest
from tests.support.console.texts import all_texts, missing

from pushgate.console.catalogues import Catalogues, choose_language

_PLACES = re.compile(r"\{(\w+)\}")
_ELEMENTS = re.compile(r"</?\w+[^>]*>")


def test_every_text_has_a_chinese_translation() -> None:
    assert not missing()


def test_every_translation_belongs_to_a_text() -> None:
    used = {text.english for text in all_texts()}
    assert not Catalogues.read().known("zh").keys() - used


def test_translations_have_the_values_and_elements_of_their_texts() -> None:
    for english, chinese in Catalogues.read().known("zh").items():
        for pattern in (_PLACES, _ELEMENTS):
            assert sorted(pattern.findall(chinese)) == sorted(pattern.findall(english)), (english, chinese)


def test_a_text_with_a_plural_has_the_same_one_everywhere() -> None:
    plurals = defaultdict(set)
    for text in all_texts():
        plurals[text.english].add(text.plural)
    assert not [english for english, found in plurals.items() if len(found) > 1]


@pytest.mark.parametrize(
    ("cookie", "accepted", "expected"),
    [
        ("zh", "en", "zh"),
        ("fr", "zh-CN,zh;q=0.9,en;q=0.8", "zh"),
        (None, "en-GB,en;q=0.9,zh;q=0.8", "en"),
        (None, "fr,zh-Hant;q=0.4,en;q=0.3", "zh"),
        (None, "fr;q=x, *;q=0.1", "en"),
        (None, "", "en"),
    ],
)
def test_the_language_is_the_chosen_one_or_the_first_that_the_browser_accepts(
    cookie: str | None, accepted: str, expected: str
) -> None:
    assert choose_language(cookie, accepted) == expected
