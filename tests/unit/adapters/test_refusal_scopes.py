"""What each refusal of a call is about, and so what it pauses, code by code."""

from datetime import UTC, datetime

import pytest
from tests.support.adapters.option_pushes import PUSHES_WITH_OPTIONS
from tests.support.adapters.samples import push
from tests.support.apps import open_adapters

from pushgate.adapters.contract import Adapter, Push
from pushgate.adapters.harmony.responses import APP_REASONS, REASONS
from pushgate.adapters.registry import vendors
from pushgate.adapters.response_codes import CallFailure
from pushgate.cli.vendor_reference import markdown
from pushgate.domain.clock import SystemClock
from pushgate.domain.errors import PayloadRejected
from pushgate.domain.message import Category, Options
from pushgate.domain.outcome import RefusalScope
from pushgate.http2.credentials import NoCredentialStore
from pushgate.receipts.callback_token import CallbackTokens
from pushgate.sandbox.credentials import Credentials
from pushgate.sandbox.registry import app_sections
from pushgate.settings.loading import parse

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Adapter]:
    """Every vendor's adapter; none opens a connection."""
    credentials = Credentials(tmp_path_factory.mktemp("scopes"), "https://127.0.0.1:1")
    sections = app_sections(credentials)
    del sections["xiaomi"]["channel_id"]
    settings = parse({"apps": {"shop": sections}})
    adapters = open_adapters(settings, SystemClock(), NoCredentialStore(), CallbackTokens(b""))
    return {vendor: adapter for (_, vendor), adapter in adapters.items()}


TOPIC, CHANNEL, CLASS, RECEIPT, CALL, HOST, APP = (
    RefusalScope.TOPIC,
    RefusalScope.CHANNEL,
    RefusalScope.CLASS,
    RefusalScope.RECEIPT,
    RefusalScope.CALL,
    RefusalScope.HOST,
    RefusalScope.APP,
)
PAUSES = {  # docs/reference/vendors/index.md#pauses
    "apns": {
        TOPIC: "BadTopic MissingTopic TopicDisallowed",
        APP: "ExpiredProviderToken InvalidProviderToken MissingProviderToken UnrelatedKeyIdInToken"
        " BadEnvironmentKeyIdInToken BadEnvironmentKeyInToken BadCertificate BadCertificateEnvironment "
        "Forbidden BadPath"
        " MethodNotAllowed TooManyProviderTokenUpdates ServiceUnavailable Shutdown",
    },
    "fcm": {APP: "QUOTA_EXCEEDED RESOURCE_EXHAUSTED UNAUTHENTICATED PERMISSION_DENIED NOT_FOUND UNAVAILABLE"},
    "huawei": {
        CLASS: "80300011",
        RECEIPT: "80300013",
        CALL: "80300032",
        APP: "80200001 80200003 80200005 80000001 80300002 80600003 81000001 http_401 http_403 http_404 "
        "http_503",
    },
    "harmony": {
        CLASS: "80300029",
        CALL: "80300032",
        APP: "80200001 80200005 80300036 80000001 80300002 80300037 81000001 http_401 http_403 http_404 "
        "http_503",
    },
    "honor": {
        CLASS: "80300011",
        APP: "access_token flow_control 80200001 80200003 80200005 80300002 80300013 80600003 81000001 "
        "http_401 http_403"
        " http_404 http_429",
    },
    "xiaomi": {
        CHANNEL: "10034 200001 22102 27001 66108",
        APP: "10001 10002 10003 1 -1 20607 26003 65029 10027 26004 21301 21302 21303 10031 10036 22000 "
        "22006 22007 22022"
        " 26006",
    },
    "oppo": {CLASS: "33 54", CALL: "30", APP: "-1 -2 55 13 11 29 14 15 16 17 18 19 26 27 28"},
    "vivo": {CLASS: "10070", CALL: "10252 10254", APP: "10000 10072 10093 10045 10094 10102"},
    "meizu": {
        CLASS: "110019 110051 110053",
        APP: "300 500 1001 1003 110010 1006 110000 110001 110009 110031 110033",
    },
    "webpush": {HOST: "401 403 errno_109 429 errno_201 wns_throttled 500 502 503 504"},
}


@pytest.mark.parametrize("name", sorted(vendors()))
def test_every_call_failure_pauses_its_scope(name: str) -> None:
    found: dict[RefusalScope, set[str]] = {}
    for code, rule in vendors()[name].codes.items():
        if rule.pauses:
            found.setdefault(rule.pauses, set()).add(code)
    assert found == {scope: set(codes.split()) for scope, codes in PAUSES[name].items()}


def test_codes_of_tokens_and_messages_pause_nothing() -> None:
    for vendor in vendors().values():
        for rule in vendor.codes.values():
            assert (rule.pauses is None) == (not isinstance(rule.effect, CallFailure))


@pytest.mark.parametrize("name", sorted(vendors()))
def test_a_push_names_every_scope_of_its_vendor(name: str, opened: dict[str, Adapter]) -> None:
    # Which host a push goes to depends on its token.
    wanted = {rule.pauses for rule in vendors()[name].codes.values()} - {None, APP, HOST}
    if name in ("huawei", "harmony"):
        wanted -= {CALL}  # of recalls, which no worker makes
    samples = [push(), *(sample for key, sample in PUSHES_WITH_OPTIONS.items() if key.split("-")[0] == name)]
    for sample in samples:
        for count in (1, 5):
            try:
                named = opened[name].prepare(sample, NOW).scopes(count)
            except PayloadRejected:  # a sample that needs other settings
                continue
            assert set(named) == wanted


SCOPES = [
    ("apns", push(), {TOPIC: "com.example.demo"}),
    ("apns", push(apns={"push_type": "voip"}), {TOPIC: "com.example.demo.voip"}),
    ("huawei", push(), {CLASS: "", RECEIPT: ""}),
    (
        "huawei",
        push(
            options=Options(
                silent=True,
                vendors={"huawei": {"category": "VOIP", "urgency": "HIGH", "receipt_id": "r1"}},
            )
        ),
        {CLASS: "VOIP HIGH", RECEIPT: "r1"},
    ),
    ("harmony", push(), {CLASS: "alert MARKETING"}),
    ("harmony", push(harmony={"category": "IM", "test_message": True}), {CLASS: "alert IM test"}),
    ("honor", push(), {CLASS: ""}),
    ("honor", push(options=Options(category=Category.ORDER)), {CLASS: "NORMAL"}),
    ("xiaomi", push(xiaomi={"channel_id": "news"}), {CHANNEL: "news"}),
    ("oppo", push(), {CLASS: "", CALL: "unicast_batch"}),
    ("oppo", push(oppo={"category": "IM", "channel_id": "c"}), {CLASS: "IM c", CALL: "unicast_batch"}),
    ("oppo", push(oppo={"big_picture_id": "p"}), {CLASS: "", CALL: "broadcast"}),
    ("vivo", push(), {CLASS: "operational", CALL: "list"}),
    ("vivo", push(vivo={"category": "IM"}), {CLASS: "system", CALL: "list"}),
    ("meizu", push(), {CLASS: "public"}),
    ("meizu", push(meizu={"private": True}), {CLASS: "private"}),
    ("fcm", push(), {}),
]


@pytest.mark.parametrize(("name", "given", "expected"), SCOPES)
def test_pushes_of_another_kind_have_another_scope(
    name: str, given: Push, expected: dict[RefusalScope, str], opened: dict[str, Adapter]
) -> None:
    assert opened[name].prepare(given, NOW).scopes(2) == expected


def test_a_push_of_vivo_to_one_terminal_is_not_a_list(opened: dict[str, Adapter]) -> None:
    assert opened["vivo"].prepare(push(), NOW).scopes(1)[CALL] == "single"


def test_a_reason_that_all_tokens_of_harmonyos_share_pauses_its_scope() -> None:
    """See docs/reference/vendors/harmony.md#codes."""
    assert {reason for reason in APP_REASONS if REASONS[reason].scope is CLASS} == {
        "noPushTypeRight",
        "noRightToSendThisLiveNotificationEvent",
    }


def test_the_document_shows_what_pauses() -> None:
    rows = markdown().splitlines()
    (row,) = (row for row in rows if row.startswith("| `TopicDisallowed`"))
    assert row.endswith("| pushes to this topic |")
