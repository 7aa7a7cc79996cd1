"""An app's languages are bounded: exact first, then without regions, then none."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pushgate.domain.terminal import UNDETERMINED
from pushgate.terminals.language_limits import LanguageLimits, limit_languages

BOUNDS = LanguageLimits(exact=3, coarse=5)


def coarser(tag: str) -> str:
    return "zh-Hant" if tag == "zh-TW" else tag.partition("-")[0]


@pytest.mark.parametrize(
    ("known", "wanted", "expected"),
    [
        ("", "zh-TW", "zh-TW"),
        ("en fr", "zh-TW", "zh-TW"),
        ("en fr de", "zh-TW", "zh-Hant"),
        ("en fr zh-TW", "zh-TW", "zh-TW"),
        ("en fr de it zh-Hant", "zh-TW", "zh-Hant"),
        ("en fr de it es", "zh-TW", UNDETERMINED),
        ("en fr de it es", "fr", "fr"),
        ("en fr de it es ja ko", "fr", "fr"),
    ],
)
def test_a_language_past_the_bounds_loses_its_region_first(known: str, wanted: str, expected: str) -> None:
    assert limit_languages(known.split(), [wanted], coarser, BOUNDS) == {wanted: expected}


def test_those_that_come_together_share_the_room() -> None:
    wanted = ["en", "fr-CA", "fr-BE", "fr-CH", "de-AT", "de-CH", "it"]
    assert limit_languages([], wanted, coarser, BOUNDS) == {
        "en": "en",
        "fr-CA": "fr-CA",
        "fr-BE": "fr-BE",
        "fr-CH": "fr",
        "de-AT": "de",
        "de-CH": "de",
        "it": UNDETERMINED,
    }


tags = st.sampled_from(
    [f"{language}{region}" for language in "abcdefgh" for region in ("", "-1", "-2", "-3")]
)


@given(st.lists(st.lists(tags, max_size=8), max_size=8))
def test_no_order_of_registrations_makes_more_groups_than_the_bound(batches: list[list[str]]) -> None:
    known: set[str] = set()
    for batch in batches:
        found = limit_languages(known, batch, coarser, BOUNDS)
        assert set(found) == set(batch)
        assert all(group in (tag, coarser(tag), UNDETERMINED) for tag, group in found.items())
        known |= set(found.values()) - {UNDETERMINED}
        assert limit_languages(known, batch, coarser, BOUNDS) == found
        assert len(known) <= BOUNDS.coarse
