"""The simulated vendors check what the vendors check, and answer in their form
(docs/reference/vendors/index.md).

Requests are made here by hand, not by the adapters, so that both cannot share one error.
"""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlencode

import jwt
import pytest

from pushgate.sandbox.access_tokens import Grants
from pushgate.sandbox.credentials import Credentials, ensure
from pushgate.sandbox.exchange import SandboxResponse, Sent
from pushgate.sandbox.faults import FaultPlan, Faults
from pushgate.sandbox.vendors.apns import Apns
from pushgate.sandbox.vendors.fcm import Fcm
from pushgate.sandbox.vendors.huawei import Huawei
from pushgate.sandbox.vendors.xiaomi import Xiaomi

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
NONE: dict[str, str] = {}
APNS_TOKEN = "0f" * 32


@pytest.fixture(scope="module")
def credentials(tmp_path_factory: pytest.TempPathFactory) -> Credentials:
    return ensure(tmp_path_factory.mktemp("credentials"), "https://sandbox:1")


def provider_token(credentials: Credentials, **changes: object) -> str:
    claims = {"iss": credentials.team_id, "iat": int(NOW.timestamp()), **changes}
    kid = str(claims.pop("kid", credentials.key_id))
    return jwt.encode(claims, credentials.apns_key_file.read_text("utf-8"), "ES256", {"kid": kid})


def apns_sent(
    credentials: Credentials,
    body: object = None,
    path: str = f"/3/device/{APNS_TOKEN}",
    method: str = "POST",
    **headers: str | None,
) -> Sent:
    given: dict[str, str | None] = {
        "authorization": f"bearer {provider_token(credentials)}",
        "apns-topic": credentials.topic,
        "apns-push-type": "alert",
        **{name.replace("_", "-"): value for name, value in headers.items()},
    }
    raw = (
        body
        if isinstance(body, bytes)
        else json.dumps(body or {"aps": {"alert": "x"}, "pushgate": "cb"}).encode()
    )
    return Sent(method, path, {name: value for name, value in given.items() if value is not None}, raw, NOW)


def test_apns_takes_a_good_push_and_echoes_its_id(credentials: Credentials) -> None:
    identity = "123e4567-e89b-12d3-a456-426614174000"
    reply = Apns(credentials).answer(apns_sent(credentials, apns_id=identity), NONE)
    assert (reply.status, reply.headers["apns-id"], list(reply.accepted), reply.callback) == (
        200,
        identity,
        [APNS_TOKEN],
        "cb",
    )


def test_apns_tells_since_when_a_token_is_dead(credentials: Credentials) -> None:
    for token, dead in (("dead" + "0" * 60, NONE), (APNS_TOKEN, {APNS_TOKEN: ""})):
        reply = Apns(credentials).answer(apns_sent(credentials, path=f"/3/device/{token}"), dead)
        assert reply.status == 410
        assert json.loads(reply.body) == {"reason": "Unregistered", "timestamp": int(NOW.timestamp() * 1000)}


Change = Callable[[Credentials], Sent]
APNS_REFUSALS: list[tuple[int, str, Change]] = [
    (403, "MissingProviderToken", lambda c: apns_sent(c, authorization=None)),
    (403, "InvalidProviderToken", lambda c: apns_sent(c, authorization="bearer nonsense")),
    (
        403,
        "InvalidProviderToken",
        lambda c: apns_sent(c, authorization=f"bearer {provider_token(c, iss='OTHER')}"),
    ),
    (
        403,
        "InvalidProviderToken",
        lambda c: apns_sent(c, authorization=f"bearer {provider_token(c, kid='OTHER')}"),
    ),
    (
        403,
        "ExpiredProviderToken",
        lambda c: apns_sent(c, authorization=f"bearer {provider_token(c, iat=int(NOW.timestamp()) - 3601)}"),
    ),
    (400, "MissingTopic", lambda c: apns_sent(c, apns_topic=None)),
    (400, "TopicDisallowed", lambda c: apns_sent(c, apns_topic="com.other")),
    (400, "InvalidPushType", lambda c: apns_sent(c, apns_push_type="shout")),
    (400, "BadPriority", lambda c: apns_sent(c, apns_priority="7")),
    (400, "BadPriority", lambda c: apns_sent(c, apns_push_type="background", apns_priority="10")),
    (400, "BadExpirationDate", lambda c: apns_sent(c, apns_expiration="soon")),
    (400, "BadCollapseId", lambda c: apns_sent(c, apns_collapse_id="x" * 65)),
    (400, "BadMessageId", lambda c: apns_sent(c, apns_id="7")),
    (400, "PayloadEmpty", lambda c: apns_sent(c, b"no json")),
    (413, "PayloadTooLarge", lambda c: apns_sent(c, {"aps": {}, "x": "y" * 4096})),
    (400, "BadDeviceToken", lambda c: apns_sent(c, path="/3/device/xyz")),
    (400, "MissingDeviceToken", lambda c: apns_sent(c, path="/3/device/")),
    (404, "BadPath", lambda c: apns_sent(c, path="/3/somewhere")),
    (405, "MethodNotAllowed", lambda c: apns_sent(c, method="GET")),
]


@pytest.mark.parametrize(("status", "reason", "sent"), APNS_REFUSALS)
def test_apns_refuses(status: int, reason: str, sent: Change, credentials: Credentials) -> None:
    reply = Apns(credentials).answer(sent(credentials), NONE)
    assert (reply.status, json.loads(reply.body)["reason"], list(reply.accepted)) == (status, reason, [])


def fcm_of(credentials: Credentials) -> tuple[Fcm, str]:
    grants = Grants()
    return Fcm(credentials, grants), "Bearer " + grants.give("fcm", NOW, timedelta(hours=1))


def fcm_sent(credentials: Credentials, bearer: str, message: object, **more: object) -> Sent:
    path = f"/v1/projects/{credentials.project_id}/messages:send"
    return Sent(
        "POST", path, {"authorization": bearer}, json.dumps({"message": message, **more}).encode(), NOW
    )


def fcm_detail(reply: SandboxResponse, kind: str) -> dict[str, object] | None:
    details = json.loads(reply.body)["error"]["details"]
    return next((detail for detail in details if detail["@type"].endswith(kind)), None)


def test_fcm_takes_a_good_push_and_names_it(credentials: Credentials) -> None:
    fcm, bearer = fcm_of(credentials)
    message = {
        "token": "abcd",
        "notification": {"title": "t"},
        "data": {"pushgate": "cb"},
        "android": {"ttl": "5s", "priority": "HIGH"},
    }
    reply = fcm.answer(fcm_sent(credentials, bearer, message), NONE)
    assert reply.status == 200
    assert json.loads(reply.body)["name"].startswith(f"projects/{credentials.project_id}/messages/")
    assert (list(reply.accepted), reply.callback) == (["abcd"], "cb")


@pytest.mark.parametrize(
    ("message", "field"),
    [
        ({"token": "abcd", "topic": "x"}, "message"),
        ({"notification": {}}, "message"),
        ({"token": "abcd", "data": {"n": 1}}, "message.data[n]"),
        ({"token": "abcd", "data": {"from": "x"}}, "message.data[from]"),
        ({"token": "abcd", "data": {"google.x": "x"}}, "message.data[google.x]"),
        ({"token": "abcd", "android": {"ttl": 5}}, "message.android.ttl"),
        ({"token": "abcd", "android": {"ttl": "9999999s"}}, "message.android.ttl"),
        ({"token": "abcd", "android": {"priority": "URGENT"}}, "message.android.priority"),
        ({"token": "abcd", "data": {"x": "y" * 4096}}, "message"),
        ({"token": "abcd", "colour": 1}, "message.colour"),
        ({"token": "abcd", "notification": {"subtitle": "s"}}, "message.notification.subtitle"),
        ({"token": "abcd", "android": {"tll": "5s"}}, "message.android.tll"),
        ({"token": "abcd", "android": {"notification": {"tagg": "t"}}}, "message.android.notification.tagg"),
        (
            {"token": "abcd", "android": {"notification": {"notification_count": "3"}}},
            "message.android.notification.notification_count",
        ),
    ],
)
def test_fcm_refuses_a_bad_field_by_name(message: object, field: str, credentials: Credentials) -> None:
    fcm, bearer = fcm_of(credentials)
    reply = fcm.answer(fcm_sent(credentials, bearer, message), NONE)
    detail = fcm_detail(reply, "google.rpc.BadRequest")
    assert reply.status == 400
    assert detail is not None
    assert detail["fieldViolations"][0]["field"] == field  # type: ignore[index]  # JSON


def test_apns_does_not_tell_tokens_apart_by_case(credentials: Credentials) -> None:
    faults = Faults()
    faults.set(FaultPlan(dead={"apns": [APNS_TOKEN.upper()], "fcm": ["AbC"]}))
    assert faults.refused("fcm") == {"AbC": ""}
    for token in (APNS_TOKEN, APNS_TOKEN.upper()):
        sent = apns_sent(credentials, path=f"/3/device/{token}")
        assert Apns(credentials).answer(sent, faults.refused("apns")).status == 410
        assert Apns(credentials).answer(sent, NONE).tokens == (APNS_TOKEN,)


def test_fcm_knows_dead_and_malformed_tokens(credentials: Credentials) -> None:
    fcm, bearer = fcm_of(credentials)
    dead = fcm.answer(fcm_sent(credentials, bearer, {"token": "dead-one"}), NONE)
    assert dead.status == 404
    assert (fcm_detail(dead, "FcmError") or {})["errorCode"] == "UNREGISTERED"
    malformed = fcm.answer(fcm_sent(credentials, bearer, {"token": "a b"}), NONE)
    assert malformed.status == 400
    assert "not a valid" in json.loads(malformed.body)["error"]["message"]


@pytest.mark.parametrize("bearer", ["", "Bearer wrong", "Basic x"])
def test_fcm_refuses_without_a_token_of_its_own(bearer: str, credentials: Credentials) -> None:
    reply = fcm_of(credentials)[0].answer(fcm_sent(credentials, bearer, {"token": "abcd"}), NONE)
    assert (reply.status, fcm_detail(reply, "FcmError")) == (401, None)


@pytest.mark.parametrize(
    ("claims", "status"),
    [
        ({}, 200),
        ({"iss": "other"}, 400),
        ({"aud": "https://elsewhere/token"}, 400),
        ({"scope": "mail"}, 400),
        ({"exp": int(NOW.timestamp()) + 7200}, 400),
        ({"exp": int(NOW.timestamp()) - 1, "iat": int(NOW.timestamp()) - 3000}, 400),
    ],
)
def test_fcm_grants_a_token_for_a_good_assertion_only(
    claims: dict[str, object], status: int, credentials: Credentials
) -> None:
    account = json.loads(credentials.service_account_file.read_text("utf-8"))
    issued = int(NOW.timestamp())
    good = {
        "iss": account["client_email"],
        "aud": account["token_uri"],
        "scope": "https://www.googleapis.com/auth/firebase.messaging",
        "iat": issued,
        "exp": issued + 3600,
    }
    assertion = jwt.encode(
        {**good, **claims}, account["private_key"], "RS256", {"kid": account["private_key_id"]}
    )
    form = {"grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer", "assertion": assertion}
    fcm, _ = fcm_of(credentials)
    reply = fcm.answer(Sent("POST", "/token", {}, urlencode(form).encode(), NOW), NONE)
    assert reply.status == status
    if status == 200:
        bearer = f"Bearer {json.loads(reply.body)['access_token']}"
        assert fcm.answer(fcm_sent(credentials, bearer, {"token": "abcd"}), NONE).status == 200


def huawei_sent(
    credentials: Credentials,
    bearer: str,
    android: dict[str, object] | None = None,
    tokens: list[str] | None = None,
) -> Sent:
    notification = {"title": "t", "body": "b", "click_action": {"type": 3}}
    message = {
        "android": {"ttl": "60s", "notification": notification, **(android or {})},
        "token": ["abcd"] if tokens is None else tokens,
    }
    path = f"/v1/{credentials.huawei_app_id}/messages:send"
    return Sent("POST", path, {"authorization": bearer}, json.dumps({"message": message}).encode(), NOW)


def shown(**more: object) -> dict[str, object]:
    return {"notification": {"title": "t", "body": "b", "click_action": {"type": 3}, **more}}


def huawei_of(credentials: Credentials) -> tuple[Huawei, str]:
    grants = Grants()
    return Huawei(credentials, grants), "Bearer " + grants.give("huawei", NOW, timedelta(hours=1))


def test_huawei_names_dead_tokens_in_its_own_form(credentials: Credentials) -> None:
    huawei, bearer = huawei_of(credentials)
    partial = huawei.answer(huawei_sent(credentials, bearer, tokens=["aaaa", "dead1", "bbbb"]), NONE)
    told = json.loads(partial.body)
    assert (told["code"], json.loads(told["msg"])["illegal_tokens"]) == ("80100000", ["dead1"])
    assert list(partial.accepted) == ["aaaa", "bbbb"]
    assert json.loads(huawei.answer(huawei_sent(credentials, bearer), NONE).body)["code"] == "80000000"
    assert huawei.answer(huawei_sent(credentials, bearer, tokens=["dead1"]), NONE).code == "80300007"


@pytest.mark.parametrize(
    ("android", "tokens", "code"),
    [
        ({}, [], "80300010"),
        ({}, ["t"] * 1001, "80300010"),
        ({"ttl": "1d"}, None, "80100004"),
        ({"ttl": "1296001s"}, None, "80100004"),
        ({"collapse_key": 101}, None, "80100013"),
        ({"notification": {"title": "t", "body": "b"}}, None, "80100001"),
        ({"notification": {"title": "", "body": "b", "click_action": {"type": 3}}}, None, "80100001"),
        ({"data": {"not": "text"}}, None, "80100001"),
        ({"data": "x" * 4096}, None, "80300008"),
        ({"category": "NOPE"}, None, "80100001"),
        (shown(click_action={"type": 1}), None, "80100001"),
        (shown(click_action={"type": 2, "url": "http://x"}), None, "80100001"),
        (shown(badge={"set_num": 100}), None, "80100001"),
        (shown(badge={"add_num": 0}), None, "80100001"),
    ],
)
def test_huawei_refuses(
    android: dict[str, object], tokens: list[str] | None, code: str, credentials: Credentials
) -> None:
    huawei, bearer = huawei_of(credentials)
    reply = huawei.answer(huawei_sent(credentials, bearer, android, tokens), NONE)
    assert (reply.code, list(reply.accepted)) == (code, [])


def test_huawei_takes_data_alone(credentials: Credentials) -> None:
    """See docs/reference/vendors/huawei.md#options."""
    huawei, bearer = huawei_of(credentials)
    body = json.dumps({"message": {"data": '{"pushgate": "cb"}', "token": ["abcd"]}}).encode()
    path = f"/v1/{credentials.huawei_app_id}/messages:send"
    reply = huawei.answer(Sent("POST", path, {"authorization": bearer}, body, NOW), NONE)
    assert (reply.code, list(reply.accepted), reply.callback) == ("80000000", ["abcd"], "cb")


def test_huawei_checks_credentials_on_both_ends(credentials: Credentials) -> None:
    huawei, _ = huawei_of(credentials)
    assert huawei.answer(huawei_sent(credentials, "Bearer wrong"), NONE).status == 401
    for secret, status in ((credentials.huawei_secret, 200), ("wrong", 400)):
        form = {
            "grant_type": "client_credentials",
            "client_id": credentials.huawei_app_id,
            "client_secret": secret,
        }
        assert (
            huawei.answer(Sent("POST", "/oauth2/v3/token", {}, urlencode(form).encode(), NOW), NONE).status
            == status
        )


def xiaomi_sent(credentials: Credentials, secret: str | None = None, **changes: str) -> Sent:
    form = {
        "registration_id": "aaaa,bbbb",
        "restricted_package_name": credentials.xiaomi_package,
        "title": "t",
        "description": "d",
        "payload": '{"pushgate":"cb"}',
        "time_to_live": "1000",
        "extra.channel_id": "ch",
        **{name.replace("__", "."): value for name, value in changes.items()},
    }
    headers = {"authorization": f"key={secret or credentials.xiaomi_secret}"}
    return Sent("POST", "/v3/message/regid", headers, urlencode(form).encode(), NOW)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({}, 0),
        ({"secret": "wrong"}, 21301),
        ({"title": "特" * 50}, 10017),
        ({"title": " "}, 10017),
        ({"description": "d" * 128}, 10017),
        ({"registration_id": ""}, 10016),
        ({"payload": "x" * 4097}, 10016),
        ({"restricted_package_name": "other"}, 22022),
        ({"time_to_live": "1209600001"}, 10017),
        ({"extra__channel_id": ""}, 27001),
        ({"extra__jobkey": "x" * 21}, 10017),
        ({"extra__jobkey": "a b!"}, 10017),
        ({"notify_id": "-5"}, 10017),
        ({"extra__notify_effect": "3"}, 10017),
        ({"extra__notify_effect": "2"}, 10017),
        ({"extra__callback.param": "p" * 257}, 65036),
        ({"pass_through": "1", "title": "", "description": ""}, 10017),
        ({"pass_through": "1", "title": ""}, 0),
        ({"registration_id": "dead1,dead2"}, 20301),
    ],
)
def test_xiaomi_answers_with_a_code_and_always_200(
    changes: dict[str, str], code: int, credentials: Credentials
) -> None:
    reply = Xiaomi(credentials).answer(xiaomi_sent(credentials, **changes), NONE)
    assert (reply.status, json.loads(reply.body)["code"]) == (200, code)
    assert bool(reply.accepted) == (code == 0)


def test_xiaomi_names_dead_ids(credentials: Credentials) -> None:
    reply = Xiaomi(credentials).answer(xiaomi_sent(credentials, registration_id="aaaa,dead1"), NONE)
    assert json.loads(reply.body)["data"]["bad_regids"] == "dead1"
    assert list(reply.accepted) == ["aaaa"]


def test_credentials_are_made_once_and_kept(tmp_path: Path) -> None:
    first = ensure(tmp_path / "c", "https://127.0.0.1:1")
    key = first.apns_key_file.read_bytes()
    again = ensure(tmp_path / "c", "https://127.0.0.1:2")
    assert (again.huawei_secret, again.apns_key_file.read_bytes()) == (first.huawei_secret, key)
    assert (
        json.loads(again.service_account_file.read_text("utf-8"))["token_uri"] == "https://127.0.0.1:2/token"
    )
    for file in (
        again.apns_key_file,
        again.service_account_file,
        again.key_file,
        tmp_path / "c" / "names.json",
    ):
        assert file.stat().st_mode & 0o077 == 0
