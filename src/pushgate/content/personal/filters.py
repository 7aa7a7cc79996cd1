"""Values to the texts that a placeholder shows, by the language of the content. Pure.

A value is missing where there is none, where nothing but spaces is left of it, and where a filter
for numbers or dates finds another kind of value. `default` stands in for a missing value.
"""

import re
from collections.abc import Callable, Sequence
from datetime import date, datetime
from decimal import Context, Decimal, localcontext
from functools import lru_cache

import regex
from babel import Locale, UnknownLocaleError
from babel.dates import format_date
from babel.numbers import format_decimal

from pushgate.content.personal.syntax import Filter, Placeholder
from pushgate.domain.attributes import value_of
from pushgate.domain.terminal import AttributeValue

MAX_CACHED = 4096
"""Texts of a placeholder with filters that are kept; then the cache begins anew."""
MAX_CACHED_CHARACTERS = 2**17
"""Characters of kept values and their texts: a few hundred KB, however long the values are."""
_ELLIPSIS = "\u2026"
_GRAPHEME = regex.compile(r"\X")
_NOT_SHOWN = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
"""Control characters and separators of lines, which become spaces."""
_NUMBER = re.compile(r"-?[0-9]{1,30}(?:\.[0-9]{1,30})?")
_EXACT = Context(prec=400)
"""Digits for the largest number (309 before its point) with all decimals that a locale shows. With
the usual 28 Babel raises an error for numbers from 10^25 on.
"""
_DATE = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})(?:[T ][0-9]{2}:[0-9]{2}.*)?", re.DOTALL)
Apply = Callable[[AttributeValue | None], AttributeValue | None]


class Column:
    """Makes the texts of one placeholder, for many terminals at once."""

    def __init__(self, placeholder: Placeholder, language: str) -> None:
        locale, filters = locale_of(language), placeholder.filters
        # Most names are distinct, so that no cache helps: a default alone needs none.
        has_default_alone = [one.name for one in filters] == ["default"]
        self._default = _clean(str(filters[0].argument)) if has_default_alone else ""
        self._steps = [] if has_default_alone else [_step(one, locale) for one in filters]
        self._cache: dict[str | None, str] = {}
        self._cached_characters = 0

    def texts(self, stored: Sequence[str | None]) -> list[str]:
        """Return the text for each stored value (`value_text`), '' where it is missing."""
        if self._steps:
            return self._filtered(stored)
        texts = [one[2:].strip() if one is not None and one[0] != "b" else _plain(one) for one in stored]
        if not "".join(texts).isprintable():
            texts = [_clean(text) for text in texts]
        return [text or self._default for text in texts] if self._default else texts

    def _filtered(self, stored: Sequence[str | None]) -> list[str]:
        """Look each value up in the cache, which is emptied when it is full."""
        cache, texts = self._cache, list[str]()
        for one in stored:
            text = cache.get(one)
            if text is None:
                text = self._text(one)
                self._keep(one, text)
            texts.append(text)
        return texts

    def _keep(self, stored: str | None, text: str) -> None:
        characters = len(stored or "") + len(text)
        is_full = self._cached_characters + characters > MAX_CACHED_CHARACTERS
        if is_full or len(self._cache) >= MAX_CACHED:
            self._cache.clear()
            self._cached_characters = 0
        self._cache[stored] = text
        self._cached_characters += characters

    def _text(self, stored: str | None) -> str:
        value = None if stored is None else _present(value_of(stored))
        for step in self._steps:
            value = _present(step(value))
        return _clean(_as_text(value))


@lru_cache(maxsize=256)
def locale_of(language: str) -> Locale:
    """Return CLDR's locale for a language tag: that of a shorter tag where there is none, and of
    English at last.
    """
    parts = language.split("-")
    for length in range(len(parts), 0, -1):
        try:
            return Locale.parse("_".join(parts[:length]))
        except (UnknownLocaleError, ValueError):
            continue
    return Locale.parse("en")


def _step(given: Filter, locale: Locale) -> Apply:
    """Return the filter as a function."""
    match given:
        case Filter("default", text):
            return lambda value: text if value is None else value
        case Filter("upper"):
            return _on_text(str.upper)
        case Filter("lower"):
            return _on_text(str.lower)
        case Filter("capitalize"):
            return _on_text(lambda text: text[:1].upper() + text[1:])
        case Filter("truncate", int(length)):
            return _on_text(lambda text: _truncate(text, length))
        case Filter("number"):
            return lambda value: _number(value, locale)
        case Filter("date", style):
            return lambda value: _date(value, str(style or "medium"), locale)
        case Filter("plural", _, named):
            forms = dict(named)
            return lambda value: _plural(value, forms, locale)
    raise NotImplementedError(given.name)


def _on_text(change: Callable[[str], str]) -> Apply:
    return lambda value: None if value is None else change(_as_text(value))


def _present(value: AttributeValue | None) -> AttributeValue | None:
    """Return None in place of a text that shows nothing."""
    if isinstance(value, str):
        return _clean(value) or None
    return value


def _plain(stored: str | None) -> str:
    return "" if stored is None else _as_text(value_of(stored))


def _as_text(value: AttributeValue | None) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _clean(text: str) -> str:
    """Return the text on one line, without spaces at its ends."""
    return _NOT_SHOWN.sub(" ", text).strip()


def _truncate(text: str, length: int) -> str:
    """Cut a text to so many characters, an ellipsis included. Whole graphemes are left."""
    if len(text) <= length:
        return text
    kept = ""
    for grapheme in _GRAPHEME.findall(text):
        if len(kept) + len(grapheme) + len(_ELLIPSIS) > length:
            break
        kept += grapheme
    return kept.rstrip() + _ELLIPSIS


def _amount(value: AttributeValue | None) -> Decimal | None:
    """Return a number, or a text that is one, else None."""
    if value is None or isinstance(value, bool):
        return None
    text = str(value)
    if isinstance(value, str) and not _NUMBER.fullmatch(text):
        return None
    return Decimal(text)


def _number(value: AttributeValue | None, locale: Locale) -> str | None:
    amount = _amount(value)
    if amount is None:
        return None
    with localcontext(_EXACT):
        return format_decimal(amount, locale=locale)


def _date(value: AttributeValue | None, style: str, locale: Locale) -> str | None:
    """Write a date, or the date of an instant in its own offset."""
    matched = _DATE.fullmatch(value) if isinstance(value, str) else None
    if matched is None:
        return None
    try:
        datetime.fromisoformat(matched[0])
        day = date.fromisoformat(matched[1])
    except ValueError:
        return None
    return format_date(day, format=style, locale=locale)


def _plural(value: AttributeValue | None, forms: dict[str, str], locale: Locale) -> str | None:
    amount = _amount(value)
    if amount is None:
        return None
    with localcontext(_EXACT):
        return forms.get(locale.plural_form(amount), forms["other"])
