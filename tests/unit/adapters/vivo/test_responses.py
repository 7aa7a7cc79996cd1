"""vivo's responses."""

import json

import pytest
from tests.support.adapters.reading import outcome_of
from tests.support.adapters.response_codes import A, I, X
from tests.support.adapters.samples import NOW, answer

from pushgate.adapters.vivo import responses as vivo
from pushgate.domain.outcome import Outcome


@pytest.mark.parametrize(
    "reply",
    [
        {"invalidUsers": None},
        {"invalidUsers": []},
        {"invalidUser": None, "invalidUsers": None, "taskId": 7},
        {},
    ],
)
def test_null_lists_no_user(reply: dict[str, object]) -> None:
    given = answer(200, json.dumps({"result": 0, "desc": "ok", **reply}))
    assert outcome_of(lambda: vivo.parse(given, [b"a", b"b"], NOW)) is A


@pytest.mark.parametrize(
    ("reply", "expected"),
    [  # docs/reference/vendors/vivo.md#codes
        ({"invalidUser": {"userid": "b", "status": 1}}, I),
        ({"invalidUsers": [{"userid": "b", "status": 2}]}, I),
        ({"invalidUsers": [{"userid": "b", "status": 4}]}, X),
        ({"invalidUsers": [{"userid": "b", "status": 9}]}, X),
        ({"invalidUsers": []}, A),
    ],
)
def test_every_status_of_a_user(reply: dict[str, object], expected: Outcome) -> None:
    body = json.dumps({"result": 0, "desc": "ok", **reply})
    assert [item.outcome for item in vivo.parse(answer(200, body), [b"a", b"b"], NOW)] == [
        A,
        expected,
    ]
