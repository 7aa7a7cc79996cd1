"""APNs' response codes (`reason` in the body), and the verdict that follows from a response. Pure.

Source: docs/reference/vendors/apns.md#codes
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import msgspec

from pushgate.adapters.contract import Verdict
from pushgate.adapters.response_codes import (
    INVALID,
    REJECTED,
    RETRY,
    CallFailure,
    ResponseCode,
    accepted,
    auth_codes,
    fallback_outcome,
    is_success,
    judge,
    known_code,
    undocumented,
)
from pushgate.adapters.vendor_json import decode_json
from pushgate.domain.outcome import RefusalScope
from pushgate.http2.results import Response

SERVER_ERROR_PAUSE = 900.0
"""Seconds to wait after a 5xx that names no delay."""
CODES: Mapping[str, ResponseCode] = {
    "BadDeviceToken": ResponseCode(INVALID, "the token is not one of this environment"),
    "DeviceTokenNotForTopic": ResponseCode(INVALID, "the token belongs to another app"),
    "Unregistered": ResponseCode(INVALID, "the app was uninstalled"),
    "ExpiredToken": ResponseCode(INVALID, "the token has expired"),
    "MissingDeviceToken": ResponseCode(REJECTED, "the request named no token"),
    "BadCollapseId": ResponseCode(REJECTED, "the collapse key is too long"),
    "BadExpirationDate": ResponseCode(REJECTED, "the expiration is not valid"),
    "BadMessageId": ResponseCode(REJECTED, "the message id is not valid"),
    "BadPriority": ResponseCode(REJECTED, "the priority is not valid"),
    "DuplicateHeaders": ResponseCode(REJECTED, "a header came twice"),
    "InvalidPushType": ResponseCode(REJECTED, "the push type is not valid"),
    "PayloadEmpty": ResponseCode(REJECTED, "the payload is empty"),
    "PayloadTooLarge": ResponseCode(REJECTED, "the payload is larger than 4,096 bytes"),
    "BadTopic": ResponseCode(CallFailure.REFUSED, "the topic is not valid", scope=RefusalScope.TOPIC),
    "MissingTopic": ResponseCode(CallFailure.REFUSED, "the topic is missing", scope=RefusalScope.TOPIC),
    "TopicDisallowed": ResponseCode(
        CallFailure.REFUSED, "the key may not push to this topic", scope=RefusalScope.TOPIC
    ),
    "IdleTimeout": ResponseCode(RETRY, "the connection was idle for too long"),
    "ExpiredProviderToken": ResponseCode(
        CallFailure.AUTH, "the provider token is too old: is the clock right?"
    ),
    "InvalidProviderToken": ResponseCode(
        CallFailure.AUTH, "the provider token is not valid: team id, key id and key must match"
    ),
    "MissingProviderToken": ResponseCode(CallFailure.AUTH, "the provider token is missing"),
    "UnrelatedKeyIdInToken": ResponseCode(CallFailure.AUTH, "the connection belongs to another key"),
    "BadEnvironmentKeyIdInToken": ResponseCode(CallFailure.REFUSED, "the key is for the other environment"),
    "BadEnvironmentKeyInToken": ResponseCode(CallFailure.REFUSED, "the key is for the other environment"),
    "BadCertificate": ResponseCode(CallFailure.REFUSED, "the certificate is not valid"),
    "BadCertificateEnvironment": ResponseCode(
        CallFailure.REFUSED, "the certificate is for the other environment"
    ),
    "Forbidden": ResponseCode(CallFailure.REFUSED, "the team may not do this"),
    "BadPath": ResponseCode(CallFailure.REFUSED, "the path is not valid"),
    "MethodNotAllowed": ResponseCode(CallFailure.REFUSED, "the method is not POST"),
    "TooManyRequests": ResponseCode(RETRY, "too many pushes to this terminal in a row"),
    "TooManyProviderTokenUpdates": ResponseCode(
        CallFailure.THROTTLED, "the provider token was renewed too often"
    ),
    "InternalServerError": ResponseCode(RETRY, "APNs has an internal error"),
    "ServiceUnavailable": ResponseCode(CallFailure.UNAVAILABLE, "APNs is unavailable"),
    "Shutdown": ResponseCode(CallFailure.UNAVAILABLE, "APNs is shutting down"),
}
_WRONG_PUSH_TYPE = ResponseCode(REJECTED, "the token is not one for pushes of this type")
"""What DeviceTokenNotForTopic means under the topic of a push type.

An alert's token is still valid for alerts.
"""
_AUTH = auth_codes(CODES)
_NEEDS_NEW_CONNECTION = frozenset(["IdleTimeout", "TooManyProviderTokenUpdates"])
_PAUSES = {"TooManyProviderTokenUpdates": 5.0}
"""Seconds after which the same token is accepted on a new connection."""
_MAX_TIMESTAMP = 4e12  # ms; the year 2096


class _Failure(msgspec.Struct):
    reason: str = ""
    timestamp: object = None


def parse(response: Response, now: datetime, topic: str = "", bundle_id: str = "") -> Verdict:
    """Return the verdict of one token. `topic` is the push's, `bundle_id` the app's.

    Raises VendorError when the response is about the call.
    """
    if is_success(response.status):
        return accepted()
    failure = _failure(response)
    code = known_code(failure.reason) if failure.reason else f"http_{response.status}"
    row = CODES.get(code)
    if code == "DeviceTokenNotForTopic" and topic != bundle_id:
        row = _WRONG_PUSH_TYPE
    if row is None:
        # A 429 is about one token here, not about the call.
        row = undocumented("APNs", RETRY if response.status == 429 else fallback_outcome(response.status))
    pause = _PAUSES.get(code) or (SERVER_ERROR_PAUSE if response.status >= 500 else None)
    verdict = judge(row, code, now, response.retry_after(now) or pause)
    if verdict.outcome is INVALID and (dead_since := _dead_since(failure)):
        return replace(verdict, retry_after=None, dead_since=dead_since)
    return verdict


def refuses(response: Response) -> bool:
    """Whether the response says that the provider token is not valid."""
    return response.status == 403 and _failure(response).reason in _AUTH


def needs_new_connection(response: Response) -> bool:
    """Whether later requests must go over a new connection."""
    return response.status == 503 or _failure(response).reason in _NEEDS_NEW_CONNECTION


def _dead_since(failure: _Failure) -> datetime | None:
    """Return the instant since which the token is dead, None where there is no valid one."""
    timestamp = failure.timestamp
    if isinstance(timestamp, int | float) and 0 < timestamp < _MAX_TIMESTAMP:
        return datetime.fromtimestamp(0, UTC) + timedelta(milliseconds=timestamp)
    return None


def _failure(response: Response) -> _Failure:
    return decode_json(response.body, _Failure) or _Failure()
