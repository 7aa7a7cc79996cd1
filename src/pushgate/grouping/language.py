"""Which of a message's languages a terminal gets. Pure."""

from collections.abc import Iterable

import langcodes
from langcodes.tag_parser import LanguageTagError

_FAR = 25
"""CLDR distances up to this are languages a reader of the one can be expected to take the other for."""


def normalize(tag: str) -> str:
    """The BCP 47 tag in its standard form (`zh_cn` becomes `zh-CN`, `iw` becomes `he`).

    Raises ValueError if it is not well formed or names no language.
    """
    try:
        language = langcodes.Language.get(tag)
        text = language.to_tag()
    except (LanguageTagError, ValueError, AttributeError) as error:
        raise ValueError("is not a BCP 47 language tag, such as en, zh-Hans or pt-BR") from error
    if not language.language or not language.is_valid() or "/" in text or " " in text:
        raise ValueError("is not a known BCP 47 language tag, such as en, zh-Hans or pt-BR")
    return text


def best_match(wanted: str, offered: Iterable[str], default: str) -> str:
    """The offered language for a terminal that wants `wanted`; tags in standard form.

    First the tag itself, cut from its right end (RFC 4647 lookup: zh-Hant-TW, zh-Hant, zh); then the nearest by CLDR's
    language distances (zh-CN takes zh-Hans, en-GB takes en); else the default.
    """
    choices = sorted(offered)
    tag = wanted
    while tag:
        if tag in choices:
            return tag
        tag = tag.rpartition("-")[0]
    nearest, distance = langcodes.closest_match(wanted, choices, max_distance=_FAR)
    return nearest if distance <= _FAR and nearest in choices else default
