"""Previews show something in place of placeholders."""

import pytest

from pushgate.console.composing.message_form import ContentForm
from pushgate.console.composing.samples import values_shown, with_samples


@pytest.mark.parametrize(
    ("written", "language", "shown"),
    [
        ("Hi {{ name }}", "en", "Hi name"),
        ("Hi {{ name | default: 'friend' }}", "en", "Hi friend"),
        ("{{ values.item | upper }} in {{ user.city }}", "en", "A HAT in city"),
        ("{{ values.order }}", "en", "order"),
        ("{{ points | number }} on {{ day | date: 'short' }}", "de", "1.234 on 28.12.28"),
        ("{{ name", "en", "{{ name"),
        ("As it is", "en", "As it is"),
    ],
)
def test_a_sample_stands_in_place_of_each_placeholder(written: str, language: str, shown: str) -> None:
    content = ContentForm(title=written, body="b", url="https://a.example/{{ values.item }}", image="i")
    found = with_samples(content, language, {"item": "A hat"})
    assert (found.title, found.body, found.image) == (shown, "b", "i")
    assert found.url == ("https://a.example/A%20hat" if shown != "{{ name" else content.url)


def test_values_that_a_message_brings_are_named_once() -> None:
    contents = {
        "en": ContentForm(title="{{ values.order }} {{ name }}", body="{{ values.day | date }}"),
        "de": ContentForm(title="{{ values.order }}", body="{{ values.wrong"),
    }
    assert values_shown(contents) == ["order", "day"]
