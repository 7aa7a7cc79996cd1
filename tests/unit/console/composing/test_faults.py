"""An error of the API stands under the field that it is about."""

import pytest

from pushgate.console.composing.audience_form import AudienceForm
from pushgate.console.composing.audience_lines import Join, Line
from pushgate.console.composing.faults import faults_by_field, field_of, is_blank
from pushgate.console.composing.message_form import ContentForm, MessageForm, MomentForm
from pushgate.console.composing.option_fields import WrittenOption
from pushgate_client.errors import FieldError

FORM = MessageForm(
    contents={"en": ContentForm(title="Sale"), "zh-Hans": ContentForm()},
    fallback="en",
    audience=AudienceForm(lines=(Line(value="vip"), Line(join=Join.NOT, value=""))),
    moment=MomentForm(is_now=False, day="2026-11-30", clock=""),
    vendor_options=(WrittenOption(vendor="huawei", name="style", text="9"),),
)


@pytest.mark.parametrize(
    ("path", "field"),
    [
        ("content.en.title", "title_0"),
        ("content.zh-Hans.body", "body_1"),
        ("content.zh-Hans.url", "url_0"),
        ("content.en.data.page", "data_0"),
        ("content.en", "language_0"),
        ("content.fr.title", "message"),
        ("content", "message"),
        ("default_language", "fallback"),
        ("push_time", "moment"),
        ("audience.all_of[1].not.tag", "line_1"),
        ("audience", "audience"),
        ("options.ttl", "option_ttl"),
        ("options.canary.hold_if.gone", "canary"),
        ("options.huawei.style", "vendor_0"),
        ("options.huawei.category", "message"),
        ("", "message"),
    ],
)
def test_each_path_has_its_field(path: str, field: str) -> None:
    assert field_of(path, FORM) == field


def test_faults_of_one_field_stand_together_and_those_of_none_say_their_path() -> None:
    errors = [
        FieldError("options.ttl", "is too long"),
        FieldError("options.ttl", "is no number"),
        FieldError("options.ttl", "is too long"),
        FieldError("options.nope", "is not known"),
        FieldError("options.huawei.nope", "is not known"),
    ]
    assert faults_by_field(errors, FORM) == {
        "option_ttl": "is too long; is no number",
        "option_nope": "is not known",
        "message": "options.huawei.nope: is not known",
    }


def test_empty_fields_are_told_from_wrong_ones() -> None:
    fields = ["title_0", "title_1", "body_0", "line_0", "line_1", "moment", "option_ttl", "audience"]
    assert [name for name in fields if is_blank(name, FORM)] == ["title_1", "body_0", "line_1", "moment"]
