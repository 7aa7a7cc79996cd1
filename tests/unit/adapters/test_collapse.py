"""A push that is sent twice is shown once: the name that each vendor gets for it.

Source: docs/reference/vendors/index.md#duplicates
"""

from datetime import timedelta

import pytest
from msgspec.structs import replace
from tests.support.adapters.rendering import rendered
from tests.support.adapters.samples import CONTENT, NOW, flat, push

from pushgate.adapters.fcm import payload as fcm
from pushgate.adapters.registry import vendors
from pushgate.domain.message import Content, Options

KNOWN_BY = {
    "apns": "headers.apns-collapse-id",
    "fcm": "message.android.notification.tag",
    "huawei": "message.android.notification.notify_id",
    "harmony": "body.payload.notification.notifyId",
    "honor": "android.notification.notifyId",
    "xiaomi": "notify_id",
    "oppo": "notify_id",
    "vivo": "notifyId",
    "meizu": "advanceInfo.notifyKey",
    "webpush": "headers.topic",
}
HOUR = timedelta(hours=1)


def known_by(vendor: str, message_id: str, collapse_key: str | None) -> object:
    given = replace(push(CONTENT, Options(ttl=HOUR, collapse_key=collapse_key)), message_id=message_id)
    return flat(rendered(vendor, given))[KNOWN_BY[vendor]]


@pytest.mark.parametrize("vendor", vendors())
def test_without_a_collapse_key_a_push_replaces_itself_alone(vendor: str) -> None:
    first, second = "0194f0c1a2b3c4d5e6f708192a3b", "0194f0c1a2b3c4d5e6f708192a3c"
    assert known_by(vendor, first, None) == known_by(vendor, first, None)
    assert known_by(vendor, first, None) != known_by(vendor, second, None)
    assert known_by(vendor, first, "sale") == known_by(vendor, second, "sale")
    assert known_by(vendor, first, "sale") != known_by(vendor, first, None)


def test_without_a_collapse_key_fcm_collapses_no_stored_push() -> None:
    """A device keeps four collapse keys; a key for each message would evict others. See
    docs/reference/vendors/fcm.md#options.
    """
    sent = flat(rendered("fcm", push()))
    assert "message.android.collapse_key" not in sent


FCM_NAMES = (
    "message.android.notification.tag",
    "message.apns.headers.apns-collapse-id",
    "message.webpush.notification.tag",
)


@pytest.mark.parametrize("collapse_key", [None, "sale"])
def test_fcm_gets_the_collapse_name_for_every_platform(collapse_key: str | None) -> None:
    """The platform of a token is not known.

    Only Android's name has its place among FCM's own fields.
    """
    given = push(CONTENT, Options(ttl=HOUR, collapse_key=collapse_key))
    sent = flat(rendered("fcm", given))
    assert [sent.get(name) for name in FCM_NAMES] == [collapse_key or given.message_id] * 3
    silent = flat(rendered("fcm", replace(given, options=Options(ttl=HOUR, silent=True))))
    assert not silent.keys() & set(FCM_NAMES)


def test_fcm_leaves_out_the_collapse_name_where_the_content_needs_the_room() -> None:
    room = 4096 - fcm.render(push(Content("t", "b")), NOW).size
    for more, named in ((room, True), (room + 1, False), (room + 100, False)):
        sent = flat(rendered("fcm", push(Content("t", "b" * (1 + more)))))
        assert [name in sent for name in FCM_NAMES] == [True, named, named]


_START = {"event": "start", "content_state": {}, "attributes_type": "Match", "attributes": {}}


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, True),
        ({"push_type": "liveactivity", "live_activity": _START}, True),
        ({"push_type": "liveactivity", "live_activity": {"event": "update", "content_state": {}}}, False),
        ({"push_type": "liveactivity", "live_activity": {"event": "end", "content_state": {}}}, False),
        ({"push_type": "background"}, False),
        ({"push_type": "voip"}, False),
        ({"push_type": "pushtotalk"}, False),
        ({"push_type": "widgets"}, False),
        ({"push_type": "location"}, False),
    ],
)
def test_apns_gets_a_collapse_id_for_pushes_that_add_to_the_screen(
    options: dict[str, object], expected: bool
) -> None:
    given = push(apns=options)
    headers = flat(rendered("apns", given))
    assert headers.get("headers.apns-collapse-id") == (given.message_id if expected else None)
