"""The width of a text."""

import pytest

from pushgate.adapters.text_width import width


@pytest.mark.parametrize(
    ("text", "wide"),
    [
        ("", 0),
        ("ab", 2),
        ("中a", 3),
        ("\u3000", 2),
        ("……", 4),
        ("\u2764\ufe0f", 2),
        ("ñ", 1),
        ("한국", 4),
        ("㊗", 2),
    ],
)
def test_widths(text: str, wide: int) -> None:
    assert width(text) == wide
