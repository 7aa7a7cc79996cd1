"""Huawei's signature of receipts, and the settings of its key."""

import base64
from datetime import timedelta

import pytest
from tests.support.adapters.receipts import HUAWEI, KEY, signed
from tests.support.adapters.samples import NOW

from pushgate.adapters.huawei import receipts as huawei
from pushgate.adapters.huawei.settings import HuaweiSettings
from pushgate.adapters.push_kit_signature import ReceiptSignature
from pushgate.adapters.receipts import InvalidSignature
from pushgate.adapters.status_receipts import StatusReceiptParser
from pushgate.domain.errors import ConfigurationError


def test_a_valid_signature_is_accepted_for_ten_minutes() -> None:
    assert HUAWEI.verify(signed(NOW), b"", NOW) == "n"
    assert HUAWEI.verify(signed(NOW), b"", NOW + timedelta(minutes=9)) == "n"
    assert StatusReceiptParser(huawei.EVENTS, None).verify({}, b"", NOW) is None


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"x-huawei-callback-id": "nonsense"},
        {"x-huawei-callback-id": "timestamp=1;nonce=n;value=!!"},
        {"x-huawei-callback-id": "timestamp=x;nonce=n;value=AAAA"},
        signed(NOW, key=b"other"),
        signed(NOW, user="other"),
        signed(NOW - timedelta(minutes=11)),
        signed(NOW + timedelta(minutes=11)),
        signed(NOW, nonce="n" * 200),
    ],
)
def test_a_forged_or_old_signature_is_refused(headers: dict[str, str]) -> None:
    with pytest.raises(InvalidSignature):
        HUAWEI.verify(headers, b"", NOW)


def key(**written: object) -> ReceiptSignature | None:
    section = {"app_id": "1", "app_secret": "s", **written}
    return HuaweiSettings.model_validate(section).signature()


def test_a_key_is_base64_unless_the_settings_say_otherwise() -> None:
    """See docs/reference/vendors/huawei.md#receipts."""
    made = base64.b64encode(KEY).decode()
    assert key(receipt_user="user", receipt_key=made) == ReceiptSignature("user", KEY)
    older = key(receipt_user="user", receipt_key=made, receipt_key_is_base64=False)
    assert older == ReceiptSignature("user", made.encode())
    assert key() is None


@pytest.mark.parametrize(
    ("written", "field"),
    [
        ({"receipt_user": "user"}, "receipt_key"),
        ({"receipt_user": "user", "receipt_key": ""}, "receipt_key"),
        ({"receipt_key": "AAAA"}, "receipt_user"),
        ({"receipt_user": "", "receipt_key": "AAAA"}, "receipt_user"),
        ({"receipt_user": "user", "receipt_key": "no base64!"}, "receipt_key"),
    ],
)
def test_a_key_without_a_user_is_refused(written: dict[str, object], field: str) -> None:
    """With an empty one anybody could sign."""
    with pytest.raises(ConfigurationError, match=field) as caught:
        key(**written)
    assert caught.value.errors[0].field == field
