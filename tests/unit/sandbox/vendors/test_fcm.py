"""The simulated FCM and its token endpoint check what Google checks, in Google's form."""

import json
from typing import Any

import jwt
import pytest
from tests.support.vendor_requests import NONE_REJECTED, NOW, bearer, form_request, json_request

from pushgate.sandbox.exchange import SandboxRequest, SandboxResponse
from pushgate.sandbox.simulated_vendor import SandboxContext
from pushgate.sandbox.vendors.fcm import Fcm


@pytest.fixture(scope="module")
def fcm(context: SandboxContext) -> Fcm:
    return Fcm(context)


def push_request(fcm: Fcm, authorization: str, body: object) -> SandboxRequest:
    path = f"/v1/projects/{fcm.project_id}/messages:send"
    return json_request(path, {"authorization": authorization}, body)


def push(fcm: Fcm, context: SandboxContext, message: object, **options: object) -> SandboxResponse:
    body = {"message": message, **options}
    return fcm.respond(push_request(fcm, bearer(context, "fcm"), body), NONE_REJECTED)


def detail(response: SandboxResponse, kind: str) -> dict[str, Any] | None:
    details: list[dict[str, Any]] = json.loads(response.body)["error"]["details"]
    return next((item for item in details if item["@type"].endswith(kind)), None)


def test_accepts_a_valid_push_and_names_it(fcm: Fcm, context: SandboxContext) -> None:
    message = {
        "token": "abcd",
        "notification": {"title": "t"},
        "data": {"pushgate": "cb"},
        "android": {"ttl": "5s", "priority": "HIGH"},
    }
    response = push(fcm, context, message)
    assert response.status == 200
    assert json.loads(response.body)["name"].startswith(f"projects/{fcm.project_id}/messages/")
    assert (list(response.push.accepted), response.push.callback_token) == (["abcd"], "cb")


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
def test_names_the_field_that_it_rejects(
    message: object, field: str, fcm: Fcm, context: SandboxContext
) -> None:
    response = push(fcm, context, message)
    bad_request = detail(response, "google.rpc.BadRequest")
    assert response.status == 400
    assert bad_request is not None
    assert bad_request["fieldViolations"][0]["field"] == field


def test_rejects_dead_and_malformed_tokens(fcm: Fcm, context: SandboxContext) -> None:
    dead = push(fcm, context, {"token": "dead-one"})
    assert dead.status == 404
    assert (detail(dead, "FcmError") or {})["errorCode"] == "UNREGISTERED"
    malformed = push(fcm, context, {"token": "a b"})
    assert malformed.status == 400
    assert "not a valid" in json.loads(malformed.body)["error"]["message"]


@pytest.mark.parametrize("authorization", ["", "Bearer wrong", "Basic x"])
def test_rejects_a_push_without_an_access_token(authorization: str, fcm: Fcm) -> None:
    request = push_request(fcm, authorization, {"message": {"token": "abcd"}})
    response = fcm.respond(request, NONE_REJECTED)
    assert (response.status, detail(response, "FcmError")) == (401, None)


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
def test_issues_access_tokens_for_valid_assertions(claims: dict[str, object], status: int, fcm: Fcm) -> None:
    account = json.loads(fcm.account_file.read_text("utf-8"))
    issued_at = int(NOW.timestamp())
    valid = {
        "iss": account["client_email"],
        "aud": account["token_uri"],
        "scope": "https://www.googleapis.com/auth/firebase.messaging",
        "iat": issued_at,
        "exp": issued_at + 3600,
    }
    assertion = jwt.encode(
        {**valid, **claims}, account["private_key"], "RS256", {"kid": account["private_key_id"]}
    )
    form = {"grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer", "assertion": assertion}
    response = fcm.respond(form_request("/token", {}, form), NONE_REJECTED)
    assert response.status == status
    if status == 200:
        authorization = f"Bearer {json.loads(response.body)['access_token']}"
        request = push_request(fcm, authorization, {"message": {"token": "abcd"}})
        assert fcm.respond(request, NONE_REJECTED).status == 200


SNAKE_CASE = {
    "fcm_options": {"analytics_label": "a"},
    "android": {
        "collapse_key": "c", "restricted_package_name": "p", "direct_boot_ok": True,
        "fcm_options": {"analytics_label": "a"},
        "notification": {
            "channel_id": "ch", "click_action": "x", "title_loc_args": ["x"],
            "notification_priority": "PRIORITY_HIGH",
            "light_settings": {"color": {"red": 1}, "light_on_duration": "1s", "light_off_duration": "1s"},
        },
    },
    "apns": {"fcm_options": {"analytics_label": "a"}, "live_activity_token": "x"},
    "webpush": {"fcm_options": {"link": "https://example.com"}},
}  # fmt: skip
CAMEL_CASE = {
    "fcmOptions": {"analyticsLabel": "a"},
    "android": {
        "collapseKey": "c", "restrictedPackageName": "p", "directBootOk": True,
        "fcmOptions": {"analyticsLabel": "a"},
        "notification": {
            "channelId": "ch", "clickAction": "x", "titleLocArgs": ["x"],
            "notificationPriority": "PRIORITY_HIGH",
            "lightSettings": {"color": {"red": 1}, "lightOnDuration": "1s", "lightOffDuration": "1s"},
        },
    },
    "apns": {"fcmOptions": {"analyticsLabel": "a"}, "liveActivityToken": "x"},
    "webpush": {"fcmOptions": {"link": "https://example.com"}},
}  # fmt: skip


@pytest.mark.parametrize("fields", [SNAKE_CASE, CAMEL_CASE, {**SNAKE_CASE, **CAMEL_CASE}])
def test_accepts_fields_in_both_spellings_at_every_depth(
    fields: dict[str, Any], fcm: Fcm, context: SandboxContext
) -> None:
    """Source: docs/reference/vendors/fcm.md#requests"""
    assert push(fcm, context, {"token": "abcd", **fields}).code == "ok"


@pytest.mark.parametrize("name", ["validate_only", "validateOnly"])
def test_delivers_nothing_that_is_only_validated(name: str, fcm: Fcm, context: SandboxContext) -> None:
    response = push(fcm, context, {"token": "abcd"}, **{name: True})
    assert (response.code, list(response.push.accepted)) == ("ok", [])


def test_the_last_spelling_of_a_field_counts(fcm: Fcm, context: SandboxContext) -> None:
    bad, good = {"collapse_key": 7}, {"collapseKey": "c"}
    for android, code in (({**bad, **good}, "ok"), ({**good, **bad}, "INVALID_ARGUMENT")):
        assert push(fcm, context, {"token": "abcd", "android": android}).code == code


@pytest.mark.parametrize(
    "fields",
    [
        {"android": {"notification": {"channelID": "x"}}},
        {"android": {"colour": "x"}},
        {"Android": {}},
        {"android": {}, "androidV2": {}},
        {"data": {"gcm.notification.x": "y"}},
        {"data": {"messageType": 7}},
    ],
)
def test_rejects_unknown_fields(fields: dict[str, Any], fcm: Fcm, context: SandboxContext) -> None:
    assert push(fcm, context, {"token": "abcd", **fields}).code == "INVALID_ARGUMENT"


@pytest.mark.parametrize(
    "fields",
    [
        {"data": {"gcm.x": "y", "myKey": "z", "messageType": "t"}},
        {"webpush": {"notification": {"requireInteraction": True}}},
        {"apns": {"payload": {"aps": {}, "myKey": {"innerKey": 1}}}},
        {"android_v2": {"remote_notification": {}}},
    ],
)
def test_accepts_the_senders_own_keys_unchanged(
    fields: dict[str, Any], fcm: Fcm, context: SandboxContext
) -> None:
    assert push(fcm, context, {"token": "abcd", **fields}).code == "ok"
