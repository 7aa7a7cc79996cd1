"""Which calls are repeated after which errors, after which pauses, and how values are written."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pushgate.api.problem_types import PROBLEM_TYPES
from pushgate.domain.consequences import ProblemCode
from pushgate_client import ApiError, ConnectionFailed
from pushgate_client.calls import (
    MAX_RETRY_AFTER,
    NOTHING_DONE,
    Call,
    bearer,
    delay,
    idempotent,
    may_repeat,
    path,
    text,
    to_json,
)
from pushgate_client.errors import to_error

ONCE = Call(method="POST", path="/v1/keys", repeatable=False)
OFTEN = Call(method="PUT", path="/v1/terminals/t1")
NAIVE = datetime(2026, 11, 28, 12)  # noqa: DTZ001  # refused for that


def answered(status: int, code: str = "", retry_after: float | None = None) -> ApiError:
    return ApiError(status, {"code": code} if code else {}, retry_after=retry_after, request_id=None)


@pytest.mark.parametrize(
    ("error", "once", "often"),
    [
        (ConnectionFailed("refused", may_be_done=False), True, True),
        (ConnectionFailed("lost", may_be_done=True), False, True),
        (answered(429, "rate_limited", 1), True, True),
        (answered(429, "too_many_waiting", 30), True, True),
        (answered(429), True, True),  # of a proxy
        (answered(429, "rate_limited", MAX_RETRY_AFTER + 1), False, False),
        (answered(408, "too_slow"), True, True),
        (answered(503, "engine_unavailable", 2), True, True),
        (answered(503, "outcome_unknown", 2), False, True),
        (answered(502), False, True),
        (answered(503), False, True),
        (answered(504), False, True),
        (answered(500), False, True),
        (answered(500, "internal_error"), False, False),
        (answered(400, "unreadable_body"), False, False),
        (answered(401, "unauthorized"), False, False),
        (answered(404, "not_found"), False, False),
        (answered(409, "conflict"), False, False),
        (answered(422, "invalid_request"), False, False),
        (answered(302), False, False),
    ],
)
def test_a_call_is_repeated_only_where_that_is_safe(
    error: ApiError | ConnectionFailed, once: bool, often: bool
) -> None:
    assert (may_repeat(ONCE, error), may_repeat(OFTEN, error)) == (once, often)


def test_the_codes_after_which_nothing_was_done_are_those_of_the_api() -> None:
    """All that the API calls retryable, but where it does not know itself."""
    retryable = {code.value for code, problem in PROBLEM_TYPES.items() if problem.consequences.retryable}
    assert retryable - {ProblemCode.OUTCOME_UNKNOWN.value} == NOTHING_DONE


def test_pauses_grow_up_to_20_seconds_beside_what_the_api_asks_for() -> None:
    lost = ConnectionFailed("lost", may_be_done=True)
    assert [delay(attempt, lost, 1.0) for attempt in (0, 1, 2, 6, 7, 1000)] == [0.2, 0.4, 0.8, 12.8, 20, 20]
    assert delay(3, lost, 0.0) == 0.0
    assert delay(0, answered(429, "rate_limited", 3), 0.5) == pytest.approx(3.1)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("t1", "/v1/terminals/t1"),
        ("a/b?c#d%", "/v1/terminals/a%2Fb%3Fc%23d%25"),
        ("{}", "/v1/terminals/%7B%7D"),
        ("..", "/v1/terminals/%2E%2E"),
        ("张三", "/v1/terminals/%E5%BC%A0%E4%B8%89"),
    ],
)
def test_ids_are_quoted_in_paths(name: str, expected: str) -> None:
    assert path("/v1/terminals/{}", name) == expected


def test_an_empty_id_is_refused() -> None:
    with pytest.raises(ValueError, match="is empty"):
        path("/v1/terminals/{}", "")


@pytest.mark.parametrize(
    ("value", "expected"),
    [(True, "true"), (False, "false"), (3, "3"), (date(2026, 11, 28), "2026-11-28")],
)
def test_parameters_are_written_as_the_api_reads_them(value: object, expected: str) -> None:
    assert text(value) == expected


def test_instants_are_written_with_their_zone() -> None:
    at = datetime(2026, 11, 28, 12, tzinfo=UTC)
    body = {"push_time": at, "more": [at.date(), "x", 1, None, True]}
    assert to_json(body) == {
        "push_time": "2026-11-28T12:00:00+00:00",
        "more": ["2026-11-28", "x", 1, None, True],
    }


def test_instants_without_a_zone_are_refused() -> None:
    for write in (text, lambda value: to_json({"push_time": [value]})):
        with pytest.raises(ValueError, match="no time zone"):
            write(NAIVE)


def test_parameters_that_are_not_given_are_left_out() -> None:
    call = Call(method="GET", path="/", query={"a": None, "b": ["x", "y"], "c": "z", "d": False})
    assert call.params() == [("b", "x"), ("b", "y"), ("c", "z"), ("d", "false")]


@given(st.integers(300, 599), st.binary(max_size=200), st.text(max_size=5))
def test_any_answer_is_an_error_of_this_library(status: int, body: bytes, retry_after: str) -> None:
    """Proxies answer with anything."""
    error = to_error(status, {"retry-after": retry_after}, body)
    assert error.status == status
    assert str(status) in str(error)


@pytest.mark.parametrize("body", [b'{"errors": 5}', b'{"errors": ["x"]}', b'{"code": null}', b"[]", b"\xff"])
def test_an_odd_problem_document_is_an_error_all_the_same(body: bytes) -> None:
    assert to_error(500, {}, body).errors == ()


@pytest.mark.parametrize(("status", "words"), [(301, "leads to another one"), (404, "no answer of Pushgate")])
def test_an_answer_of_something_else_says_to_look_at_the_address(status: int, words: str) -> None:
    assert words in str(to_error(status, {}, b"<html>"))
    assert words not in str(to_error(status, {}, b'{"code": "not_found", "title": "Not found"}'))


def test_a_call_without_an_idempotency_key_gets_one_of_its_own() -> None:
    assert idempotent("order-7") == {"Idempotency-Key": "order-7"}
    assert idempotent() != idempotent()


@pytest.mark.parametrize("value", ["", "two words", "line\n", "schlüssel"])
def test_what_no_header_can_have_is_refused_without_being_shown(value: str) -> None:
    """An empty key or credential is not taken for none."""
    for write in (idempotent, bearer):
        with pytest.raises(ValueError, match="visible ASCII") as raised:
            write(value)
        assert not value or value not in str(raised.value)
