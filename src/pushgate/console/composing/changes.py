"""Changes of a form that a button asks for: a language, a line or an option more or less. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta

from pushgate.console.composing.audience_form import AudienceForm, to_text, write_audience
from pushgate.console.composing.audience_lines import DAYS, Join, Kind, Line
from pushgate.console.composing.languages import find_tag
from pushgate.console.composing.message_form import ContentForm, MessageForm
from pushgate.console.composing.option_fields import WrittenOption, fields_of

_RECENT = timedelta(days=30)


def with_language(form: MessageForm, written: str) -> MessageForm | None:
    """Return the form with one more language; None where the text is no language's tag."""
    tag = find_tag(written)
    if tag is None:
        return None
    if tag in form.contents:
        return form
    return replace(form, contents={**form.contents, tag: form.contents[form.languages[0]].extras})


def without_language(form: MessageForm, index: int) -> MessageForm:
    """Return the form without a language. The last one stays."""
    left = {tag: content for place, (tag, content) in enumerate(form.contents.items()) if place != index}
    if not left:
        return form
    fallback = form.fallback if form.fallback in left else next(iter(left))
    return replace(form, contents=left, fallback=fallback)


def with_line(form: MessageForm, join: Join, kind: Kind = Kind.TAG) -> MessageForm:
    """Return the form with one more line at the end of its audience."""
    lines = (*form.audience.lines, Line(join=join, kind=kind))
    return replace(form, audience=replace(form.audience, lines=lines))


def without_line(form: MessageForm, index: int) -> MessageForm:
    """Return the form without a line. An `or` behind it widens the line before it."""
    lines = list(form.audience.lines)
    if index < len(lines):
        gone = lines.pop(index)
        if gone.join is not Join.OR and index < len(lines) and lines[index].join is Join.OR:
            lines[index] = replace(lines[index], join=gone.join)
    return replace(form, audience=replace(form.audience, lines=tuple(lines)))


def with_new_kinds(form: MessageForm, shown: Sequence[str], today: date) -> MessageForm:
    """Return the form with an empty value in each line whose kind is another than was shown, a day
    30 days ago where the kind asks for a day.
    """
    lines = list(form.audience.lines)
    for index, (line, kind) in enumerate(zip(lines, shown, strict=False)):
        if line.kind != kind:
            value = (today - _RECENT).isoformat() if line.kind in DAYS else ""
            lines[index] = replace(line, name="", value=value)
    return replace(form, audience=replace(form.audience, lines=tuple(lines)))


def as_json(form: MessageForm) -> MessageForm:
    """Return the form with its audience as JSON."""
    return replace(form, audience=AudienceForm(json=to_text(write_audience(form.audience))))


def with_option(form: MessageForm, vendor: str, name: str) -> MessageForm:
    """Return the form with one more option of a vendor, which is still empty."""
    is_there = any((one.vendor, one.name) == (vendor, name) for one in form.vendor_options)
    if is_there or name not in fields_of(vendor):
        return form
    option = WrittenOption(vendor=vendor, name=name, text="")
    return replace(form, vendor_options=(*form.vendor_options, option))


def with_data_row(form: MessageForm, language: str) -> MessageForm:
    """Return the form with an empty row for data of the app, in one language or in all."""
    contents: Mapping[str, ContentForm] = {
        tag: replace(content, data=(*content.data, ("", ""))) if tag == language or not language else content
        for tag, content in form.contents.items()
    }
    return replace(form, contents=contents)
