"""Vendors' callbacks, in the shapes of docs/reference/vendors/index.md#receipts, as events."""

import base64
import contextlib
import json
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr
from tests.support.adapters.receipts import HUAWEI, KEY, signed, statuses, v1
from tests.support.adapters.samples import NOW

from pushgate.adapters.harmony import receipts as harmony
from pushgate.adapters.honor import adapter as honor
from pushgate.adapters.honor.settings import HonorSettings
from pushgate.adapters.huawei import receipts as huawei
from pushgate.adapters.huawei.settings import HuaweiSettings
from pushgate.adapters.meizu import receipts as meizu
from pushgate.adapters.oppo.receipts import OppoReceiptParser
from pushgate.adapters.push_kit_signature import ReceiptSignature
from pushgate.adapters.receipts import InvalidSignature, ReceiptEvent, ReceiptParser, ReportedEvent
from pushgate.adapters.status_receipts import StatusReceiptParser
from pushgate.adapters.vendor import AdapterContext
from pushgate.adapters.vivo.receipts import VivoReceiptParser
from pushgate.adapters.xiaomi import receipts as xiaomi
from pushgate.domain.clock import SystemClock
from pushgate.domain.errors import ConfigurationError
from pushgate.http2.credentials import NoCredentialStore

AT = datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)
MEIZU = meizu.MeizuReceiptParser()
XIAOMI, OPPO, VIVO = (
    xiaomi.XiaomiReceiptParser(),
    OppoReceiptParser(),
    VivoReceiptParser(),
)


@pytest.mark.parametrize(
    ("status", "event"),
    [
        (0, ReportedEvent.DELIVERED),
        (2, ReportedEvent.INVALID),
        (5, ReportedEvent.INVALID),
        (6, ReportedEvent.MUTED),
        (201, ReportedEvent.MUTED),
        *[(code, None) for code in (10, 14, 15, 22, 27, 31, 51, 102, 144, 999)],
    ],
)
def test_every_status_of_huawei_in_both_forms(status: int, event: ReportedEvent | None) -> None:
    """See docs/reference/vendors/huawei.md#receipts, docs/reference/vendors/harmony.md#receipts."""
    expected = [ReceiptEvent(event, "m", "t", AT)] if event else []
    assert HUAWEI.parse(statuses(v1(status))) == expected
    told = {"result": status, "timestamp": 1_700_000_000_000}
    row = {"token": "t", "pushType": 0, "appPackageName": "p", "biTag": "m", "deliveryStatus": told}
    assert HUAWEI.parse(statuses(row)) == expected
    of_form = {"formId": 1, **told}
    assert (
        HUAWEI.parse(statuses({"token": "t", "pushType": 1, "biTag": "m", "formStatus": of_form})) == expected
    )


@pytest.mark.parametrize(
    ("result", "event"),
    [
        (0, ReportedEvent.DELIVERED),
        (2, ReportedEvent.INVALID),
        (5, ReportedEvent.INVALID),
        (6, ReportedEvent.MUTED),
        *[
            (code, None)
            for code in (10, 14, 15, 22, 27, 31, 51, 102, 144, 151, 155, 156, 158, 188, 191, 201, 256, 259)
        ],
        *[(code, None) for code in (261, 262, 264, 265, 268, 269, 999)],
    ],
)
def test_every_result_of_harmonyos(result: int, event: ReportedEvent | None) -> None:
    """See docs/reference/vendors/harmony.md#receipts."""
    inbox = StatusReceiptParser(harmony.EVENTS, None)
    row = {"token": "t", "biTag": "m", "deliveryStatus": {"result": result, "timestamp": 1_700_000_000_000}}
    assert inbox.parse(statuses(row)) == ([ReceiptEvent(event, "m", "t", AT)] if event else [])


@pytest.mark.parametrize("told", ["", "soon", 1.5, "2023-11-14T22:13:20Z", True, None, [], {}, -1, 10**20])
def test_a_time_that_cannot_be_read_takes_nothing_else_with_it(told: object) -> None:
    assert HUAWEI.parse(statuses(v1(0, timestamp=told))) == [
        ReceiptEvent(ReportedEvent.DELIVERED, "m", "t", None)
    ]
    row = {"param": "m", "type": 1, "targets": "t", "timestamp": told}
    body = urlencode({"data": json.dumps({"x": row})}).encode()
    assert XIAOMI.parse(body) == [ReceiptEvent(ReportedEvent.DELIVERED, "m", "t", None)]


def test_statuses_that_cannot_be_read_do_not_hide_the_others() -> None:
    rows = [7, None, v1("x"), v1(0, token=None), v1(0, biTag=""), {}, v1("0"), v1(0, timestamp=10**20), v1(0)]
    found = HUAWEI.parse(statuses(*rows))
    assert [notice.at for notice in found] == [AT, None, AT]


@pytest.mark.parametrize(
    ("kind", "event"),
    [
        (1, ReportedEvent.DELIVERED),
        (2, ReportedEvent.CLICKED),
        (16, ReportedEvent.INVALID),
        (32, ReportedEvent.MUTED),
        (64, None),
        (128, None),
    ],
)
def test_every_type_of_xiaomi(kind: int, event: ReportedEvent | None) -> None:
    """See docs/reference/vendors/xiaomi.md#receipts."""
    told = {
        "id1": {"param": "m", "type": kind, "targets": "a, b,", "jobkey": "", "timestamp": 1_700_000_000_000}
    }
    body = urlencode({"data": json.dumps(told)}).encode()
    assert XIAOMI.parse(body) == ([ReceiptEvent(event, "m", token, AT) for token in "ab"] if event else [])


@pytest.mark.parametrize(
    ("kind", "event"),
    [
        ("push_arrive", ReportedEvent.DELIVERED),
        ("regid_invalid", ReportedEvent.INVALID),
        ("user_daily_limit", None),
        ("new", None),
    ],
)
def test_every_event_of_oppo(kind: str, event: ReportedEvent | None) -> None:
    """See docs/reference/vendors/oppo.md#receipts."""
    row = {"messageId": "x", "appId": "1", "taskId": "x", "registrationIds": "a, b", "eventTime": "1"}
    body = json.dumps([7, {**row, "param": "m", "eventType": kind}, {**row, "eventType": kind}]).encode()
    at = datetime(1970, 1, 1, 0, 0, 0, 1000, UTC)
    assert OPPO.parse(body) == ([ReceiptEvent(event, "m", token, at) for token in "ab"] if event else [])


@pytest.mark.parametrize(
    ("told", "at"),
    [
        (1_700_000_000_000, AT),
        ("1700000000000", AT),
        ("2023-11-15 06:13:20", AT),
        ("2023-11-14T22:13:20Z", AT),
        ("", None),
        ("yesterday", None),
        ("9" * 30, None),
        ("0001-01-01 00:00:00", None),
    ],
)
def test_oppos_time_is_read_in_any_form(told: object, at: datetime | None) -> None:
    row = {"registrationIds": "a", "eventTime": told, "param": "m", "eventType": "regid_invalid"}
    assert OPPO.parse(json.dumps([row]).encode()) == [ReceiptEvent(ReportedEvent.INVALID, "m", "a", at)]


def test_meizus_token_is_compared_if_it_is_known() -> None:
    """See docs/reference/vendors/index.md#receipts."""
    inbox = meizu.MeizuReceiptParser(SecretStr("known"))
    inbox.verify({}, urlencode({"cb": "{}", "access_token": "known"}).encode(), NOW)
    for body in (b"", b"cb={}", b"cb={}&access_token=other", b"\xff", b"&" * 100):
        with pytest.raises(InvalidSignature):
            inbox.verify({}, body, NOW)


def test_vivos_arrivals() -> None:
    """See docs/reference/vendors/vivo.md#receipts."""
    row = {"targets": "a", "ackTime": 1_700_000_000_000, "param": "m", "ackType": "0"}
    body = json.dumps({"task": row, "other": {**row, "ackType": "1"}, "third": 7}).encode()
    assert VIVO.parse(body) == [ReceiptEvent(ReportedEvent.DELIVERED, "m", "a", AT)]


@pytest.mark.parametrize(
    ("kind", "event"), [(1, ReportedEvent.DELIVERED), (2, ReportedEvent.CLICKED), (3, None)]
)
def test_every_type_of_meizu(kind: int, event: ReportedEvent | None) -> None:
    """See docs/reference/vendors/meizu.md#receipts."""
    told = {f"id-{kind}": {"param": "m", "type": kind, "targets": ["a", "b"]}, "bad": 7}
    body = urlencode({"cb": json.dumps(told), "access_token": "x"}).encode()
    assert MEIZU.parse(body) == ([ReceiptEvent(event, "m", token) for token in "ab"] if event else [])


@pytest.mark.parametrize(
    "inbox", [HUAWEI, XIAOMI, OPPO, VIVO, MEIZU], ids=["huawei", "xiaomi", "oppo", "vivo", "meizu"]
)
@given(
    body=st.binary(max_size=200)
    | st.sampled_from([b"", b"[]", b"{}", b"data=", b"data=[]", b'{"statuses":{}}'])
)
def test_nonsense_is_no_callback(inbox: ReceiptParser, body: bytes) -> None:
    with contextlib.suppress(ValueError):
        assert inbox.parse(body) == []


def test_a_genuine_signature_holds_for_a_while() -> None:
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
def test_a_forged_or_stale_signature_does_not(headers: dict[str, str]) -> None:
    with pytest.raises(InvalidSignature):
        HUAWEI.verify(headers, b"", NOW)


def key(**written: object) -> ReceiptSignature | None:
    section = {"app_id": "1", "app_secret": "s", **written}
    return HuaweiSettings.model_validate(section).signature()


def test_a_key_of_the_console_is_base64_and_an_older_one_is_used_as_it_is() -> None:
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
def test_half_a_key_is_none(written: dict[str, object], field: str) -> None:
    """With an empty one anybody could sign."""
    with pytest.raises(ConfigurationError, match=field) as caught:
        key(**written)
    assert caught.value.errors[0].field == field


@pytest.mark.parametrize(
    ("section", "delivered"),
    [
        ({}, [True, True, False, False]),
        ({"delivered_statuses": [40000002]}, [False, True, False, False]),
        ({"delivered_statuses": [2]}, [False, False, True, False]),
    ],
)
def test_honors_statuses_are_what_the_section_says(section: dict[str, object], delivered: list[bool]) -> None:
    """They are not confirmed, so both forms count unless the section says. See
    docs/reference/vendors/honor.md#receipts.
    """
    written = {"app_id": "1", "client_id": "1", "client_secret": "s", **section}
    settings = HonorSettings.model_validate(written)
    inbox = honor.Honor(settings, AdapterContext("shop", SystemClock(), NoCredentialStore())).receipt_parser
    assert inbox
    read = [inbox.parse(statuses(v1(status))) for status in (0, 40000002, 2, 40000015)]
    assert [[notice.event for notice in some] for some in read] == [
        [ReportedEvent.DELIVERED] if arrived else [] for arrived in delivered
    ]
