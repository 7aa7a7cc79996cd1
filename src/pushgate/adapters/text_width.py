"""The width of a text, for a vendor that counts Chinese, Japanese and Korean characters twice.
Pure.

Source: docs/reference/vendors/vivo.md#limits
"""

import unicodedata

import regex

_EMOJI = regex.compile(r"\p{Emoji_Presentation}")


def width(text: str) -> int:
    """Return the sum of the characters' widths."""
    return sum(map(_character_width, text))


def _character_width(character: str) -> int:
    """Return 2 for a wide character (Unicode's UAX 11) that is no emoji, else 1.

    Punctuation that Chinese shares with other scripts (dashes, quotation marks, the ellipsis)
    counts 2.
    """
    if character.isascii() or _EMOJI.match(character):
        return 1
    east_asian_width = unicodedata.east_asian_width(character)
    is_shared = east_asian_width == "A" and unicodedata.category(character).startswith("P")
    return 2 if east_asian_width in "WF" or is_shared else 1
