"""What can be read of a faulty message is judged, so that no fault hides another."""

from datetime import UTC, datetime
from typing import Any

import orjson
import pytest
from tests.support.api.bad_messages import BAD_MESSAGES
from tests.support.api.bodies import but
from tests.support.parameters import readable

from pushgate.api.http import parse
from pushgate.api.partial_checks import message_checks
from pushgate.api.schemas.messages import MessageBody
from pushgate.domain.errors import InvalidRequest

NOW = datetime(2026, 12, 1, tzinfo=UTC)
VENDORS_JUDGE = {"a silent call", "what no vendor can carry"}
"""What is rendered to be judged, and so not looked at in a message that has other faults."""
FAULTY: list[tuple[dict[str, Any], set[str]]] = [
    (
        {"push_time": "2020-01-01T00:00:00Z", "content": {"xx": {}, "en": {"title": 7, "body": "b"}}},
        {"push_time", "content.xx", "content.xx.title", "content.xx.body", "content.en.title"},
    ),
    (
        {"audience": {"tokens": [{"vendor": "nokia"}, 3, {"vendor": "apns", "token": "no-hex"}]}},
        {"audience.tokens.0.vendor", "audience.tokens.0.token", "audience.tokens.2.token"},
    ),
    (
        {"options": {"ttl": -1, "nokia": {}, "apns": {"badge": "1"}}},
        {"options.ttl", "options.nokia", "options.apns.badge"},
    ),
    (
        {"content": {"en": {"title": "t", "body": "b", "sound": 1}, "x": 1}},
        {"content.en.sound", "content.x"},
    ),
    (
        {"content": 3, "audience": 4, "options": 5, "push_time": {}},
        {"content", "audience", "options", "push_time.local"},
    ),
    ({"content": {"en": 1}, "default_language": "de"}, {"content.en", "default_language"}),
    ({"audience": {}, "colour": 1}, {"audience", "colour"}),
]


def fields(written: dict[str, Any]) -> set[str]:
    with pytest.raises(InvalidRequest) as caught:
        parse(orjson.dumps(written), MessageBody, message_checks(NOW, 1000))
    return {fault.field for fault in caught.value.errors}


@pytest.mark.parametrize(("changes", "wanted"), FAULTY, ids=readable)
def test_what_can_be_read_is_judged(changes: dict[str, Any], wanted: set[str]) -> None:
    assert fields(but(**changes)) == wanted


def is_small(written: object) -> bool:
    """Whether orjson can write the body: it has no number beyond 64 bits."""
    try:
        return bool(orjson.dumps(written))
    except orjson.JSONEncodeError:
        return False


@pytest.mark.parametrize(
    "name",
    [name for name, (body, _) in BAD_MESSAGES.items() if name not in VENDORS_JUDGE and is_small(body)],
)
def test_no_fault_hides_another(name: str) -> None:
    body, wanted = BAD_MESSAGES[name]
    assert fields({**body, "colour": "red"}) == wanted | {"colour"}
