"""FCM's responses."""

import json

import pytest
from tests.support.adapters.reading import outcome_of
from tests.support.adapters.response_codes import Expected, I, R, X
from tests.support.adapters.samples import NOW, answer

from pushgate.adapters.fcm import responses as fcm
from pushgate.domain.errors import VendorAuthError, VendorThrottled, VendorUnavailable
from pushgate.http2.results import Response


def fcm_error(
    status: int, text: str, code: str | None = None, field: str | None = None, message: str = ""
) -> Response:
    details: list[dict[str, object]] = []
    if code:
        details.append({"@type": "type.googleapis.com/google.firebase.fcm.v1.FcmError", "errorCode": code})
    if field:
        details.append(
            {"@type": "type.googleapis.com/google.rpc.BadRequest", "fieldViolations": [{"field": field}]}
        )
    return answer(
        status,
        json.dumps({"error": {"code": status, "message": message, "status": text, "details": details}}),
    )


FCM: list[tuple[Response, Expected]] = [  # docs/reference/vendors/fcm.md#codes
    (fcm_error(404, "NOT_FOUND", "UNREGISTERED"), I),
    (fcm_error(404, "NOT_FOUND"), VendorAuthError),
    (fcm_error(400, "INVALID_ARGUMENT", None, "message.token"), I),
    (fcm_error(400, "INVALID_ARGUMENT", None, "message.fid"), I),
    (fcm_error(400, "INVALID_ARGUMENT", "INVALID_ARGUMENT", "message.token"), I),
    (
        fcm_error(
            400,
            "INVALID_ARGUMENT",
            "INVALID_ARGUMENT",
            message="The registration token is not a valid FCM registration token",
        ),
        I,
    ),
    (fcm_error(400, "INVALID_ARGUMENT", "INVALID_ARGUMENT", "message.android.ttl"), X),
    (fcm_error(400, "INVALID_ARGUMENT", "INVALID_ARGUMENT", message="Message too big"), X),
    (fcm_error(400, "FAILED_PRECONDITION"), X),
    (fcm_error(403, "PERMISSION_DENIED", "SENDER_ID_MISMATCH"), I),
    (fcm_error(403, "PERMISSION_DENIED"), VendorAuthError),
    (fcm_error(401, "UNAUTHENTICATED"), VendorAuthError),
    # The project's, but of no concern to its other tokens.
    (fcm_error(401, "UNAUTHENTICATED", "THIRD_PARTY_AUTH_ERROR"), R),
    (fcm_error(401, "UNAUTHENTICATED", "APNS_AUTH_ERROR"), R),
    (fcm_error(404, "NOT_FOUND", "SOMETHING_NEW"), X),
    (fcm_error(429, "RESOURCE_EXHAUSTED", "QUOTA_EXCEEDED"), VendorThrottled),
    (fcm_error(429, "RESOURCE_EXHAUSTED"), VendorThrottled),
    (fcm_error(500, "INTERNAL", "INTERNAL"), R),
    (fcm_error(503, "UNAVAILABLE", "UNAVAILABLE"), VendorUnavailable),
    (fcm_error(500, "UNKNOWN", "UNSPECIFIED_ERROR"), R),
    (fcm_error(400, "INVALID_ARGUMENT", "SOMETHING_NEW"), X),
    (fcm_error(502, "UNKNOWN", "SOMETHING_NEW"), VendorUnavailable),
    (fcm_error(429, "RESOURCE_EXHAUSTED", "SOMETHING_NEW"), VendorThrottled),
    (fcm_error(401, "UNAUTHENTICATED", "SOMETHING_NEW"), VendorAuthError),
    (answer(408, b""), R),
    (answer(302, b""), VendorAuthError),
    (answer(404, b"<html>"), VendorAuthError),
    (answer(400, b"\xff"), X),
    (answer(502, b""), VendorUnavailable),
    (answer(429, b""), VendorThrottled),
]


@pytest.mark.parametrize(("given", "expected"), FCM)
def test_every_code(given: Response, expected: Expected) -> None:
    assert outcome_of(lambda: fcm.parse(given, NOW)) == expected


def test_an_unreadable_detail_does_not_hide_the_others() -> None:
    own = {"@type": "type.googleapis.com/google.firebase.fcm.v1.FcmError", "errorCode": "UNREGISTERED"}
    odd = [
        {"@type": "type.googleapis.com/google.rpc.BadRequest", "fieldViolations": None},
        {"@type": 7},
        3,
        None,
    ]
    for details in ([own, *odd], [*odd, own]):
        error = {"code": 404, "message": None, "status": "NOT_FOUND", "details": details}
        assert fcm.parse(answer(404, json.dumps({"error": error})), NOW).outcome is I
    bare = {"error": {"code": 404, "message": None, "status": None, "details": None}}
    assert outcome_of(lambda: fcm.parse(answer(404, json.dumps(bare)), NOW)) is VendorAuthError


def test_the_delay_is_that_of_the_response_or_of_the_documents() -> None:
    with pytest.raises(VendorThrottled) as throttled:
        fcm.parse(fcm_error(429, "RESOURCE_EXHAUSTED", "QUOTA_EXCEEDED"), NOW)
    assert throttled.value.retry_after == 60
    assert fcm.parse(fcm_error(500, "INTERNAL", "INTERNAL"), NOW).retry_after == 10
    with pytest.raises(VendorUnavailable) as unavailable:
        fcm.parse(answer(503, b"{}", retry_after="33"), NOW)
    assert unavailable.value.retry_after == 33


def test_401_asks_for_a_new_access_token_unless_another_credential_is_wrong() -> None:
    assert fcm.refuses(fcm_error(401, "UNAUTHENTICATED"))
    assert fcm.refuses(answer(401, b""))
    assert not fcm.refuses(fcm_error(401, "UNAUTHENTICATED", "THIRD_PARTY_AUTH_ERROR"))
    assert not fcm.refuses(fcm_error(403, "PERMISSION_DENIED"))
