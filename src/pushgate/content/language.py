"""Languages of readers and of content: standard form, the form that groups, and which content a reader gets. Pure."""

import re
from collections.abc import Iterable
from functools import lru_cache

import langcodes
from langcodes import Language
from langcodes.tag_parser import LanguageTagError

from pushgate.domain.terminal import UNDETERMINED

MAX_TAG = 255
"""Characters of a tag. BCP 47 sets no bound, and real ones pass 35 (`en-US-u-fw-mon-mu-celsius`)."""

_FORM = re.compile(r"[A-Za-z0-9]{1,8}(?:[-_][A-Za-z0-9]{1,8})*")
_FAR = 25
"""CLDR distances up to this are languages a reader of the one can be expected to take the other for."""
_READ_ACROSS_SCRIPTS = frozenset({"zh"})
"""Languages whose readers read their other script with some effort, though CLDR's table of distances leaves them out."""
_REGIONS = {
    "ar": ("ar", "ar-MA"),
    "en": ("en", "en-GB"),
    "es": ("es", "es-419"),
    "pt": ("pt", "pt-PT"),
    "zh": ("zh", "zh-Hant", "zh-Hant-HK"),
}
"""Languages of which CLDR tells groups of regions apart, each with one tag for a group."""


def normalize(tag: str) -> str:
    """The BCP 47 tag in its standard form (`zh_cn` becomes `zh-CN`, `iw` becomes `he`), with all its extensions.

    Raises ValueError if it is not well formed or names no language.
    """
    if len(tag) > MAX_TAG:
        raise ValueError(f"has {len(tag)} characters, a language tag may have {MAX_TAG}")
    return _normalize(tag)


@lru_cache(maxsize=4096)
def _normalize(tag: str) -> str:
    try:
        language = Language.get(tag if _FORM.fullmatch(tag) else "")
        known = language.is_valid() and not language.extlangs
    except (LanguageTagError, ValueError, AttributeError) as error:
        raise ValueError("is not a BCP 47 language tag, such as en, zh-Hans or pt-BR") from error
    if not known or not language.language or language.language.startswith("x-"):
        raise ValueError("is not a known BCP 47 language tag, such as en, zh-Hans or pt-BR")
    return language.to_tag()


@lru_cache(maxsize=4096)
def for_grouping(tag: str) -> str:
    """Language, script and region of a tag in standard form: nothing else says what its reader can read."""
    language = Language.get(tag, normalize=False)
    script = None if language.script in ("Zzzz", "Zyyy") else language.script
    region = None if language.territory == "ZZ" else language.territory
    return Language.make(language=language.language, script=script, territory=region).to_tag()


@lru_cache(maxsize=4096)
def without_region(language: str) -> str:
    """The nearest form with fewer regions, for an app that has too many languages: the script is always kept.

    Of languages with regions that read differently the nearest of these is kept: `en-AU` becomes `en-GB`, `es-MX`
    becomes `es-419`, `zh-MO` becomes `zh-Hant-HK`; `fr-CA` becomes `fr`, `sr-ME` becomes `sr-Latn`.
    """
    name, script = _name_and_script(language)
    same_script = [tag for tag in _REGIONS.get(name, ()) if _name_and_script(tag) == (name, script)]
    if same_script:
        return _nearest(language, same_script)
    bare = Language.get(language, normalize=False).language or name
    return bare if _name_and_script(bare)[1] == script else f"{bare}-{script}"


def best_match(wanted: str, offered: Iterable[str], default: str) -> str:
    """The offered language for a terminal that wants `wanted`; tags in the form for grouping.

    First the tag itself; then the same language in the same script, which for a tag without a script is CLDR's likely
    one (zh-TW takes zh-Hant before zh), in the nearest region; then the nearest other one by CLDR's distances (nb takes
    no, sr takes sr-Latn); else the default.
    """
    return _best_match(wanted, tuple(sorted(offered)), default)


@lru_cache(maxsize=4096)
def _best_match(wanted: str, offered: tuple[str, ...], default: str) -> str:
    if wanted in offered:
        return wanted
    if wanted == UNDETERMINED:
        return default
    name, script = _name_and_script(wanted)
    readable = [tag for tag in offered if _name_and_script(tag) == (name, script)]
    if not readable:
        readable = [tag for tag in offered if langcodes.tag_distance(wanted, tag) <= _FAR]
    if not readable and name in _READ_ACROSS_SCRIPTS:
        readable = [tag for tag in offered if _name_and_script(tag)[0] == name]
    return _nearest(wanted, readable) if readable else default


def _nearest(wanted: str, tags: Iterable[str]) -> str:
    """The nearest by CLDR's distances.

    Of several that are as near: what the wanted tag begins with, then what names no region, or the likely one.
    """

    def order(tag: str) -> tuple[int, bool, bool, bool, str]:
        begins = f"{wanted}-".startswith(f"{tag}-")
        language = Language.get(tag, normalize=False)
        home = Language.make(language=language.language, script=language.maximize().script).maximize()
        elsewhere = language.territory not in (None, home.territory)
        return langcodes.tag_distance(wanted, tag), not begins, bool(language.territory), elsewhere, tag

    return min(tags, key=order)


@lru_cache(maxsize=4096)
def _name_and_script(tag: str) -> tuple[str, str]:
    """The language, as the one that it counts among (`cmn` is `zh`), and the script it is likely written in."""
    wide = Language.get(tag, normalize=False).prefer_macrolanguage().maximize()
    return wide.language or "", wide.script or ""
