"""FCM's error responses, by code.

Source: docs/reference/vendors/fcm.md#codes
"""

from collections.abc import Mapping
from dataclasses import dataclass

from pushgate.sandbox.exchange import (
    NO_PUSH,
    SandboxPush,
    SandboxResponse,
    json_response,
    retry_after_header,
)

_FCM_ERROR = "type.googleapis.com/google.firebase.fcm.v1.FcmError"
_BAD_REQUEST = "type.googleapis.com/google.rpc.BadRequest"
ERRORS = {
    "UNREGISTERED": (404, "NOT_FOUND", True),
    "INVALID_ARGUMENT": (400, "INVALID_ARGUMENT", True),
    "SENDER_ID_MISMATCH": (403, "PERMISSION_DENIED", True),
    "QUOTA_EXCEEDED": (429, "RESOURCE_EXHAUSTED", True),
    "UNAVAILABLE": (503, "UNAVAILABLE", True),
    "INTERNAL": (500, "INTERNAL", True),
    "THIRD_PARTY_AUTH_ERROR": (401, "UNAUTHENTICATED", True),
    "APNS_AUTH_ERROR": (401, "UNAUTHENTICATED", True),
    "UNSPECIFIED_ERROR": (500, "UNKNOWN", True),
    "UNAUTHENTICATED": (401, "UNAUTHENTICATED", False),
    "PERMISSION_DENIED": (403, "PERMISSION_DENIED", False),
    "NOT_FOUND": (404, "NOT_FOUND", False),
}
"""HTTP status and status text by code, and whether the code is FCM's own."""


@dataclass(frozen=True, slots=True)
class BadField:
    """What is wrong with a request. With `field`, the response has a BadRequest detail.

    `is_fcm_error` is false where the response has no FcmError detail.
    """

    problem: str
    field: str = ""
    is_fcm_error: bool = True


INVALID_TOKEN = BadField("The registration token is not a valid FCM registration token")
TOKEN_ERRORS: Mapping[str, BadField] = {
    "token_named": INVALID_TOKEN,
    "token_field": BadField("Invalid registration token", "message.token", is_fcm_error=False),
}
"""The two ways in which FCM says INVALID_ARGUMENT of a token; the names are the sandbox's."""


def error_response(
    code: str, bad: BadField, *, retry_after: int | None = None, token: str = ""
) -> SandboxResponse:
    """An error in FCM's form. `token` is the push's target, if it is known."""
    http_status, status, is_fcm_code = ERRORS[code]
    details: list[dict[str, object]] = []
    if is_fcm_code and bad.is_fcm_error:
        details.append({"@type": _FCM_ERROR, "errorCode": code})
    if bad.field:
        violations = [{"field": bad.field, "description": bad.problem}]
        details.append({"@type": _BAD_REQUEST, "fieldViolations": violations})
    error = {"code": http_status, "message": bad.problem, "status": status, "details": details}
    return json_response(
        http_status,
        {"error": error},
        code=code,
        push=SandboxPush(tokens=(token,)) if token else NO_PUSH,
        headers=retry_after_header(retry_after),
    )
