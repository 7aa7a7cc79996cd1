"""Reads placeholders in a content: `{{ name | filter: "argument" | default: "friend" }}`. Pure.

A placeholder names a value and filters. There are no conditions, loops or calculations, so nothing
can be executed.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import chain
from typing import NamedTuple

from pushgate.domain.attributes import name_fault
from pushgate.domain.errors import FieldError, InvalidRequest
from pushgate.domain.message import Content

MAX_PLACEHOLDERS = 32
"""Placeholders of a content in one language."""
MAX_FILTERS = 8
"""Filters of a placeholder: each costs time for each distinct value."""
MAX_ARGUMENT = 256
"""Characters of a filter's text."""
FIRST_MARK, LAST_MARK = 0xF0000, 0xF0000 + MAX_PLACEHOLDERS - 1
"""Private code points that stand for values while a push is rendered. A personal content holds none
of its own.
"""
DATE_FORMATS = ("short", "medium", "long", "full")
PLURAL_FORMS = ("zero", "one", "two", "few", "many", "other")


class Source(StrEnum):
    """Where a value comes from."""

    ATTRIBUTE = ""
    """An attribute of the terminal, else of its user."""
    USER = "user"
    """An attribute of the terminal's user."""
    VALUES = "values"
    """A value that the message brings."""


class ValueName(NamedTuple):
    """The name of a value in a placeholder: `name`, `user.name` or `values.name`."""

    source: Source
    name: str

    def __str__(self) -> str:
        return f"{self.source}.{self.name}" if self.source else self.name


class Filter(NamedTuple):
    """A filter with its arguments: one without a name, or several with names."""

    name: str
    argument: str | int | None = None
    named: tuple[tuple[str, str], ...] = ()


class Placeholder(NamedTuple):
    """A value and the filters that it goes through, in this order. Equal ones are filled alike."""

    name: ValueName
    filters: tuple[Filter, ...] = ()

    @property
    def without_default(self) -> "Placeholder":
        """The placeholder as it is where nothing stands in for a missing value."""
        return self._replace(filters=tuple(one for one in self.filters if one.name != "default"))


Parts = tuple[str | Placeholder, ...]
"""A text, cut at its placeholders."""


@dataclass(frozen=True, slots=True)
class Template:
    """The texts of a content, each cut at its placeholders."""

    title: Parts
    body: Parts
    data: Mapping[str, Parts]
    url: Parts | None


class PersonalError(InvalidRequest):
    """A content's placeholders are wrong; `errors` names fields, positions and remedies."""


class _FaultError(Exception):
    """What is wrong at a position of a text."""

    def __init__(self, position: int, text: str) -> None:
        super().__init__(text)
        self.position = position
        self.text = text


_OPEN = "{{"
_TOKEN = re.compile(
    r"""\s*(?:(?P<word>[A-Za-z][A-Za-z0-9_.-]*)|(?P<number>[0-9]{1,9})|"(?P<double>[^"]*)"|'(?P<single>[^']*)'"""
    r"""|(?P<mark>}}|[|:,]))"""
)
_BEFORE_PATH = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*:(?://[^/?#]+[/?#]|(?!//)[^/?#]*[/?#])")
"""The beginning of an address, past which a value can change neither scheme nor host."""
_HELP = 'write {{ name | default: "friend" }}'


def parse(content: Content) -> Template:
    """Read the placeholders of a content. Raises PersonalError with all that is wrong."""
    errors: list[FieldError] = []

    def read(field: str, text: str) -> Parts:
        try:
            return parse_text(text)
        except _FaultError as fault:
            message = f"at character {fault.position + 1}: {fault.text}"
            errors.append(FieldError(f"content.{field}", message))
            return ()

    template = Template(
        title=read("title", content.title),
        body=read("body", content.body),
        data={key: read(f"data.{key}", value) for key, value in content.data.items()},
        url=None if content.url is None else read("url", content.url),
    )
    errors += _faults(content, template)
    if errors:
        raise PersonalError(errors)
    return template


def parse_text(text: str) -> Parts:
    """Cut one text at its placeholders.

    Raises an error with position and remedy, which `parse` gathers.
    """
    parts: list[str | Placeholder] = []
    end = 0
    while (start := text.find(_OPEN, end)) >= 0:
        placeholder, after = _Reader(text, start).read()
        parts += [text[end:start], placeholder]
        end = after
    parts.append(text[end:])
    return tuple(part for part in parts if part)


def may_have_placeholders(content: Content) -> bool:
    """Whether a text of the content holds `{{`."""
    texts = (content.title, content.body, content.url or "", *content.data.values())
    return any(_OPEN in text for text in texts)


def placeholders_in(template: Template) -> Iterator[Placeholder]:
    """Return the placeholders of all texts, with repeats."""
    parts = chain(template.title, template.body, *template.data.values(), template.url or ())
    return (part for part in parts if isinstance(part, Placeholder))


def _faults(content: Content, template: Template) -> Iterator[FieldError]:
    """Return what is wrong with the content as a whole."""
    for key in content.data:
        if _OPEN in key:
            yield FieldError(
                "content.data", "has a placeholder in a key; placeholders stand in values, not in keys"
            )
    if _OPEN in (content.image or ""):
        text = "has a placeholder, which is filled in nowhere but in title, body, data and url; take it out"
        yield FieldError("content.image", text)
    count = sum(1 for _ in placeholders_in(template))
    if count > MAX_PLACEHOLDERS:
        yield FieldError("content", f"has {count} placeholders; at most {MAX_PLACEHOLDERS} are taken")
    texts = {"title": content.title, "body": content.body, "url": content.url or ""}
    texts |= {f"data.{key}": value for key, value in content.data.items()}
    for field, text in texts.items():
        if any(FIRST_MARK <= ord(character) <= LAST_MARK for character in text):
            yield FieldError(
                f"content.{field}",
                f"holds a private character (U+{FIRST_MARK:X} to U+{LAST_MARK:X}), "
                "which a personal content must not have; take it out",
            )
    if template.url and not _is_safe(template.url):
        yield FieldError(
            "content.url",
            "has a placeholder in front of its path, where a value could name another host; "
            "write scheme, host and the first / before it, such as https://shop.example/{{ page }}",
        )


def _is_safe(url: Parts) -> bool:
    """Whether no placeholder of the address can change its scheme or host."""
    if all(isinstance(part, str) for part in url):
        return True
    return isinstance(url[0], str) and bool(_BEFORE_PATH.match(url[0]))


class _Reader:
    """Reads one placeholder of a text, token by token."""

    def __init__(self, text: str, start: int) -> None:
        self._text = text
        self._start = start
        self._at = start + len(_OPEN)

    def read(self) -> tuple[Placeholder, int]:
        """Return the placeholder, and the position after it. Raises _FaultError."""
        name = _value_name(self._start, self._word("the name of a value"))
        filters = list[Filter]()
        while (mark := self._mark()) == "|":
            filters.append(self._filter())
            if len(filters) > MAX_FILTERS:
                raise _FaultError(self._start, f"has more than {MAX_FILTERS} filters; leave some out")
        if mark != "}}":
            raise _FaultError(self._start, f"after the name or a filter comes | or }}}}; {_HELP}")
        return Placeholder(name, tuple(filters)), self._at

    def _filter(self) -> Filter:
        start = self._at
        name = self._word("a filter's name")
        check = _FILTERS.get(name)
        if check is None:
            known = ", ".join(_FILTERS)
            raise _FaultError(start, f"there is no filter {name[:32]}; take one of {known}")
        found = Filter(name)
        if self._peek_mark() == ":":
            self._mark()
            found = self._arguments(name)
        if fault := check(found):
            raise _FaultError(start, fault)
        return found

    def _arguments(self, name: str) -> Filter:
        """Read `"text"`, `12`, or `one: "text", other: "text"`."""
        token = self._next()
        if token is None or token.lastgroup != "word":
            return Filter(name, self._value(token))
        named: dict[str, str] = {}
        while token is not None and token.lastgroup == "word":
            if self._mark() != ":":
                raise _FaultError(self._start, f"the filter {name} needs texts in quotation marks")
            value = self._value(self._next())
            if not isinstance(value, str) or token["word"] in named:
                raise _FaultError(self._start, f"the filter {name} takes each word once, with a text")
            named[token["word"]] = value
            if self._peek_mark() != ",":
                break
            self._mark()
            token = self._next()
        return Filter(name, named=tuple(named.items()))

    def _value(self, token: re.Match[str] | None) -> str | int:
        if token is not None and token.lastgroup == "number":
            return int(token["number"])
        if token is not None and token.lastgroup in ("double", "single"):
            text = token[token.lastgroup]
            if len(text) > MAX_ARGUMENT:
                raise _FaultError(self._start, f"a text of {len(text)} characters; {MAX_ARGUMENT} are taken")
            return text
        raise _FaultError(self._start, f"a filter's text stands in quotation marks; {_HELP}")

    def _word(self, what: str) -> str:
        token = self._next()
        if token is None or token.lastgroup != "word":
            raise _FaultError(self._start, f"needs {what}; {_HELP}")
        return token["word"]

    def _mark(self) -> str | None:
        token = self._next()
        return token["mark"] if token else None

    def _peek_mark(self) -> str | None:
        token = _TOKEN.match(self._text, self._at)
        return token["mark"] if token else None

    def _next(self) -> re.Match[str] | None:
        token = _TOKEN.match(self._text, self._at)
        if token:
            self._at = token.end()
        return token


def _value_name(start: int, written: str) -> ValueName:
    source, dot, rest = written.partition(".")
    found = ValueName(Source.ATTRIBUTE, written)
    if dot and source in (Source.USER, Source.VALUES):
        found = ValueName(Source(source), rest)
    if fault := name_fault(found.name):
        raise _FaultError(start, f"{written[:80]} {fault}")
    return found


def _nothing(given: Filter) -> str | None:
    bare = given.argument is None and not given.named
    return None if bare else f"the filter {given.name} takes nothing after its name"


def _default(given: Filter) -> str | None:
    text = given.argument
    if isinstance(text, str) and text.strip():
        return None
    return 'the filter default needs a text that is not blank, such as default: "friend"'


def _truncate(given: Filter) -> str | None:
    length = given.argument
    if isinstance(length, int) and 1 <= length <= MAX_ARGUMENT:
        return None
    return f"the filter truncate needs a number of characters from 1 to {MAX_ARGUMENT}, such as truncate: 20"


def _date(given: Filter) -> str | None:
    if not given.named and given.argument in (None, *DATE_FORMATS):
        return None
    return f'the filter date takes one of {", ".join(DATE_FORMATS)}, such as date: "long"'


def _plural(given: Filter) -> str | None:
    names = [name for name, _ in given.named]
    if "other" in names and set(names) <= set(PLURAL_FORMS) and all(text.strip() for _, text in given.named):
        return None
    return (
        f"the filter plural needs texts for {', '.join(PLURAL_FORMS)}, at least for other, "
        'such as plural: one: "day", other: "days"'
    )


_FILTERS: Mapping[str, Callable[[Filter], str | None]] = {
    "default": _default,
    "upper": _nothing,
    "lower": _nothing,
    "capitalize": _nothing,
    "truncate": _truncate,
    "number": _nothing,
    "date": _date,
    "plural": _plural,
}
"""All filters, each with what finds a fault of its arguments."""
FILTER_NAMES: Sequence[str] = tuple(_FILTERS)
