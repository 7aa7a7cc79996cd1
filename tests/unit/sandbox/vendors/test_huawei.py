"""The simulated Huawei and its token endpoint check what Huawei checks, in Huawei's form."""

import json
from collections.abc import Mapping

import pytest
from tests.support.vendor_requests import NONE_REJECTED, bearer, form_request, json_request

from pushgate.sandbox.exchange import SandboxResponse
from pushgate.sandbox.simulated_vendor import SandboxContext
from pushgate.sandbox.vendors.huawei import Huawei

TEXTS = {"title": "t", "body": "b"}
OPENS_APP = {"click_action": {"type": 3}}


@pytest.fixture(scope="module")
def huawei(context: SandboxContext) -> Huawei:
    return Huawei(context)


def send(huawei: Huawei, authorization: str, message: Mapping[str, object]) -> SandboxResponse:
    path = f"/v1/{huawei.app_id}/messages:send"
    request = json_request(path, {"authorization": authorization}, {"message": message})
    return huawei.respond(request, NONE_REJECTED)


def push(huawei: Huawei, context: SandboxContext, message: Mapping[str, object]) -> SandboxResponse:
    return send(huawei, bearer(context, "huawei"), message)


def notification(tokens: list[str] | None = None, **android: object) -> dict[str, object]:
    """A message with a notification that opens the app;

    `android` replaces fields of its section.
    """
    return {
        "android": {"ttl": "60s", "notification": {**TEXTS, **OPENS_APP}, **android},
        "token": ["abcd"] if tokens is None else tokens,
    }


def shown(**changes: object) -> dict[str, object]:
    return {"notification": {**TEXTS, **OPENS_APP, **changes}}


def test_names_dead_tokens_in_its_own_form(huawei: Huawei, context: SandboxContext) -> None:
    partial = push(huawei, context, notification(["aaaa", "dead1", "bbbb"]))
    body = json.loads(partial.body)
    assert (body["code"], json.loads(body["msg"])["illegal_tokens"]) == ("80100000", ["dead1"])
    assert list(partial.push.accepted) == ["aaaa", "bbbb"]
    assert json.loads(push(huawei, context, notification()).body)["code"] == "80000000"
    assert push(huawei, context, notification(["dead1"])).code == "80300007"


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
def test_rejects(
    android: dict[str, object], tokens: list[str] | None, code: str, huawei: Huawei, context: SandboxContext
) -> None:
    response = push(huawei, context, notification(tokens, **android))
    assert (response.code, list(response.push.accepted)) == (code, [])


def test_accepts_data_alone(huawei: Huawei, context: SandboxContext) -> None:
    """Source: docs/reference/vendors/huawei.md#requests"""
    response = push(huawei, context, {"data": '{"pushgate": "cb"}', "token": ["abcd"]})
    assert (response.code, list(response.push.accepted)) == ("80000000", ["abcd"])
    assert response.push.callback_token == "cb"


def test_rejects_a_wrong_access_token(huawei: Huawei) -> None:
    assert send(huawei, "Bearer wrong", notification()).status == 401


@pytest.mark.parametrize(("secret", "status"), [(None, 200), ("wrong", 400)])
def test_issues_access_tokens_for_its_secret_only(secret: str | None, status: int, huawei: Huawei) -> None:
    form = {
        "grant_type": "client_credentials",
        "client_id": huawei.app_id,
        "client_secret": secret or huawei.app_secret,
    }
    assert huawei.respond(form_request("/oauth2/v3/token", {}, form), NONE_REJECTED).status == status


@pytest.mark.parametrize(
    ("message", "code", "targets"),
    [
        ({"notification": TEXTS, "token": ["abcd"]}, "80000000", ["abcd"]),
        ({"notification": TEXTS, "android": {"ttl": "60s"}, "token": ["abcd"]}, "80000000", ["abcd"]),
        (
            {"notification": TEXTS, "android": {"notification": OPENS_APP}, "token": ["abcd"]},
            "80000000",
            ["abcd"],
        ),
        (
            {
                "notification": {"title": "t"},
                "android": {"notification": {**OPENS_APP, "body": "b"}},
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
def test_reads_outer_notifications_topics_and_conditions(
    message: Mapping[str, object],
    code: str,
    targets: list[str] | None,
    huawei: Huawei,
    context: SandboxContext,
) -> None:
    response = push(huawei, context, message)
    assert response.code == code
    assert bool(response.push.accepted) == (code == "80000000")
    if targets is not None:
        assert list(response.push.tokens) == targets
