"""Errors become problem documents that tell the caller what went wrong, and nothing about the
inside.
"""

import orjson
import pytest

from pushgate.api.field_errors import MAX_FIELD_ERRORS
from pushgate.api.problems import describe, describe_engine_failure, document, respond
from pushgate.domain.consequences import ProblemCode
from pushgate.domain.errors import (
    ConfigurationError,
    Conflict,
    EngineUnavailable,
    FieldError,
    IdempotencyKeyReused,
    InvalidRequest,
    NotGenuine,
    Overloaded,
    PayloadRejected,
    PushgateError,
    RequestTimedOut,
    TooManyWaiting,
    Unauthorized,
    UnsupportedEncoding,
    VendorAuthError,
)
from pushgate.domain.outcome import FailureCode


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (Conflict("it was sent"), 409, ProblemCode.CONFLICT),
        (IdempotencyKeyReused("another request"), 409, ProblemCode.IDEMPOTENCY_KEY_REUSED),
        (TooManyWaiting("10 messages"), 429, ProblemCode.TOO_MANY_WAITING),
        (UnsupportedEncoding("send it without compression"), 415, ProblemCode.UNSUPPORTED_MEDIA_TYPE),
        (
            PayloadRejected(FailureCode.PAYLOAD_TOO_LARGE, "title", "is too long"),
            422,
            ProblemCode.INVALID_REQUEST,
        ),
        (NotGenuine("the signature does not hold"), 403, ProblemCode.NOT_GENUINE),
    ],
    ids=lambda value: type(value).__name__,
)
def test_a_problem_has_the_status_the_code_and_the_text_of_its_error(
    error: PushgateError, status: int, code: ProblemCode
) -> None:
    problem = describe(error)
    assert (problem["status"], problem["code"], problem["detail"]) == (status, code.value, str(error))
    assert problem["type"] == f"urn:pushgate:problem:{code.value}"


@pytest.mark.parametrize(
    "error",
    [
        ConfigurationError([FieldError("redis.url", "holds a password: hunter2")]),
        VendorAuthError("403", "hunter2 is no valid secret"),
        PushgateError("hunter2"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_the_text_of_an_internal_error_stays_inside(error: PushgateError) -> None:
    problem = describe(error)
    assert (problem["status"], problem["code"]) == (500, "internal_error")
    assert "hunter2" not in str(problem)


def test_every_bad_field_is_listed_up_to_a_limit() -> None:
    few = describe(InvalidRequest([FieldError("title", "is empty"), FieldError("body", "is empty")]))
    assert few["detail"] == "2 field(s) are not valid"
    assert few["errors"] == [
        {"field": "title", "message": "is empty"},
        {"field": "body", "message": "is empty"},
    ]
    many = describe(InvalidRequest([FieldError("title", "is empty")] * (MAX_FIELD_ERRORS + 1)))
    assert many["detail"] == "101 field(s) are not valid; the first 100 are listed"
    assert isinstance(many["errors"], list)
    assert len(many["errors"]) == MAX_FIELD_ERRORS


def test_an_overloaded_process_says_that_nothing_was_stored() -> None:
    assert describe(Overloaded("too many requests at once"))["detail"] == (
        "too many requests at once; nothing was stored; try again"
    )


@pytest.mark.parametrize("changed", [False, True])
def test_a_failed_engine_is_no_matter_for_a_request_that_changes_nothing(changed: bool) -> None:
    """Outside of a request there is no advice on repeating it, as for a request that reads."""
    problem = describe_engine_failure(changed=changed)
    assert problem["code"] == "engine_unavailable"
    assert describe(EngineUnavailable("Redis"))["code"] == "engine_unavailable"


@pytest.mark.parametrize(
    ("error", "header", "value"),
    [
        (Unauthorized("send a key"), "www-authenticate", 'Bearer realm="pushgate"'),
        (RequestTimedOut("the body"), "connection", "close"),
        (TooManyWaiting("10 messages"), "retry-after", "30"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_a_response_has_the_headers_that_its_problem_needs(
    error: PushgateError, header: str, value: str
) -> None:
    response = respond(describe(error))
    assert response.status_code == error.consequences.status
    assert response.headers["content-type"] == "application/problem+json"
    assert response.headers[header] == value


def test_a_response_holds_the_document() -> None:
    problem = document(ProblemCode.NOT_FOUND, "there is nothing at this path")
    assert orjson.loads(bytes(respond(problem).body)) == problem
