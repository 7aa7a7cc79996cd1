"""The simulated v3 of Huawei checks what Huawei checks of each type of push."""

import json
from collections.abc import Mapping

import jwt
import pytest
from tests.support.vendor_requests import NONE_REJECTED, NOW, json_request

from pushgate.sandbox.exchange import SandboxResponse
from pushgate.sandbox.simulated_vendor import SandboxContext
from pushgate.sandbox.vendors.harmony import Harmony


def push(
    context: SandboxContext, push_type: str, payload: object, options: Mapping[str, object]
) -> SandboxResponse:
    """Source: docs/reference/vendors/harmony.md#requests"""
    harmony = Harmony(context)
    account = json.loads(harmony.service_account.file.read_text("utf-8"))
    issued_at = int(NOW.timestamp())
    claims = {
        "iss": account["sub_account"],
        "aud": "https://oauth-login.cloud.huawei.com/oauth2/v3/token",
        "iat": issued_at,
        "exp": issued_at + 3600,
    }
    token = jwt.encode(claims, account["private_key"], "PS256", {"kid": account["key_id"], "typ": "JWT"})
    body = {"payload": payload, "target": {"token": ["abcd"]}, "pushOptions": options}
    path = f"/v3/{harmony.service_account.project_id}/messages:send"
    headers = {"authorization": f"Bearer {token}", "push-type": push_type}
    return harmony.respond(json_request(path, headers, body), NONE_REJECTED)


TEXTS = {"title": "t", "body": "b"}
ALERT = {**TEXTS, "category": "IM", "clickAction": {"actionType": 0}}
CARD = {"formId": 1, "version": 0, "moduleName": "m", "formName": "f", "abilityName": "a", "formData": {}}
PICTURE = {"keyName": "a", "url": "https://example.com/a.png"}
LIVE_NOTIFICATION = {
    "type": 4,
    "contentTitle": "t",
    "contentText": [{"text": "{{status}}"}],
    "clickAction": {"actionType": 0, "data": {"pushgate": "cb"}},
}


def live(notification: Mapping[str, object] | None = None, **changes: object) -> dict[str, object]:
    base = {"activityId": 1, "operation": 0, "event": "TAXI", "status": "CALLING"}
    return {
        **base,
        "activityData": {"notificationData": {**LIVE_NOTIFICATION, **(notification or {})}},
        **changes,
    }


@pytest.mark.parametrize(
    ("push_type", "payload", "options", "code"),
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
def test_checks_every_type_of_push(
    push_type: str, payload: object, options: Mapping[str, object], code: str, context: SandboxContext
) -> None:
    response = push(context, push_type, payload, options)
    assert (response.code, bool(response.push.accepted)) == (code, code == "80000000")
    assert push_type != "7" or not response.push.accepted or response.push.callback_token == "cb"
