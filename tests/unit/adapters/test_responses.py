"""What vendors' answers mean: every code that the vendors document, against the adapters' tables."""

import hashlib
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from types import ModuleType

import pytest
from tests.support.adapters.response_codes import APNS, HARMONY, HUAWEI, XIAOMI, A, Expected, I, R, X
from tests.support.adapters.samples import NOW, answer

from pushgate.adapters.apns import responses as apns
from pushgate.adapters.apns.payload import TOPIC_SUFFIXES
from pushgate.adapters.contract import Verdict
from pushgate.adapters.fcm import responses as fcm
from pushgate.adapters.harmony import responses as harmony
from pushgate.adapters.honor import responses as honor
from pushgate.adapters.huawei import responses as huawei
from pushgate.adapters.meizu import responses as meizu
from pushgate.adapters.meizu.payload import signed_tokens
from pushgate.adapters.oppo import responses as oppo
from pushgate.adapters.oppo.payload import is_overseas
from pushgate.adapters.registry import vendors
from pushgate.adapters.vivo import responses as vivo
from pushgate.adapters.webpush import responses as webpush
from pushgate.adapters.xiaomi import responses as xiaomi
from pushgate.domain.errors import VendorAuthError, VendorThrottled, VendorUnavailable
from pushgate.domain.outcome import Outcome
from pushgate.http2.results import Response


def outcome(read: Callable[[], Verdict | list[Verdict]]) -> Expected:
    """What reading an answer came to: an outcome, or the kind of error about the whole call."""
    try:
        verdicts = read()
    except (VendorAuthError, VendorThrottled, VendorUnavailable) as error:
        return type(error)
    found = {verdict.outcome for verdict in (verdicts if isinstance(verdicts, list) else [verdicts])}
    assert len(found) == 1
    return found.pop()


@pytest.mark.parametrize(("status", "reason", "expected"), APNS)
def test_apns(status: int, reason: str, expected: Expected) -> None:
    assert outcome(lambda: apns.parse(answer(status, json.dumps({"reason": reason})), NOW)) == expected


def test_apns_says_since_when_a_token_is_dead() -> None:
    body = json.dumps({"reason": "Unregistered", "timestamp": 1_700_000_000_123})
    verdict = apns.parse(answer(410, body), NOW)
    assert verdict.dead_since == datetime.fromtimestamp(1_700_000_000, UTC) + timedelta(milliseconds=123)


@pytest.mark.parametrize("told", [None, "1700000000123", "soon", -1, 10**30, []])
def test_a_time_of_apns_that_makes_no_sense_does_not_hide_the_reason(told: object) -> None:
    verdict = apns.parse(answer(410, json.dumps({"reason": "Unregistered", "timestamp": told})), NOW)
    assert (verdict.outcome, verdict.code, verdict.dead_since) == (I, "Unregistered", None)


def test_apns_5xx_waits_a_quarter_of_an_hour_unless_told_otherwise() -> None:
    for headers, expected in (({}, 900.0), ({"retry_after": "7"}, 7.0)):
        with pytest.raises(VendorUnavailable) as caught:
            apns.parse(answer(503, '{"reason": "ServiceUnavailable"}', **headers), NOW)
        assert caught.value.retry_after == expected


@pytest.mark.parametrize("body", [b"", b"<html>", b"\xff", b"[]", b"null", b'{"reason": 5}'])
@pytest.mark.parametrize("status", [400, 403, 404, 410, 413])
def test_an_unreadable_answer_of_apns_never_makes_a_token_dead(status: int, body: bytes) -> None:
    assert outcome(lambda: apns.parse(answer(status, body), NOW)) is X


def fcm_error(
    status: int, text: str, code: str | None = None, field: str | None = None, message: str = ""
) -> Response:
    details: list[dict[str, object]] = []
    if code:
        details.append({"@type": "type.googleapis.com/google.firebase.fcm.v1.FcmError", "errorCode": code})
    if field:
        details.append(
            {"@type": "type.googleapis.com/google.rpc.BadRequest", "fieldViolations": [{"field": field}]}
        )
    return answer(
        status,
        json.dumps({"error": {"code": status, "message": message, "status": text, "details": details}}),
    )


FCM: list[tuple[Response, Expected]] = [  # docs/reference/vendors/fcm.md#codes
    (fcm_error(404, "NOT_FOUND", "UNREGISTERED"), I),
    (fcm_error(404, "NOT_FOUND"), VendorAuthError),
    (fcm_error(400, "INVALID_ARGUMENT", None, "message.token"), I),
    (fcm_error(400, "INVALID_ARGUMENT", None, "message.fid"), I),
    (fcm_error(400, "INVALID_ARGUMENT", "INVALID_ARGUMENT", "message.token"), I),
    (
        fcm_error(
            400,
            "INVALID_ARGUMENT",
            "INVALID_ARGUMENT",
            message="The registration token is not a valid FCM registration token",
        ),
        I,
    ),
    (fcm_error(400, "INVALID_ARGUMENT", "INVALID_ARGUMENT", "message.android.ttl"), X),
    (fcm_error(400, "INVALID_ARGUMENT", "INVALID_ARGUMENT", message="Message too big"), X),
    (fcm_error(400, "FAILED_PRECONDITION"), X),
    (fcm_error(403, "PERMISSION_DENIED", "SENDER_ID_MISMATCH"), I),
    (fcm_error(403, "PERMISSION_DENIED"), VendorAuthError),
    (fcm_error(401, "UNAUTHENTICATED"), VendorAuthError),
    # The project's, but of no concern to its other tokens.
    (fcm_error(401, "UNAUTHENTICATED", "THIRD_PARTY_AUTH_ERROR"), R),
    (fcm_error(401, "UNAUTHENTICATED", "APNS_AUTH_ERROR"), R),
    (fcm_error(404, "NOT_FOUND", "SOMETHING_NEW"), X),
    (fcm_error(429, "RESOURCE_EXHAUSTED", "QUOTA_EXCEEDED"), VendorThrottled),
    (fcm_error(429, "RESOURCE_EXHAUSTED"), VendorThrottled),
    (fcm_error(500, "INTERNAL", "INTERNAL"), R),
    (fcm_error(503, "UNAVAILABLE", "UNAVAILABLE"), VendorUnavailable),
    (fcm_error(500, "UNKNOWN", "UNSPECIFIED_ERROR"), R),
    (fcm_error(400, "INVALID_ARGUMENT", "SOMETHING_NEW"), X),
    (fcm_error(502, "UNKNOWN", "SOMETHING_NEW"), VendorUnavailable),
    (fcm_error(429, "RESOURCE_EXHAUSTED", "SOMETHING_NEW"), VendorThrottled),
    (fcm_error(401, "UNAUTHENTICATED", "SOMETHING_NEW"), VendorAuthError),
    (answer(408, b""), R),
    (answer(302, b""), VendorAuthError),
    (answer(404, b"<html>"), VendorAuthError),
    (answer(400, b"\xff"), X),
    (answer(502, b""), VendorUnavailable),
    (answer(429, b""), VendorThrottled),
]


@pytest.mark.parametrize(("given", "expected"), FCM)
def test_fcm(given: Response, expected: Expected) -> None:
    assert outcome(lambda: fcm.parse(given, NOW)) == expected


def test_a_detail_of_fcms_that_cannot_be_read_does_not_hide_the_others() -> None:
    own = {"@type": "type.googleapis.com/google.firebase.fcm.v1.FcmError", "errorCode": "UNREGISTERED"}
    odd = [
        {"@type": "type.googleapis.com/google.rpc.BadRequest", "fieldViolations": None},
        {"@type": 7},
        3,
        None,
    ]
    for details in ([own, *odd], [*odd, own]):
        error = {"code": 404, "message": None, "status": "NOT_FOUND", "details": details}
        assert fcm.parse(answer(404, json.dumps({"error": error})), NOW).outcome is I
    bare = {"error": {"code": 404, "message": None, "status": None, "details": None}}
    assert outcome(lambda: fcm.parse(answer(404, json.dumps(bare)), NOW)) is VendorAuthError


def test_fcm_waits_as_long_as_it_is_asked_or_as_its_documents_say() -> None:
    with pytest.raises(VendorThrottled) as throttled:
        fcm.parse(fcm_error(429, "RESOURCE_EXHAUSTED", "QUOTA_EXCEEDED"), NOW)
    assert throttled.value.retry_after == 60
    assert fcm.parse(fcm_error(500, "INTERNAL", "INTERNAL"), NOW).retry_after == 10
    with pytest.raises(VendorUnavailable) as unavailable:
        fcm.parse(answer(503, b"{}", retry_after="33"), NOW)
    assert unavailable.value.retry_after == 33


def test_fcm_401_means_a_new_access_token_unless_another_credential_is_wrong() -> None:
    assert fcm.refuses(fcm_error(401, "UNAUTHENTICATED"))
    assert fcm.refuses(answer(401, b""))
    assert not fcm.refuses(fcm_error(401, "UNAUTHENTICATED", "THIRD_PARTY_AUTH_ERROR"))
    assert not fcm.refuses(fcm_error(403, "PERMISSION_DENIED"))


@pytest.mark.parametrize(("status", "code", "expected"), HUAWEI)
def test_huawei(status: int, code: str, expected: Expected) -> None:
    body = json.dumps({"code": code, "msg": "m", "requestId": "r"})
    assert outcome(lambda: huawei.parse(answer(status, body), [b"a", b"b"], NOW)) == expected


@pytest.mark.parametrize(("status", "code", "expected"), HARMONY)
def test_harmony(status: int, code: str, expected: Expected) -> None:
    body = json.dumps({"code": code, "msg": "m", "requestId": "r"})
    assert outcome(lambda: harmony.parse(answer(status, body), [b"a", b"b"], NOW)) == expected


@pytest.mark.parametrize(
    ("reason", "expected"),
    [  # docs/reference/vendors/harmony.md#codes
        ("tokenFormatError", I),
        (" tokenPlatformNotSupport ", I),
        ("noRight", X),
        ("noPushTypeRight", X),
        ("noRightToSendThisLiveNotificationEvent", X),
        ("notSupportPlayVoice", X),
        ("differentImgVerifyPolicy", X),
        ("atomicUnableSendUnsubscribedMsg", X),
        ("countryNotSupport", X),
        ("appinfoError", X),
        ("disableSendHuaweiMsgBecauseOfPenalty", X),
        ("somethingNew", X),
    ],
)
def test_harmony_tells_why_by_token(reason: str, expected: Outcome) -> None:
    told = json.dumps({"success": 1, "failure": 1, "illegalTokens": {reason: ["b"]}})
    for code, rest in (("80100000", A), ("80300007", X)):
        body = json.dumps({"code": code, "msg": told, "requestId": "r"})
        verdicts = harmony.parse(answer(200, body), [b"a", b"b"], NOW)
        assert [verdict.outcome for verdict in verdicts] == [rest, expected]
        assert verdicts[1].code == reason.strip()


@pytest.mark.parametrize("reason", sorted(harmony.APP_REASONS))
@pytest.mark.parametrize(("count", "believed"), [(1, False), (9, False), (10, True), (1000, True)])
def test_harmonyos_refuses_the_app_where_all_of_many_are_refused_for_it(
    reason: str, count: int, believed: bool
) -> None:
    """What is said of a few may be theirs. See docs/reference/vendors/harmony.md#codes."""
    tokens = [f"t{n}".encode() for n in range(count)]
    listed = {reason: [token.decode() for token in tokens]}
    told = json.dumps({"success": 0, "failure": count, "illegalTokens": listed})
    given = answer(200, json.dumps({"code": "80300007", "msg": told}))
    expected = VendorAuthError if believed else X
    assert outcome(lambda: harmony.parse(given, tokens, NOW)) is expected
    one_more = json.dumps({"success": 1, "failure": count, "illegalTokens": listed})
    given = answer(200, json.dumps({"code": "80100000", "msg": one_more}))
    assert harmony.parse(given, [*tokens, b"other"], NOW)[-1].outcome is A


def test_a_reason_of_harmonyos_is_no_code() -> None:
    told = json.dumps({"success": 1, "failure": 1, "illegalTokens": {"80000000": ["a"], "http_401": ["b"]}})
    given = answer(200, json.dumps({"code": "80100000", "msg": told}))
    assert outcome(lambda: harmony.parse(given, [b"a", b"b"], NOW)) is X


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
def test_codes_that_a_new_credential_may_help_against(module: ModuleType, codes: list[str]) -> None:
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
def test_success_comes_with_200_and_nothing_else(
    module: ModuleType, body: dict[str, object], status: int
) -> None:
    said = outcome(lambda: module.parse(answer(status, json.dumps(body)), [b"a"], NOW))
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
def test_a_server_in_trouble_makes_nobody_dead(module: ModuleType, body: dict[str, object]) -> None:
    assert outcome(lambda: module.parse(answer(500, json.dumps(body)), [b"a"], NOW)) is VendorUnavailable


@pytest.mark.parametrize("module", [apns, fcm, webpush])
def test_an_answer_nested_beyond_reason_is_one_that_cannot_be_read(module: ModuleType) -> None:
    assert outcome(lambda: module.parse(answer(400, b'{"x":' + b"[" * 50_000), NOW)) is X


@pytest.mark.parametrize("module", [harmony, honor, huawei, meizu, oppo, vivo, xiaomi])
@pytest.mark.parametrize("name", ["x", "msg", "message", "data", "value", "invalidUsers"])
def test_so_is_one_of_a_list(module: ModuleType, name: str) -> None:
    body = b'{"code":"80100000","result":0,"' + name.encode() + b'":' + b"[" * 50_000
    assert outcome(lambda: module.parse(answer(200, body), [b"a"], NOW)) is Outcome.UNKNOWN


@pytest.mark.parametrize(
    "told",
    [
        {"invalidUsers": None},
        {"invalidUsers": []},
        {"invalidUser": None, "invalidUsers": None, "taskId": 7},
        {},
    ],
)
def test_vivo_may_write_null_for_nobody(told: dict[str, object]) -> None:
    given = answer(200, json.dumps({"result": 0, "desc": "ok", **told}))
    assert outcome(lambda: vivo.parse(given, [b"a", b"b"], NOW)) is A


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ({"sendResult": True, "failTokens": None, "expireTokens": None}, [A, A]),
        ({"sendResult": True, "failTokens": None, "expireTokens": ["a"]}, [I, A]),
        ({"sendResult": False, "failTokens": [], "expireTokens": []}, [X, X]),
        ({"sendResult": False, "expireTokens": ["a"]}, [I, A]),
        (None, [A, A]),
        ({"failTokens": "a"}, [Outcome.UNKNOWN, Outcome.UNKNOWN]),
    ],
)
def test_honors_lists(data: object, expected: list[Outcome]) -> None:
    """See docs/reference/vendors/honor.md#codes."""
    given = answer(200, json.dumps({"code": 200, "message": "success", "data": data}))
    assert [verdict.outcome for verdict in honor.parse(given, [b"a", b"b"], NOW)] == expected


def test_where_more_failed_than_are_listed_nobody_is_called_dead() -> None:
    told = json.dumps({"success": 0, "failure": 2, "illegal_tokens": ["a"]})
    for module, body in (
        (huawei, {"code": "80100000", "msg": told}),
        (honor, {"code": "80100000", "message": told}),
    ):
        verdicts = module.parse(answer(200, json.dumps(body)), [b"a", b"b"], NOW)
        assert {verdict.outcome for verdict in verdicts} == {Outcome.UNKNOWN}


@pytest.mark.parametrize(
    "message",
    [
        "",
        "Success",
        "{",
        '{"illegalTokens": 3}',
        '{"illegalTokens": {"a": 1}}',
        '{"success": 0, "failure": 1}',
        '{"success": 0, "failure": 1, "illegalTokens": {}}',
    ],
)
def test_harmony_lists_that_cannot_be_read_make_nobody_dead(message: str) -> None:
    for code in ("80100000", "80300007"):
        given = answer(200, json.dumps({"code": code, "msg": message}))
        told = harmony.parse(given, [b"a"], NOW)
        assert [verdict.outcome for verdict in told] == [Outcome.UNKNOWN]


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [  # docs/reference/vendors/honor.md#codes
        (200, {"code": 200, "message": "ok"}, A),
        (200, {"code": "80000000"}, A),
        (200, {"code": 200, "data": {"expireTokens": ["a"]}}, I),
        (200, {"code": 200, "data": {"failTokens": ["a"]}}, X),
        (200, {"code": 200, "data": {"expireTokens": 7}}, Outcome.UNKNOWN),
        (401, {}, VendorAuthError),
        (403, {"code": 403}, VendorAuthError),
        (200, {"code": 1, "message": "Invalid access token"}, VendorAuthError),
        (429, {}, VendorThrottled),
        (200, {"code": 1, "message": "Flow control triggered"}, VendorThrottled),
        (500, {"code": 200}, VendorUnavailable),
        (400, {"code": 80100001, "message": "x"}, X),
        # No list is believed of a server in trouble
        (500, {"code": 80300007, "message": "x"}, VendorUnavailable),
        (502, {"code": 80100000, "message": '{"illegal_tokens": ["a"]}'}, VendorUnavailable),
        (503, {"code": 80100001, "message": "x"}, VendorUnavailable),
        # Huawei's codes, should they appear
        (200, {"code": 80300007, "message": "x"}, I),
        (200, {"code": 80200001}, VendorAuthError),
        (200, {"code": "80200003"}, VendorAuthError),
        (200, {"code": 81000001}, VendorUnavailable),
        (200, {"code": 80300002}, VendorAuthError),
        (200, {"code": 80100000, "message": '{"illegal_tokens": ["a"]}'}, I),
        (200, {"code": 80100000, "message": '{"illegal_tokens": ["b"]}'}, A),
        (200, {"code": 80100000, "message": "x"}, Outcome.UNKNOWN),
        (200, {"code": 12345}, X),
        (404, {}, VendorAuthError),
        (200, {}, Outcome.UNKNOWN),
    ],
)
def test_honor(status: int, body: dict[str, object], expected: Expected) -> None:
    assert outcome(lambda: honor.parse(answer(status, json.dumps(body)), [b"a"], NOW)) == expected


def test_honor_refuses_a_token_by_huaweis_code() -> None:
    assert honor.refuses(answer(200, json.dumps({"code": 80200003})))


@pytest.mark.parametrize(
    ("code", "expected"),
    [("33", VendorThrottled), ("11", VendorAuthError), ("-1", VendorUnavailable), ("10000", I), ("41", X)],
)
def test_what_oppo_says_of_every_notification_alike_is_said_of_the_call(
    code: str, expected: Expected
) -> None:
    """But what is said of a terminal is of that terminal alone."""
    rows = [{"registrationId": token, "errorCode": int(code)} for token in "ab"]
    body = json.dumps({"code": 0, "data": rows})
    assert outcome(lambda: oppo.parse(answer(200, body), [b"a", b"b"], NOW)) == expected
    assert oppo.refuses(answer(200, body)) == (code == "11")


def test_oppos_day_quota_of_some_puts_them_off_until_the_day_is_over() -> None:
    rows = [{"registrationId": "a"}, {"registrationId": "b", "errorCode": 33}]
    verdicts = oppo.parse(answer(200, json.dumps({"code": 0, "data": rows})), [b"a", b"b"], NOW)
    assert [(verdict.outcome, verdict.retry_after) for verdict in verdicts] == [(A, None), (R, 4 * 3600.0)]


@pytest.mark.parametrize(
    ("code", "message", "one", "many"),
    [
        (32, "duplicate", A, X),
        (10000, "invalid", I, X),
        (41, "invalid registration_id", I, X),
        (41, "invalid title", X, X),
    ],
)
def test_what_oppo_says_of_a_call_says_more_of_one_terminal_than_of_many(
    code: int, message: str, one: Outcome, many: Outcome
) -> None:
    """See docs/reference/vendors/index.md#tokens."""
    body = json.dumps({"code": code, "message": message})
    assert [item.outcome for item in oppo.parse(answer(200, body), [b"a"], NOW)] == [one]
    assert [item.outcome for item in oppo.parse(answer(200, body), [b"a", b"b"], NOW)] == [many, many]


@pytest.mark.parametrize(
    ("token", "overseas"),
    [  # docs/reference/vendors/oppo.md#credentials
        ("abc", False),
        ("CN_abc", False),
        ("OPPO_CN_abc", False),
        ("OPPO_US_abc", True),
        ("US_abc", True),
        ("CN_OPPO_abc", True),
        ("a_CN_b_c", True),
    ],
)
def test_an_oppo_terminals_region_is_in_its_id(token: str, overseas: bool) -> None:
    assert is_overseas(token.encode()) == overseas


@pytest.mark.parametrize(
    ("told", "expected"),
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
def test_oppo_tells_it_by_notification(told: dict[str, object], expected: Outcome) -> None:
    body = json.dumps({"code": 0, "data": [{"registrationId": "b", **told}, {"registrationId": "c"}]})
    verdicts = oppo.parse(answer(200, body), [b"a", b"b", b"c"], NOW)
    assert [verdict.outcome for verdict in verdicts] == [A, expected, A]


@pytest.mark.parametrize(
    ("code", "expected"),
    # docs/reference/vendors/oppo.md#codes
    [("10000", I), ("10001", X), ("10004", A), ("12345", X), ("message_id", A)],
)
def test_oppo_tells_it_by_code_in_a_broadcast(code: str, expected: Outcome) -> None:
    body = json.dumps({"code": 0, "data": {"message_id": "m", "task_id": "t", code: ["b"]}})
    verdicts = oppo.parse_broadcast(answer(200, body), [b"a", b"b", b"c"], NOW)
    assert [verdict.outcome for verdict in verdicts] == [A, expected, A]


@pytest.mark.parametrize(
    ("told", "expected"),
    [  # docs/reference/vendors/vivo.md#codes
        ({"invalidUser": {"userid": "b", "status": 1}}, I),
        ({"invalidUsers": [{"userid": "b", "status": 2}]}, I),
        ({"invalidUsers": [{"userid": "b", "status": 4}]}, X),
        ({"invalidUsers": [{"userid": "b", "status": 9}]}, X),
        ({"invalidUsers": []}, A),
    ],
)
def test_vivo_tells_it_by_user(told: dict[str, object], expected: Outcome) -> None:
    body = json.dumps({"result": 0, "desc": "ok", **told})
    assert [item.outcome for item in vivo.parse(answer(200, body), [b"a", b"b"], NOW)] == [
        A,
        expected,
    ]


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
def test_meizu_tells_it_by_id_in_either_form(code: str, expected: Outcome) -> None:
    for value in ({code: ["b"]}, {"b": code}, {"b": int(code)}):
        body = json.dumps({"code": "200", "message": "", "value": value})
        assert [item.outcome for item in meizu.parse(answer(200, body), [b"a", b"b"], NOW)] == [A, expected]


@pytest.mark.parametrize(
    ("value", "expected"), [(None, A), ("", A), ({}, A), (7, Outcome.UNKNOWN), ([], Outcome.UNKNOWN)]
)
def test_meizus_list_that_cannot_be_read_makes_nobody_dead(value: object, expected: Outcome) -> None:
    body = json.dumps({"code": "200", "value": value})
    assert outcome(lambda: meizu.parse(answer(200, body), [b"a"], NOW)) is expected


def test_meizus_signature_is_over_raw_values_by_name() -> None:
    """See docs/reference/vendors/meizu.md#requests, written out."""
    raw = 'appId=1messageJson={"a":"b c"}pushIds=x,y' + "secret"
    expected = hashlib.md5(raw.encode(), usedforsecurity=False).hexdigest()
    encoded = signed_tokens("1", b'{"a":"b c"}', "secret")([b"x", b"y"])
    assert encoded == f"pushIds=x%2Cy&sign={expected}".encode()


@pytest.mark.parametrize("data", ["x", 7, [7], [{"registrationId": 7}]])
def test_oppos_list_that_cannot_be_read_makes_nobody_dead(data: object) -> None:
    body = json.dumps({"code": 0, "data": data})
    assert outcome(lambda: oppo.parse(answer(200, body), [b"a"], NOW)) is Outcome.UNKNOWN
    assert outcome(lambda: oppo.parse_broadcast(answer(200, body), [b"a"], NOW)) is Outcome.UNKNOWN


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
def test_huawei_without_a_code(status: int, expected: Expected) -> None:
    assert outcome(lambda: huawei.parse(answer(status), [b"a"], NOW)) == expected


def huawei_partial(message: str) -> list[Verdict]:
    return huawei.parse(
        answer(200, json.dumps({"code": "80100000", "msg": message, "requestId": "r"})),
        [b"a", b"b", b"c"],
        NOW,
    )


def test_huawei_names_the_dead_among_the_accepted() -> None:
    told = json.dumps({"success": 2, "failure": 1, "illegal_tokens": ["b"]})
    assert [verdict.outcome for verdict in huawei_partial(told)] == [A, I, A]


@pytest.mark.parametrize("message", ["", "Success", "{", '{"illegal_tokens": 3}'])
def test_huawei_partial_success_that_cannot_be_read_makes_nobody_dead(message: str) -> None:
    assert {verdict.outcome for verdict in huawei_partial(message)} == {Outcome.UNKNOWN}


@pytest.mark.parametrize(("code", "expected"), XIAOMI)
def test_xiaomi(code: str, expected: Expected) -> None:
    body = json.dumps({"result": "error", "code": int(code), "description": "d"})
    assert outcome(lambda: xiaomi.parse(answer(200, body), [b"a", b"b"], NOW)) == expected


def test_xiaomi_names_the_dead_among_the_accepted() -> None:
    body = json.dumps({"result": "ok", "code": 0, "data": {"id": "m", "bad_regids": "b,d"}})
    assert [
        verdict.outcome for verdict in xiaomi.parse(answer(200, body), [b"a", b"b", b"c", b"d"], NOW)
    ] == [
        A,
        I,
        A,
        I,
    ]


def test_xiaomi_may_list_ids_as_json_does() -> None:
    body = json.dumps({"result": "ok", "code": 0, "data": {"bad_regids": ["b"]}})
    assert [verdict.outcome for verdict in xiaomi.parse(answer(200, body), [b"a", b"b"], NOW)] == [A, I]


@pytest.mark.parametrize("data", [None, "", [], {"bad_regids": None}, {"bad_regids": 7}])
def test_xiaomi_accepts_what_it_says_it_accepts_whatever_stands_beside_it(data: object) -> None:
    body = json.dumps({"result": "ok", "code": 0, "data": data})
    assert outcome(lambda: xiaomi.parse(answer(200, body), [b"a"], NOW)) is A


def test_xiaomi_may_put_spaces_between_ids() -> None:
    body = json.dumps({"result": "ok", "code": 0, "data": {"bad_regids": "x, b"}})
    assert [verdict.outcome for verdict in xiaomi.parse(answer(200, body), [b"a", b"b"], NOW)] == [A, I]


@pytest.mark.parametrize("body", ['{"code": "80000000", "msg": null}', '{"code": 80000000}'])
def test_huawei_accepts_what_it_says_it_accepts_in_whatever_type(body: str) -> None:
    assert outcome(lambda: huawei.parse(answer(200, body), [b"a"], NOW)) is A


def test_a_code_that_is_no_short_word_is_not_repeated() -> None:
    for text in ("token 0f0f0f0f is bad", "x" * 65, ""):
        verdict = apns.parse(answer(400, json.dumps({"reason": text})), NOW)
        assert text == "" or text not in verdict.code


@pytest.mark.parametrize(
    ("topic", "bundle_id", "outcome"),
    [
        ("com.example.demo", "com.example.demo", I),
        ("com.example.voip", "com.example.voip", I),
        ("com.example.voip.voip", "com.example.voip", X),
        *(
            (f"com.example.demo{suffix}", "com.example.demo", X)
            for suffix in TOPIC_SUFFIXES.values()
            if suffix
        ),
    ],
)
def test_token_for_another_push_type_is_not_dead(topic: str, bundle_id: str, outcome: Outcome) -> None:
    """An alert's token that a VoIP push was sent to is still good for alerts. See
    docs/reference/vendors/apns.md#codes.
    """
    body = json.dumps({"reason": "DeviceTokenNotForTopic"})
    verdict = apns.parse(answer(400, body), NOW, topic, bundle_id)
    assert (verdict.outcome, verdict.code) == (outcome, "DeviceTokenNotForTopic")


def test_a_timestamp_beyond_all_calendars_is_passed_over() -> None:
    body = json.dumps({"reason": "Unregistered", "timestamp": 10**18})
    assert apns.parse(answer(410, body), NOW).dead_since is None


def test_xiaomis_daily_quota_ends_with_the_day_in_shanghai() -> None:
    for code in (10034, 200001):
        told = json.dumps({"result": "error", "code": code})
        with pytest.raises(VendorThrottled) as caught:
            xiaomi.parse(answer(200, told, retry_after="5"), [b"a"], NOW)
        assert caught.value.retry_after == 4 * 3600  # it is 20:00 there


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (200, b"", Outcome.UNKNOWN),
        (200, b"<html>", Outcome.UNKNOWN),
        (200, b"\xff", Outcome.UNKNOWN),
        (503, b"", VendorUnavailable),
        (429, b"", VendorThrottled),
        (403, b"", VendorAuthError),
        (404, b'{"code": 0}', VendorAuthError),
    ],
)
def test_xiaomi_without_a_readable_code(status: int, body: bytes, expected: Expected) -> None:
    assert outcome(lambda: xiaomi.parse(answer(status, body), [b"a"], NOW)) == expected


def test_no_reason_in_any_table_is_empty_and_no_row_of_a_call_is_a_verdict_on_a_token() -> None:
    for vendor in vendors().values():
        assert vendor.codes
        assert all(rule.meaning for rule in vendor.codes.values())


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
def test_meizu_is_followed_to_its_own_servers_only(written: str, followed: bool) -> None:
    found = meizu.own_server(written, "https://server-api-push.meizu.com")
    assert found == (written if followed else None)
    assert meizu.own_server("https://10.0.0.2/x", "https://10.0.0.1") is None


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
def test_every_status_of_success_is_one(
    parse: Callable[[Response, list[bytes], datetime], list[Verdict]], success: object, status: int
) -> None:
    """An unknown status means what its class means. Without a code nobody knows. See
    docs/reference/vendors/index.md#status-codes.
    """
    assert [told.outcome for told in parse(answer(status, json.dumps(success)), [b"a"], NOW)] == [A]
    assert [told.outcome for told in parse(answer(status), [b"a"], NOW)] == [Outcome.UNKNOWN]


@pytest.mark.parametrize("status", [200, 201, 202, 204, 206])
@pytest.mark.parametrize("parse", [apns.parse, fcm.parse])
def test_every_status_of_success_of_one_token_is_one(
    parse: Callable[[Response, datetime], Verdict], status: int
) -> None:
    """These vendors have no code in the body that could say otherwise. See
    docs/reference/vendors/index.md#status-codes.
    """
    assert parse(answer(status), NOW).outcome is A
