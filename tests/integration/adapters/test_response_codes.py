"""Every documented response code, returned by the simulated vendor over a real socket."""

from datetime import UTC, datetime

import pytest
from tests.support.adapters.response_codes import A, Expected, I, R, X
from tests.support.adapters.sending import SINGLE, addressed, push, sent, token
from tests.support.adapters.vendor_codes import CASES
from tests.support.sandbox import Sandbox

from pushgate.adapters.contract import Adapter
from pushgate.adapters.expiry import seconds_until_renewal
from pushgate.domain.errors import (
    VendorThrottled,
)

# Of no single answer, or not told by the sandbox: success, partial success, and codes that are in
# no document.
_NOT_SIMULATED = {"80000000", "0", "89999999", "SomethingNew", "99999"}


_AUTH_CODES = {  # refresh credentials, try once more
    "apns": {"ExpiredProviderToken", "InvalidProviderToken", "MissingProviderToken", "UnrelatedKeyIdInToken"},
    "fcm": {"UNAUTHENTICATED"},
    "huawei": {"80200001", "80200003", "80200005"},
    "harmony": {"80200001", "80200005"},
    "honor": {"401", "403", "access_token", "80200001", "80200003", "80200005"},
    "oppo": {"11", "29", "18", "19"},
    "vivo": {"10000"},
    "webpush": {"401", "403", "errno_109"},
}


_DAY_QUOTA_CODES = {  # docs/reference/vendors/index.md#pauses: not before midnight in Shanghai
    "xiaomi": {"10034", "200001"},
    "oppo": {"13", "33"},
    "vivo": {"10070", "10252", "10254"},
    "meizu": {"110019", "110051", "110053"},
}


@pytest.mark.parametrize(
    ("vendor", "code"),
    [(vendor, code) for (vendor, code), expected in CASES.items() if code not in _NOT_SIMULATED],
)
async def test_every_code(vendor: str, code: str, adapters: dict[str, Adapter], sandbox: Sandbox) -> None:
    sandbox.misbehave({"vendor": vendor, "error": code, "path": SINGLE.get(vendor)})
    verdicts, error = await sent(adapters[vendor], addressed(sandbox, vendor, [token(1)]))
    answered = [item for item in sandbox.received(vendor=vendor) if item["code"] == code]
    assert answered, "the simulated vendor has the code too"
    assert CASES[vendor, code] == (type(error) if error else verdicts[0].outcome)
    assert len(answered) == (2 if code in _AUTH_CODES.get(vendor, ()) else 1), (
        "a new credential is tried, where it may help"
    )
    if isinstance(error, VendorThrottled):
        until = seconds_until_renewal(datetime.now(UTC))
        of_the_day = error.retry_after is not None and abs(error.retry_after - until) < 30
        assert of_the_day == (code in _DAY_QUOTA_CODES.get(vendor, ())) or until < 1300, error.retry_after
    if not error:
        # Honor's codes are not known; Mozilla's 999 says that it knows no better than its status;
        # FCM's forms have no code.
        assert (
            verdicts[0].code == code
            or vendor == "honor"
            or code in ("errno_999", "token_named", "token_field")
        )


_OF_TOKENS: dict[str, dict[str, Expected]] = {
    "harmony": {  # docs/reference/vendors/harmony.md#codes: the reasons that illegalTokens has
        "tokenFormatError": I,
        "tokenPlatformNotSupport": I,
        **dict.fromkeys(
            ["noRight", "noPushTypeRight", "noRightToSendThisLiveNotificationEvent", "notSupportPlayVoice",
             "differentImgVerifyPolicy", "atomicUnableSendUnsubscribedMsg", "countryNotSupport",
             "appinfoError",
             "disableSendHuaweiMsgBecauseOfPenalty"], X),
    },
    "honor": {"expireTokens": I, "failTokens": X},  # docs/reference/vendors/honor.md#codes
    # docs/reference/vendors/oppo.md#codes: of one notification among others; what is about the app
    # puts it off
    "oppo": {
        "10000": I,
        "32": A,
        **dict.fromkeys(["40", "41", "12", "20", "25", "31", "34", "51", "59", "67"], X),
        **dict.fromkeys(["-1", "-2", "55", "13", "33", "28", "30", "54"], R),
    },
    "vivo": {"1": I, "2": I, "4": X},  # docs/reference/vendors/vivo.md#codes: invalidUsers
    "meizu": {  # docs/reference/vendors/meizu.md#codes: inside `value`
        **dict.fromkeys(["110002", "110003"], I),
        **dict.fromkeys(["110005", "110010", "201"], X),
        **dict.fromkeys(["110011", "520", "501", "513", "519"], R),
    },
}  # fmt: skip


@pytest.mark.parametrize(
    ("vendor", "code"), [(vendor, code) for vendor, codes in _OF_TOKENS.items() for code in codes]
)
async def test_every_code_of_a_single_token(
    vendor: str, code: str, adapters: dict[str, Adapter], sandbox: Sandbox
) -> None:
    tokens = [token(1), token(2), token(3)]
    sandbox.misbehave(refused={vendor: {token(2): code}})
    verdicts, error = await sent(adapters[vendor], tokens)
    assert error is None
    assert [verdicts[n].outcome for n in range(3)] == [A, _OF_TOKENS[vendor][code], A]
    assert sandbox.summary(vendor)["accepted"] == 2


@pytest.mark.parametrize(("code", "expected"), [("10000", I), ("10001", X), ("10004", A)])
async def test_every_code_of_oppo_broadcasts(
    code: str, expected: Expected, adapters: dict[str, Adapter], sandbox: Sandbox
) -> None:
    """See docs/reference/vendors/oppo.md#codes."""
    sandbox.misbehave(refused={"oppo": {token(2): code}})
    given = push(oppo={"big_picture_id": "p1"})
    verdicts, error = await sent(adapters["oppo"], [token(1), token(2)], given)
    assert error is None
    assert [verdicts[n].outcome for n in range(2)] == [A, expected]


@pytest.mark.parametrize("code", ["1", "2", "4"])
async def test_every_status_of_a_vivo_user(code: str, adapters: dict[str, Adapter], sandbox: Sandbox) -> None:
    """`invalidUser`: see docs/reference/vendors/vivo.md#codes."""
    sandbox.misbehave(refused={"vivo": {token(1): code}})
    verdicts, error = await sent(adapters["vivo"], [token(1)])
    assert error is None
    assert verdicts[0].outcome == _OF_TOKENS["vivo"][code]


@pytest.mark.parametrize("vendor", ["apns", "fcm", "webpush"])
async def test_a_code_of_a_single_token_leaves_the_others_accepted(
    vendor: str, adapters: dict[str, Adapter], sandbox: Sandbox
) -> None:
    codes = {
        code: expected for (name, code), expected in CASES.items() if name == vendor and expected in (I, X, R)
    }
    codes = {code: expected for code, expected in codes.items() if code not in _NOT_SIMULATED}
    if vendor == "webpush":
        codes = {
            code: expected for code, expected in codes.items() if expected is not R
        }  # those are of the service
    tokens = addressed(sandbox, vendor, [token(n) for n in range(len(codes) + 1)])
    sandbox.misbehave(refused={vendor: dict(zip(tokens, codes, strict=False))})
    verdicts, error = await sent(adapters[vendor], tokens)
    assert error is None
    assert [verdicts[n].outcome for n in range(len(tokens))] == [*codes.values(), A]


async def test_the_sandbox_names_codes_that_a_vendor_has_not_for_single_tokens(sandbox: Sandbox) -> None:
    for refused, text in (
        ({"nobody": {}}, "refused.nobody"),
        ({"vivo": {"t": "10000"}}, "1, 2, 4"),
        ({"huawei": {"t": "80300007"}}, "nothing else than dead"),
    ):
        answer = sandbox.api.put("/faults", json={"refused": refused})
        assert (answer.status_code, text in answer.json()["error"]) == (422, True), answer.text
