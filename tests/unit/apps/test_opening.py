"""Apps from settings: every bad setting is named by its field, and secrets are never repeated."""

from pathlib import Path

import pytest

from pushgate.adapters.xiaomi.settings import XiaomiSettings
from pushgate.apps.opening import OpeningContext, open_apps, open_valid_apps
from pushgate.domain.clock import SystemClock
from pushgate.domain.errors import ConfigurationError
from pushgate.http2.credentials import NoCredentialStore
from pushgate.receipts.callback_token import CallbackTokens
from pushgate.settings.loading import parse

CALLBACKS = CallbackTokens(b"")
CONTEXT = OpeningContext(clock=SystemClock(), credentials=NoCredentialStore(), receipt_path=CALLBACKS.path)


def test_the_error_for_a_key_file_without_a_key_hides_its_content(tmp_path: Path) -> None:
    key = tmp_path / "key.p8"
    key.write_text("very secret", "utf-8")
    sections = {"team_id": "T", "key_id": "K", "topic": "t", "key_file": str(key)}
    with pytest.raises(ConfigurationError) as caught:
        open_apps(parse({"apps": {"shop": {"apns": sections}}}), CONTEXT)
    assert "no .p8 key" in str(caught.value)
    assert "very secret" not in str(caught.value)


def test_a_wrong_secret_is_never_repeated() -> None:
    section = {"app_id": "1", "app_secret": ["hunter2"]}
    with pytest.raises(ConfigurationError) as caught:
        open_apps(parse({"apps": {"shop": {"huawei": section}}}), CONTEXT)
    assert "hunter2" not in str(caught.value)


def test_a_receipt_url_that_is_too_long_for_a_vendor_is_an_error() -> None:
    """Vivo takes 128 characters, which a push for Xiaomi may exceed. See
    docs/reference/vendors/vivo.md#limits.
    """
    apps = {
        "shop": {
            "vivo": {"app_id": 1, "app_key": "k", "app_secret": "s"},
            "xiaomi": {"package": "p", "app_secret": "s"},
        }
    }

    def errors(length: int) -> list[str]:
        url = "https://" + "a" * (length - len("https://" + CallbackTokens(b"").path("vivo", "shop")))
        assert len(url + CallbackTokens(b"").path("vivo", "shop")) == length
        settings = parse({"api": {"public_url": url}, "apps": apps})
        try:
            open_apps(settings, CONTEXT)
        except ConfigurationError as caught:
            return [f"{fault.field} {fault.message}" for fault in caught.errors]
        return []

    assert errors(128) == []
    (error,) = errors(129)
    assert error.startswith("api.public_url is too long: vivo takes")


def test_an_unknown_vendor_of_the_worker_is_named_with_all_other_errors() -> None:
    written = {"worker": {"vendors": ["nokia"]}, "apps": {"shop": {"apns": {}, "default_language": "??"}}}
    with pytest.raises(ConfigurationError) as caught:
        open_apps(parse(written), CONTEXT)
    fields = {fault.field for fault in caught.value.errors}
    assert {"worker.vendors", "apps.shop.default_language", "apps.shop.apns.topic"} <= fields


def test_the_host_of_xiaomi_follows_the_region_unless_it_is_set() -> None:
    base = {"package": "p", "app_secret": "s"}
    assert XiaomiSettings.model_validate(base).endpoint == "https://api.xmpush.xiaomi.com"
    assert "idmb" in XiaomiSettings.model_validate({**base, "region": "india"}).endpoint
    assert XiaomiSettings.model_validate({**base, "endpoint": "https://x"}).endpoint == "https://x"


@pytest.mark.parametrize(
    ("section", "per_second"),
    [({}, 3_000), ({"rate_limit": 7}, 7), ({"rate_limit": 0}, 0)],
    ids=["the vendor's quota", "the app's own", "no limit"],
)
def test_the_push_rate_is_the_apps_own_or_the_vendors_quota(
    section: dict[str, object], per_second: float
) -> None:
    xiaomi = {"package": "p", "app_secret": "s", **section}
    apps = open_apps(parse({"apps": {"shop": {"xiaomi": xiaomi}}}), CONTEXT)
    assert apps["shop"].vendors["xiaomi"].rate.per_second == per_second


def test_good_vendors_are_opened_beside_bad_ones() -> None:
    written = {"xiaomi": {"package": "p", "app_secret": "s"}, "huawei": {"app_id": "1"}}
    settings = parse({"apps": {"shop": {**written, "default_language": "??"}}})
    apps, errors = open_valid_apps(settings, CONTEXT)
    assert list(apps["shop"].vendors) == ["xiaomi"]
    assert {error.field for error in errors} == {"apps.shop.default_language", "apps.shop.huawei"}


def test_the_public_id_of_an_app_names_the_app_and_stays_the_same() -> None:
    apps = open_apps(parse({"apps": {"shop": {}, "news": {"public_id": "pga_news_0123abcd"}}}), CONTEXT)
    assert apps["shop"].public_id == open_apps(parse({"apps": {"shop": {}}}), CONTEXT)["shop"].public_id
    assert apps["shop"].public_id.startswith("pga_shop_")
    assert apps["news"].public_id == "pga_news_0123abcd"


def test_no_app_has_the_public_id_of_another_one() -> None:
    with pytest.raises(ConfigurationError) as caught:
        open_apps(parse({"apps": {"shop": {"public_id": "pga_news_0123abcd"}}}), CONTEXT)
    assert [(one.field, one.message) for one in caught.value.errors] == [
        ("apps.shop.public_id", "must begin with pga_shop_")
    ]


@pytest.mark.parametrize(
    "written",
    [
        "https://shop.example",
        "http://localhost:8080",
        "https://shop.example:65535",
        "https://[::1]:8080",
        "https://[::1]",
        "capacitor://localhost",
        "https://shop.example,https://www.shop.example",
    ],
)
def test_an_origin_is_a_scheme_and_a_host(written: str) -> None:
    apps = open_apps(parse({"apps": {"shop": {"allowed_origins": written}}}), CONTEXT)
    assert apps["shop"].allowed_origins == frozenset(written.split(","))


@pytest.mark.parametrize(
    "written",
    [
        "https://shop.example/",
        "https://Shop.example",
        "*",
        "null",
        "https://a b",
        "https://shop.example:65536",
        "https://[::1]:99999",
        "https://shop.example:",
    ],
)
def test_what_is_no_origin_is_refused(written: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        parse({"apps": {"shop": {"allowed_origins": written}}})
    (fault,) = caught.value.errors
    assert fault.field == "apps.shop.allowed_origins.0"
    assert "takes an origin" in fault.message
