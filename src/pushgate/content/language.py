"""Language tags: their standard form, the form that groups terminals, and the best match. Pure."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

import langcodes
from langcodes import Language
from langcodes.tag_parser import LanguageTagError

from pushgate.domain.terminal import UNDETERMINED

MAX_TAG_LENGTH = 255
"""Characters of a tag. BCP 47 sets no limit, and real tags have more than 35 characters."""

_TAG_FORM = re.compile(r"[A-Za-z0-9]{1,8}(?:[-_][A-Za-z0-9]{1,8})*")
_MAX_DISTANCE = 25
"""Up to this distance of CLDR, readers of one language can be expected to accept the other."""
_NONE = ""
"""No language's tag."""
_READABLE_ACROSS_SCRIPTS = frozenset({"zh"})
"""Languages whose readers read the other script with some effort. CLDR's distances omit them."""
_REGION_GROUPS = {
    "ar": ("ar", "ar-MA"),
    "en": ("en", "en-GB"),
    "es": ("es", "es-419"),
    "pt": ("pt", "pt-PT"),
    "zh": ("zh", "zh-Hant", "zh-Hant-HK"),
}
"""Languages of which CLDR distinguishes groups of regions, with one tag for each group."""


def normalize(tag: str) -> str:
    """The BCP 47 tag in its standard form (`zh_cn` becomes `zh-CN`, `iw` becomes `he`), with all
    its extensions.

    Raises ValueError where the tag is not well formed or names no known language.
    """
    if len(tag) > MAX_TAG_LENGTH:
        raise ValueError(f"has {len(tag)} characters, a language tag may have {MAX_TAG_LENGTH}")
    return _normalize(tag)


@lru_cache(maxsize=4096)
def _normalize(tag: str) -> str:
    try:
        language = Language.get(tag if _TAG_FORM.fullmatch(tag) else "")
        known = language.is_valid() and not language.extlangs
    except (LanguageTagError, ValueError, AttributeError) as error:
        raise ValueError("is not a BCP 47 language tag, such as en, zh-Hans or pt-BR") from error
    if not known or not language.language or language.language.startswith("x-"):
        raise ValueError("is not a known BCP 47 language tag, such as en, zh-Hans or pt-BR")
    return language.to_tag()


@lru_cache(maxsize=4096)
def for_grouping(tag: str) -> str:
    """Language, script and region of a tag in standard form: only these say what its reader can
    read.
    """
    language = Language.get(tag, normalize=False)
    script = None if language.script in ("Zzzz", "Zyyy") else language.script
    region = None if language.territory == "ZZ" else language.territory
    return Language.make(language=language.language, script=script, territory=region).to_tag()


@lru_cache(maxsize=4096)
def without_region(language: str) -> str:
    """A coarser form of the tag, for an app that has too many languages. The script is always kept.

    Where regions read differently, the nearest group of regions is kept: `en-AU` becomes `en-GB`,
    `es-MX` becomes `es-419`, `zh-MO` becomes `zh-Hant-HK`. Otherwise the region is dropped: `fr-CA`
    becomes `fr`, `sr-ME` becomes `sr-Latn`.
    """
    name, script = _name_and_script(language)
    same_script = [tag for tag in _REGION_GROUPS.get(name, ()) if _name_and_script(tag) == (name, script)]
    if same_script:
        return _nearest(language, same_script)
    bare = Language.get(language, normalize=False).language or name
    return bare if _name_and_script(bare)[1] == script else f"{bare}-{script}"


def best_match(wanted: str, offered: Iterable[str], default: str) -> str:
    """The offered language for a terminal that wants `wanted`. All tags are in the form for
    grouping.

    The choice, in this order: the tag itself; the same language in the same script, in the nearest
    region (the script of a tag without one is CLDR's likely script: zh-TW takes zh-Hant before zh);
    the nearest other language by CLDR's distances (nb takes no, sr takes sr-Latn); the default.
    """
    return _best_match(wanted, tuple(sorted(offered)), default)


class LanguageMatch(StrEnum):
    """Why a terminal gets the content of a language."""

    EXACT = "exact"
    """It is the terminal's language."""
    NEAREST = "nearest"
    """It is the nearest language that the terminal's reader can be expected to read."""
    DEFAULT = "default"
    """No language of the content fits the terminal's, or the terminal's is not known."""


@dataclass(frozen=True, slots=True)
class ChosenLanguage:
    """The language of the content that a terminal gets, and why."""

    language: str
    match: LanguageMatch


def choose(wanted: str, offered: Iterable[str], default: str) -> ChosenLanguage:
    """What `best_match` chooses, and why."""
    found = best_match(wanted, offered, _NONE)
    if found == _NONE:
        return ChosenLanguage(default, LanguageMatch.DEFAULT)
    return ChosenLanguage(found, LanguageMatch.EXACT if found == wanted else LanguageMatch.NEAREST)


@lru_cache(maxsize=4096)
def _best_match(wanted: str, offered: tuple[str, ...], default: str) -> str:
    if wanted in offered:
        return wanted
    if wanted == UNDETERMINED:
        return default
    name, script = _name_and_script(wanted)
    readable = [tag for tag in offered if _name_and_script(tag) == (name, script)]
    if not readable:
        readable = [tag for tag in offered if langcodes.tag_distance(wanted, tag) <= _MAX_DISTANCE]
    if not readable and name in _READABLE_ACROSS_SCRIPTS:
        readable = [tag for tag in offered if _name_and_script(tag)[0] == name]
    return _nearest(wanted, readable) if readable else default


def _nearest(wanted: str, tags: Iterable[str]) -> str:
    """The nearest tag by CLDR's distances.

    Among tags of equal distance, one with which the wanted tag begins comes first; then one that
    names no region, or the likely one.
    """

    def order(tag: str) -> tuple[int, bool, bool, bool, str]:
        is_prefix = f"{wanted}-".startswith(f"{tag}-")
        language = Language.get(tag, normalize=False)
        likely = Language.make(language=language.language, script=language.maximize().script).maximize()
        other_region = language.territory not in (None, likely.territory)
        return langcodes.tag_distance(wanted, tag), not is_prefix, bool(language.territory), other_region, tag

    return min(tags, key=order)


@lru_cache(maxsize=4096)
def _name_and_script(tag: str) -> tuple[str, str]:
    """The macrolanguage of a tag (`cmn` is `zh`), and the script in which it is likely written."""
    maximized = Language.get(tag, normalize=False).prefer_macrolanguage().maximize()
    return maximized.language or "", maximized.script or ""
