"""What fills placeholders, as people write it <-> the fields of a message. Pure."""

import json
from collections.abc import Mapping
from itertools import islice
from typing import cast

from pushgate.console.composing.loose_values import object_of, parsed, template_reference
from pushgate.console.composing.message_form import MAX_LANGUAGES, MessageForm, Pair, PersonalForm
from pushgate.console.composing.value_lists import format_values, parse_named_values

_MAX_VALUES = 100


def write_personal(form: MessageForm) -> dict[str, object]:
    """Return the fields of a personal message; none where placeholders stay as they are."""
    personal = form.personal
    if not form.fills_placeholders:
        return {}
    fields: dict[str, object] = {} if form.template.name else {"personal": True}
    if personal.has_fallback:
        fields["on_missing"] = "fallback"
        fields |= _write_fallback(form)
    if values := parse_named_values(personal.values):
        fields["values"] = values
    if personal.user_values:
        fields["user_values"] = parsed(personal.user_values)
    return fields


def _write_fallback(form: MessageForm) -> dict[str, object]:
    personal = form.personal
    if personal.fallback_template:
        name, _, version = personal.fallback_template.partition("@")
        return {"fallback_template": template_reference(name, version)}
    texts = {language: personal.fallback.get(language, ("", "")) for language in form.languages}
    return {"fallback": {tag: {"title": title, "body": body} for tag, (title, body) in texts.items()}}


def read_personal(document: Mapping[str, object]) -> PersonalForm:
    """Return the form of these fields of a message or of a draft."""
    is_on = document.get("personal") is True
    if not is_on and not document.get("template"):
        return PersonalForm()
    fallback, values, of_users = (
        object_of(document.get(name)) for name in ("fallback", "values", "user_values")
    )
    return PersonalForm(
        is_on=is_on,
        has_fallback=document.get("on_missing") == "fallback",
        fallback={
            language: _texts(cast("Mapping[str, object]", content))
            for language, content in islice(fallback.items(), MAX_LANGUAGES)
            if isinstance(content, Mapping)
        },
        fallback_template=_name_of(object_of(document.get("fallback_template"))),
        values="\n".join(
            f"{name} = {format_values([value])}"
            for name, value in islice(values.items(), _MAX_VALUES)
            if isinstance(value, str | int | float)
        ),
        user_values=json.dumps(of_users, ensure_ascii=False) if of_users else "",
    )


def _name_of(template: Mapping[str, object]) -> str:
    name, version = template.get("name"), template.get("version")
    shown = f"@{version}" if isinstance(version, int | str) and version != "" else ""
    return f"{name}{shown}" if isinstance(name, str) and name else ""


def _texts(content: Mapping[str, object]) -> Pair:
    title, body = content.get("title"), content.get("body")
    return (title if isinstance(title, str) else "", body if isinstance(body, str) else "")
