"""The form of a message <-> the body of `POST /v1/messages`, which drafts hold too. Pure.

The document may be incomplete or wrong: the API says what is wrong with it.
"""

from collections.abc import Mapping, Sequence
from itertools import islice
from typing import cast

from pushgate.console.composing.audience_form import AudienceForm, read_audience, write_audience
from pushgate.console.composing.canary_fields import read_canary, write_canary
from pushgate.console.composing.loose_values import is_whole, object_of, template_reference, whole
from pushgate.console.composing.message_form import (
    DEFAULT_OPTIONS,
    MAX_LANGUAGES,
    SWITCH_OPTIONS,
    TEXT_OPTIONS,
    ContentForm,
    MessageForm,
    MomentForm,
    TemplateForm,
)
from pushgate.console.composing.moments import read_moment, write_moment
from pushgate.console.composing.option_fields import WrittenOption, read_value, write_value
from pushgate.console.composing.personal_fields import read_personal, write_personal
from pushgate.console.composing.step_fields import read_steps, write_steps
from pushgate.console.composing.variant_fields import read_variants, write_variants

Document = dict[str, object]
_MAX_DATA = 64
_MAX_VENDOR_OPTIONS = 200
_SECONDS = {"m": 60, "h": 3600, "d": 86_400}


def write_document(form: MessageForm) -> Document:
    """Return the body of a message. What has the API's default is left out."""
    document = _write_template(form) or {
        "content": {language: _write_content(form, language) for language in form.languages},
        "default_language": form.fallback,
    }
    if push_time := write_moment(form.moment):
        document["push_time"] = push_time
    document["audience"] = write_audience(form.audience)
    if options := _write_options(form):
        document["options"] = options
    document |= write_personal(form) | write_steps(form.steps)
    if variants := write_variants(form.variants, cast("Mapping[str, Document]", document.get("content", {}))):
        document.pop("content", None)
    return document | variants


def read_document(document: Mapping[str, object], *, zone: str, language: str) -> MessageForm:
    """Return the form of a message, a draft, or whatever else is written in their form.

    `zone` is the reader's time zone, `language` the app's own, which stands in for one that is not
    named. What is in no form that a message has is left out.
    """
    variants, first = read_variants(document)
    written, options = first or document.get("content"), object_of(document.get("options"))
    contents = read_contents(object_of(written)) or {language: ContentForm()}
    fallback = document.get("default_language") or language
    extras = [content.extras for content in contents.values()]
    return MessageForm(
        contents=contents,
        fallback=fallback if isinstance(fallback, str) and fallback in contents else next(iter(contents)),
        by_language=any(one != extras[0] for one in extras),
        audience=read_audience(document["audience"]) if "audience" in document else AudienceForm(),
        moment=read_moment(document.get("push_time"), zone) or MomentForm(zone=zone),
        options=_read_options(options),
        vendor_options=_read_vendor_options(options),
        personal=read_personal(document),
        variants=variants,
        canary=read_canary(options),
        template=_read_template(object_of(document.get("template"))),
        steps=read_steps(document),
    )


def read_contents(written: Mapping[str, object]) -> dict[str, ContentForm]:
    """Return the contents of a message or a template as they are shown in a form."""
    return {
        tag: _read_content(content)
        for tag, content in islice(written.items(), MAX_LANGUAGES)
        if isinstance(content, Mapping)
    }


def _write_template(form: MessageForm) -> Document:
    """Return the template that the message names; nothing where it has texts of its own."""
    template = form.template
    if not template.name:
        return {}
    return {"template": template_reference(template.name, template.version)}


def _read_template(template: Mapping[str, object]) -> TemplateForm:
    return TemplateForm(name=_text(template.get("name")), version=_text(template.get("version")))


def _write_content(form: MessageForm, language: str) -> Document:
    content = form.contents[language]
    extras = content if form.by_language else form.contents[form.languages[0]]
    written: Document = {"title": content.title, "body": content.body}
    if extras.image:
        written["image"] = extras.image
    if extras.url:
        written["url"] = extras.url
    if data := {name: value for name, value in extras.data if name or value}:
        written["data"] = data
    return written


def _read_content(content: Mapping[str, object]) -> ContentForm:
    texts = {name: _text(content.get(name)) for name in ("title", "body", "url", "image")}
    named = islice(object_of(content.get("data")).items(), _MAX_DATA)
    data = [(name, value) for name, value in named if isinstance(value, str)]
    return ContentForm(data=tuple(data), **texts)


def _write_options(form: MessageForm) -> Document:
    texts = {name: text for name, text in form.options.items() if text}
    options: Document = {name: texts[name] for name in TEXT_OPTIONS if name in texts}
    options |= {name: True for name in SWITCH_OPTIONS if name in texts}
    if "ttl" in texts:
        options["ttl"] = _seconds(texts["ttl"])
    if "badge" in texts:
        options["badge"] = whole(texts["badge"])
    options = {name: value for name, value in options.items() if value != DEFAULT_OPTIONS.get(name)}
    options |= write_canary(form.canary)
    for option in form.vendor_options:
        if option.text:
            section = cast("Document", options.setdefault(option.vendor, {}))
            section[option.name] = write_value(option)
    return options


def _read_options(options: Mapping[str, object]) -> dict[str, str]:
    found = {name: _text(options.get(name)) for name in TEXT_OPTIONS}
    found |= {name: "on" for name in SWITCH_OPTIONS if options.get(name) is True}
    ttl, badge = options.get("ttl"), options.get("badge")
    if ttl is not None and ttl != DEFAULT_OPTIONS["ttl"]:
        found["ttl"] = _duration(ttl) if type(ttl) is int else _text(ttl)
    if badge is not None:
        found["badge"] = _text(badge)
    return {name: text for name, text in found.items() if text and text != DEFAULT_OPTIONS.get(name)}


def _read_vendor_options(options: Mapping[str, object]) -> Sequence[WrittenOption]:
    found = (
        read_value(vendor, name, value)
        for vendor, section in options.items()
        if isinstance(section, Mapping) and vendor != "canary"
        for name, value in section.items()
        if value is not None
    )
    return tuple(islice(found, _MAX_VENDOR_OPTIONS))


def _seconds(text: str) -> int | str:
    """Return the seconds of a text such as `4h`, `90` or `30m`; another text stays a text."""
    number, unit = text[:-1], text[-1]
    if unit in _SECONDS and is_whole(number):
        return int(number) * _SECONDS[unit]
    return whole(text)


def _duration(seconds: int) -> str:
    for unit, length in reversed(_SECONDS.items()):
        if seconds and seconds % length == 0:
            return f"{seconds // length}{unit}"
    return str(seconds)


def _text(value: object) -> str:
    """Return a text or number as a text; what else there is as none."""
    if isinstance(value, str):
        return value
    return str(value) if type(value) in (int, float) else ""
