"""A form that names a stored template shows its texts, and writes its name alone."""

from dataclasses import replace

from pushgate.console.composing.documents import read_document, write_document
from pushgate.console.composing.message_form import ContentForm, MessageForm, PersonalForm, TemplateForm
from pushgate.console.composing.posted_fields import read_fields
from pushgate.console.composing.stored_texts import with_lines_for_values, with_own_texts, with_template
from pushgate_client.types import Template

STORED: Template = {
    "name": "welcome",
    "version": 3,
    "created_at": "2026-11-28T21:08:57Z",
    "created_by": "backend",
    "content": {
        "en": {"title": "{{ values.order }}", "body": "b", "image": None, "url": None, "data": {}},
        "de": {
            "title": "{{ values.order }} {{ values.day }}",
            "body": "b",
            "image": None,
            "url": None,
            "data": {},
        },
    },
    "default_language": "de",
    "versions": [
        {"version": number, "created_at": "2026-11-28T21:08:57Z", "created_by": "backend"}
        for number in (2, 3)
    ],
}
FORM = MessageForm(contents={"fr": ContentForm()}, fallback="fr", template=TemplateForm(name="welcome"))


def test_a_template_brings_its_texts_and_languages() -> None:
    form = with_template(FORM, STORED)
    assert (form.languages, form.fallback) == (("en", "de"), "de")
    assert form.contents["de"].title == "{{ values.order }} {{ values.day }}"
    assert (form.template.shown, list(form.template.versions)) == (3, [3, 2])


def test_a_message_names_the_template_and_brings_values() -> None:
    form = replace(with_template(FORM, STORED), personal=PersonalForm(values="order = A-17"))
    document = write_document(form)
    assert document == {
        "template": {"name": "welcome"},
        "values": {"order": "A-17"},
        "audience": {"all": True},
    }
    assert write_document(form.as_shown)["template"] == {"name": "welcome", "version": 3}


def test_a_draft_keeps_its_template() -> None:
    draft = {"template": {"name": "welcome", "version": 2}, "values": {"order": 1}, "audience": {"all": True}}
    assert write_document(read_document(draft, zone="UTC", language="en")) == draft
    posted = [("language", "en"), ("template", "welcome"), ("template_version", "2"), ("values", "order = 1")]
    assert write_document(read_fields(posted, zone="UTC", language="en")) == draft


def test_a_line_waits_for_each_value_of_a_template_that_was_just_chosen() -> None:
    form = with_lines_for_values(
        replace(with_template(FORM, STORED), personal=PersonalForm(values="day = today"))
    )
    assert form.personal.values == "day = today\norder = "


def test_texts_of_a_template_become_the_messages_own() -> None:
    form = with_own_texts(replace(FORM, template=TemplateForm()), STORED)
    document = write_document(form)
    assert document["personal"] is True
    assert document["default_language"] == "de"
    assert "template" not in document
