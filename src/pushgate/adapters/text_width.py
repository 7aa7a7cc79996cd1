"""How wide a text is where a vendor counts Chinese, Japanese and Korean characters twice
(docs/reference/vendors/vivo.md#limits). Pure.
"""

import unicodedata

import regex

_EMOJI = regex.compile(r"\p{Emoji_Presentation}")


def width(text: str) -> int:
    """The sum of the characters' widths."""
    return sum(map(_of_character, text))


def _of_character(character: str) -> int:
    """2 for a wide character (Unicode's UAX 11) that is no emoji, and for punctuation that Chinese text shares with others
    (dashes, quotation marks, the ellipsis); else 1."""
    if character.isascii() or _EMOJI.match(character):
        return 1
    kind = unicodedata.east_asian_width(character)
    shared = kind == "A" and unicodedata.category(character).startswith("P")
    return 2 if kind in "WF" or shared else 1
