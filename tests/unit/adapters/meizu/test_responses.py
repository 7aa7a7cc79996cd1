"""Meizu's responses."""

import json

import pytest
from tests.support.adapters.reading import outcome_of
from tests.support.adapters.response_codes import A, I, R, X
from tests.support.adapters.samples import NOW, answer

from pushgate.adapters.meizu import responses as meizu
from pushgate.domain.outcome import Outcome


@pytest.mark.parametrize(
    ("code", "expected"),
    [  # docs/reference/vendors/meizu.md#codes
        ("110002", I),
        ("110003", I),
        ("110005", X),
        ("110010", X),
        ("110011", R),
        ("520", R),
        ("501", R),
        ("513", R),
        ("519", R),
        ("201", X),
        ("999", X),
    ],
)
def test_every_code_of_a_push_id_in_both_forms(code: str, expected: Outcome) -> None:
    for value in ({code: ["b"]}, {"b": code}, {"b": int(code)}):
        body = json.dumps({"code": "200", "message": "", "value": value})
        assert [item.outcome for item in meizu.parse(answer(200, body), [b"a", b"b"], NOW)] == [A, expected]


@pytest.mark.parametrize(
    ("value", "expected"), [(None, A), ("", A), ({}, A), (7, Outcome.UNKNOWN), ([], Outcome.UNKNOWN)]
)
def test_an_unreadable_list_makes_no_token_dead(value: object, expected: Outcome) -> None:
    body = json.dumps({"code": "200", "value": value})
    assert outcome_of(lambda: meizu.parse(answer(200, body), [b"a"], NOW)) is expected


@pytest.mark.parametrize(
    ("written", "followed"),
    [
        ("https://server-api-push2.meizu.com/garcia/push", True),
        ("https://server-api-push.meizu.com", True),
        ("http://server-api-push2.meizu.com/garcia/push", False),
        ("https://evil.example/garcia", False),
        ("https://meizu.com.evil.example/x", False),
        ("https://evilmeizu.com/x", False),
        ("https://169.254.169.254/x", False),
        ("https://a@x.meizu.com/x", False),
        ("https://x.meizu.com:99999/x", False),
        ("https://x.meizu.com/a\r\nb", False),
        ("", False),
    ],
)
def test_only_redirects_to_servers_of_meizu_are_followed(written: str, followed: bool) -> None:
    found = meizu.own_server(written, "https://server-api-push.meizu.com")
    assert found == (written if followed else None)
    assert meizu.own_server("https://10.0.0.2/x", "https://10.0.0.1") is None
