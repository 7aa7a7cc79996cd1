"""Names of a person in drafts, whole or incomplete, are found and replaced."""

from typing import Any

import orjson
import pytest

from pushgate.people.named_drafts import is_for_nobody_else, without_names

NAMES = {"ann": "erased~1", "phone": "erased~2", "a" * 64: "erased~3"}


@pytest.mark.parametrize(
    ("draft", "replaced"),
    [
        ({"audience": {"users": ["ann", "bob"]}}, {"audience": {"users": ["erased~1", "bob"]}}),
        ({"content": {"en": {"data": {"to": "ann"}}}}, {"content": {"en": {"data": {"to": "erased~1"}}}}),
        (
            {"audience": {"tokens": [{"vendor": "apns", "token": "A" * 64}]}},
            {"audience": {"tokens": [{"vendor": "apns", "token": "erased~3"}]}},
        ),
        (
            {"user_values": {"ann": {"city": "Rome"}, "bob": {"city": "ann"}}},
            {"user_values": {"bob": {"city": "erased~1"}}},
        ),
        ({"user_values": {"bob": {}}}, None),
        ({"audience": {"terminals": "phone"}}, {"audience": {"terminals": "erased~2"}}),
        ({"audience": {"users": ["anna"]}, "content": 1}, None),
        ({}, None),
        (
            {"content": None, "audience": [[{"phone": []}]]},
            {"content": None, "audience": [[{"erased~2": []}]]},
        ),
    ],
    ids=str,
)
def test_texts_that_are_a_name_are_replaced_wherever_they_stand(
    draft: dict[str, Any], replaced: dict[str, Any] | None
) -> None:
    found = without_names(orjson.dumps(draft), NAMES)
    assert (orjson.loads(found) if found else None) == replaced


@pytest.mark.parametrize(
    ("audience", "only"),
    [
        ({"users": ["ann"]}, True),
        ({"users": ["ann", "bob"]}, False),
        ({"users": []}, False),
        ({"tokens": [{"vendor": "apns", "token": "A" * 64}]}, True),
        ({"tokens": [{"vendor": "apns", "token": "b" * 64}]}, False),
        ({"all_of": [{"tag": "vip"}, {"terminals": ["phone"]}]}, True),
        ({"any_of": [{"tag": "vip"}, {"terminals": ["phone"]}]}, False),
        ({"any_of": [{"users": ["ann"]}, {"terminals": ["phone"]}]}, True),
        ({"not": {"users": ["ann"]}}, False),
        ({"all": True}, False),
        ({}, False),
        ("ann", False),
        ({"users": ["ann"], "tag": "vip"}, False),
    ],
    ids=str,
)
def test_a_draft_for_the_person_alone_is_known(audience: object, *, only: bool) -> None:
    assert is_for_nobody_else(orjson.dumps({"audience": audience}), NAMES) is only
