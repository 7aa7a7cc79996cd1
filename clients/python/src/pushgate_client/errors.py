"""What can go wrong with a call.

PushgateError
├── ConfigurationError   no address is set, or the address or key has no valid form
├── ConnectionFailed     no answer; `may_be_done` says whether the call may be done
├── InvalidSignature     a webhook that Pushgate did not send (see `pushgate_client.webhooks`)
└── ApiError             the API refused the call
    ├── InvalidRequest   a field or parameter is not valid: look at `errors`
    ├── Unauthorized     no valid API key
    ├── Forbidden        the key lacks a scope
    ├── NotFound
    ├── Conflict
    ├── RateLimited      too many requests, or too many messages that wait
    └── Unavailable      Pushgate or one of its engines is out of reach for now
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, NamedTuple


class FieldError(NamedTuple):
    """What is wrong with one field or parameter, in words for people."""

    field: str
    message: str


class PushgateError(Exception):
    """The root of all errors of this client."""


class ConfigurationError(PushgateError):
    """The client has no address, or its address or key has no valid form."""


class ConnectionFailed(PushgateError):
    """No answer came.

    `may_be_done` says whether the call may have been carried out all the same.
    """

    def __init__(self, text: str, *, may_be_done: bool) -> None:
        super().__init__(text)
        self.may_be_done = may_be_done


class InvalidSignature(PushgateError):
    """A webhook's signature, time or form is not genuine."""


class ApiError(PushgateError):
    """The API answered with a problem document (RFC 9457).

    Programs decide by `code`, which is stable; `detail` and `errors` are words for people.
    """

    def __init__(
        self, status: int, problem: Mapping[str, Any], *, retry_after: float | None, request_id: str | None
    ) -> None:
        self.status = status
        self.code = str(problem.get("code", ""))
        self.title = str(problem.get("title", f"HTTP {status}"))
        self.detail = str(problem.get("detail", ""))
        self.errors = tuple(
            FieldError(str(one.get("field", "")), str(one.get("message", "")))
            for one in _objects(problem.get("errors"))
        )
        self.problem = problem
        self.retry_after = retry_after
        """Seconds after which the call may be repeated, where the API says so."""
        self.request_id = request_id
        """Names the request in the logs of Pushgate."""
        super().__init__(self._words())

    def _words(self) -> str:
        words = f"{self.title}: {self.detail}" if self.detail else self.title
        known_as = f"{self.status} {self.code}".rstrip()
        return "\n".join([f"{words} ({known_as})", *(f"  {f}: {m}" for f, m in self.errors)])


class InvalidRequest(ApiError):
    """A field or parameter is not valid."""


class Unauthorized(ApiError):
    """There is no valid API key."""


class Forbidden(ApiError):
    """The API key lacks a scope, or the call is not for it."""


class NotFound(ApiError):
    """There is no such thing in the app of the key."""


class Conflict(ApiError):
    """The thing is not in a state that allows the call."""


class RateLimited(ApiError):
    """Too many requests, or too many messages that wait."""


class Unavailable(ApiError):
    """Pushgate, or one of its engines, cannot do it now."""


_LOOK = "look whether the address is that of Pushgate's API"
_BY_STATUS: Mapping[int, type[ApiError]] = {
    400: InvalidRequest,
    401: Unauthorized,
    403: Forbidden,
    404: NotFound,
    408: Unavailable,
    409: Conflict,
    412: Conflict,
    413: InvalidRequest,
    415: InvalidRequest,
    422: InvalidRequest,
    429: RateLimited,
}


def to_error(status: int, headers: Mapping[str, str], body: bytes) -> ApiError:
    """Return the error of an answer that is not 2xx. Bodies of proxies need not be JSON."""
    try:
        problem = json.loads(body)
    except ValueError:
        problem = {}
    kind = _BY_STATUS.get(status, Unavailable if status >= 500 else ApiError)
    if not isinstance(problem, dict) or "code" not in problem:
        problem = _foreign(status, problem)
    return kind(
        status,
        problem,
        retry_after=_seconds(headers.get("retry-after")),
        request_id=headers.get("x-request-id"),
    )


def _foreign(status: int, answer: object) -> Mapping[str, Any]:
    """Return a problem for an answer that Pushgate did not give: the address may be wrong."""
    known = answer if isinstance(answer, dict) else {}
    if 300 <= status < 400:
        return {
            "detail": "the address leads to another one: give that, such as https:// for http://",
            **known,
        }
    if status in (404, 405):
        return {"detail": f"this is no answer of Pushgate: {_LOOK}", **known}
    return known


def unreadable(status: int, headers: Mapping[str, str]) -> ApiError:
    """Return the error of an answer that is not JSON: something else than Pushgate answers."""
    problem = {"title": "The answer is not JSON", "detail": _LOOK}
    return ApiError(status, problem, retry_after=None, request_id=headers.get("x-request-id"))


def _objects(value: object) -> list[Mapping[str, Any]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _seconds(text: str | None) -> float | None:
    """Retry-After in seconds; its other form, a date, is not sent by Pushgate."""
    return float(text) if text and text.isdecimal() else None
