"""Xiaomi's responses."""

import json

import pytest
from tests.support.adapters.reading import outcome_of
from tests.support.adapters.response_codes import XIAOMI, A, Expected, I
from tests.support.adapters.samples import NOW, answer

from pushgate.adapters.xiaomi import responses as xiaomi
from pushgate.domain.errors import VendorAuthError, VendorThrottled, VendorUnavailable
from pushgate.domain.outcome import Outcome


@pytest.mark.parametrize(("code", "expected"), XIAOMI)
def test_every_code(code: str, expected: Expected) -> None:
    body = json.dumps({"result": "error", "code": int(code), "description": "d"})
    assert outcome_of(lambda: xiaomi.parse(answer(200, body), [b"a", b"b"], NOW)) == expected


def test_a_success_names_the_dead_tokens() -> None:
    body = json.dumps({"result": "ok", "code": 0, "data": {"id": "m", "bad_regids": "b,d"}})
    assert [
        verdict.outcome for verdict in xiaomi.parse(answer(200, body), [b"a", b"b", b"c", b"d"], NOW)
    ] == [
        A,
        I,
        A,
        I,
    ]


def test_ids_may_be_a_json_list() -> None:
    body = json.dumps({"result": "ok", "code": 0, "data": {"bad_regids": ["b"]}})
    assert [verdict.outcome for verdict in xiaomi.parse(answer(200, body), [b"a", b"b"], NOW)] == [A, I]


@pytest.mark.parametrize("data", [None, "", [], {"bad_regids": None}, {"bad_regids": 7}])
def test_unreadable_data_does_not_hide_a_success(data: object) -> None:
    body = json.dumps({"result": "ok", "code": 0, "data": data})
    assert outcome_of(lambda: xiaomi.parse(answer(200, body), [b"a"], NOW)) is A


def test_ids_may_have_spaces_between_them() -> None:
    body = json.dumps({"result": "ok", "code": 0, "data": {"bad_regids": "x, b"}})
    assert [verdict.outcome for verdict in xiaomi.parse(answer(200, body), [b"a", b"b"], NOW)] == [A, I]


def test_the_daily_quota_ends_at_midnight_in_shanghai() -> None:
    for code in (10034, 200001):
        reply = json.dumps({"result": "error", "code": code})
        with pytest.raises(VendorThrottled) as caught:
            xiaomi.parse(answer(200, reply, retry_after="5"), [b"a"], NOW)
        assert caught.value.retry_after == 4 * 3600  # it is 20:00 there


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (200, b"", Outcome.UNKNOWN),
        (200, b"<html>", Outcome.UNKNOWN),
        (200, b"\xff", Outcome.UNKNOWN),
        (503, b"", VendorUnavailable),
        (429, b"", VendorThrottled),
        (403, b"", VendorAuthError),
        (404, b'{"code": 0}', VendorAuthError),
    ],
)
def test_a_response_without_a_readable_code(status: int, body: bytes, expected: Expected) -> None:
    assert outcome_of(lambda: xiaomi.parse(answer(status, body), [b"a"], NOW)) == expected
