"""HarmonyOS' responses."""

import json

import pytest
from tests.support.adapters.reading import outcome_of
from tests.support.adapters.response_codes import HARMONY, A, Expected, I, X
from tests.support.adapters.samples import NOW, answer

from pushgate.adapters.harmony import responses as harmony
from pushgate.domain.errors import VendorAuthError
from pushgate.domain.outcome import Outcome


@pytest.mark.parametrize(("status", "code", "expected"), HARMONY)
def test_every_code(status: int, code: str, expected: Expected) -> None:
    body = json.dumps({"code": code, "msg": "m", "requestId": "r"})
    assert outcome_of(lambda: harmony.parse(answer(status, body), [b"a", b"b"], NOW)) == expected


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
def test_every_reason_of_a_token(reason: str, expected: Outcome) -> None:
    message = json.dumps({"success": 1, "failure": 1, "illegalTokens": {reason: ["b"]}})
    for code, rest in (("80100000", A), ("80300007", X)):
        body = json.dumps({"code": code, "msg": message, "requestId": "r"})
        verdicts = harmony.parse(answer(200, body), [b"a", b"b"], NOW)
        assert [verdict.outcome for verdict in verdicts] == [rest, expected]
        assert verdicts[1].code == reason.strip()


@pytest.mark.parametrize("reason", sorted(harmony.APP_REASONS))
@pytest.mark.parametrize(("count", "believed"), [(1, False), (9, False), (10, True), (1000, True)])
def test_the_app_is_refused_where_all_of_many_tokens_are_refused_for_it(
    reason: str, count: int, believed: bool
) -> None:
    """What is said of a few may be theirs. See docs/reference/vendors/harmony.md#codes."""
    tokens = [f"t{n}".encode() for n in range(count)]
    listed = {reason: [token.decode() for token in tokens]}
    message = json.dumps({"success": 0, "failure": count, "illegalTokens": listed})
    given = answer(200, json.dumps({"code": "80300007", "msg": message}))
    expected = VendorAuthError if believed else X
    assert outcome_of(lambda: harmony.parse(given, tokens, NOW)) is expected
    one_more = json.dumps({"success": 1, "failure": count, "illegalTokens": listed})
    given = answer(200, json.dumps({"code": "80100000", "msg": one_more}))
    assert harmony.parse(given, [*tokens, b"other"], NOW)[-1].outcome is A


def test_a_reason_is_not_taken_for_a_code() -> None:
    message = json.dumps(
        {"success": 1, "failure": 1, "illegalTokens": {"80000000": ["a"], "http_401": ["b"]}}
    )
    given = answer(200, json.dumps({"code": "80100000", "msg": message}))
    assert outcome_of(lambda: harmony.parse(given, [b"a", b"b"], NOW)) is X


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
def test_unreadable_lists_make_no_token_dead(message: str) -> None:
    for code in ("80100000", "80300007"):
        given = answer(200, json.dumps({"code": code, "msg": message}))
        verdicts = harmony.parse(given, [b"a"], NOW)
        assert [verdict.outcome for verdict in verdicts] == [Outcome.UNKNOWN]
