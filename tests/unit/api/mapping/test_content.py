"""Content by language: tags are normalized, conflicts with Pushgate's own keys are errors."""

import pytest

from pushgate.api.mapping.content import choose_default_language, from_content, to_content
from pushgate.api.schemas.messages import ContentBody
from pushgate.domain.errors import FieldError
from pushgate.domain.message import Content


def body(**fields: object) -> ContentBody:
    return ContentBody.model_validate({"title": "t", "body": "b", **fields})


@pytest.mark.parametrize(
    ("written", "fields"),
    [
        ({"xx": body()}, ["content.xx"]),
        ({"zh-cn": body(), "zh_CN": body()}, ["content.zh_CN"]),
        ({"en": body(data={"pushgate": "x"})}, ["content.en.data.pushgate"]),
        ({"en": body(url="https://x.example", data={"url": "x"})}, ["content.en.data.url"]),
        ({"en": body(data={"image": "x"})}, []),
    ],
)
def test_errors_name_the_field(written: dict[str, ContentBody], fields: list[str]) -> None:
    errors: list[FieldError] = []
    to_content(written, errors, [])
    assert [error.field for error in errors] == fields


def test_a_tag_that_says_more_than_language_script_and_region_is_warned_of() -> None:
    warnings: list[FieldError] = []
    assert list(to_content({"de-1996": body()}, [], warnings)) == ["de"]
    assert [warning.field for warning in warnings] == ["content.de-1996"]


@pytest.mark.parametrize(
    ("wanted", "languages", "app_default", "chosen", "is_error"),
    [
        (None, ["en", "de"], "en", "en", False),
        (None, ["de"], "en", "de", False),
        (None, ["de", "fr"], "en", "en", True),
        ("de", ["de", "fr"], "en", "de", False),
        ("ja", ["de", "fr"], "en", "ja", True),
    ],
)
def test_the_default_language_is_the_apps_or_the_only_one(
    wanted: str | None, languages: list[str], app_default: str, chosen: str, is_error: bool
) -> None:
    errors: list[FieldError] = []
    content = {language: Content("t", "b") for language in languages}
    assert choose_default_language(wanted, content, app_default, errors) == chosen
    assert bool(errors) is is_error


def test_content_becomes_json_as_it_was_written() -> None:
    written = body(image="https://x.example/i.png", data={"page": "sale"})
    content = to_content({"en": written}, [], [])
    assert from_content(content) == {"en": written.model_dump()}
