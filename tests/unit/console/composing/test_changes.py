"""Buttons change a form: languages, lines and options come and go."""

from dataclasses import replace
from datetime import date

import pytest
from starlette.datastructures import ImmutableMultiDict

from pushgate.console.composing.audience_form import AudienceForm
from pushgate.console.composing.audience_lines import Join, Kind, Line
from pushgate.console.composing.changing import Changed, change_form
from pushgate.console.composing.desk import Desk
from pushgate.console.composing.message_form import ContentForm, MessageForm
from pushgate.console.composing.option_fields import WrittenOption

TODAY = date(2026, 11, 28)
FORM = MessageForm(
    contents={"en": ContentForm(title="Sale", url="shop://sale"), "zh-Hans": ContentForm(title="特卖")},
    fallback="en",
    audience=AudienceForm(lines=(Line(value="vip"), Line(join=Join.OR, value="member"))),
)


def press(do: str, form: MessageForm = FORM, **fields: str) -> Changed:
    posted = ImmutableMultiDict([("do", do), *fields.items()])
    return change_form(form, Desk(key="k"), posted, TODAY)


def test_a_new_language_is_shown_and_has_the_link_of_the_others() -> None:
    changed = press("add_language:", new_language="pt_br")
    assert changed.form.languages == ("en", "zh-Hans", "pt-BR")
    assert changed.form.contents["pt-BR"] == ContentForm(url="shop://sale")
    assert changed.desk.tab == 2


def test_what_is_no_language_is_refused() -> None:
    changed = press("add_language:", new_language="klingonese")
    assert changed.is_refused
    assert changed.form == FORM


def test_the_fallback_moves_on_when_its_language_goes_and_one_language_stays() -> None:
    changed = press("drop_language:0")
    assert (changed.form.languages, changed.form.fallback) == (("zh-Hans",), "zh-Hans")
    assert press("drop_language:0", changed.form).form == changed.form


def test_lines_come_at_the_end_and_get_the_focus() -> None:
    changed = press("add_line:not:clicked")
    assert changed.form.audience.lines[2] == Line(join=Join.NOT, kind=Kind.CLICKED)
    assert changed.desk.focus == 2


def test_when_the_first_of_alternatives_goes_the_next_takes_its_place() -> None:
    assert press("drop_line:0").form.audience.lines == (Line(value="member"),)
    assert press("drop_line:1").form.audience.lines == (Line(value="vip"),)


@pytest.mark.parametrize(
    "do", ["drop_line:9", "drop_line:x", "drop_language:9", "nonsense", "", "add_option"]
)
def test_what_makes_no_sense_changes_nothing(do: str) -> None:
    assert press(do).form == FORM


@pytest.mark.parametrize(
    ("kind", "value"), [(Kind.SEEN_AFTER, "2026-10-29"), (Kind.LANGUAGE, ""), (Kind.TAG, "vip")]
)
def test_a_line_of_another_kind_begins_anew(kind: Kind, value: str) -> None:
    line = Line(kind=kind, value="vip")
    form = replace(FORM, audience=AudienceForm(lines=(line,)))
    changed = press("refresh", form, shown_kind="tag")
    assert changed.form.audience.lines == (replace(line, value=value),)


def test_an_option_of_a_vendor_is_added_once() -> None:
    form = press("add_option", new_option="huawei.category").form
    assert form.vendor_options == (WrittenOption(vendor="huawei", name="category", text=""),)
    assert press("add_option", form, new_option="huawei.category").form == form
    assert press("add_option", form, new_option="huawei.nope").form == form


def test_an_audience_is_written_as_json_and_begun_again_with_lines() -> None:
    form = press("as_json").form
    assert form.audience.json is not None
    assert '"any_of"' in form.audience.json
    assert press("as_lines", form).form.audience == AudienceForm()


def test_a_row_for_data_comes_in_all_languages_that_share_them() -> None:
    form = press("add_data:0").form
    assert [content.data for content in form.contents.values()] == [(("", ""),), (("", ""),)]
