"""Bad input gets a 4xx problem document that names each bad field, and stores nothing. It never gets a 500."""

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.support.api.bad_messages import BAD_MESSAGES
from tests.support.api.bodies import GOOD, TOKEN, but
from tests.support.api.clients import ApiClients
from tests.support.api.problems import named

from pushgate.sandbox.credentials import Credentials
from pushgate.sandbox.vendors.webpush_browsers import Browsers


@pytest.mark.parametrize(("body", "fields"), BAD_MESSAGES.values(), ids=BAD_MESSAGES.keys())
async def test_a_bad_message_is_refused_by_field(
    clients: ApiClients, body: dict[str, Any], fields: set[str]
) -> None:
    answer = await clients.shop.post("/v1/messages", json=body)
    assert answer.status_code == 422, answer.text
    assert named(answer) == fields
    assert (await clients.context.stores.message_index.counts())["scheduled"] == 0


async def test_a_change_and_a_registration_tell_all_faults_at_once(clients: ApiClients) -> None:
    message = (await clients.shop.post("/v1/messages", json=GOOD)).json()["id"]
    change = {
        "push_time": "2020-01-01T00:00:00Z",
        "content": {"xx": {"title": "t", "body": 1}},
        "audience": {},
    }
    refused = await clients.shop.patch(f"/v1/messages/{message}", json=change)
    assert named(refused) == {"push_time", "content.xx", "content.xx.body", "audience"}
    terminal = {"vendor": "apns", "token": "no-hex", "user": 7}
    for method in ("PUT", "PATCH"):
        assert named(await clients.shop.request(method, "/v1/terminals/t", json=terminal)) == {
            "token",
            "user",
        }
    lines = json.dumps({**terminal, "id": "t"})
    imported = await clients.shop.post(
        "/v1/terminals:import", content=lines, headers={"Content-Type": "application/x-ndjson"}
    )
    (line,) = imported.json()["errors"]
    assert {error["field"] for error in line["errors"]} == {"token", "user"}


async def test_faults_of_many_tokens_are_listed_up_to_a_bound(clients: ApiClients) -> None:
    many = {"audience": {"tokens": [{"vendor": "apns", "token": "no-hex"}] * 900}}
    for body in (but(**many), but(**many, colour="red")):
        answer = await clients.shop.post("/v1/messages", json=body)
        assert len(answer.json()["errors"]) == 100
        assert "the first 100 are listed" in answer.json()["detail"]


@pytest.mark.parametrize(
    "body",
    [b"[" + b"1," * 40_000 + b"1]", b"{" + b",".join(b'"k%d":1' % n for n in range(8_000)) + b"}"],
    ids=["a list of nonsense", "nothing but unknown fields"],
)
async def test_endless_faults_cost_no_endless_answer(clients: ApiClients, body: bytes) -> None:
    for path in ("/v1/callbacks/click", "/v1/messages"):
        answer = await clients.shop.post(path, content=body, headers={"Content-Type": "application/json"})
        assert answer.status_code == 422
        assert len(answer.content) < 20_000


async def test_one_bad_item_of_a_batch_does_not_hide_what_became_of_the_others(clients: ApiClients) -> None:
    bad = but(options={"huawei": {"badge_add": 10**30}})
    results = (await clients.shop.post("/v1/messages:batch", json={"messages": [GOOD, bad]})).json()[
        "results"
    ]
    assert [result["status"] for result in results] == [202, 422]


async def test_tokens_of_a_vendor_the_app_lacks_are_refused_at_once(clients: ApiClients) -> None:
    body = but(audience={"tokens": [{"vendor": "apns", "token": TOKEN}, {"vendor": "fcm", "token": "abcd"}]})
    answer = await clients.other.post(
        "/v1/messages", json={**body, "content": {"zh-Hans": {"title": "t", "body": "b"}}}
    )
    assert answer.status_code == 422
    assert named(answer) == {"audience.tokens.1.vendor"}


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
    assert named(answer) == {"content.en.title"}
    told = {error["message"] for error in answer.json()["errors"]}
    assert "has 60 characters, the vendor takes 49 (xiaomi)" in told
    body = but(content=long, default_language="en", options={"on_too_long": "truncate"})
    assert (await clients.shop.post("/v1/messages", json=body)).status_code == 202


async def test_what_no_vendor_that_is_meant_can_carry_is_refused(clients: ApiClients) -> None:
    xiaomi = {"tokens": [{"vendor": "xiaomi", "token": "abcdefgh"}]}
    long = {"en": {"title": "t" * 60, "body": "b"}}
    answer = await clients.shop.post("/v1/messages", json=but(content=long, audience=xiaomi))
    assert answer.status_code == 422
    assert named(answer) == {"content.en.title"}
    silent = but(audience={"tokens": [{"vendor": "vivo", "token": "a" * 23}]}, options={"silent": True})
    answer = await clients.shop.post("/v1/messages", json=silent)
    assert named(answer) == {"options.silent"}


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
        assert named(answer) == {"token"}


async def test_a_refusal_never_repeats_a_token(clients: ApiClients) -> None:
    secret = "not-hex-but-secret"
    body = but(audience={"tokens": [{"vendor": "apns", "token": secret}]})
    assert secret not in (await clients.shop.post("/v1/messages", json=body)).text
    terminal = {"vendor": "apns", "token": secret, "language": "en"}
    assert secret not in (await clients.shop.put("/v1/terminals/t1", json=terminal)).text


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"not json",
        b'{"content": }',
        b"\xff\xfe\x00",
        b'{"content": {"en": {"title": "\xc3\x28", "body": "b"}}, "audience": {"all": true}}',
        b'{"content": {"en": {"title": "\\ud800", "body": "b"}}, "audience": {"all": true}}',
        b"[" * 50_000,
    ],
    ids=["empty", "cut off", "words", "no value", "no UTF-8", "bad UTF-8", "lone surrogate", "too deep"],
)
@pytest.mark.parametrize("path", ["/v1/messages", "/v1/messages:batch"])
async def test_what_is_no_json_is_a_400(clients: ApiClients, body: bytes, path: str) -> None:
    answer = await clients.shop.post(path, content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 400, answer.text
    assert named(answer) == set()
    assert "JSON" in answer.json()["detail"]


@pytest.mark.parametrize("body", [b"[]", b"3", b"null", b'"text"', b"1e400", b"[1, 2]"])
async def test_json_that_is_no_object_is_refused(clients: ApiClients, body: bytes) -> None:
    answer = await clients.shop.post(
        "/v1/messages", content=body, headers={"Content-Type": "application/json"}
    )
    assert answer.status_code in (400, 422), answer.text
    named(answer)


async def test_a_body_over_the_limit_is_refused_while_it_comes(clients: ApiClients) -> None:
    given_out = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal given_out
        for _ in range(1000):
            given_out += 10_000
            yield b" " * 10_000

    answer = await clients.shop.post(
        "/v1/messages", content=endless(), headers={"Content-Type": "application/json"}
    )
    assert answer.status_code == 413
    assert "100000" in answer.json()["detail"]
    named(answer)


async def test_another_media_type_is_refused(clients: ApiClients) -> None:
    answer = await clients.shop.post(
        "/v1/messages", content=json.dumps(GOOD), headers={"Content-Type": "text/plain"}
    )
    assert answer.status_code == 415
    assert "application/json" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/v1/nothing", 404),
        ("GET", "/", 404),
        ("DELETE", "/v1/messages", 405),
        ("PUT", "/healthz", 405),
    ],
)
async def test_unknown_paths_and_methods_are_problems_too(
    clients: ApiClients, method: str, path: str, status: int
) -> None:
    answer = await clients.shop.request(method, path)
    assert answer.status_code == status
    named(answer)


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("limit=0", "limit"),
        ("limit=101", "limit"),
        ("limit=x", "limit"),
        ("status=gone", "status"),
        ("cursor=x", "cursor"),
    ],
)
async def test_bad_query_parameters_are_named(clients: ApiClients, query: str, field: str) -> None:
    answer = await clients.shop.get(f"/v1/messages?{query}")
    assert answer.status_code == 422
    assert named(answer) == {field}


@pytest.mark.parametrize("key", ["", "x" * 256, "with space", "tab\t"])
async def test_a_bad_idempotency_key_is_named(clients: ApiClients, key: str) -> None:
    answer = await clients.shop.post("/v1/messages", json=GOOD, headers={"Idempotency-Key": key})
    assert answer.status_code == 422
    assert named(answer) == {"Idempotency-Key"}


@pytest.mark.parametrize(
    ("terminal_id", "body", "fields"),
    [
        ("t1", {}, {"vendor", "token"}),
        ("t1", {"vendor": "apns", "token": TOKEN, "colour": "red"}, {"colour"}),
        ("t1", {"vendor": "apns", "token": 5}, {"token"}),
        ("t1", {"vendor": "apns", "token": ""}, {"token"}),
        ("t1", {"vendor": "apns", "token": "xyz"}, {"token"}),
        ("t1", {"vendor": "nokia", "token": TOKEN}, {"vendor"}),
        ("t1", {"vendor": "apns", "token": TOKEN, "language": "zzzz"}, {"language"}),
        ("t1", {"vendor": "apns", "token": TOKEN, "tags": "vip"}, {"tags"}),
        ("t1", {"vendor": "apns", "token": TOKEN, "tags": [""]}, {"tags.0"}),
        ("t1", {"vendor": "apns", "token": TOKEN, "user": "a\x00"}, {"user"}),
        ("t1", {"vendor": "apns", "token": TOKEN, "timezone": "Mars and Venus"}, {"timezone"}),
        ("t1", {"vendor": "apns", "token": TOKEN, "timezone": "Mars/Olympus"}, {"timezone"}),
        ("a b", {"vendor": "apns", "token": TOKEN}, {"terminal_id"}),
        ("x" * 129, {"vendor": "apns", "token": TOKEN}, {"terminal_id"}),
    ],
)
async def test_a_bad_terminal_is_refused_by_field(
    clients: ApiClients, terminal_id: str, body: dict[str, Any], fields: set[str]
) -> None:
    answer = await clients.shop.put(f"/v1/terminals/{terminal_id}", json=body)
    assert answer.status_code == 422, answer.text
    assert named(answer) == fields


async def test_a_vendor_the_app_is_not_set_up_for_is_refused(clients: ApiClients) -> None:
    answer = await clients.other.put("/v1/terminals/t1", json={"vendor": "fcm", "token": "abcd"})
    assert answer.status_code == 422
    assert named(answer) == {"vendor"}


async def test_bad_lines_of_an_import_are_told_by_number_and_do_not_stop_the_others(
    clients: ApiClients,
) -> None:
    lines = [
        json.dumps({"id": "t1", "vendor": "apns", "token": TOKEN}).encode(),
        b"not json",
        b"",
        json.dumps({"id": "t2", "vendor": "apns", "token": "xyz"}).encode(),
        b"\xff\xff",
        json.dumps({"id": "t3", "vendor": "apns", "token": TOKEN[:-2], "colour": 1}).encode(),
        b'"' + b"x" * 70_000 + b'"',
        json.dumps({"id": "t4", "vendor": "fcm", "token": "abcd"}).encode(),
    ]
    answer = await clients.shop.post(
        "/v1/terminals:import", content=b"\n".join(lines), headers={"Content-Type": "application/x-ndjson"}
    )
    assert answer.status_code == 200, answer.text
    told = answer.json()
    assert (told["created"], told["updated"], told["failed"]) == (2, 0, 5)
    assert {item["line"]: {error["field"] for error in item["errors"]} for item in told["errors"]} == {
        2: {"line"},
        4: {"token"},
        5: {"line"},
        6: {"colour"},
        7: {"line"},
    }


@pytest.mark.parametrize(
    "body", [{}, {"messages": []}, {"messages": 3}, {"messages": [], "more": 1}, {"messages": [{}] * 1001}]
)
async def test_a_bad_batch_is_refused_whole(clients: ApiClients, body: dict[str, Any]) -> None:
    answer = await clients.shop.post("/v1/messages:batch", json=body)
    assert answer.status_code == 422, answer.text
    assert named(answer)


@pytest.mark.parametrize(
    ("body", "status", "fields"),
    [
        ({}, 422, {"token", "terminal"}),
        ({"token": "x", "terminal": "t", "more": 1}, 422, {"more"}),
        ({"token": 5, "terminal": "t"}, 422, {"token"}),
        ([{"token": "x"}], 422, {"0.terminal"}),
        ({"token": "forged", "terminal": "t"}, 403, {"token"}),
        ([{"token": "shop.m.AAAA", "terminal": "t"}] * 2, 403, {"0.token", "1.token"}),
        ([{"token": "x", "terminal": "t"}] * 1001, 422, {"body"}),
    ],
)
@pytest.mark.parametrize("kind", ["click", "received"])
async def test_bad_receipts_are_refused(
    clients: ApiClients, kind: str, body: object, status: int, fields: set[str]
) -> None:
    answer = await clients.anyone.post(f"/v1/callbacks/{kind}", json=body)
    assert answer.status_code == status, answer.text
    assert named(answer) == fields


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "Bearer",
        "Bearer ",
        "Bearer nonsense",
        "Basic abc",
        "Bearer pg_abc_def",
        "Bearer pg__",
        "Bearer pg_\x7f_x",
    ],
)
async def test_without_a_valid_key_there_is_a_401(clients: ApiClients, header: str | None) -> None:
    headers = {} if header is None else {"Authorization": header}
    for method, path in (("POST", "/v1/messages"), ("GET", "/v1/messages/x"), ("PUT", "/v1/terminals/t")):
        answer = await clients.anyone.request(method, path, headers=headers)
        assert answer.status_code == 401, (path, answer.text)
        assert answer.headers["www-authenticate"].startswith("Bearer")
        named(answer)


async def test_a_key_without_the_scope_gets_a_403(clients: ApiClients) -> None:
    answer = await clients.reader.post("/v1/messages", json=GOOD)
    assert answer.status_code == 403
    assert "push" in answer.json()["detail"]
    assert (await clients.reader.put("/v1/terminals/t", json={})).status_code == 403
    assert (await clients.reader.get("/v1/messages")).status_code == 200


anything: st.SearchStrategy[object] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=10,
)
mangled = st.fixed_dictionaries(
    {},
    optional={
        "content": anything | st.dictionaries(st.sampled_from(["en", "zh", "xx", ""]), anything, max_size=2),
        "default_language": anything,
        "push_time": anything | st.datetimes().map(lambda at: at.isoformat() + "Z"),
        "audience": anything
        | st.dictionaries(st.sampled_from(["all", "terminals", "users", "tokens"]), anything, max_size=2),
        "options": anything
        | st.dictionaries(
            st.sampled_from(["ttl", "apns", "fcm", "xiaomi", "priority"]), anything, max_size=3
        ),
    },
)


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=mangled | anything)
async def test_no_json_whatever_gives_a_500(clients: ApiClients, body: object) -> None:
    for path in ("/v1/messages", "/v1/callbacks/click"):
        raw = json.dumps(body).encode()
        answer = await clients.shop.post(path, content=raw, headers={"Content-Type": "application/json"})
        assert answer.status_code < 500, (path, body, answer.text)
        if answer.status_code >= 400:
            named(answer)


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    body=st.binary(max_size=200),
    path=st.sampled_from(["/v1/messages", "/v1/messages:batch", "/v1/callbacks/received"]),
)
async def test_no_bytes_whatever_give_a_500(clients: ApiClients, body: bytes, path: str) -> None:
    answer = await clients.shop.post(path, content=body, headers={"Content-Type": "application/json"})
    assert 400 <= answer.status_code < 500
    named(answer)
