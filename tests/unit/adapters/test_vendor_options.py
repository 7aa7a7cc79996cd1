"""Each vendor's options are checked by name and type."""

import pytest
from tests.support.adapters.rendering import (
    refused,
    rendered,
)
from tests.support.adapters.samples import CONTENT, push

from pushgate.adapters.fcm.options import FcmOptions
from pushgate.adapters.vendor_options import parse_options

IMAGE = {"key_name": "a", "url": "https://example.com/a.png"}


def test_pushes_with_the_same_options_share_them_and_a_bad_one_is_told_each_time() -> None:
    first, second = (parse_options(push(fcm={"color": "#00ff00"}), "fcm", FcmOptions) for _ in range(2))
    assert first is second
    assert parse_options(push(fcm={"color": "#00ff01"}), "fcm", FcmOptions).color == "#00ff01"
    for _ in range(2):
        assert refused("fcm", push(fcm={"color": "red"})).field == "options.fcm.color"


FORM = {
    "form_id": 1, "version": 1, "module_name": "m", "form_name": "f", "ability_name": "a", "form_data": {},
}  # fmt: skip


@pytest.mark.parametrize(
    ("vendor", "extras", "field"),
    [
        ("apns", {"bagde": 1}, "options.apns.bagde"),
        ("apns", {"badge": "1"}, "options.apns.badge"),
        ("apns", {"badge": -1}, "options.apns.badge"),
        ("apns", {"relevance_score": 2}, "options.apns.relevance_score"),
        ("apns", {"push_type": "mdm"}, "options.apns.push_type"),
        ("apns", {"push_type": "liveactivity"}, "options.apns.live_activity"),
        ("apns", {"live_activity": {"event": "end", "content_state": {}}}, "options.apns.live_activity"),
        (
            "apns",
            {"push_type": "liveactivity", "live_activity": {"event": "start", "content_state": {}}},
            "options.apns.live_activity",
        ),
        ("apns", {"critical_sound": {"volume": 2}}, "options.apns.critical_sound.volume"),
        ("fcm", {"color": "red"}, "options.fcm.color"),
        ("fcm", {"event_time": "today"}, "options.fcm.event_time"),
        ("fcm", {"vibrate_timings": ["1"]}, "options.fcm.vibrate_timings.0"),
        ("fcm", {"apns": {"headers": {"authorization": "x"}}}, "options.fcm.apns.headers"),
        ("fcm", {"apns": {"headers": {"apns-topic": "a\r\nb"}}}, "options.fcm.apns.headers"),
        ("fcm", {"apns": {"headers": {"apns-collapse-id": "x" * 65}}}, "options.fcm.apns.headers"),
        ("fcm", {"webpush": {"link": "http://example.com"}}, "options.fcm.webpush.link"),
        ("fcm", {"webpush": {"headers": {"TTL": "60"}}}, "options.fcm.webpush.headers.TTL"),
        ("fcm", {"notification_count": True}, "options.fcm.notification_count"),
        ("harmony", {"category": "work"}, "options.harmony.category"),
        ("harmony", {"badge_add": 0}, "options.harmony.badge_add"),
        ("harmony", {"push_type": "form"}, "options.harmony"),
        ("harmony", {"style": 1}, "options.harmony"),
        ("harmony", {"style": 3}, "options.harmony"),
        ("harmony", {"tel": "1"}, "options.harmony.tel"),
        ("harmony", {"clear_on_click": True}, "options.harmony.clear_on_click"),
        ("harmony", {"category": "NEWS"}, "options.harmony.category"),
        ("harmony", {"category": "SYSTEM_REMINDER"}, "options.harmony.category"),
        ("harmony", {"badge_add": 1, "badge_set": 1}, "options.harmony"),
        ("harmony", {"push_type": "background", "sound": "ding.mp3"}, "options.harmony.sound"),
        ("harmony", {"push_type": "background", "category": "IM"}, "options.harmony.category"),
        ("harmony", {"push_type": "voice", "category": "IM"}, "options.harmony.category"),
        ("harmony", {"proxy_data": True}, "options.harmony.proxy_data"),
        ("harmony", {"push_type": "voip"}, "options.harmony"),
        ("harmony", {"voip": {"scene": "voice"}}, "options.harmony"),
        ("harmony", {"push_type": "voip", "voip": {"scene": "text"}}, "options.harmony.voip.scene"),
        (
            "harmony",
            {"push_type": "voip", "voip": {"scene": "voice"}, "uri": "shop://x"},
            "options.harmony.uri",
        ),
        ("harmony", {"push_type": "live_view"}, "options.harmony"),
        (
            "harmony",
            {"push_type": "form", "form": {**FORM, "images": [IMAGE, IMAGE]}},
            "options.harmony.form.images",
        ),
        (
            "harmony",
            {"push_type": "form", "form": {**FORM, "images": [{**IMAGE, "url": "http://x"}]}},
            "options.harmony.form.images.0.url",
        ),
        (
            "harmony",
            {"push_type": "form", "form": {**FORM, "form_data": {"a": None}}},
            "options.harmony.form.form_data",
        ),
        (
            "harmony",
            {"push_type": "form", "form": {**FORM, "form_data": {"a": [{"b": None}]}}},
            "options.harmony.form.form_data",
        ),
        (
            "harmony",
            {"push_type": "form", "form": {**FORM, "form_data": {"a": [["b", [None]]]}}},
            "options.harmony.form.form_data",
        ),
        (
            "harmony",
            {"push_type": "form", "form": {**FORM, "form_data": {"datashareproxy://a": 1}}},
            "options.harmony.form.form_data",
        ),
        ("harmony", {"inbox_content": ["a"] * 4}, "options.harmony.inbox_content"),
        ("honor", {"importance": "HIGH"}, "options.honor.importance"),
        ("honor", {"url": "http://example.com"}, "options.honor.url"),
        ("honor", {"big_title": "t"}, "options.honor"),
        ("harmony", {"category": "PLAY_VOICE"}, "options.harmony.category"),
        ("meizu", {"sound": 1}, "options.meizu.sound"),
        ("oppo", {"notify_level": 3}, "options.oppo.notify_level"),
        ("oppo", {"subtitle": 7}, "options.oppo.subtitle"),
        ("oppo", {"show_from": 1}, "options.oppo"),
        ("oppo", {"private_title_parameters": {"a": "b"}}, "options.oppo"),
        ("vivo", {"category": "news"}, "options.vivo.category"),
        ("vivo", {"notify_type": 0}, "options.vivo.notify_type"),
        ("huawei", {"category": "NEWS"}, "options.huawei.category"),
        ("huawei", {"category": "MISS_CALL"}, "options.huawei.category"),
        ("huawei", {"category": "im"}, "options.huawei.category"),
        ("huawei", {"urgency": "HIGH"}, "options.huawei.urgency"),
        ("huawei", {"badge_add": 1, "badge_set": 1}, "options.huawei"),
        ("huawei", {"url": "https://example.com", "intent": "intent:#Intent;end"}, "options.huawei"),
        ("huawei", {"url": "https://example.com", "action": "a"}, "options.huawei"),
        ("huawei", {"sound": "/raw/ding", "default_sound": True}, "options.huawei"),
        ("huawei", {"sound": "ding"}, "options.huawei.sound"),
        ("huawei", {"icon": "/drawable/icon"}, "options.huawei.icon"),
        ("oppo", {"show_from": 2, "show_until": 1}, "options.oppo"),
        ("oppo", {"show_ttl": 43_201}, "options.oppo.show_ttl"),
        ("oppo", {"show_ttl": 43_201, "category": "NEWS"}, "options.oppo.show_ttl"),
        ("honor", {"badge_add": 1, "badge_set": 1}, "options.honor"),
        ("honor", {"url": "https://example.com", "action": "a"}, "options.honor"),
        ("meizu", {"url": "https://example.com", "activity": "a"}, "options.meizu"),
        ("meizu", {"url": "javascript:alert(1)"}, "options.meizu.url"),
        ("oppo", {"url": "https://example.com", "activity": "a"}, "options.oppo"),
        ("oppo", {"badge_add": 1, "badge_set": 0}, "options.oppo"),
        ("oppo", {"badge_add": 0}, "options.oppo.badge_add"),
        ("oppo", {"category": "im"}, "options.oppo.category"),
        ("oppo", {"notify_level": 1}, "options.oppo.notify_level"),
        ("oppo", {"category": "NEWS", "notify_level": 2}, "options.oppo.notify_level"),
        ("vivo", {"custom": "sale-1"}, "options.vivo.custom"),
        ("vivo", {"page": "sale"}, "options.vivo.page"),
        ("vivo", {"page": "shop://x", "custom": "shop://y"}, "options.vivo"),
        ("vivo", {"url": "https://example.com/" + "x" * 981}, "options.vivo.url"),
        ("xiaomi", {"url": "https://example.com", "intent_uri": "intent:#Intent;end"}, "options.xiaomi"),
        (
            "xiaomi",
            {"extra": {"notification_bigPic_uri": "https://example.com/a.png"}},
            "options.xiaomi.extra",
        ),
        ("huawei", {"badge_add": 100}, "options.huawei.badge_add"),
        ("huawei", {"style": 1, "big_title": "t"}, "options.huawei"),
        ("huawei", {"style": 3}, "options.huawei"),
        ("huawei", {"category": "PLAY_VOICE"}, "options.huawei.category"),
        ("huawei", {"buttons": [{"name": "n" * 41, "action_type": 1}]}, "options.huawei.buttons.0.name"),
        ("honor", {"buttons": [{"name": "n", "action_type": 3}]}, "options.honor.buttons.0.action_type"),
        ("huawei", {"url": "http://example.com"}, "options.huawei.url"),
        ("webpush", {"urgency": "urgent"}, "options.webpush.urgency"),
        ("webpush", {"topic": "a" * 33}, "options.webpush.topic"),
        ("xiaomi", {"notify_type": 8}, "options.xiaomi.notify_type"),
        ("xiaomi", {"flow": 1}, "options.xiaomi.flow"),
        ("xiaomi", {"flow_control": 100}, "options.xiaomi.flow_control"),
        ("xiaomi", {"extra": {"jobkey": "a"}}, "options.xiaomi.extra"),
        ("xiaomi", {"extra": {"callback.param": "a"}}, "options.xiaomi.extra"),
        ("xiaomi", {"extra": {f"k{n}": "v" for n in range(11)}}, "options.xiaomi.extra"),
        ("xiaomi", {"extra": {"k": "v" * 1024}}, "options.xiaomi.extra"),
    ],
)
def test_options_are_checked_by_name_and_type(vendor: str, extras: dict[str, object], field: str) -> None:
    error = refused(vendor, push(CONTENT, None, **{vendor: extras}))
    assert (error.code, error.field) == ("bad_option", field)


def test_options_of_other_vendors_do_not_matter() -> None:
    assert rendered("apns", push(fcm={"nonsense": 1})) == rendered("apns", push())
