"""A push as the vendor receives it, readable."""

import json
from urllib.parse import parse_qsl

import pytest
from pydantic import SecretStr
from tests.support.adapters.samples import NOW, push

from pushgate.adapters.apns import payload as apns
from pushgate.adapters.contract import Push
from pushgate.adapters.fcm import payload as fcm
from pushgate.adapters.harmony import payload as harmony
from pushgate.adapters.harmony.settings import HarmonySettings
from pushgate.adapters.honor import payload as honor
from pushgate.adapters.honor.settings import HonorSettings
from pushgate.adapters.huawei import payload as huawei
from pushgate.adapters.huawei.settings import HuaweiSettings
from pushgate.adapters.meizu import payload as meizu
from pushgate.adapters.meizu.settings import MeizuSettings
from pushgate.adapters.oppo import payload as oppo
from pushgate.adapters.oppo.settings import OppoSettings
from pushgate.adapters.vivo import payload as vivo
from pushgate.adapters.vivo.settings import VivoSettings
from pushgate.adapters.webpush import payload as webpush
from pushgate.adapters.xiaomi import payload as xiaomi
from pushgate.adapters.xiaomi.settings import XiaomiSettings
from pushgate.domain.errors import PayloadRejected
from pushgate.domain.message import Content
from pushgate.http2.burst_template import Fields

SETTINGS = XiaomiSettings.model_validate(
    {"package": "com.example.demo", "app_secret": SecretStr("s"), "channel_id": "ch"}
)
RECEIPTS = "https://push.example.com/r"
HUAWEI_SETTINGS = HuaweiSettings.model_validate({"app_id": "1", "app_secret": "s"})
OPPO_SETTINGS = OppoSettings.model_validate({"app_key": "k", "master_secret": "s"})
MEIZU_SETTINGS = MeizuSettings.model_validate({"app_id": "1", "app_secret": "s"})
VIVO_SETTINGS = VivoSettings.model_validate({"app_id": 1, "app_key": "k", "app_secret": "s"})
HONOR_SETTINGS = HonorSettings.model_validate({"app_id": "1", "client_id": "1", "client_secret": "s"})
HARMONY_SETTINGS = HarmonySettings.model_validate({"service_account_file": "account.json"})


def header_fields(*groups: Fields) -> dict[str, str]:
    """Header fields as text, by name."""
    return {name.decode(): value.decode() for group in groups for name, value in group}


def rendered(vendor: str, given: Push) -> object:
    """Headers and body of the request, decoded."""
    match vendor:
        case "apns":
            made = apns.render(given, "com.example.demo")
            headers = header_fields(made.headers, made.own_headers)
            return {"headers": headers, "body": json.loads(made.body)}
        case "fcm":
            message = fcm.render(given, NOW)
            return json.loads(message.before + b'"token":"TOKEN"' + message.after)
        case "huawei":
            before, after = huawei.render(given, HUAWEI_SETTINGS, NOW)
            return json.loads(before + b'"T1","T2"' + after)
        case "harmony":
            kind, before, after = harmony.render(given, HARMONY_SETTINGS, NOW)
            return {"push-type": kind.decode(), "body": json.loads(before + b'"T1","T2"' + after)}
        case "oppo":
            return oppo.render(given, OPPO_SETTINGS, NOW, RECEIPTS)
        case "meizu":
            return json.loads(meizu.render(given, MEIZU_SETTINGS, NOW, RECEIPTS))
        case "vivo":
            return vivo.render(given, VIVO_SETTINGS, NOW)
        case "webpush":
            sealed = webpush.render(given, NOW)
            headers = header_fields(webpush.HEADERS, sealed.headers)
            return {"headers": headers, "body": json.loads(sealed.plaintext)}
        case "honor":
            before, after = honor.render(given, HONOR_SETTINGS, NOW)
            return json.loads(before + b'"T1","T2"' + after)
    return dict(
        parse_qsl(xiaomi.render(given, SETTINGS, NOW).decode(), keep_blank_values=True, strict_parsing=True)
    )


def refused(vendor: str, given: Push) -> PayloadRejected:
    """The error with which the vendor's limits refuse the push."""
    with pytest.raises(PayloadRejected) as caught:
        rendered(vendor, given)
    return caught.value


def is_refused(vendor: str, given: Push) -> bool:
    """Whether the vendor's limits refuse the push."""
    try:
        rendered(vendor, given)
    except PayloadRejected:
        return True
    return False


def push_with_data(size: int) -> Push:
    """A push with a value of so many characters in its data."""
    return push(Content("t", "b", None, {"k": "x" * size}))
