"""Texts in the languages of the console. English texts are in the templates and pages themselves; a
catalogue for each page has the Chinese ones.
"""

from collections.abc import Mapping, Sequence
from importlib import resources
from io import BytesIO
from typing import Literal, cast

from babel import Locale
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

Language = Literal["en", "zh"]
LANGUAGES: Sequence[Language] = ("en", "zh")
TAGS: Mapping[Language, str] = {"en": "en", "zh": "zh-Hans"}
"""The BCP 47 tag of each language, for `lang` attributes."""
LOCALES: Mapping[Language, Locale] = {"en": Locale("en"), "zh": Locale("zh", script="Hans")}


class Catalogues:
    """All texts that are not English, by language and English text."""

    def __init__(self, texts: Mapping[Language, Mapping[str, str]]) -> None:
        self._texts = texts

    @classmethod
    def read(cls) -> "Catalogues":
        """Read the catalogues of the package. Raises ValueError for one that is not valid."""
        return cls({"en": {}, "zh": _read("zh")})

    def known(self, language: Language) -> Mapping[str, str]:
        """Return all translations into a language, by their English texts."""
        return self._texts[language]

    def text(self, language: Language, english: str) -> str:
        """Return the text in the language; the English one where it is missing."""
        return self._texts[language].get(english, english)

    def plural(self, language: Language, singular: str, plural: str, count: int) -> str:
        """Return the form for a count. Chinese has one form, under the singular."""
        english = singular if count == 1 else plural
        return self._texts[language].get(singular, english) if language != "en" else english


def choose_language(cookie: str | None, accepted: str) -> Language:
    """Return the language that was chosen, or else the first one that the browser accepts."""
    if cookie in LANGUAGES:
        return cast("Language", cookie)
    wanted = sorted(map(_preference, accepted.split(",")[:20]), reverse=True, key=lambda one: one[0])
    return next((found for _, tag in wanted if (found := _language(tag))), "en")


def _language(tag: str) -> Language | None:
    primary = tag.partition("-")[0].lower()
    return cast("Language", primary) if primary in LANGUAGES else None


def _preference(part: str) -> tuple[float, str]:
    tag, _, parameters = part.partition(";")
    name, _, value = parameters.strip().partition("=")
    try:
        return (float(value) if name.strip() == "q" else 1.0), tag.strip()
    except ValueError:
        return 0.0, tag.strip()


def _read(language: Language) -> Mapping[str, str]:
    found: dict[str, str] = {}
    folder = resources.files("pushgate.console") / "locales" / language
    for file in sorted(folder.iterdir(), key=lambda one: one.name):
        if file.name.endswith(".po"):
            found |= _texts(read_po(BytesIO(file.read_bytes()), locale=LOCALES[language]))
    return found


def _texts(catalog: Catalog) -> Mapping[str, str]:
    texts: dict[str, str] = {}
    for message in catalog:
        english, translated = message.id, message.string
        if isinstance(english, tuple | list):
            english = english[0]
        if isinstance(translated, tuple | list):
            translated = translated[0]
        if english and translated:
            texts[str(english)] = str(translated)
    return texts
