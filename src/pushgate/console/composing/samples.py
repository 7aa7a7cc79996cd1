"""A content as a phone may show it: placeholders with the message's values, defaults or samples in
place. Pure.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from pushgate.console.composing.message_form import ContentForm
from pushgate.content.personal.filling import PersonalContent
from pushgate.content.personal.syntax import PersonalError, Source, ValueName, may_have_placeholders
from pushgate.domain.attributes import value_text
from pushgate.domain.message import Content
from pushgate.domain.terminal import AttributeValue

_NUMBER, _DATE = "n:1234", "s:2028-12-28"
"""Samples for filters that take nothing but a number or a date."""
Values = Mapping[str, AttributeValue]


def has_placeholders(content: ContentForm) -> bool:
    """Whether a text of the content may have placeholders."""
    return may_have_placeholders(_content(content))


def with_samples(content: ContentForm, language: str, values: Values) -> ContentForm:
    """Return the content with something in place of each placeholder: of `values`, which the
    message brings for all, else the placeholder's default, else the name of the value.

    A content with a placeholder that cannot be read stays as it is.
    """
    personal = _read(content, language)
    if personal is None:
        return content
    shown = personal.sample({name: _candidates(name, values) for name in personal.names})
    return replace(content, title=shown.title, body=shown.body, url=shown.url or "")


def values_shown(contents: Mapping[str, ContentForm]) -> Sequence[str]:
    """Return the names of values that the contents show and a message brings, each once."""
    read = (_read(content, language) for language, content in contents.items())
    names = (name for personal in read if personal for name in personal.names)
    return list(dict.fromkeys(name.name for name in names if name.source is Source.VALUES))


def _candidates(name: ValueName, values: Values) -> Sequence[str | None]:
    own = [value_text(values[name.name])] if name.source is Source.VALUES and name.name in values else []
    return [*own, None, f"s:{name.name}", _NUMBER, _DATE]


def _read(content: ContentForm, language: str) -> PersonalContent | None:
    if not has_placeholders(content):
        return None
    try:
        return PersonalContent(_content(content), language)
    except PersonalError:
        return None


def _content(content: ContentForm) -> Content:
    return Content(content.title, content.body, data=dict(content.data), url=content.url or None)
