"""Names of languages, in the reader's language or in their own. Pure."""

from functools import lru_cache

from babel import Locale, UnknownLocaleError

from pushgate.console.catalogues import LOCALES, Language


@lru_cache(maxsize=1024)
def language_name(tag: str, language: Language) -> str:
    """Return the name of a BCP 47 tag in the reader's language; the tag where it has no name."""
    return _name(tag, LOCALES[language])


@lru_cache(maxsize=1024)
def own_name(tag: str) -> str:
    """Return the name of a BCP 47 tag in its own language; the tag where it has no name."""
    locale = _locale(tag)
    return _name(tag, locale) if locale else tag


def _name(tag: str, reader: Locale) -> str:
    locale = _locale(tag)
    # Some tags with a script have names of their own: 简体中文.
    known: str | None = reader.languages.get(tag.replace("-", "_"))
    return known or (locale.get_display_name(reader) if locale else None) or tag


def _locale(tag: str) -> Locale | None:
    try:
        return Locale.parse(tag, sep="-")
    except (UnknownLocaleError, ValueError):
        return None
