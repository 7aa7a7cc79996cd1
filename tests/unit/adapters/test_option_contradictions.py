"""Options that contradict one another, or have no effect in a push, are refused by name."""

from datetime import timedelta
from typing import Any

import pytest
from tests.support.adapters.rendering import refused, rendered
from tests.support.adapters.samples import push

from pushgate.domain.message import Content, Options

HOUR = timedelta(hours=1)
CONTENT = Content("t", "b", None, {"k": "v"}, "shop://sale")
_START = {"event": "start", "content_state": {}, "attributes_type": "Match", "attributes": {}}
_UPDATE = {"event": "update", "content_state": {}}
_LIGHT = {"color": {"red": 1.0}, "light_on_duration": "1s", "light_off_duration": "1s"}
_SOUND: dict[str, Any] = {"critical_sound": {}}


def given(vendor: str, silent: bool, options: dict[str, Any]) -> Any:
    return push(CONTENT, Options(ttl=HOUR, silent=silent, vendors={vendor: options}))


@pytest.mark.parametrize(
    ("vendor", "silent", "options", "field"),
    [
        ("apns", True, {"push_type": "alert"}, "options.silent"),
        ("apns", True, {"push_type": "voip"}, "options.silent"),
        ("apns", True, {"push_type": "pushtotalk"}, "options.silent"),
        ("apns", True, {"push_type": "liveactivity", "live_activity": _START}, "options.silent"),
        ("apns", True, {"push_type": "liveactivity", "live_activity": _UPDATE, "sound": "x"},
        "options.silent"),
        ("apns", True, {"push_type": "liveactivity", "live_activity": _UPDATE, **_SOUND}, "options.silent"),
        ("apns", True, {"badge": 1}, "options.apns.badge"),
        ("apns", True, {"badge": 0}, "options.apns.badge"),
        ("apns", True, {"mutable_content": True}, "options.apns.mutable_content"),
        ("apns", True, {"sound": "x"}, "options.apns.sound"),
        ("apns", False, {"push_type": "background", "subtitle": "x"}, "options.apns.subtitle"),
        ("apns", False, {"push_type": "location", "thread_id": "x"}, "options.apns.thread_id"),
        ("apns", False, {"push_type": "widgets", "relevance_score": 0.5}, "options.apns.relevance_score"),
        (
            "apns",
            False,
            {"push_type": "liveactivity", "live_activity": _UPDATE, "subtitle": "x"},
            "options.apns.subtitle",
        ),
        ("apns", False, {"sound": "x", "critical_sound": {}}, "options.apns"),
        ("apns", False, {"title_loc_args": ["x"]}, "options.apns"),
        ("apns", False, {"subtitle_loc_args": ["x"]}, "options.apns"),
        ("apns", False, {"loc_args": ["x"]}, "options.apns"),
        ("fcm", True, {"sound": "x"}, "options.fcm.sound"),
        ("fcm", True, {"channel_id": "x"}, "options.fcm.channel_id"),
        ("fcm", True, {"apns": {"payload": {"aps": {"alert": "x"}}}}, "options.fcm.apns"),
        ("fcm", True, {"apns": {"payload": {"aps": {"badge": 1}}}}, "options.fcm.apns"),
        ("fcm", True, {"apns": {"image": "https://example.com/x"}}, "options.fcm.apns"),
        ("fcm", True, {"webpush": {"notification": {"title": "x"}}}, "options.fcm.webpush"),
        ("fcm", True, {"webpush": {"link": "https://example.com/x"}}, "options.fcm.webpush"),
        ("fcm", False, {"sound": "x", "default_sound": True}, "options.fcm"),
        ("fcm", False, {"vibrate_timings": ["1s"], "default_vibrate_timings": True}, "options.fcm"),
        ("fcm", False, {"title_loc_args": ["x"]}, "options.fcm"),
        ("fcm", False, {"body_loc_args": ["x"]}, "options.fcm"),
        ("fcm", False, {"webpush": {"data": {"url": "https://x"}}}, "options.fcm.webpush.data.url"),
        ("fcm", False, {"apns": {"payload": {"url": "https://x"}}}, "options.fcm.apns.payload.url"),
        ("fcm", False, {"webpush": {"notification": {"icon": "data:x"}}}, "options.fcm.webpush.notification"),
        ("fcm", False, {"webpush": {"notification": {"actions": [{"action": "x", "title": "x",
        "icon": "data:x"}]}}},
         "options.fcm.webpush.notification"),
        ("huawei", False, {"big_title": "x"}, "options.huawei"),
        ("huawei", False, {"style": 0, "big_title": "x", "big_body": "y"}, "options.huawei"),
        ("huawei", False, {"style": 1, "big_title": "x", "big_body": "y", "inbox_content": ["z"]},
        "options.huawei"),
        ("huawei", False, {"inbox_content": ["x"]}, "options.huawei"),
        ("huawei", False, {"title_loc_args": ["x"]}, "options.huawei"),
        ("huawei", False, {"body_loc_args": ["x"]}, "options.huawei"),
        ("huawei", False, {"vibrate_config": ["1s"], "use_default_vibrate": True}, "options.huawei"),
        ("huawei", False, {"light_settings": _LIGHT, "use_default_light": True}, "options.huawei"),
        ("harmony", False, {"big_body": "x"}, "options.harmony"),
        ("harmony", False, {"inbox_content": ["x"]}, "options.harmony"),
        ("webpush", True, {}, "options.silent"),
        ("webpush", False, {"actions": [{"action": "x"}]}, "options.webpush.actions.0.title"),
        ("webpush", False, {"actions": [{"action": "x", "title": "x", "colour": "x"}]},
         "options.webpush.actions.0.colour"),
    ],
)  # fmt: skip
def test_contradictory_options_are_refused(
    vendor: str, silent: bool, options: dict[str, Any], field: str
) -> None:
    error = refused(vendor, given(vendor, silent, options))
    assert error.field == field


@pytest.mark.parametrize(
    ("vendor", "options", "field"),
    [
        ("huawei", {"visibility": "SECRET", "ticker": "x", "tag": "x", "group": "x", "badge_set": 1},
        "badge_set"),
        ("honor", {"group": "x", "big_body": "x", "badge_class": "x", "badge_set": 1, "action": "x"},
        "action"),
        ("harmony", {"sound": "x", "profile_id": "x", "notify_id": 1, "badge_set": 1, "action": "x"},
        "action"),
    ],
)  # fmt: skip
def test_every_process_names_the_same_of_several_options_without_effect(
    vendor: str, options: dict[str, Any], field: str
) -> None:
    assert refused(vendor, given(vendor, True, options)).field == f"options.{vendor}.{field}"


@pytest.mark.parametrize(
    ("vendor", "silent", "options"),
    [
        ("apns", True, {}),
        ("apns", True, {"push_type": "background", "content_available": True}),
        ("apns", True, {"push_type": "location"}),
        ("apns", True, {"mutable_content": False, "content_available": False}),
        ("fcm", True, {"sticky": False, "default_sound": False}),
        ("apns", True, {"push_type": "liveactivity", "live_activity": _UPDATE, "relevance_score": 7}),
        ("apns", False, {"push_type": "voip", "sound": "x"}),
        ("apns", False, {"push_type": "liveactivity", "live_activity": _UPDATE, "sound": "x",
        "subtitle": "x"}),
        ("apns", False, {"loc_key": "x", "loc_args": ["y"]}),
        ("fcm", True, {"direct_boot_ok": True, "analytics_label": "x"}),
        ("fcm", True, {"apns": {"headers": {"apns-priority": "5"},
        "payload": {"aps": {"content-available": 1}}}}),
        ("fcm", True, {"webpush": {"data": {"k": "w"}}}),
        ("fcm", False, {"sound": "x", "default_sound": False}),
        ("huawei", False, {"style": 1, "big_title": "x", "big_body": "y"}),
        ("huawei", False, {"style": 3, "inbox_content": ["x"]}),
        ("huawei", False, {"title_loc_key": "x", "title_loc_args": ["y"]}),
        ("huawei", False, {"vibrate_config": ["1s"], "light_settings": _LIGHT, "use_default_light": False}),
        ("harmony", False, {"style": 3, "inbox_content": ["x"]}),
        ("webpush", False, {"actions": [{"action": "x", "title": "y", "icon": "/i.png"}]}),
    ],
)  # fmt: skip
def test_consistent_options_are_accepted(vendor: str, silent: bool, options: dict[str, Any]) -> None:
    assert rendered(vendor, given(vendor, silent, options))
