"""The texts of a stored template in a form: they are shown, and the message names the template.

Pure.
"""

from dataclasses import replace

from pushgate.console.composing.documents import read_contents
from pushgate.console.composing.message_form import MessageForm, TemplateForm
from pushgate.console.composing.samples import has_placeholders, values_shown
from pushgate.console.composing.value_lists import parse_named_values
from pushgate_client.types import Template


def with_template(form: MessageForm, stored: Template) -> MessageForm:
    """Return the form with the texts of the template's version that it names."""
    versions = sorted((one["version"] for one in stored["versions"]), reverse=True)
    named = replace(form.template, shown=stored["version"], versions=versions)
    return replace(_with_texts(form, stored), template=named)


def with_lines_for_values(form: MessageForm) -> MessageForm:
    """Return the form with an empty line for each value that the texts show and that has none."""
    known = parse_named_values(form.personal.values)
    lines = [f"{name} = " for name in values_shown(form.contents) if name not in known]
    written = [form.personal.values] if form.personal.values else []
    return replace(form, personal=replace(form.personal, values="\n".join([*written, *lines])))


def with_own_texts(form: MessageForm, stored: Template) -> MessageForm:
    """Return the form with the texts of a template as its own, to be changed."""
    form = _with_texts(form, stored)
    is_on = any(map(has_placeholders, form.contents.values()))
    return replace(form, template=TemplateForm(), personal=replace(form.personal, is_on=is_on))


def _with_texts(form: MessageForm, stored: Template) -> MessageForm:
    contents = read_contents(stored["content"])
    if not contents:
        return form
    extras = {content.extras for content in contents.values()}
    default = stored["default_language"]
    return replace(
        form,
        contents=contents,
        fallback=default if default in contents else next(iter(contents)),
        by_language=len(extras) > 1,
    )
