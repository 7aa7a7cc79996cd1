"""A message that cannot be sent as it is meant is refused, with the fields that are wrong."""

import json
from typing import Any

import pytest
from tests.support.api.bad_messages import BAD_MESSAGES
from tests.support.api.bodies import TOKEN, but
from tests.support.api.clients import ApiClients
from tests.support.api.problems import bad_fields

from pushgate.sandbox.credentials import Credentials
from pushgate.sandbox.vendors.webpush_browsers import Browsers


@pytest.mark.parametrize(("body", "fields"), BAD_MESSAGES.values(), ids=BAD_MESSAGES.keys())
async def test_a_bad_message_is_refused_by_field(
    clients: ApiClients, body: dict[str, Any], fields: set[str]
) -> None:
    answer = await clients.shop.post("/v1/messages", json=body)
    assert answer.status_code == 422, answer.text
    assert bad_fields(answer) == fields
    assert (await clients.context.stores.message_index.counts())["scheduled"] == 0


async def test_tokens_of_a_vendor_the_app_lacks_are_refused_at_once(clients: ApiClients) -> None:
    body = but(audience={"tokens": [{"vendor": "apns", "token": TOKEN}, {"vendor": "fcm", "token": "abcd"}]})
    answer = await clients.other.post(
        "/v1/messages", json={**body, "content": {"zh-Hans": {"title": "t", "body": "b"}}}
    )
    assert answer.status_code == 422
    assert bad_fields(answer) == {"audience.tokens.1.vendor"}


async def test_what_one_vendor_cannot_carry_is_refused_only_if_the_caller_wants_that(
    clients: ApiClients,
) -> None:
    long = {"en": {"title": "t" * 60, "body": "b"}, "zh-Hans": {"title": "short", "body": "b"}}
    taken = await clients.shop.post("/v1/messages", json=but(content=long, default_language="en"))
    assert taken.status_code == 202
    warning = {"field": "content.en.title", "message": "has 60 characters, the vendor takes 49 (xiaomi)"}
    assert warning in taken.json()["warnings"], "vendor, language, field, limit and length"
    body = but(content=long, default_language="en", options={"on_too_long": "refuse"})
    answer = await clients.shop.post("/v1/messages", json=body)
    assert answer.status_code == 422
    assert bad_fields(answer) == {"content.en.title"}
    told = {error["message"] for error in answer.json()["errors"]}
    assert "has 60 characters, the vendor takes 49 (xiaomi)" in told
    body = but(content=long, default_language="en", options={"on_too_long": "truncate"})
    assert (await clients.shop.post("/v1/messages", json=body)).status_code == 202


async def test_what_no_vendor_that_is_meant_can_carry_is_refused(clients: ApiClients) -> None:
    xiaomi = {"tokens": [{"vendor": "xiaomi", "token": "abcdefgh"}]}
    long = {"en": {"title": "t" * 60, "body": "b"}}
    answer = await clients.shop.post("/v1/messages", json=but(content=long, audience=xiaomi))
    assert answer.status_code == 422
    assert bad_fields(answer) == {"content.en.title"}
    silent = but(audience={"tokens": [{"vendor": "vivo", "token": "a" * 23}]}, options={"silent": True})
    answer = await clients.shop.post("/v1/messages", json=silent)
    assert bad_fields(answer) == {"options.silent"}


async def test_a_browsers_subscription_is_a_token_as_it_is(
    clients: ApiClients, credentials: Credentials
) -> None:
    browser = Browsers(credentials).named("firefox")
    given = {"vendor": "webpush", "token": json.dumps(browser.subscription()), "language": "en"}
    answer = await clients.shop.put("/v1/terminals/web-1", json=given)
    assert answer.status_code in (200, 201), answer.text
    assert answer.json()["token"] == browser.token
    for wrong in ("{}", '{"endpoint": "https://push.example/x"}', "https://push.example/x"):
        answer = await clients.shop.put("/v1/terminals/web-1", json={**given, "token": wrong})
        assert answer.status_code == 422
        assert bad_fields(answer) == {"token"}


async def test_a_refusal_never_repeats_a_token(clients: ApiClients) -> None:
    secret = "not-hex-but-secret"
    body = but(audience={"tokens": [{"vendor": "apns", "token": secret}]})
    assert secret not in (await clients.shop.post("/v1/messages", json=body)).text
    terminal = {"vendor": "apns", "token": secret, "language": "en"}
    assert secret not in (await clients.shop.put("/v1/terminals/t1", json=terminal)).text
