"""Limits and refusals that several vendors share."""

import json
from datetime import timedelta

import pytest
from tests.support.adapters.rendering import (
    is_refused,
    push_with_data,
    refused,
    rendered,
)
from tests.support.adapters.samples import NOW, push

from pushgate.adapters.honor import payload as honor
from pushgate.adapters.honor.settings import HonorSettings
from pushgate.adapters.meizu import payload as meizu
from pushgate.adapters.meizu.settings import MeizuSettings
from pushgate.adapters.registry import vendors
from pushgate.adapters.vivo import payload as vivo
from pushgate.adapters.vivo.settings import VivoSettings
from pushgate.adapters.xiaomi import payload as xiaomi
from pushgate.adapters.xiaomi.settings import XiaomiSettings
from pushgate.domain.errors import PayloadRejected
from pushgate.domain.message import Content, Options

ABROAD = XiaomiSettings.model_validate({"package": "p", "app_secret": "s", "region": "global"})


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
def test_a_time_to_live_is_cut_to_the_maximum_of_the_vendor(vendor: str, longest: str) -> None:
    assert longest in json.dumps(rendered(vendor, push(options=Options(ttl=timedelta(days=28)))))


@pytest.mark.parametrize("vendor", vendors())
def test_a_payload_over_the_limit_is_refused_and_one_at_it_is_not(vendor: str) -> None:
    maximum = {"oppo": 4000, "vivo": 1024, "webpush": 3993}.get(vendor, 4096)
    size = next(size for size in range(maximum // 2, 4200) if is_refused(vendor, push_with_data(size)))
    rendered(vendor, push_with_data(size - 1))
    error = refused(vendor, push_with_data(size))
    assert str(maximum) in error.reason
    assert "x" * 20 not in str(error), "content has no place in an error"


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
def test_reserved_keys_are_refused(vendor: str, key: str) -> None:
    error = refused(vendor, push(Content("t", "b", None, {key: "v"})))
    assert (error.code, error.field) == ("reserved_key", f"content.data.{key}")


@pytest.mark.parametrize("vendor", ["harmony", "honor", "huawei"])
def test_pictures_must_be_on_https_for_some_vendors(vendor: str) -> None:
    assert refused(vendor, push(Content("t", "b", "http://example.com/a.png"))).field == "content.image"


@pytest.mark.parametrize(
    ("vendor", "options", "field"),
    [
        ("huawei", {"channel_id": "ch"}, "options.huawei.channel_id"),
        ("huawei", {"importance": "LOW"}, "options.huawei.importance"),
        ("harmony", {"badge_set": 1}, "options.harmony.badge_set"),
        ("honor", {"url": "https://example.com"}, "options.honor.url"),
        ("xiaomi", {"ticker": "t"}, "options.xiaomi.ticker"),
    ],
)
def test_an_option_without_effect_in_a_silent_push_is_refused(
    vendor: str, options: dict[str, object], field: str
) -> None:
    given = push(options=Options(ttl=timedelta(hours=1), silent=True, vendors={vendor: options}))
    with pytest.raises(PayloadRejected) as caught:
        xiaomi.render(given, ABROAD, NOW) if vendor == "xiaomi" else rendered(vendor, given)
    assert (caught.value.code, caught.value.field) == ("bad_option", field)


def test_unconfirmed_limits_are_settings() -> None:
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
