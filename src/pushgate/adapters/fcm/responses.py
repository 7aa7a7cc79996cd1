"""FCM's response codes, and the verdict that follows from a response. Pure.

Source: docs/reference/vendors/fcm.md#codes
"""

from collections.abc import Mapping
from datetime import datetime

import msgspec

from pushgate.adapters.contract import Verdict
from pushgate.adapters.response_codes import (
    INVALID,
    REJECTED,
    RETRY,
    CallFailure,
    ResponseCode,
    accepted,
    fallback_outcome,
    is_success,
    judge,
    known_code,
    undocumented,
)
from pushgate.adapters.vendor_json import decode_json
from pushgate.http2.results import Response

RETRY_PAUSE = 10.0
"""Seconds to wait before a retry, at least: docs/reference/vendors/fcm.md#requests"""
QUOTA_PAUSE = 60.0
"""Seconds to wait when the quota is exceeded and the response names no delay."""
CODES: Mapping[str, ResponseCode] = {
    # FCM has no code of its own for this: the name is Pushgate's.
    "INVALID_TOKEN": ResponseCode(INVALID, "the token is not one"),
    "UNREGISTERED": ResponseCode(INVALID, "the app was uninstalled, or the token was replaced"),
    "SENDER_ID_MISMATCH": ResponseCode(INVALID, "the token belongs to another sender"),
    "INVALID_ARGUMENT": ResponseCode(REJECTED, "a field of the message is not valid"),
    "QUOTA_EXCEEDED": ResponseCode(CallFailure.THROTTLED, "the quota is exceeded"),
    "RESOURCE_EXHAUSTED": ResponseCode(CallFailure.THROTTLED, "the quota is exceeded"),
    # The operator has to correct the key, but pushes to Android do not need it: only this token is
    # tried again.
    "THIRD_PARTY_AUTH_ERROR": ResponseCode(RETRY, "the project's APNs or web push key is not valid"),
    "APNS_AUTH_ERROR": ResponseCode(RETRY, "the project's APNs key is not valid"),
    "UNAUTHENTICATED": ResponseCode(CallFailure.AUTH, "the access token is not valid"),
    "PERMISSION_DENIED": ResponseCode(
        CallFailure.REFUSED, "the API is off, or the service account may not send"
    ),
    "NOT_FOUND": ResponseCode(CallFailure.REFUSED, "there is no such project"),
    "INTERNAL": ResponseCode(RETRY, "FCM has an internal error"),
    "UNAVAILABLE": ResponseCode(CallFailure.UNAVAILABLE, "FCM is overloaded"),
    "UNSPECIFIED_ERROR": ResponseCode(RETRY, "FCM gives no reason"),
}
_CODES_BY_STATUS = {
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    429: "QUOTA_EXCEEDED",
    500: "INTERNAL",
}
_FCM_ERROR_TYPE = "google.firebase.fcm.v1.FcmError"
_BAD_REQUEST_TYPE = "google.rpc.BadRequest"
_TOKEN_FIELDS = frozenset(["message.token", "message.fid"])
_INVALID_TOKEN_TEXT = "registration token is not a valid"  # noqa: S105  # a part of FCM's message


class _Violation(msgspec.Struct):
    field: str = ""


class _Detail(msgspec.Struct):
    type: str = msgspec.field(name="@type", default="")
    error_code: str | None = msgspec.field(name="errorCode", default=None)
    violations: list[_Violation] | None = msgspec.field(name="fieldViolations", default=None)


class _Error(msgspec.Struct):
    message: str | None = None
    status: str | None = None
    details: list[msgspec.Raw] | None = None


class _ResponseBody(msgspec.Struct):
    error: _Error = msgspec.field(default_factory=_Error)


def parse(response: Response, now: datetime) -> Verdict:
    """Return the verdict on one token. Raises VendorError about the whole call."""
    if is_success(response.status):
        return accepted()
    code = _code_of(response)
    row = CODES.get(code) or undocumented("FCM", fallback_outcome(response.status))
    pause = response.retry_after(now)
    if row.effect is CallFailure.THROTTLED:
        pause = pause or QUOTA_PAUSE
    elif row.effect in (RETRY, CallFailure.UNAVAILABLE):
        pause = pause or RETRY_PAUSE
    return judge(row, code, now, pause)


def refuses(response: Response) -> bool:
    """Whether the access token is not valid (any more)."""
    return response.status == 401 and _code_of(response) == "UNAUTHENTICATED"


def _code_of(response: Response) -> str:
    """Return FCM's own code, the status text or the HTTP status: the first that is documented."""
    error = (decode_json(response.body, _ResponseBody) or _ResponseBody()).error
    # A detail that cannot be read does not hide the others.
    details = [detail for raw in error.details or () if (detail := decode_json(raw, _Detail))]
    fcm_code = _fcm_code(details)
    by_status = _CODES_BY_STATUS.get(response.status, f"http_{response.status}")
    candidates = [code for code in (fcm_code, error.status, by_status) if code]
    code = next((code for code in candidates if code in CODES), known_code(candidates[0]))
    if code == "INVALID_ARGUMENT" and _is_about_token(error, details, has_fcm_code=bool(fcm_code)):
        return "INVALID_TOKEN"
    # An unknown code of FCM's own means neither that the token is dead nor that the project does
    # not exist.
    return known_code(fcm_code) if code == "NOT_FOUND" and fcm_code else code


def _fcm_code(details: list[_Detail]) -> str:
    codes = (detail.error_code for detail in details if detail.type.endswith(_FCM_ERROR_TYPE))
    return next((code for code in codes if code), "")


def _is_about_token(error: _Error, details: list[_Detail], *, has_fcm_code: bool) -> bool:
    """Whether an invalid argument is the token or the installation's id.

    That FCM reports installations in the same way is not confirmed.
    """
    bad_requests = [detail for detail in details if detail.type.endswith(_BAD_REQUEST_TYPE)]
    fields = [violation.field for detail in bad_requests for violation in detail.violations or ()]
    if _TOKEN_FIELDS.intersection(fields):
        return True
    return has_fcm_code and not fields and _INVALID_TOKEN_TEXT in (error.message or "")
