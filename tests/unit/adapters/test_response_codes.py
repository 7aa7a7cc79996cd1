"""Rules for responses that hold for every vendor."""

import json
from collections.abc import Callable
from datetime import datetime
from types import ModuleType

import pytest
from tests.support.adapters.reading import outcome_of
from tests.support.adapters.response_codes import A, X
from tests.support.adapters.samples import NOW, answer

from pushgate.adapters.apns import responses as apns
from pushgate.adapters.contract import Verdict
from pushgate.adapters.fcm import responses as fcm
from pushgate.adapters.harmony import responses as harmony
from pushgate.adapters.honor import responses as honor
from pushgate.adapters.huawei import responses as huawei
from pushgate.adapters.meizu import responses as meizu
from pushgate.adapters.oppo import responses as oppo
from pushgate.adapters.registry import vendors
from pushgate.adapters.vivo import responses as vivo
from pushgate.adapters.webpush import responses as webpush
from pushgate.adapters.xiaomi import responses as xiaomi
from pushgate.domain.errors import VendorUnavailable
from pushgate.domain.outcome import Outcome
from pushgate.http2.results import Response


@pytest.mark.parametrize(
    ("module", "codes"),
    [
        (huawei, ["80200001", "80200003", "80200005"]),
        (harmony, ["80200001", "80200005"]),
        (honor, ["80200001", "80200003", "80200005"]),
        (oppo, ["11", "29", "18", "19"]),
        (vivo, ["10000"]),
    ],
)
def test_codes_that_refuse_the_credential(module: ModuleType, codes: list[str]) -> None:
    def told(code: str) -> Response:
        return answer(200, json.dumps({"code": code, "result": code, "msg": "m"}))

    assert {code for code in module.CODES if code.isdecimal() and module.refuses(told(code))} == set(codes)


@pytest.mark.parametrize("status", [500, 502, 400])
@pytest.mark.parametrize(
    ("module", "body"),
    [
        (huawei, {"code": "80000000"}),
        (huawei, {"code": "80100000", "msg": '{"illegal_tokens": ["a"]}'}),
        (harmony, {"code": "80000000"}),
        (harmony, {"code": "80100000", "msg": '{"illegalTokens": {"tokenFormatError": ["a"]}}'}),
        (honor, {"code": 200, "data": {"expireTokens": ["a"]}}),
        (xiaomi, {"code": 0, "data": {"bad_regids": "a"}}),
        (oppo, {"code": 0, "data": [{"registrationId": "a", "errorCode": 10000}]}),
        (vivo, {"result": 0, "invalidUser": {"userid": "a", "status": 1}}),
        (meizu, {"code": "200", "value": {"110002": ["a"]}}),
    ],
)
def test_a_code_of_success_needs_a_status_of_success(
    module: ModuleType, body: dict[str, object], status: int
) -> None:
    said = outcome_of(lambda: module.parse(answer(status, json.dumps(body)), [b"a"], NOW))
    assert said is (X if status == 400 else VendorUnavailable)


@pytest.mark.parametrize(
    ("module", "body"),
    [
        (huawei, {"code": "80300007"}),
        (
            harmony,
            {"code": "80300007", "msg": '{"failure": 1, "illegalTokens": {"tokenFormatError": ["a"]}}'},
        ),
        (xiaomi, {"code": 20301}),
        (xiaomi, {"code": 10029}),
    ],
)
def test_a_code_with_5xx_makes_no_token_dead(module: ModuleType, body: dict[str, object]) -> None:
    assert outcome_of(lambda: module.parse(answer(500, json.dumps(body)), [b"a"], NOW)) is VendorUnavailable


@pytest.mark.parametrize("module", [apns, fcm, webpush])
def test_a_response_nested_too_deeply_is_unreadable(module: ModuleType) -> None:
    assert outcome_of(lambda: module.parse(answer(400, b'{"x":' + b"[" * 50_000), NOW)) is X


@pytest.mark.parametrize("module", [harmony, honor, huawei, meizu, oppo, vivo, xiaomi])
@pytest.mark.parametrize("name", ["x", "msg", "message", "data", "value", "invalidUsers"])
def test_a_list_nested_too_deeply_is_unreadable(module: ModuleType, name: str) -> None:
    body = b'{"code":"80100000","result":0,"' + name.encode() + b'":' + b"[" * 50_000
    assert outcome_of(lambda: module.parse(answer(200, body), [b"a"], NOW)) is Outcome.UNKNOWN


def test_an_incomplete_list_makes_no_token_dead() -> None:
    told = json.dumps({"success": 0, "failure": 2, "illegal_tokens": ["a"]})
    for module, body in (
        (huawei, {"code": "80100000", "msg": told}),
        (honor, {"code": "80100000", "message": told}),
    ):
        verdicts = module.parse(answer(200, json.dumps(body)), [b"a", b"b"], NOW)
        assert {verdict.outcome for verdict in verdicts} == {Outcome.UNKNOWN}


def test_a_code_that_is_no_short_word_is_replaced() -> None:
    for text in ("token 0f0f0f0f is bad", "x" * 65, ""):
        verdict = apns.parse(answer(400, json.dumps({"reason": text})), NOW)
        assert text == "" or text not in verdict.code


def test_every_row_has_a_meaning() -> None:
    for vendor in vendors().values():
        assert vendor.codes
        assert all(rule.meaning for rule in vendor.codes.values())


@pytest.mark.parametrize("status", [200, 201, 202, 204, 206])
@pytest.mark.parametrize(
    ("parse", "success"),
    [
        (huawei.parse, {"code": "80000000"}),
        (harmony.parse, {"code": "80000000"}),
        (honor.parse, {"code": 200}),
        (xiaomi.parse, {"code": 0}),
        (oppo.parse, {"code": 0}),
        (vivo.parse, {"result": 0}),
        (meizu.parse, {"code": "200"}),
    ],
)
def test_every_2xx_is_a_success(
    parse: Callable[[Response, list[bytes], datetime], list[Verdict]], success: object, status: int
) -> None:
    """An unknown status means what its class means. Without a code nobody knows. See
    docs/reference/vendors/index.md#status-codes.
    """
    assert [told.outcome for told in parse(answer(status, json.dumps(success)), [b"a"], NOW)] == [A]
    assert [told.outcome for told in parse(answer(status), [b"a"], NOW)] == [Outcome.UNKNOWN]


@pytest.mark.parametrize("status", [200, 201, 202, 204, 206])
@pytest.mark.parametrize("parse", [apns.parse, fcm.parse])
def test_every_2xx_is_a_success_of_one_token(
    parse: Callable[[Response, datetime], Verdict], status: int
) -> None:
    """These vendors have no code in the body that could say otherwise. See
    docs/reference/vendors/index.md#status-codes.
    """
    assert parse(answer(status), NOW).outcome is A
