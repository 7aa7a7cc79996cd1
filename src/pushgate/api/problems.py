"""Errors -> problem documents (RFC 9457) and their responses. Decides how much the caller
learns.
"""

from collections.abc import Sequence

import orjson
from starlette.responses import Response

from pushgate.api.field_errors import MAX_FIELD_ERRORS
from pushgate.api.problem_types import PROBLEM_TYPES, type_uri
from pushgate.api.repeat_advice import repeat_advice
from pushgate.domain.consequences import ProblemCode
from pushgate.domain.errors import (
    EngineUnavailable,
    FieldError,
    InvalidRequest,
    NotGenuine,
    Overloaded,
    PushgateError,
)
from pushgate.redis.client import may_have_changed

MEDIA_TYPE = "application/problem+json"
INTERNAL_ERROR = "something went wrong on our side; it is logged"


def document(code: ProblemCode, detail: str, errors: Sequence[FieldError] = ()) -> dict[str, object]:
    """Return the problem as JSON; `errors` names every bad field."""
    problem_type = PROBLEM_TYPES[code]
    problem: dict[str, object] = {
        "type": type_uri(code),
        "title": problem_type.title,
        "status": problem_type.status,
        "code": code.value,
        "detail": detail,
    }
    if errors:
        problem["errors"] = [{"field": error.field, "message": error.message} for error in errors]
    return problem


def describe(error: PushgateError) -> dict[str, object]:
    """Return the problem document of an error. The text of an internal error stays out of it."""
    code = error.consequences.code
    if code is ProblemCode.INTERNAL_ERROR:
        return document(code, INTERNAL_ERROR)
    match error:
        case InvalidRequest():
            count, listed = len(error.errors), error.errors[:MAX_FIELD_ERRORS]
            only = f"; the first {MAX_FIELD_ERRORS} are listed" if count > MAX_FIELD_ERRORS else ""
            return document(code, f"{count} field(s) are not valid{only}", listed)
        case NotGenuine():
            return document(code, str(error), error.errors)
        case EngineUnavailable():
            return describe_engine_failure(changed=may_have_changed())
        case Overloaded():
            return document(code, f"{error}; nothing was stored; try again")
        case _:
            return document(code, str(error))


def describe_engine_failure(*, changed: bool) -> dict[str, object]:
    """Return the problem of a failed engine. `changed`: whether the request may have
    stored something before the failure.
    """
    advice = repeat_advice()
    if advice is None:
        return document(ProblemCode.ENGINE_UNAVAILABLE, "an engine is out of reach; try again")
    if not changed:
        return document(
            ProblemCode.ENGINE_UNAVAILABLE, "an engine is out of reach; nothing was stored; try again"
        )
    return document(
        ProblemCode.OUTCOME_UNKNOWN, f"an engine failed before it answered; it may have been stored; {advice}"
    )


def respond(problem: dict[str, object]) -> Response:
    """Return the problem document as a response, with the headers that its type needs."""
    problem_type = PROBLEM_TYPES[ProblemCode(str(problem["code"]))]
    headers: dict[str, str] = {}
    if problem_type.code is ProblemCode.UNAUTHORIZED:
        headers["WWW-Authenticate"] = 'Bearer realm="pushgate"'
    if problem_type.code is ProblemCode.TOO_SLOW:
        headers["Connection"] = "close"  # the rest of the body is not waited for
    if problem_type.retry_after is not None:
        headers["Retry-After"] = str(problem_type.retry_after)
    return Response(orjson.dumps(problem), problem_type.status, headers, MEDIA_TYPE)
