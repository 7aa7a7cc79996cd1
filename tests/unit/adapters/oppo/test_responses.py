"""OPPO's responses."""

import json

import pytest
from tests.support.adapters.reading import outcome_of
from tests.support.adapters.response_codes import A, Expected, I, R, X
from tests.support.adapters.samples import NOW, answer

from pushgate.adapters.oppo import responses as oppo
from pushgate.domain.errors import VendorAuthError, VendorQuotaUsedUp, VendorUnavailable
from pushgate.domain.outcome import Outcome


@pytest.mark.parametrize(
    ("code", "expected"),
    [("33", VendorQuotaUsedUp), ("11", VendorAuthError), ("-1", VendorUnavailable), ("10000", I), ("41", X)],
)
def test_a_failure_of_every_notification_is_one_of_the_call(code: str, expected: Expected) -> None:
    """But what is said of a terminal is of that terminal alone."""
    rows = [{"registrationId": token, "errorCode": int(code)} for token in "ab"]
    body = json.dumps({"code": 0, "data": rows})
    assert outcome_of(lambda: oppo.parse(answer(200, body), [b"a", b"b"], NOW)) == expected
    assert oppo.refuses(answer(200, body)) == (code == "11")


def test_a_day_quota_of_some_notifications_delays_them_until_the_next_day() -> None:
    rows = [{"registrationId": "a"}, {"registrationId": "b", "errorCode": 33}]
    verdicts = oppo.parse(answer(200, json.dumps({"code": 0, "data": rows})), [b"a", b"b"], NOW)
    assert [(verdict.outcome, verdict.retry_after) for verdict in verdicts] == [(A, None), (R, 4 * 3600.0)]
    assert [verdict.over_quota for verdict in verdicts] == [False, True]


def test_a_call_that_was_taken_in_part_before_the_quota_was_used_up_counts_what_was_taken() -> None:
    """Those that are not listed, or have no id, were not taken."""
    rows = [{"registrationId": "a", "messageId": "1"}, {"registrationId": "b", "errorCode": 10000}]
    body = json.dumps({"code": 33, "data": [*rows, {"registrationId": "c"}]})
    verdicts = oppo.parse(answer(200, body), [b"a", b"b", b"c", b"d"], NOW)
    assert [(verdict.outcome, verdict.over_quota) for verdict in verdicts] == [
        (A, False),
        (I, False),
        (R, True),
        (R, True),
    ]


@pytest.mark.parametrize(
    ("code", "message", "one", "many"),
    [
        (32, "duplicate", A, X),
        (10000, "invalid", I, X),
        (41, "invalid registration_id", I, X),
        (41, "invalid title", X, X),
    ],
)
def test_a_code_of_the_call_says_more_of_one_terminal_than_of_many(
    code: int, message: str, one: Outcome, many: Outcome
) -> None:
    """See docs/reference/vendors/index.md#tokens."""
    body = json.dumps({"code": code, "message": message})
    assert [item.outcome for item in oppo.parse(answer(200, body), [b"a"], NOW)] == [one]
    assert [item.outcome for item in oppo.parse(answer(200, body), [b"a", b"b"], NOW)] == [many, many]


@pytest.mark.parametrize(
    ("fields", "expected"),
    [  # docs/reference/vendors/oppo.md#codes: of one notification among others
        ({}, A),
        ({"errorCode": 10000}, I),
        ({"errorCode": "10000"}, I),
        ({"errorCode": 32}, A),
        ({"errorCode": 41}, X),
        ({"errorCode": 55}, R),
        ({"errorCode": 12345}, X),
    ],
)
def test_every_code_of_a_notification(fields: dict[str, object], expected: Outcome) -> None:
    body = json.dumps({"code": 0, "data": [{"registrationId": "b", **fields}, {"registrationId": "c"}]})
    verdicts = oppo.parse(answer(200, body), [b"a", b"b", b"c"], NOW)
    assert [verdict.outcome for verdict in verdicts] == [A, expected, A]


@pytest.mark.parametrize(
    ("code", "expected"),
    # docs/reference/vendors/oppo.md#codes
    [("10000", I), ("10001", X), ("10004", A), ("12345", X), ("message_id", A)],
)
def test_every_code_of_a_broadcast(code: str, expected: Outcome) -> None:
    body = json.dumps({"code": 0, "data": {"message_id": "m", "task_id": "t", code: ["b"]}})
    verdicts = oppo.parse_broadcast(answer(200, body), [b"a", b"b", b"c"], NOW)
    assert [verdict.outcome for verdict in verdicts] == [A, expected, A]


@pytest.mark.parametrize("data", ["x", 7, [7], [{"registrationId": 7}]])
def test_an_unreadable_list_makes_no_token_dead(data: object) -> None:
    body = json.dumps({"code": 0, "data": data})
    assert outcome_of(lambda: oppo.parse(answer(200, body), [b"a"], NOW)) is Outcome.UNKNOWN
    assert outcome_of(lambda: oppo.parse_broadcast(answer(200, body), [b"a"], NOW)) is Outcome.UNKNOWN
