"""FCM's messages."""

from datetime import timedelta

import pytest
from tests.support.adapters.rendering import (
    refused,
    rendered,
)
from tests.support.adapters.samples import CALLBACK, flat, push

from pushgate.domain.message import Content, Options


@pytest.mark.parametrize(
    ("key", "taken"),
    [
        ("from", False),
        ("message_type", False),
        ("google.x", False),
        ("google.", False),
        ("gcm.notification.x", False),
        ("gcm.x", True),
        ("gcm.notification", True),
        ("googlex", True),
        ("fromage", True),
        ("From", True),
        ("message_types", True),
        ("notification", True),
    ],
)
def test_reserved_keys_of_the_data_are_refused(key: str, taken: bool) -> None:
    """See docs/reference/vendors/fcm.md#options."""
    given = push(Content("t", "b", None, {key: "x"}))
    if taken:
        assert flat(rendered("fcm", given))[f"message.data.{key}"] == "x"
    else:
        assert refused("fcm", given).field == f"content.data.{key}"


def test_data_for_browsers_is_added_to_the_data_of_the_content() -> None:
    """Their data replaces the message's. See docs/reference/vendors/fcm.md#options."""
    content = Content("t", "b", None, {"page": "sale", "id": "1"}, "shop://sale")
    sent = rendered("fcm", push(content, fcm={"webpush": {"data": {"page": "web", "more": "x"}}}))
    assert isinstance(sent, dict)
    data = sent["message"]["webpush"]["data"]
    assert data == {"page": "web", "more": "x", "id": "1", "url": "shop://sale", "pushgate": CALLBACK}
    sent = rendered("fcm", push(content, fcm={"webpush": {"link": "https://example.com"}}))
    assert isinstance(sent, dict)
    assert "data" not in sent["message"]["webpush"], "the message's own is theirs too"


@pytest.mark.parametrize(("key", "expected"), [(None, "the message"), ("sale", "sale"), ("\u4fc3", "digest")])
def test_clients_on_ios_and_in_browsers_get_the_collapse_name(key: str | None, expected: str) -> None:
    own: dict[str, object] = {"apns": {"payload": {"aps": {"badge": 1}}}, "webpush": {"data": {"a": "b"}}}
    given = push(options=Options(ttl=timedelta(hours=1), collapse_key=key, vendors={"fcm": own}))
    sent = flat(rendered("fcm", given))
    name = given.message_id if expected == "the message" else key
    assert sent["message.webpush.notification.tag"] == name
    ios = str(sent["message.apns.headers.apns-collapse-id"])
    assert len(ios) == 32 if expected == "digest" else ios == name
    own = {
        "apns": {"headers": {"apns-collapse-id": "own"}},
        "webpush": {"notification": {"tag": "own"}},
    }
    sent = flat(rendered("fcm", push(fcm=own)))
    assert sent["message.webpush.notification.tag"] == "own"
    assert sent["message.apns.headers.apns-collapse-id"] == "own"


def test_a_badge_of_zero_is_left_out_for_android() -> None:
    """See docs/reference/vendors/fcm.md#options."""
    sent = flat(rendered("fcm", push(options=Options(ttl=timedelta(hours=1), badge=0))))
    assert "message.android.notification.notification_count" not in sent
    error = refused("fcm", push(fcm={"notification_count": 0}))
    assert error.field == "options.fcm.notification_count"
