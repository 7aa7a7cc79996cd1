"""Huawei's responses."""

import json

import pytest
from tests.support.adapters.reading import outcome_of
from tests.support.adapters.response_codes import HUAWEI, A, Expected, I
from tests.support.adapters.samples import NOW, answer

from pushgate.adapters.contract import Verdict
from pushgate.adapters.huawei import responses as huawei
from pushgate.domain.errors import VendorAuthError, VendorThrottled, VendorUnavailable
from pushgate.domain.outcome import Outcome


@pytest.mark.parametrize(("status", "code", "expected"), HUAWEI)
def test_every_code(status: int, code: str, expected: Expected) -> None:
    body = json.dumps({"code": code, "msg": "m", "requestId": "r"})
    assert outcome_of(lambda: huawei.parse(answer(status, body), [b"a", b"b"], NOW)) == expected


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (503, VendorThrottled),
        (404, VendorAuthError),
        (401, VendorAuthError),
        (403, VendorAuthError),
        (302, VendorAuthError),
        (500, VendorUnavailable),
        (429, VendorThrottled),
        (200, Outcome.UNKNOWN),
    ],
)
def test_a_response_without_a_code(status: int, expected: Expected) -> None:
    assert outcome_of(lambda: huawei.parse(answer(status), [b"a"], NOW)) == expected


def huawei_partial(message: str) -> list[Verdict]:
    return huawei.parse(
        answer(200, json.dumps({"code": "80100000", "msg": message, "requestId": "r"})),
        [b"a", b"b", b"c"],
        NOW,
    )


def test_a_partial_success_names_the_dead_tokens() -> None:
    message = json.dumps({"success": 2, "failure": 1, "illegal_tokens": ["b"]})
    assert [verdict.outcome for verdict in huawei_partial(message)] == [A, I, A]


@pytest.mark.parametrize("message", ["", "Success", "{", '{"illegal_tokens": 3}'])
def test_an_unreadable_partial_success_makes_no_token_dead(message: str) -> None:
    assert {verdict.outcome for verdict in huawei_partial(message)} == {Outcome.UNKNOWN}


@pytest.mark.parametrize("body", ['{"code": "80000000", "msg": null}', '{"code": 80000000}'])
def test_the_code_of_success_may_be_of_any_type(body: str) -> None:
    assert outcome_of(lambda: huawei.parse(answer(200, body), [b"a"], NOW)) is A
