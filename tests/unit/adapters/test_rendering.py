"""What vendors are sent, byte by byte, against golden files that were read against the vendors' documents."""

import json
from datetime import timedelta
from pathlib import Path
from urllib.parse import parse_qsl

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.adapters.option_pushes import PUSHES_WITH_OPTIONS
from tests.support.adapters.rendering import (
    HARMONY_SETTINGS,
    MEIZU_SETTINGS,
    refused,
    rendered,
)
from tests.support.adapters.samples import CALLBACK, CONTENT, NOW, flat, push

from pushgate.adapters.apns import adapter as apns_adapter
from pushgate.adapters.apns import payload as apns
from pushgate.adapters.contract import Push
from pushgate.adapters.fcm import adapter as fcm
from pushgate.adapters.harmony import payload as harmony
from pushgate.adapters.honor import payload as honor
from pushgate.adapters.honor.settings import HonorSettings
from pushgate.adapters.huawei import adapter as huawei
from pushgate.adapters.meizu import payload as meizu
from pushgate.adapters.meizu.settings import MeizuSettings
from pushgate.adapters.registry import vendors
from pushgate.adapters.vendor import Vendor
from pushgate.adapters.vivo import payload as vivo
from pushgate.adapters.vivo.settings import VivoSettings
from pushgate.adapters.xiaomi import adapter as xiaomi_adapter
from pushgate.adapters.xiaomi import payload as xiaomi
from pushgate.adapters.xiaomi.settings import XiaomiSettings
from pushgate.domain.errors import PayloadRejected
from pushgate.domain.message import Content, Options

GOLDEN = Path(__file__).parent / "golden"
ABROAD = XiaomiSettings.model_validate({"package": "p", "app_secret": "s", "region": "global"})


PLAIN = push()
IMAGE = {"key_name": "a", "url": "https://example.com/a.png"}
FORM = {
    "form_id": 1, "version": 1, "module_name": "m", "form_name": "f", "ability_name": "a", "form_data": {},
}  # fmt: skip


@pytest.mark.parametrize("vendor", vendors())
def test_a_plain_push_is_as_the_golden_file_says(vendor: str) -> None:
    assert (
        rendered(vendor, PLAIN) == json.loads((GOLDEN / f"{vendor}-plain.json").read_text("utf-8"))["request"]
    )


@pytest.mark.parametrize("name", PUSHES_WITH_OPTIONS)
def test_a_push_with_options_is_as_the_golden_file_says(name: str) -> None:
    expected = json.loads((GOLDEN / f"{name}-rich.json").read_text("utf-8"))["request"]
    assert rendered(name.partition("-")[0], PUSHES_WITH_OPTIONS[name]) == expected


@pytest.mark.parametrize("vendor", vendors())
def test_every_option_is_in_one_of_the_golden_files(vendor: str) -> None:
    seen = {
        option
        for name, given in PUSHES_WITH_OPTIONS.items()
        if name.partition("-")[0] == vendor
        for option in given.options.vendors.get(vendor, {})
    }
    assert vendors()[vendor].options.model_fields.keys() == seen


@pytest.mark.parametrize("vendor", vendors())
def test_every_vendor_carries_the_callback_token_and_the_data_to_the_client(vendor: str) -> None:
    text = json.dumps(rendered(vendor, PLAIN))
    assert CALLBACK in text
    assert "page" in text


@pytest.mark.parametrize(
    ("vendor", "longest"),
    [
        ("fcm", "2419200s"),
        ("harmony", "1296000"),
        ("honor", "1296000s"),
        ("huawei", "1296000s"),
        ("xiaomi", str(14 * 86_400_000)),
    ],
)
def test_a_time_to_live_is_cut_to_what_the_vendor_takes(vendor: str, longest: str) -> None:
    assert longest in json.dumps(rendered(vendor, push(options=Options(ttl=timedelta(days=28)))))


def test_apns_is_told_the_instant_of_expiry_and_zero_for_now_or_never() -> None:
    hour = rendered("apns", push(options=Options(ttl=timedelta(hours=1))))
    never = rendered("apns", push(options=Options(ttl=timedelta(0))))
    assert isinstance(hour, dict)
    assert isinstance(never, dict)
    assert hour["headers"]["apns-expiration"] == str(int((NOW + timedelta(hours=1)).timestamp()))
    assert never["headers"]["apns-expiration"] == "0"


def largest(vendor: str, size: int) -> Push:
    return push(Content("t", "b", None, {"k": "x" * size}))


@pytest.mark.parametrize("vendor", vendors())
def test_a_payload_one_byte_over_the_limit_is_refused_and_one_at_it_is_not(vendor: str) -> None:
    most = {"oppo": 4000, "vivo": 1024, "webpush": 3993}.get(vendor, 4096)
    size = next(size for size in range(most // 2, 4200) if _fails(vendor, largest(vendor, size)))
    rendered(vendor, largest(vendor, size - 1))
    error = refused(vendor, largest(vendor, size))
    assert str(most) in error.reason
    assert "x" * 20 not in str(error), "content has no place in an error"


def _fails(vendor: str, given: Push) -> bool:
    try:
        rendered(vendor, given)
    except PayloadRejected:
        return True
    return False


def test_payload_sizes_are_what_is_sent() -> None:
    size = next(size for size in range(3000, 4200) if _fails("apns", largest("apns", size)))
    assert len(apns.render(largest("apns", size - 1), "t").body) == 4096


@pytest.mark.parametrize(("field", "most"), [("title", 49), ("body", 127)])
def test_xiaomis_texts_have_their_limits_in_characters(field: str, most: int) -> None:
    def told(text: str) -> Push:
        return push(Content(text, "b") if field == "title" else Content("t", text))

    rendered("xiaomi", told("特" * most))
    error = refused("xiaomi", told("特" * (most + 1)))
    assert (error.code, error.field) == ("too_long", f"content.{field}")
    assert refused("xiaomi", told("  ")).code == "blank"


@given(key=st.text(min_size=1, max_size=80))
def test_apns_collapse_ids_are_what_a_header_takes(key: str) -> None:
    """64 bytes, and RFC 9113, 8.2.1. See docs/reference/vendors/apns.md#limits."""
    made = apns.render(push(options=Options(collapse_key=key)), "t").headers["apns-collapse-id"]
    assert 1 <= len(made) <= 64
    assert made.isascii()
    assert made.isprintable()
    assert made == made.strip()
    assert (made == key) == (len(key) <= 64 and key.isascii() and key.isprintable() and key == key.strip())


@pytest.mark.parametrize(
    ("vendor", "key"),
    [
        ("apns", "aps"),
        ("fcm", "from"),
        ("fcm", "message_type"),
        ("fcm", "google.x"),
        ("fcm", "gcm.notification.y"),
    ],
)
def test_keys_that_are_the_vendors_own_are_refused(vendor: str, key: str) -> None:
    error = refused(vendor, push(Content("t", "b", None, {key: "v"})))
    assert (error.code, error.field) == ("reserved_key", f"content.data.{key}")


@pytest.mark.parametrize("vendor", ["harmony", "honor", "huawei"])
def test_some_show_only_pictures_from_https(vendor: str) -> None:
    assert refused(vendor, push(Content("t", "b", "http://example.com/a.png"))).field == "content.image"


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
def test_a_vendors_extras_are_checked_by_name_and_type(
    vendor: str, extras: dict[str, object], field: str
) -> None:
    error = refused(vendor, push(CONTENT, None, **{vendor: extras}))
    assert (error.code, error.field) == ("bad_option", field)


def test_extras_of_other_vendors_do_not_matter() -> None:
    assert rendered("apns", push(fcm={"nonsense": 1})) == rendered("apns", push())


@pytest.mark.parametrize(
    ("vendor", "good", "bad"),
    [
        (
            apns_adapter.VENDOR,
            ["0f" * 32, "ab" * 50],
            ["AB" * 50, "0f" * 32 + "0", "xyz", "0f 0f", "0f" * 3, ""],
        ),
        (
            fcm.VENDOR,
            [
                "cXy_1-2:APA91b.x",
                "abcd",
                "/topics/news",
                "'a' in topics",
                "'a' in topics && ('b' in topics || !('c' in topics))",
            ],
            [
                "/topics/",
                "/topics/a b",
                "'a' in topics &&",
                "'a' in topics or 'b' in topics",
                " || ".join(["'a' in topics"] * 6),
                'ab"cd',
                "ab\\cd",
                "a b c",
                "",
                "x" * 5000,
            ],
        ),
        (
            huawei.VENDOR,
            ["0860-AbC_=/+", "IQAA.x"],
            ["a,b,c,d", 'ab"cd', "ab\\cd", "a b c", "x" * 2000],
        ),
        (xiaomi_adapter.VENDOR, ["Xyz+/=12", "abcd"], ["a,b,c,d", "a b c", "中文中文", "x" * 2000]),
    ],
)
def test_tokens_are_known_by_their_form(vendor: Vendor, good: list[str], bad: list[str]) -> None:
    assert all(vendor.token_pattern.fullmatch(item) for item in good)
    assert not any(vendor.token_pattern.fullmatch(item) for item in bad)


def test_no_token_form_can_break_out_of_the_body_it_is_joined_into() -> None:
    for vendor in vendors().values():
        for character in '"\\\n\r\x00, ':
            assert not vendor.token_pattern.fullmatch("abcd" + character + "abcd")


def test_some_push_types_of_apns_need_a_key() -> None:
    """See docs/reference/vendors/apns.md#credentials."""
    for kind in ("location", "liveactivity"):
        with pytest.raises(PayloadRejected, match=r"needs a \.p8 key"):
            apns.render(push(apns={"push_type": kind}), "t", with_key=False)


def test_a_voip_push_may_be_larger() -> None:
    """See docs/reference/vendors/apns.md#options."""
    given = push(Content("t", "b", None, {"k": "x" * 4500}), None, apns={"push_type": "voip"})
    assert len(apns.render(given, "t").body) > 4096


def test_a_live_activity_has_the_time_when_it_was_due() -> None:
    """Each attempt sends the same, so that a push that is sent later does not overtake a newer one."""
    given = push(
        apns={"push_type": "liveactivity", "live_activity": {"event": "update", "content_state": {}}}
    )
    assert json.loads(apns.render(given, "t").body)["aps"]["timestamp"] == int(NOW.timestamp())


@pytest.mark.parametrize("kind", ["form", "voice", "voip", "live_view"])
def test_what_is_no_alert_on_harmonyos_is_not_silent(kind: str) -> None:
    mores: dict[str, object] = {"form": FORM, "voip": {"scene": "voice"}, "live_view": ENDED}
    more: dict[str, object] = {"push_type": kind, **({kind: mores[kind]} if kind in mores else {})}
    given = push(options=Options(ttl=timedelta(hours=1), silent=True, vendors={"harmony": more}))
    assert refused("harmony", given).field == "options.harmony.push_type"


ENDED = {"activity_id": 1, "operation": "end", "event": "TAXI", "type": 4}
BEGUN = {
    **ENDED, "operation": "create", "status": "CALLING", "content_title": "Taxi", "content_text": [{"text": "{{status}}"}],
}  # fmt: skip


@pytest.mark.parametrize(
    "live",
    [
        {**BEGUN, "status": None},
        {**BEGUN, "content_title": None},
        {**BEGUN, "content_text": None},
        {**BEGUN, "content_text": [{"text": "on its way"}]},
        {**BEGUN, "event": "SCORE"},
        {**BEGUN, "keep_time": 3601},
        {**BEGUN, "flight_no": "MU1", "train_no": "G1"},
        {**ENDED, "flight_no": "MU1"},
        {**ENDED, "keep_time": 3601},
        {**ENDED, "event": "PARTY"},
        {**ENDED, "operation": "stop"},
        {**ENDED, "activity_id": 2**31},
        {**ENDED, "rich_progress": {"progress": 1}},
        {**ENDED, "type": 3, "rich_progress": {"progress": 101}},
        {**ENDED, "type": 3, "rich_progress": {"nodeIcons": ["a"]}},
        {**ENDED, "extend": {"type": 5}},
        {**ENDED, "extend": {"type": 0, "tel": "1" * 21}},
        {**ENDED, "extend": {"type": 0, "tel": "1+1"}},
        {**ENDED, "extend": {"type": 0, "tel": "1", "uri": "shop://x"}},
        {**ENDED, "capsule": {"type": 1}},
        {**ENDED, "uri": "javascript:alert(1)"},
        {**ENDED, "share_url": "http://example.com"},
        {**ENDED, "extend": {"type": 0, "uri": "file:///etc"}},
    ],
)
def test_a_live_view_that_huawei_would_refuse_is_refused_before(live: dict[str, object]) -> None:
    """See docs/reference/vendors/harmony.md#options."""
    rendered("harmony", push(harmony={"push_type": "live_view", "live_view": BEGUN}))
    error = refused("harmony", push(harmony={"push_type": "live_view", "live_view": live}))
    assert error.field.startswith("options.harmony.live_view")


@pytest.mark.parametrize("live", [BEGUN, {**ENDED, "operation": "update"}, ENDED])
def test_how_long_a_live_view_stays_after_its_end_may_be_said_before(live: dict[str, object]) -> None:
    """What an update leaves out keeps its value. See docs/reference/vendors/harmony.md#options."""
    kept: dict[str, object] = {"push_type": "live_view", "live_view": {**live, "keep_time": 60}}
    made = rendered("harmony", push(harmony=kept))
    assert made["body"]["payload"]["activityData"]["notificationData"]["keepTime"] == 60  # type: ignore[index]  # JSON


@pytest.mark.parametrize(("ttl", "told"), [(0, 30), (10, 30), (45, 45), (3600, 60)])
def test_an_incoming_call_waits_for_half_a_minute_to_a_minute(ttl: int, told: int) -> None:
    """See docs/reference/vendors/harmony.md#options."""
    voip: dict[str, object] = {"push_type": "voip", "voip": {"scene": "voice"}}
    given = push(options=Options(ttl=timedelta(seconds=ttl), vendors={"harmony": voip}))
    _, before, after = harmony.render(given, HARMONY_SETTINGS, NOW)
    assert json.loads(before + after)["pushOptions"]["ttl"] == told
    named = push(Content("t", "b", None, {"scene": "x"}), None, harmony=voip)
    assert refused("harmony", named).field == "content.data.scene"


@pytest.mark.parametrize(
    ("vendor", "more", "field"),
    [
        ("huawei", {"channel_id": "ch"}, "options.huawei.channel_id"),
        ("huawei", {"importance": "LOW"}, "options.huawei.importance"),
        ("harmony", {"badge_set": 1}, "options.harmony.badge_set"),
        ("honor", {"url": "https://example.com"}, "options.honor.url"),
        ("xiaomi", {"ticker": "t"}, "options.xiaomi.ticker"),
    ],
)
def test_an_option_that_a_silent_push_does_not_carry_is_refused(
    vendor: str, more: dict[str, object], field: str
) -> None:
    given = push(options=Options(ttl=timedelta(hours=1), silent=True, vendors={vendor: more}))
    with pytest.raises(PayloadRejected) as caught:
        xiaomi.render(given, ABROAD, NOW) if vendor == "xiaomi" else rendered(vendor, given)
    assert (caught.value.code, caught.value.field) == ("bad_option", field)


def test_a_silent_push_of_harmonyos_has_no_collapse_key() -> None:
    """It is for types 0 and 2. See docs/reference/vendors/harmony.md#options."""
    given = push(options=Options(ttl=timedelta(hours=1), silent=True, collapse_key="sale"))
    assert "collapseKey" not in str(rendered("harmony", given))


def test_honors_pictures_are_for_service_messages() -> None:
    """See docs/reference/vendors/honor.md#options. Without an importance it is a
    marketing message.
    """
    assert "image" not in str(rendered("honor", push()))
    assert "image" in str(rendered("honor", push(honor={"importance": "NORMAL"})))
    assert "image" not in str(rendered("honor", push(honor={"importance": "LOW"})))


@pytest.mark.parametrize(
    ("body", "expected"), [("b" * 200, "b" * 127), ("  ", "-"), ("b", "b")], ids=["long", "blank", "plain"]
)
def test_a_silent_push_of_xiaomi_has_a_description_all_the_same(body: str, expected: str) -> None:
    """See docs/reference/vendors/xiaomi.md#options."""
    given = push(Content("t", body), Options(ttl=timedelta(hours=1), silent=True))
    assert dict(parse_qsl(xiaomi.render(given, ABROAD, NOW).decode()))["description"] == expected


@pytest.mark.parametrize("region", ["china", "global", "russia", "india", "europe", "singapore"])
def test_silent_pushes_of_xiaomi_are_refused_in_china_where_they_reach_nobody(region: str) -> None:
    """See docs/reference/vendors/xiaomi.md#options."""
    given = push(options=Options(ttl=timedelta(hours=1), silent=True))
    settings = XiaomiSettings.model_validate({"package": "p", "app_secret": "s", "region": region})
    if region == "china":
        with pytest.raises(PayloadRejected, match="mainland China") as caught:
            xiaomi.render(given, settings, NOW)
        assert (caught.value.code, caught.value.field) == ("unsupported", "options.silent")
    else:
        assert dict(parse_qsl(xiaomi.render(given, settings, NOW).decode()))["pass_through"] == "1"


def test_limits_that_are_not_confirmed_are_settings() -> None:
    given = push(Content("t", "b", None, {"k": "v" * 4500}))
    with pytest.raises(PayloadRejected):
        rendered("xiaomi", given)
    wider = {"max_payload": 8192, "package": "p", "app_secret": "s"}
    assert xiaomi.render(given, XiaomiSettings.model_validate(wider), NOW)
    with pytest.raises(PayloadRejected):
        rendered("honor", given)
    wider = {"max_body": 8192, "app_id": "1", "client_id": "1", "client_secret": "s"}
    assert honor.render(given, HonorSettings.model_validate(wider), NOW)
    with pytest.raises(PayloadRejected):
        rendered("meizu", given)
    wider = {"max_message": 8192, "app_id": "1", "app_secret": "s"}
    assert meizu.render(given, MeizuSettings.model_validate(wider), NOW)
    week = {"longest_ttl": "P7D", "app_id": 1, "app_key": "k", "app_secret": "s"}
    long = push(Content("t", "b"), Options(ttl=timedelta(days=5)))
    assert vivo.render(long, VivoSettings.model_validate(week), NOW)["timeToLive"] == 5 * 86_400


def test_the_apps_that_may_show_pictures_on_meizu_do() -> None:
    """See docs/reference/vendors/meizu.md#options, docs/reference/vendors/index.md#features."""
    vip = MeizuSettings.model_validate({"app_id": "1", "app_secret": "s", "vip": True})
    told = json.loads(meizu.render(push(), vip, NOW))
    assert told["noticeExpandInfo"] == {"noticeExpandType": 2, "noticeExpandImgUrl": CONTENT.image}
    assert "noticeExpandInfo" not in json.loads(meizu.render(push(), MEIZU_SETTINGS, NOW))


def test_a_picture_and_a_long_text_have_one_place_on_meizu() -> None:
    """`noticeExpandType` is one of them. See docs/reference/vendors/meizu.md#options."""
    vip = MeizuSettings.model_validate({"app_id": "1", "app_secret": "s", "vip": True})
    both = push(meizu={"expanded": "All of it"})
    with pytest.raises(PayloadRejected) as caught:
        meizu.render(both, vip, NOW)
    assert caught.value.field == "options.meizu.expanded"
    told = json.loads(meizu.render(both, MEIZU_SETTINGS, NOW))
    assert told["noticeExpandInfo"] == {"noticeExpandType": 1, "noticeExpandContent": "All of it"}


_UPDATE = {"event": "update", "content_state": {}}
_START = {"event": "start", "content_state": {}, "attributes_type": "Match", "attributes": {}}


@pytest.mark.parametrize(
    ("activity", "told"),
    [
        ({"event": "start", "content_state": {}}, "attributes"),
        ({**_START, "input_push_token": 1, "input_push_channel": "dGVzdA=="}, "one of"),
        ({**_START, "input_push_token": 2}, "1"),
        ({**_START, "input_push_channel": ""}, "at least 1"),
        ({**_UPDATE, "input_push_token": 1}, "input_push_token is for starting"),
        ({**_UPDATE, "input_push_channel": "dGVzdA=="}, "input_push_channel is for starting"),
        ({**_UPDATE, "event": "end", "attributes_type": "Match"}, "attributes_type is for starting"),
    ],
)
def test_what_starts_a_live_activity_goes_with_a_start_alone(activity: dict[str, object], told: str) -> None:
    """See docs/reference/vendors/apns.md#options."""
    error = refused("apns", push(apns={"push_type": "liveactivity", "live_activity": activity}))
    assert error.code == "bad_option"
    assert told in error.reason


def test_live_activity_started_on_ios_18_can_listen_to_a_channel() -> None:
    activity = {**_START, "input_push_channel": "dGVzdA=="}
    sent = rendered("apns", push(apns={"push_type": "liveactivity", "live_activity": activity}))
    assert isinstance(sent, dict)
    assert sent["body"]["aps"]["input-push-channel"] == "dGVzdA=="
    assert "input-push-token" not in sent["body"]["aps"]


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
def test_fcm_takes_all_keys_of_the_data_but_its_own(key: str, taken: bool) -> None:
    """See docs/reference/vendors/fcm.md#options."""
    given = push(Content("t", "b", None, {key: "x"}))
    if taken:
        assert flat(rendered("fcm", given))[f"message.data.{key}"] == "x"
    else:
        assert refused("fcm", given).field == f"content.data.{key}"


def test_browsers_of_fcm_are_given_the_content_beside_their_own_data() -> None:
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
def test_fcms_clients_on_ios_and_in_browsers_know_a_repeat_where_they_are_meant(
    key: str | None, expected: str
) -> None:
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


def test_fcm_is_not_told_to_clear_a_number_that_it_cannot() -> None:
    """See docs/reference/vendors/fcm.md#options."""
    sent = flat(rendered("fcm", push(options=Options(ttl=timedelta(hours=1), badge=0))))
    assert "message.android.notification.notification_count" not in sent
    error = refused("fcm", push(fcm={"notification_count": 0}))
    assert error.field == "options.fcm.notification_count"


@pytest.mark.parametrize(
    ("condition", "good"),
    [
        ("'a' in topics", True),
        ("('a' in topics)", True),
        ("'a' in topics && ('b' in topics || !('c' in topics))", True),
        ("('a' in topics", False),
        ("'a' in topics)", False),
        ("'a' in topics) && ('b' in topics", False),
        ("(('a' in topics) || 'b' in topics", False),
        ("/topics/a", True),
        ("abc:def", True),
    ],
)
def test_parentheses_of_a_condition_match(condition: str, good: bool) -> None:
    assert fcm.VENDOR.token_pattern.fullmatch(condition)
    assert (fcm.VENDOR.token_fault(condition) is None) == good
