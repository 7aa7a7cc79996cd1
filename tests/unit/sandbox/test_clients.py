"""The simulated vendors take what other people's clients send, where those differ from Pushgate's own adapters, and refuse
what the vendors refuse. Requests are made here by hand."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

import jwt
import pytest

from pushgate.sandbox.access_tokens import Grants
from pushgate.sandbox.credentials import Credentials, ensure
from pushgate.sandbox.exchange import SandboxResponse, Sent
from pushgate.sandbox.request_log import Received
from pushgate.sandbox.vendors.harmony import Harmony
from pushgate.sandbox.vendors.honor import Honor
from pushgate.sandbox.vendors.huawei import Huawei
from pushgate.sandbox.vendors.meizu import _is_good as meizu_takes
from pushgate.sandbox.vendors.oppo import Oppo
from pushgate.sandbox.vendors.vivo import Vivo
from pushgate.sandbox.vendors.xiaomi import Xiaomi

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
DAY = timedelta(days=1)
TEXTS = {"title": "t", "body": "b"}
HOME = {"click_action": {"type": 3}}


@pytest.fixture(scope="module")
def credentials(tmp_path_factory: pytest.TempPathFactory) -> Credentials:
    return ensure(tmp_path_factory.mktemp("credentials"), "https://sandbox:1")


def huawei(credentials: Credentials, message: Mapping[str, object]) -> SandboxResponse:
    """See docs/reference/vendors/huawei.md#options."""
    grants = Grants()
    bearer = "Bearer " + grants.give("huawei", NOW, DAY)
    path = f"/v1/{credentials.huawei_app_id}/messages:send"
    body = json.dumps({"message": message}).encode()
    return Huawei(credentials, grants).answer(Sent("POST", path, {"authorization": bearer}, body, NOW), {})


@pytest.mark.parametrize(
    ("message", "code", "targets"),
    [
        ({"notification": TEXTS, "token": ["abcd"]}, "80000000", ["abcd"]),
        ({"notification": TEXTS, "android": {"ttl": "60s"}, "token": ["abcd"]}, "80000000", ["abcd"]),
        (
            {"notification": TEXTS, "android": {"notification": HOME}, "token": ["abcd"]},
            "80000000",
            ["abcd"],
        ),
        (
            {
                "notification": {"title": "t"},
                "android": {"notification": {**HOME, "body": "b"}},
                "token": ["abcd"],
            },
            "80000000",
            ["abcd"],
        ),
        ({"notification": TEXTS, "topic": "news"}, "80000000", ["news"]),
        ({"notification": TEXTS, "condition": "'a' in topics"}, "80000000", ["'a' in topics"]),
        (
            {"notification": TEXTS, "condition": "'a' in topics && ('b' in topics || !('c' in topics))"},
            "80000000",
            ["'a' in topics && ('b' in topics || !('c' in topics))"],
        ),
        ({"notification": {"title": "t"}, "token": ["abcd"]}, "80100001", ["abcd"]),
        ({"notification": TEXTS, "android": {"notification": {}}, "token": ["abcd"]}, "80100001", ["abcd"]),
        ({"notification": TEXTS, "topic": "a b"}, "80100001", ["a b"]),
        ({"notification": TEXTS, "condition": "('a' in topics"}, "80100001", ["('a' in topics"]),
        ({"notification": TEXTS, "condition": "'a' in topics 'b' in topics"}, "80100001", None),
        ({"notification": TEXTS, "condition": " && ".join(["'a' in topics"] * 6)}, "80100001", None),
        ({"notification": TEXTS, "topic": "news", "token": ["abcd"]}, "80100003", []),
        ({"notification": TEXTS}, "80100003", []),
        ({"android": {"category": "CUSTOMER_SERVICE"}, "data": "{}", "token": ["abcd"]}, "80000000", None),
        ({"android": {"category": "SYSTEM_REMINDER"}, "data": "{}", "token": ["abcd"]}, "80000000", None),
    ],
)
def test_huaweis_outer_notification_topics_and_conditions(
    message: Mapping[str, object], code: str, targets: list[str] | None, credentials: Credentials
) -> None:
    reply = huawei(credentials, message)
    assert reply.code == code
    assert bool(reply.accepted) == (code == "80000000")
    if targets is not None:
        assert list(reply.tokens) == targets


def honor(credentials: Credentials, body: Mapping[str, object]) -> SandboxResponse:
    """See docs/reference/vendors/honor.md#options."""
    grants = Grants()
    headers = {"authorization": "Bearer " + grants.give("honor", NOW, DAY), "timestamp": "1"}
    path = f"/api/v1/{credentials.honor_app_id}/sendMessage"
    sent = Sent("POST", path, headers, json.dumps({**body, "token": ["abcd"]}).encode(), NOW)
    return Honor(credentials, grants).answer(sent, {})


CLICK = {"clickAction": {"type": 3}}


@pytest.mark.parametrize(
    ("body", "taken"),
    [
        ({"notification": TEXTS}, True),
        ({"data": '{"pushgate": "cb"}'}, True),
        ({"notification": TEXTS, "android": {"notification": CLICK}}, True),
        ({"android": {"notification": {**TEXTS, **CLICK}}}, True),
        ({"android": {"notification": {**TEXTS, **CLICK, "importance": "NORMAL"}}}, True),
        ({"notification": {"title": "t"}}, False),
        ({"android": {"notification": {"title": "t", **CLICK}}}, False),
        ({"android": {"notification": {**TEXTS, "clickAction": {"type": 1}}}}, False),
        ({"android": {"notification": {**TEXTS, "clickAction": {"type": 2, "url": "http://x"}}}}, False),
        ({"android": {"notification": {**TEXTS, **CLICK, "importance": "HIGH"}}}, False),
        ({"android": {"notification": {**TEXTS, **CLICK, "image": "https://example.com/a.png"}}}, False),
        ({"android": {"notification": {**TEXTS, **CLICK, "badge": {"setNum": 100}}}}, False),
        ({}, False),
    ],
)
def test_honors_outer_notification(body: Mapping[str, object], taken: bool, credentials: Credentials) -> None:
    assert bool(honor(credentials, body).accepted) == taken


def oppo(
    credentials: Credentials, call: str, form: Mapping[str, str], *, in_header: bool = False
) -> SandboxResponse:
    """See docs/reference/vendors/oppo.md#options."""
    grants = Grants()
    token = grants.give("oppo", NOW, DAY)
    headers = {"auth_token": token} if in_header else {}
    written = form if in_header else {**form, "auth_token": token}
    path = f"/server/v1/message/notification/{call}"
    return Oppo(credentials, grants).answer(Sent("POST", path, headers, urlencode(written).encode(), NOW), {})


def notice(token: str = "abcd", kind: int = 2, **more: object) -> str:
    notification = {"title": "t", "content": "c", **more}
    return json.dumps({"target_type": kind, "target_value": token, "notification": notification})


@pytest.mark.parametrize("in_header", [False, True])
def test_oppos_notifications_need_no_type_of_click(credentials: Credentials, in_header: bool) -> None:
    one = oppo(credentials, "unicast", {"message": notice()}, in_header=in_header)
    assert (list(one.accepted), json.loads(one.body)["code"]) == (["abcd"], 0)
    assert json.loads(one.body)["data"]["messageId"]
    many = oppo(credentials, "unicast_batch", {"messages": f"[{notice()}]"}, in_header=in_header)
    assert list(many.accepted) == ["abcd"]
    alias = oppo(credentials, "unicast", {"message": notice(kind=5)}, in_header=in_header)
    assert list(alias.accepted) == ["abcd"]


@pytest.mark.parametrize(
    ("more", "taken"),
    [
        ({"badge_operation_type": 0, "badge_message_count": 0}, True),
        ({"badge_operation_type": 1}, True),
        ({"badge_operation_type": 0}, False),
        ({"badge_operation_type": 2, "badge_message_count": 1}, False),
        ({"badge_message_count": 1}, False),
        ({"click_action_type": 1}, False),
        ({"click_action_type": 2, "click_action_url": "https://example.com"}, True),
        ({"click_action_type": 5}, False),
        ({"click_action_type": 3}, False),
        ({"category": "IM", "notify_level": 2}, True),
        ({"category": "NEWS", "notify_level": 2}, False),
        ({"notify_level": 1}, False),
        ({"show_ttl": 43_200}, True),
        ({"show_ttl": 43_201}, False),
        ({"show_ttl": 86_400, "category": "IM"}, True),
        ({"content": "c" * 51}, False),
        ({"content": "c" * 128, "style": 2}, True),
        ({"style": 3}, False),
    ],
)
def test_what_oppo_takes_of_one_notification(
    more: Mapping[str, object], taken: bool, credentials: Credentials
) -> None:
    assert bool(oppo(credentials, "unicast", {"message": notice("abcd", 2, **more)}).accepted) == taken


def test_oppo_names_a_dead_terminal_of_one_notification(credentials: Credentials) -> None:
    assert oppo(credentials, "unicast", {"message": notice("dead1")}).code == "10000"


def test_xiaomis_parameters_may_be_in_the_query(credentials: Credentials) -> None:
    form = {
        "registration_id": "abcd",
        "restricted_package_name": f"com.other,{credentials.xiaomi_package}",
        "title": "t",
        "description": "d",
        "payload": '{"pushgate":"cb"}',
        "extra.channel_id": "ch",
    }
    headers = {"authorization": f"key={credentials.xiaomi_secret}"}
    sent = Sent("POST", "/v3/message/regid", headers, b"", NOW, query=urlencode(form))
    reply = Xiaomi(credentials).answer(sent, {})
    assert (list(reply.accepted), reply.callback) == (["abcd"], "cb")
    shown = Received(1, "xiaomi", sent, reply).as_json()
    assert shown["query"] == urlencode(form)
    with_secret = Sent("POST", "/", {}, b"", NOW, query="a=1&auth_token=secret&b=2")
    assert "secret" not in str(Received(1, "oppo", with_secret, reply).as_json())


def vivo(credentials: Credentials, **changes: object) -> SandboxResponse:
    """See docs/reference/vendors/vivo.md#options."""
    grants = Grants()
    body = {
        "regId": "abcd",
        "title": "t",
        "content": "c",
        "notifyType": 4,
        "skipType": 1,
        "requestId": "r",
        **changes,
    }
    headers = {"authtoken": grants.give("vivo", NOW, DAY)}
    sent = Sent("POST", "/message/send", headers, json.dumps(body).encode(), NOW)
    return Vivo(credentials, grants).answer(sent, {})


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({}, "0"),
        ({"appId": 1}, "10094"),
        ({"classification": 0}, "0"),
        ({"category": "IM", "classification": 1}, "0"),
        ({"category": "IM"}, "10097"),
        ({"category": "im"}, "10096"),
        ({"title": "中" * 20}, "0"),
        ({"title": "中" * 21}, "10050"),
        ({"title": "a" * 40}, "0"),
        ({"content": "中" * 51}, "10050"),
        ({"skipType": 2, "skipContent": "https://example.com"}, "0"),
        ({"skipType": 2, "skipContent": "https://example.com/" + "x" * 981}, "10050"),
        ({"skipType": 3, "skipContent": "sale-1"}, "10050"),
        ({"skipType": 4, "skipContent": "intent:#Intent;component=a/.B;end"}, "0"),
        ({"addBadge": True}, "0"),
        ({"addBadge": 1}, "10050"),
    ],
)
def test_what_vivo_takes_without_an_app_id(
    changes: Mapping[str, object], code: str, credentials: Credentials
) -> None:
    assert vivo(credentials, **changes).code == code


@pytest.mark.parametrize(
    ("click", "taken"),
    [
        ({"clickType": 0}, True),
        ({"clickType": 1, "activity": "com.example.Sale"}, True),
        ({"clickType": 2, "url": "https://example.com"}, True),
        ({"clickType": 2, "url": "shop://sale/1"}, True),
        ({"clickType": 1}, False),
        ({"clickType": 2, "url": "sale"}, False),
        ({"clickType": 3}, False),
    ],
)
def test_what_a_click_opens_on_meizu(click: dict[str, object], taken: bool) -> None:
    """See docs/reference/vendors/meizu.md#options."""
    bar: dict[str, object] = {"noticeMsgType": 0, "title": "t", "content": "c"}
    assert meizu_takes({"noticeBarInfo": bar, "clickTypeInfo": click}) == taken


def harmony(credentials: Credentials, kind: str, payload: object, **options: object) -> SandboxResponse:
    """See docs/reference/vendors/harmony.md#options."""
    account = json.loads(credentials.harmony_account_file.read_text("utf-8"))
    issued = int(NOW.timestamp())
    claims = {
        "iss": account["sub_account"],
        "aud": "https://oauth-login.cloud.huawei.com/oauth2/v3/token",
        "iat": issued,
        "exp": issued + 3600,
    }
    token = jwt.encode(claims, account["private_key"], "PS256", {"kid": account["key_id"], "typ": "JWT"})
    body = {"payload": payload, "target": {"token": ["abcd"]}, "pushOptions": options}
    path = f"/v3/{credentials.harmony_project_id}/messages:send"
    headers = {"authorization": f"Bearer {token}", "push-type": kind}
    return Harmony(credentials).answer(Sent("POST", path, headers, json.dumps(body).encode(), NOW), {})


ALERT = {**TEXTS, "category": "IM", "clickAction": {"actionType": 0}}
CARD = {"formId": 1, "version": 0, "moduleName": "m", "formName": "f", "abilityName": "a", "formData": {}}
PICTURE = {"keyName": "a", "url": "https://example.com/a.png"}
SHOWN = {
    "type": 4,
    "contentTitle": "t",
    "contentText": [{"text": "{{status}}"}],
    "clickAction": {"actionType": 0, "data": {"pushgate": "cb"}},
}


def live(shown: Mapping[str, object] | None = None, **changes: object) -> dict[str, object]:
    base = {"activityId": 1, "operation": 0, "event": "TAXI", "status": "CALLING"}
    return {**base, "activityData": {"notificationData": {**SHOWN, **(shown or {})}}, **changes}


@pytest.mark.parametrize(
    ("kind", "payload", "options", "code"),
    [
        ("0", {"notification": ALERT}, {}, "80000000"),
        ("0", {"notification": {**ALERT, "category": "MISS_CALL"}}, {}, "80000000"),
        ("0", {"notification": {**ALERT, "category": "NEWS"}}, {}, "80100001"),
        ("0", {"notification": {**ALERT, "clickAction": {"actionType": 3}}}, {}, "80100001"),
        ("0", {"notification": {**ALERT, "clickAction": {"actionType": 5}}}, {}, "80100001"),
        ("1", {**CARD, "images": [PICTURE]}, {}, "80000000"),
        ("1", {**CARD, "images": [PICTURE, PICTURE]}, {}, "80100001"),
        ("1", {**CARD, "formData": {"a": None}}, {}, "80100001"),
        ("1", {**CARD, "formData": {"datashareproxy://a": "b"}}, {}, "80100001"),
        ("10", {"extraData": '{"scene":"voice"}'}, {"ttl": 30}, "80000000"),
        ("10", {"extraData": '{"scene":"voice"}'}, {"ttl": 120}, "80000000"),
        ("10", {"extraData": '{"scene":"voice"}'}, {"ttl": 1_296_001}, "80100004"),
        ("10", {"notification": ALERT}, {"ttl": 30}, "80100001"),
        ("7", live(), {}, "80000000"),
        ("7", live(event="SCORE"), {}, "80100001"),
        ("7", live(event="SCORE", operation=1), {}, "80000000"),
        ("7", live(status=None), {}, "80100001"),
        ("7", live({"contentText": [{"text": "t"}]}), {}, "80100001"),
        ("7", live({"clickAction": {"actionType": 3}}), {}, "80100001"),
        ("7", live({"extend": {"type": 0, "clickAction": {"actionType": 3}}}), {}, "80000000"),
        ("7", live({"extend": {"type": 0, "clickAction": {"actionType": 5}}}), {}, "80100001"),
        ("7", live({"keepTime": 3601}), {}, "80100001"),
        ("7", live(activityId=2**31), {}, "80100001"),
        ("5", {"notification": ALERT}, {}, "80100001"),
    ],
)
def test_every_type_of_push_of_harmonyos(
    kind: str, payload: object, options: Mapping[str, object], code: str, credentials: Credentials
) -> None:
    reply = harmony(credentials, kind, payload, **options)
    assert (reply.code, bool(reply.accepted)) == (code, code == "80000000")
    assert kind != "7" or not reply.accepted or reply.callback == "cb"


@pytest.mark.parametrize(
    ("name", "value", "shown"),
    [
        ("authorization", "Bearer secret", "Bearer ..."),
        ("authorization", "bearer secret", "bearer ..."),
        ("authorization", "key=secret", "key ..."),
        ("authorization", "vapid t=secret, k=x", "vapid ..."),
        ("authorization", "secret", "..."),
        ("authorization", "secret more", "..."),
        ("authorization", "secret=more", "..."),
        ("authtoken", "secret", "..."),
        ("auth_token", "secret", "..."),
        ("content-type", "application/json", "application/json"),
    ],
)
def test_no_credential_in_a_header_is_shown(name: str, value: str, shown: str) -> None:
    sent = Sent("POST", "/", {name: value}, b"", NOW)
    assert Received(1, "huawei", sent, SandboxResponse(200)).as_json()["headers"] == {name: shown}
