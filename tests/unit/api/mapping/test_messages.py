"""Request bodies become messages; errors and warnings name their fields; messages become JSON."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest

from pushgate.api.mapping.messages import (
    MAX_PAST,
    change_message,
    from_message,
    to_message,
    to_push_time,
)
from pushgate.api.schemas.messages import ChangeBody, MessageBody
from pushgate.apps.catalog import ConfiguredApp
from pushgate.domain.app import App
from pushgate.domain.audience import AudienceKind, ByUser
from pushgate.domain.clock import to_ms
from pushgate.domain.errors import FieldError
from pushgate.domain.message import MAX_AHEAD, InQuietHours, Message, Priority, Status
from pushgate.domain.message_id import Position, new_id, small_id
from pushgate.messages.stored import StoredMessage
from pushgate.settings.apps import AppSettings

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
SHOP = ConfiguredApp(app=App("shop"), default_language="en", vendors={})
BODY = MessageBody.model_validate(
    {
        "content": {"en": {"title": "Sale", "body": "Today"}, "zh-CN": {"title": "特卖", "body": "今天"}},
        "push_time": "2026-11-28T21:00:00+08:00",
        "audience": {"users": ["u-1", "u-2"]},
        "options": {"ttl": 60, "priority": "high", "xiaomi": {}},
    },
    strict=False,
)


def created(body: MessageBody = BODY) -> Message:
    return to_message(body, SHOP, NOW, max_audience=10).message


def test_a_body_becomes_a_message_of_the_app() -> None:
    mapped = to_message(BODY, SHOP, NOW, max_audience=10)
    message = mapped.message
    assert (mapped.errors, mapped.audience) == ([], ByUser(("u-1", "u-2")))
    assert (message.app, message.created_at, message.default_language) == ("shop", NOW, "en")
    assert message.push_at == datetime(2026, 11, 28, 13, tzinfo=UTC)
    assert (message.audience.kind, message.audience.count) == (AudienceKind.USERS, 2)
    assert (message.options.ttl, message.options.priority) == (timedelta(seconds=60), Priority.HIGH)
    assert message.options.vendors == {"xiaomi": {}}


def test_a_new_message_has_the_size_that_it_is_stored_with() -> None:
    assert len(created().id) == len(new_id(NOW)) == len(small_id(to_ms(NOW), Position(0, 1, 0, 0)))


def test_content_has_the_languages_of_the_body() -> None:
    assert set(created().content) == {"en", "zh-CN"}


def test_all_errors_are_found_at_once() -> None:
    body = MessageBody.model_validate(
        {
            "content": {"xx": {"title": "t", "body": "b"}},
            "push_time": "2999-01-01T00:00:00Z",
            "audience": {"users": ["u"] * 3},
            "options": {"nokia": {}},
        }
    )
    errors = to_message(body, SHOP, NOW, max_audience=2).errors
    assert [error.field for error in errors] == ["content.xx", "audience.users", "push_time", "options.nokia"]


@pytest.mark.parametrize(
    ("written", "push_at", "error", "warning"),
    [
        (None, NOW, False, False),
        (NOW, NOW, False, False),
        (NOW + MAX_AHEAD, NOW + MAX_AHEAD, False, False),
        (NOW + MAX_AHEAD + timedelta(seconds=1), NOW, True, False),
        (NOW - MAX_PAST, NOW, False, True),
        (NOW - MAX_PAST - timedelta(seconds=1), NOW, True, False),
    ],
)
def test_a_push_time_lies_within_its_limits(
    written: datetime | None, push_at: datetime, error: bool, warning: bool
) -> None:
    errors: list[FieldError] = []
    warnings: list[FieldError] = []
    assert to_push_time(written, NOW, errors, warnings) == push_at
    assert (bool(errors), bool(warnings)) == (error, warning)


def test_a_push_time_is_kept_in_utc() -> None:
    written = datetime(2026, 11, 28, 21, tzinfo=timezone(timedelta(hours=8)))
    assert to_push_time(written, NOW, [], []).tzinfo is UTC


def test_a_change_keeps_what_it_does_not_name() -> None:
    message = created()
    changed, errors, warnings = change_message(
        message, ChangeBody.model_validate({"push_time": "2026-11-29T00:00:00Z"}), None, SHOP, NOW
    )
    assert (errors, warnings) == ([], [])
    assert changed.push_at == datetime(2026, 11, 29, tzinfo=UTC)
    assert (changed.id, changed.content, changed.options) == (message.id, message.content, message.options)


def test_a_changed_content_without_the_default_language_falls_back_to_the_only_one() -> None:
    written = ChangeBody.model_validate({"content": {"ja": {"title": "t", "body": "b"}}})
    changed, errors, _ = change_message(created(), written, None, SHOP, NOW)
    assert (errors, changed.default_language) == ([], "ja")


def test_a_message_becomes_json() -> None:
    body = from_message(StoredMessage(created(), Status.SCHEDULED))
    assert body["status"] == "scheduled"
    assert body["push_time"] == "2026-11-28T13:00:00.000Z"
    assert body["expires_at"] == "2026-11-28T13:01:00.000Z"
    assert body["audience"] == {"users": 2}
    assert body["retries"] == 0
    assert body["options"] == {
        "ttl": 60,
        "priority": "high",
        "delivery": "at_least_once",
        "collapse_key": None,
        "on_too_long": "reject",
        "dry_run": False,
        "silent": False,
        "badge": None,
        "category": None,
        "quiet_hours": "leave_out",
        "require_audience": False,
        "spread": None,
        "canary": None,
        "clear_on_click": False,
        "xiaomi": {},
    }


@pytest.mark.parametrize(
    ("options", "push_time", "expected"),
    [
        ({}, None, "leave_out"),
        ({"category": "news"}, None, "hold"),
        ({"category": "news", "quiet_hours": "leave_out"}, None, "leave_out"),
        ({"category": "news", "quiet_hours": "ignore"}, None, "ignore"),
        ({"category": "news", "silent": True}, None, "leave_out"),
        ({"category": "news"}, {"local": "2026-12-01T20:00"}, "leave_out"),
        ({"quiet_hours": "hold"}, None, "hold"),
    ],
)
def test_what_becomes_of_it_in_quiet_hours_says_the_message_or_the_app(
    options: dict[str, object], push_time: object, expected: str
) -> None:
    night = {"begin": "22:00", "end": "08:00"}
    hours = {"all": night, "news": {**night, "then": "hold"}}
    app = replace(SHOP, settings=AppSettings.model_validate({"quiet_hours": hours}))
    written = {"content": {"en": {"title": "t", "body": "b"}}, "audience": {"all": True}, "options": options}
    body = MessageBody.model_validate(written | ({"push_time": push_time} if push_time else {}), strict=False)
    mapped = to_message(body, app, NOW, max_audience=10)
    assert mapped.errors == []
    assert mapped.message.options.quiet_hours is InQuietHours(expected)


@pytest.mark.parametrize(
    "beside",
    [
        {"push_time": {"local": "2026-12-01T20:00"}},
        {"options": {"quiet_hours": "hold", "canary": {"share": 1, "wait": "10m"}}},
    ],
)
def test_a_message_to_a_local_time_or_with_a_canary_cannot_be_held(beside: dict[str, object]) -> None:
    written = {"content": {"en": {"title": "t", "body": "b"}}, "audience": {"all": True}}
    written |= {"options": {"quiet_hours": "hold"}} | beside
    mapped = to_message(MessageBody.model_validate(written, strict=False), SHOP, NOW, max_audience=10)
    assert [error.field for error in mapped.errors] == ["options.quiet_hours"]
