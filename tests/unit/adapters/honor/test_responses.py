"""Honor's responses."""

import json

import pytest
from tests.support.adapters.reading import outcome_of
from tests.support.adapters.response_codes import A, Expected, I, X
from tests.support.adapters.samples import NOW, answer

from pushgate.adapters.honor import responses as honor
from pushgate.domain.errors import VendorAuthError, VendorThrottled, VendorUnavailable
from pushgate.domain.outcome import Outcome


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ({"sendResult": True, "failTokens": None, "expireTokens": None}, [A, A]),
        ({"sendResult": True, "failTokens": None, "expireTokens": ["a"]}, [I, A]),
        ({"sendResult": False, "failTokens": [], "expireTokens": []}, [X, X]),
        ({"sendResult": False, "expireTokens": ["a"]}, [I, A]),
        (None, [A, A]),
        ({"failTokens": "a"}, [Outcome.UNKNOWN, Outcome.UNKNOWN]),
    ],
)
def test_lists_of_failed_tokens(data: object, expected: list[Outcome]) -> None:
    """See docs/reference/vendors/honor.md#codes."""
    given = answer(200, json.dumps({"code": 200, "message": "success", "data": data}))
    assert [verdict.outcome for verdict in honor.parse(given, [b"a", b"b"], NOW)] == expected


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [  # docs/reference/vendors/honor.md#codes
        (200, {"code": 200, "message": "ok"}, A),
        (200, {"code": "80000000"}, A),
        (200, {"code": 200, "data": {"expireTokens": ["a"]}}, I),
        (200, {"code": 200, "data": {"failTokens": ["a"]}}, X),
        (200, {"code": 200, "data": {"expireTokens": 7}}, Outcome.UNKNOWN),
        (401, {}, VendorAuthError),
        (403, {"code": 403}, VendorAuthError),
        (200, {"code": 1, "message": "Invalid access token"}, VendorAuthError),
        (429, {}, VendorThrottled),
        (200, {"code": 1, "message": "Flow control triggered"}, VendorThrottled),
        (500, {"code": 200}, VendorUnavailable),
        (400, {"code": 80100001, "message": "x"}, X),
        # No list is believed of a server in trouble
        (500, {"code": 80300007, "message": "x"}, VendorUnavailable),
        (502, {"code": 80100000, "message": '{"illegal_tokens": ["a"]}'}, VendorUnavailable),
        (503, {"code": 80100001, "message": "x"}, VendorUnavailable),
        # Huawei's codes, should they appear
        (200, {"code": 80300007, "message": "x"}, I),
        (200, {"code": 80200001}, VendorAuthError),
        (200, {"code": "80200003"}, VendorAuthError),
        (200, {"code": 81000001}, VendorUnavailable),
        (200, {"code": 80300002}, VendorAuthError),
        (200, {"code": 80100000, "message": '{"illegal_tokens": ["a"]}'}, I),
        (200, {"code": 80100000, "message": '{"illegal_tokens": ["b"]}'}, A),
        (200, {"code": 80100000, "message": "x"}, Outcome.UNKNOWN),
        (200, {"code": 12345}, X),
        (404, {}, VendorAuthError),
        (200, {}, Outcome.UNKNOWN),
    ],
)
def test_every_code(status: int, body: dict[str, object], expected: Expected) -> None:
    assert outcome_of(lambda: honor.parse(answer(status, json.dumps(body)), [b"a"], NOW)) == expected


def test_codes_of_huawei_have_their_meaning() -> None:
    assert honor.refuses(answer(200, json.dumps({"code": 80200003})))
