"""Options of `pushgate send` become the fields of a personal message, and its plan lines."""

from typing import Any, cast

import pytest

from pushgate.cli.client.command_errors import CommandError
from pushgate.cli.client.personal_options import PersonalFields
from pushgate.cli.client.plan_lines import plan_lines


def fields(
    *, personal: bool = False, values: list[str], fallback: list[str], **known: object
) -> dict[str, Any]:
    message = dict(known)
    PersonalFields(personal, values, fallback).add_to(message)
    return message


def test_values_and_a_fallback_make_a_message_personal() -> None:
    assert fields(values=[], fallback=[]) == {}
    assert fields(personal=True, values=[], fallback=[]) == {"personal": True}
    assert fields(values=["item=a=b", "day="], fallback=[], values_of_file=1) == {
        "personal": True,
        "values": {"item": "a=b", "day": ""},
        "values_of_file": 1,
    }
    assert fields(values=[], fallback=["en:Hi:News"]) == {
        "personal": True,
        "on_missing": "fallback",
        "fallback": {"en": {"title": "Hi", "body": "News"}},
    }


def test_a_template_says_itself_whether_it_is_personal() -> None:
    template = {"name": "welcome"}
    expected = {"template": template, "values": {"item": "hat"}}
    assert fields(values=["item=hat"], fallback=[], template=template) == expected


def test_values_come_on_top_of_those_of_a_file() -> None:
    message: dict[str, object] = {"values": {"item": "hat", "day": 1}}
    PersonalFields(False, ["item=coat"], []).add_to(message)
    assert message["values"] == {"item": "coat", "day": 1}


@pytest.mark.parametrize("written", ["item", "=x", ""])
def test_a_value_needs_a_name(written: str) -> None:
    with pytest.raises(CommandError, match="--value takes NAME=TEXT"):
        fields(values=[written], fallback=[])


def test_a_fallback_that_is_no_content_is_named_by_its_option() -> None:
    with pytest.raises(CommandError, match="--fallback takes language:title:body"):
        fields(values=[], fallback=["en:Hi"])


def test_the_plan_says_which_values_terminals_lack() -> None:
    values = [
        {"name": "name", "has_default": True, "missing": 3},
        {"name": "user.city", "has_default": False, "missing": 1},
        {"name": "values.item", "has_default": False, "missing": 0},
    ]
    plan = {
        "total": 5,
        "push_time": "2027-01-01T00:00:00Z",
        "vendors": [],
        "last_push_at": None,
        "warnings": [],
        "personal": {"looked_at": 5, "values": values},
    }
    lines = list(plan_lines(cast("Any", plan)))
    assert lines[1:] == [
        "  {{ name }}: 3 of 5 terminals lack it: they get its default",
        "  {{ user.city }}: 1 of 5 terminals lack it: they are left out, or get the fallback",
    ]
