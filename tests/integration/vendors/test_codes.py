"""Every code of VENDORS.md, answered by the simulated vendor over a real socket, and what the adapter makes of it."""

import pytest
from tests.integration.sandbox import Sandbox
from tests.integration.vendors.test_adapters import SINGLE, addressed, push, sent, token
from tests.unit.adapters.test_answers import APNS, HARMONY, HUAWEI, XIAOMI, A, Expected, I, R, X

from pushgate.adapters.contract import Adapter
from pushgate.errors import VendorRefused, VendorThrottled, VendorUnavailable

# Of no single answer, or not told by the sandbox: success, partial success, and codes that are in no document.
_LEFT_OUT = {"80000000", "0", "89999999", "SomethingNew", "99999"}
HONOR: list[tuple[str, Expected]] = [  # VENDORS 7.3
    ("401", VendorRefused),
    ("403", VendorRefused),
    ("404", VendorRefused),
    ("429", VendorThrottled),
    ("500", VendorUnavailable),
    ("80300007", I),
    ("80100001", X),
    *[(code, VendorRefused) for code in ["80200001", "80200003", "80300002"]],
    ("80100017", VendorThrottled),
    ("81000001", VendorUnavailable),
    ("access_token", VendorRefused),
    ("flow_control", VendorThrottled),
    ("40003", X),
    ("400", X),
]
OPPO: list[tuple[str, Expected]] = [  # VENDORS 8.3; of one notification they are in the unit tests
    ("10000", I),
    ("32", A),
    *[
        (code, X)
        for code in ["40", "41", "12", "20", "21", "22", "23", "24", "25", "31", "34", "51", "59", "67"]
    ],
    ("-1", VendorUnavailable),
    ("500", VendorUnavailable),
    *[(code, VendorThrottled) for code in ["-2", "55", "13", "33"]],
    *[
        (code, VendorRefused)
        for code in ["11", "29", "14", "15", "16", "17", "18", "19", "26", "27", "28", "30", "54"]
    ],
]
VIVO: list[tuple[str, Expected]] = [  # VENDORS 9.3
    ("10302", I),
    ("10000", VendorRefused),
    ("10045", VendorRefused),
    ("10094", VendorRefused),
    *[(code, VendorThrottled) for code in ["10072", "10093", "10070", "10252", "10254"]],
    *[(code, X) for code in ["10096", "10097", "10050", "10069", "10071", "10101", "10103"]],
    ("10102", VendorUnavailable),
    ("500", VendorUnavailable),
]
MEIZU: list[tuple[str, Expected]] = [  # VENDORS 10.2
    *[(code, VendorUnavailable) for code in ["300", "500", "1001", "1003"]],
    *[(code, VendorThrottled) for code in ["110010", "110019", "110051", "110053"]],
    *[(code, X) for code in ["1005", "110004", "110032"]],
    *[(code, I) for code in ["110002", "110003"]],
    *[(code, VendorRefused) for code in ["1006", "110000", "110001", "110009", "110031", "110033"]],
]
WEBPUSH: list[tuple[str, Expected]] = [  # VENDORS 11.4
    *[(code, I) for code in ["404", "410", "errno_102", "errno_103", "errno_105", "errno_106"]],
    *[(code, X) for code in ["400", "413", "301", "307", "308", "errno_104"]],
    *[(code, X) for code in ["errno_110", "errno_111", "errno_112", "errno_113"]],
    *[(code, VendorRefused) for code in ["401", "403", "errno_109"]],
    # What is wrong with one push service puts off its own subscriptions alone.
    *[(code, R) for code in ["429", "errno_201", "500", "502", "503", "504", "errno_999"]],
    *[(code, R) for code in ["errno_202", "errno_900", "errno_901", "errno_902", "errno_903"]],
]
FCM: list[
    tuple[str, Expected]
] = [  # VENDORS 3.3; the last two are forms of INVALID_ARGUMENT that are about the token
    ("UNREGISTERED", I),
    ("SENDER_ID_MISMATCH", I),
    ("INVALID_ARGUMENT", X),
    ("QUOTA_EXCEEDED", VendorThrottled),
    ("UNAVAILABLE", VendorUnavailable),
    *[(code, R) for code in ["INTERNAL", "UNSPECIFIED_ERROR", "THIRD_PARTY_AUTH_ERROR", "APNS_AUTH_ERROR"]],
    *[(code, VendorRefused) for code in ["UNAUTHENTICATED", "PERMISSION_DENIED", "NOT_FOUND"]],
    ("token_named", I),
    ("token_field", I),
]
CASES: dict[tuple[str, str], Expected] = {
    **{("fcm", code): expected for code, expected in FCM},
    **{("apns", reason): expected for _, reason, expected in APNS},
    **{("huawei", code): expected for _, code, expected in HUAWEI},
    **{("harmony", code): expected for _, code, expected in HARMONY},
    **{("xiaomi", code): expected for code, expected in XIAOMI},
    **{("honor", code): expected for code, expected in HONOR},
    **{("meizu", code): expected for code, expected in MEIZU},
    **{("oppo", code): expected for code, expected in OPPO},
    **{("vivo", code): expected for code, expected in VIVO},
    **{("webpush", code): expected for code, expected in WEBPUSH},
}


@pytest.mark.parametrize(
    ("vendor", "code"),
    [(vendor, code) for (vendor, code), expected in CASES.items() if code not in _LEFT_OUT],
)
async def test_every_code(vendor: str, code: str, adapters: dict[str, Adapter], sandbox: Sandbox) -> None:
    sandbox.misbehave({"vendor": vendor, "error": code, "path": SINGLE.get(vendor)})
    verdicts, error = await sent(adapters[vendor], addressed(sandbox, vendor, [token(1)]))
    answered = [item for item in sandbox.received(vendor=vendor) if item["code"] == code]
    assert answered, "the simulated vendor has the code too"
    assert CASES[vendor, code] == (type(error) if error else verdicts[0].outcome)
    if not error:
        # Honor's codes are not known; Mozilla's 999 says that it knows no better than its status; FCM's forms have no code.
        assert (
            verdicts[0].code == code
            or vendor == "honor"
            or code in ("errno_999", "token_named", "token_field")
        )


_OF_TOKENS: dict[str, dict[str, Expected]] = {
    "harmony": {  # VENDORS 5.3: the reasons that illegalTokens has
        "tokenFormatError": I,
        "tokenPlatformNotSupport": I,
        **dict.fromkeys(
            ["noRight", "noPushTypeRight", "noRightToSendThisLiveNotificationEvent", "notSupportPlayVoice",
             "differentImgVerifyPolicy", "atomicUnableSendUnsubscribedMsg", "countryNotSupport", "appinfoError",
             "disableSendHuaweiMsgBecauseOfPenalty"], X),
    },
    "honor": {"expireTokens": I, "failTokens": X},  # VENDORS 7.3
    "oppo": {  # VENDORS 8.3: of one notification among others; what is about the app puts it off
        "10000": I,
        "32": A,
        **dict.fromkeys(["40", "41", "12", "20", "25", "31", "34", "51", "59", "67"], X),
        **dict.fromkeys(["-1", "-2", "55", "13", "33", "28", "30", "54"], R),
    },
    "vivo": {"1": I, "2": I, "4": X},  # VENDORS 9.3: invalidUsers
    "meizu": {  # VENDORS 10.2: inside `value`
        **dict.fromkeys(["110002", "110003"], I),
        **dict.fromkeys(["110005", "110010", "201"], X),
        **dict.fromkeys(["110011", "520", "501", "513", "519"], R),
    },
}  # fmt: skip


@pytest.mark.parametrize(
    ("vendor", "code"), [(vendor, code) for vendor, codes in _OF_TOKENS.items() for code in codes]
)
async def test_every_code_of_one_token_among_others(
    vendor: str, code: str, adapters: dict[str, Adapter], sandbox: Sandbox
) -> None:
    tokens = [token(1), token(2), token(3)]
    sandbox.misbehave(refused={vendor: {token(2): code}})
    verdicts, error = await sent(adapters[vendor], tokens)
    assert error is None
    assert [verdicts[n].outcome for n in range(3)] == [A, _OF_TOKENS[vendor][code], A]
    assert sandbox.summary(vendor)["accepted"] == 2


@pytest.mark.parametrize(("code", "expected"), [("10000", I), ("10001", X), ("10004", A)])
async def test_every_code_of_oppos_broadcasts(
    code: str, expected: Expected, adapters: dict[str, Adapter], sandbox: Sandbox
) -> None:
    """VENDORS 8.3."""
    sandbox.misbehave(refused={"oppo": {token(2): code}})
    given = push(oppo={"big_picture_id": "p1"})
    verdicts, error = await sent(adapters["oppo"], [token(1), token(2)], given)
    assert error is None
    assert [verdicts[n].outcome for n in range(2)] == [A, expected]


@pytest.mark.parametrize("code", ["1", "2", "4"])
async def test_every_status_of_vivos_single_user(
    code: str, adapters: dict[str, Adapter], sandbox: Sandbox
) -> None:
    """VENDORS 9.3: invalidUser."""
    sandbox.misbehave(refused={"vivo": {token(1): code}})
    verdicts, error = await sent(adapters["vivo"], [token(1)])
    assert error is None
    assert verdicts[0].outcome == _OF_TOKENS["vivo"][code]


@pytest.mark.parametrize("vendor", ["apns", "fcm", "webpush"])
async def test_a_vendor_of_single_tokens_says_its_codes_of_one_alone(
    vendor: str, adapters: dict[str, Adapter], sandbox: Sandbox
) -> None:
    codes = {
        code: expected for (name, code), expected in CASES.items() if name == vendor and expected in (I, X, R)
    }
    codes = {code: expected for code, expected in codes.items() if code not in _LEFT_OUT}
    if vendor == "webpush":
        codes = {
            code: expected for code, expected in codes.items() if expected is not R
        }  # those are of the service
    tokens = addressed(sandbox, vendor, [token(n) for n in range(len(codes) + 1)])
    sandbox.misbehave(refused={vendor: dict(zip(tokens, codes, strict=False))})
    verdicts, error = await sent(adapters[vendor], tokens)
    assert error is None
    assert [verdicts[n].outcome for n in range(len(tokens))] == [*codes.values(), A]


async def test_codes_that_a_vendor_does_not_say_of_single_tokens_are_told(sandbox: Sandbox) -> None:
    for refused, told in (
        ({"nobody": {}}, "refused.nobody"),
        ({"vivo": {"t": "10000"}}, "1, 2, 4"),
        ({"huawei": {"t": "80300007"}}, "nothing else than dead"),
    ):
        answer = sandbox.api.put("/faults", json={"refused": refused})
        assert (answer.status_code, told in answer.json()["error"]) == (422, True), answer.text
