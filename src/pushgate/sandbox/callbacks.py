"""Vendors' receipts in their own forms, from docs/reference/vendors/index.md."""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from urllib.parse import urlencode

import httpx
import orjson
from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator

from pushgate.sandbox.exchange import ReceiptWanted

Fate = Literal["delivered", "clicked", "muted", "uninstalled"]
"""What becomes of a push on one device."""


class Console(BaseModel):
    """What an app's developer has set in a vendor's console."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    url: str | None = Field(
        default=None, pattern=r"^https?://", description="where receipts go whose push names no address"
    )
    user: str = Field(default="", max_length=256, description="signed together with the time and a nonce")
    key: SecretStr | None = Field(
        default=None, description="base64; signs receipts, where the vendor signs any"
    )

    @field_validator("key")
    @classmethod
    def _is_base64(cls, key: SecretStr | None) -> SecretStr | None:
        if key is not None:
            base64.b64decode(key.get_secret_value(), validate=True)
        return key

    def sign(self, text: str) -> str | None:
        """Base64 of the HMAC-SHA256, None where there is no key."""
        if self.key is None:
            return None
        key = base64.b64decode(self.key.get_secret_value())
        return base64.b64encode(hmac.new(key, text.encode(), hashlib.sha256).digest()).decode()


@dataclass(frozen=True, slots=True)
class Callback:
    """A request to the app's server. `code` is what its answer has to hold, '' if a 200 is enough."""

    headers: Mapping[str, str]
    body: bytes
    code: str = ""

    def satisfied_by(self, answer: httpx.Response) -> bool:
        """Whether the vendor takes the answer for success."""
        if answer.status_code != 200:
            return False
        try:
            return not self.code or answer.json().get("code") == self.code
        except (ValueError, AttributeError):
            return False


@dataclass(frozen=True, slots=True)
class Told:
    """What became of one push on some devices, to be reported."""

    fate: Fate
    wanted: ReceiptWanted
    tokens: Sequence[str]
    at: datetime
    console: Console


_Form = Callable[[Told], Callback | None]
_JSON = {"content-type": "application/json"}
_FORM = {"content-type": "application/x-www-form-urlencoded"}
# docs/reference/vendors/huawei.md#receipts
_HUAWEI: Mapping[Fate, int] = {"delivered": 0, "uninstalled": 2, "muted": 6}
_HONOR: Mapping[Fate, int] = {
    "delivered": 40000002
}  # docs/reference/vendors/honor.md#receipts: likelier than 0; the others are unconfirmed
# docs/reference/vendors/xiaomi.md#receipts
_XIAOMI: Mapping[Fate, int] = {"delivered": 1, "clicked": 2, "uninstalled": 16, "muted": 32}
# docs/reference/vendors/oppo.md#receipts
_OPPO: Mapping[Fate, str] = {"delivered": "push_arrive", "uninstalled": "regid_invalid"}
_MEIZU: Mapping[Fate, int] = {"delivered": 1, "clicked": 2}  # docs/reference/vendors/meizu.md#receipts
MOST = 100
"""Statuses in one callback (docs/reference/vendors/huawei.md#receipts,
docs/reference/vendors/harmony.md#receipts); the others' limits are not documented.
"""


def _huawei(told: Told) -> Callback | None:
    return _statuses(told, _HUAWEI.get(told.fate))


def _honor(told: Told) -> Callback | None:
    return _statuses(told, _HONOR.get(told.fate))


def _statuses(told: Told, status: int | None) -> Callback | None:
    """Huawei's V1, which Honor's resemble."""
    if status is None:
        return None
    rows = [
        {
            "biTag": told.wanted.quote,
            "appid": "1",
            "token": token,
            "status": status,
            "timestamp": _ms(told.at),
            "requestId": told.wanted.id,
        }
        for token in told.tokens
    ]
    return Callback({**_JSON, **_signature(told.console, told.at)}, orjson.dumps({"statuses": rows}), "0")


def _harmony(told: Told) -> Callback | None:
    """Huawei's V2."""
    if told.fate not in _HUAWEI:
        return None
    rows = [
        {
            "token": token,
            "pushType": 0,
            "appPackageName": "com.example.demo",
            "requestId": told.wanted.id,
            "biTag": told.wanted.quote,
            "deliveryStatus": {"result": _HUAWEI[told.fate], "timestamp": _ms(told.at)},
        }
        for token in told.tokens
    ]
    return Callback({**_JSON, **_signature(told.console, told.at)}, orjson.dumps({"statuses": rows}), "0")


def _xiaomi(told: Told) -> Callback | None:
    kind = _XIAOMI[told.fate]
    if told.wanted.types and not kind & told.wanted.types:
        return None
    row = {
        "param": told.wanted.quote,
        "type": kind,
        "targets": ",".join(told.tokens),
        "jobkey": "",
        "timestamp": _ms(told.at),
    }
    return Callback(_FORM, urlencode({"data": orjson.dumps({told.wanted.id: row})}).encode())


def _oppo(told: Told) -> Callback | None:
    if told.fate not in _OPPO:
        return None
    row = {
        "messageId": told.wanted.id,
        "appId": "1",
        "taskId": told.wanted.id,
        "registrationIds": ",".join(told.tokens),
        "eventTime": str(_ms(told.at)),
        "param": told.wanted.quote,
        "eventType": _OPPO[told.fate],
    }
    return Callback(_JSON, orjson.dumps([row]))


def _vivo(told: Told) -> Callback | None:
    """The old style: arrivals alone."""
    if told.fate != "delivered":
        return None
    row = {
        "targets": ",".join(told.tokens),
        "ackTime": _ms(told.at),
        "param": told.wanted.quote,
        "ackType": "0",
    }
    return Callback(_JSON, orjson.dumps({told.wanted.id: row}))


def _meizu(told: Told) -> Callback | None:
    kind = _MEIZU.get(told.fate)
    if kind is None or (told.wanted.types and not kind & told.wanted.types):
        return None
    row = {"param": told.wanted.quote, "type": kind, "targets": list(told.tokens)}
    form = {"cb": orjson.dumps({f"{told.wanted.id}-{kind}": row}), "access_token": secrets.token_hex(16)}
    return Callback(_FORM, urlencode(form).encode())


FORMS: Mapping[str, _Form] = {
    "huawei": _huawei,
    "harmony": _harmony,
    "honor": _honor,
    "xiaomi": _xiaomi,
    "oppo": _oppo,
    "vivo": _vivo,
    "meizu": _meizu,
}
"""How each vendor that reports receipts writes those of one push and one fate; None where it has none for that."""


def _signature(console: Console, at: datetime) -> Mapping[str, str]:
    """See docs/reference/vendors/huawei.md#receipts."""
    stamp, nonce = _ms(at), secrets.token_hex(16)
    value = console.sign(f"{stamp}{nonce}{console.user}")
    return {} if value is None else {"X-HUAWEI-CALLBACK-ID": f"timestamp={stamp};nonce={nonce};value={value}"}


def _ms(at: datetime) -> int:
    return int(at.timestamp() * 1000)
