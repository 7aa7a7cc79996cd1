"""What the API says of fields is said in the reader's language."""

from datetime import UTC, datetime

import pytest

from pushgate.console.catalogues import Catalogues, Language
from pushgate.console.fault_texts import say_fault
from pushgate.console.words import Words

CATALOGUES = Catalogues.read()


def say(message: str, language: Language) -> str | None:
    return say_fault(message, Words(CATALOGUES, language, UTC, datetime(2026, 11, 28, tzinfo=UTC)))


@pytest.mark.parametrize(
    "message",
    [
        "is required",
        "is too long; at most 1,000 characters are taken",
        "has 60 characters, the vendor takes 49 (xiaomi)",
        "has a width of 46, the vendor takes 40 (a Chinese character counts 2) (vivo)",
        "must not open javascript: addresses; take https:// or a scheme of the app's own",
        "must be at least 0",
        "must be 0, 1 or 3",
        "is past by more than 5 minutes; check year and offset, or leave it out to push now",
    ],
)
def test_the_apis_texts_are_known_and_stay_as_they_are_in_english(message: str) -> None:
    english, chinese = say(message, "en"), say(message, "zh")
    assert english is not None
    assert english.lower().replace("xiaomi", "") == message.lower().replace("xiaomi", "")
    assert chinese is not None
    assert chinese != message


def test_values_and_vendors_are_in_the_translation() -> None:
    assert say("has 60 characters, the vendor takes 49 (xiaomi, oppo)", "zh") == (
        "有 60 个字符，厂商最多接受 49 个（小米、OPPO）"
    )


@pytest.mark.parametrize("message", ["", "inbox_content goes with style 3", "has 60 characters"])
def test_other_texts_are_unknown(message: str) -> None:
    assert say(message, "zh") is None
