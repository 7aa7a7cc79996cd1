"""HTTP as it is meant: methods, paths, request ids; and what the logs say of requests."""

import json
import logging
from collections.abc import Iterator
from dataclasses import replace
from typing import cast

import pytest
from tests.support.adapters.receipts import HUAWEI, statuses, v1
from tests.support.api.bodies import GOOD
from tests.support.api.clients import ApiClients, with_context
from tests.support.api.operations import OPERATIONS, filled
from tests.support.api.receipts import post_callback

from pushgate.api.paths import decode
from pushgate.apps.catalog import AppCatalog
from pushgate.runtime import logs

GETS = [name.removeprefix("GET ") for name in OPERATIONS.values() if name.startswith("GET")]


@pytest.mark.parametrize("path", [*GETS, "/openapi.json", "/v1/nothing"])
async def test_head_is_get_without_a_body(clients: ApiClients, path: str) -> None:
    got, asked = await clients.shop.get(filled(path)), await clients.shop.head(filled(path))
    assert asked.status_code == got.status_code
    assert asked.headers["content-type"] == got.headers["content-type"]
    assert asked.content == b""


async def test_head_of_what_only_takes_a_post_is_refused(clients: ApiClients) -> None:
    assert (await clients.shop.head("/v1/messages:batch")).status_code == 405


@pytest.mark.parametrize("path", sorted({name.partition(" ")[2] for name in OPERATIONS.values()}))
async def test_allow_names_every_method(clients: ApiClients, path: str) -> None:
    answer = await clients.shop.request("TRACE", filled(path))
    assert answer.status_code == 405
    methods = {name.partition(" ")[0] for name in OPERATIONS.values() if name.partition(" ")[2] == path}
    methods |= {"HEAD"} if "GET" in methods else set()
    methods |= {"OPTIONS"} if "/callbacks/" in path else set()
    assert answer.headers["allow"] == ", ".join(sorted(methods))


@pytest.mark.parametrize(
    ("path", "decoded"),
    [
        (b"/v1/terminals/a%2Fb", "/v1/terminals/a%2Fb"),
        (b"/v1/terminals/a%2fb%20c", "/v1/terminals/a%2Fb c"),
        (b"/v1/terminals/%E2%82%AC%2F", "/v1/terminals/€%2F"),
        (b"/", "/"),
    ],
)
def test_an_encoded_slash_is_no_separator(path: bytes, decoded: str) -> None:
    assert decode(path) == decoded


async def test_an_encoded_slash_leads_to_no_other_call(clients: ApiClients) -> None:
    message_id = (await clients.shop.post("/v1/messages", json=GOOD)).json()["id"]
    answer = await clients.shop.post(f"/v1/messages/{message_id}%2Fcancel")
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD, PATCH")
    assert (await clients.shop.get(f"/v1/messages/{message_id}%2fresults")).status_code == 404
    terminal = {"vendor": "apns", "token": "a1" * 32}
    refused = await clients.shop.put("/v1/terminals/a%2Fb", json=terminal)
    assert refused.json()["errors"][0]["field"] == "terminal_id"


@pytest.mark.parametrize(
    "given", ["req-17", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", "x" * 128]
)
async def test_the_callers_request_id_is_answered(clients: ApiClients, given: str) -> None:
    answer = await clients.shop.get("/v1/messages", headers={"X-Request-Id": given})
    assert answer.headers["x-request-id"] == given


@pytest.mark.parametrize("given", [None, "", "x" * 129, "two words", 'quote"', "k\xe4se"])
async def test_a_request_without_a_good_id_gets_one(clients: ApiClients, given: str | None) -> None:
    headers = [(b"X-Request-Id", given.encode("latin-1"))] if given is not None else []
    seen = set()
    for path in ("/v1/messages", "/v1/nothing", "/healthz"):
        answer = await clients.anyone.get(path, headers=headers)
        assert answer.headers["x-request-id"].isalnum()
        assert len(answer.headers["x-request-id"]) == 16
        seen.add(answer.headers["x-request-id"])
    assert len(seen) == 3


@pytest.fixture
def told(capsys: pytest.CaptureFixture[str]) -> list[dict[str, object]]:
    """The lines that are logged, once the test asks for them."""
    logs.configure("info", "json", "api")

    class Lines(list[dict[str, object]]):
        def __iter__(self) -> Iterator[dict[str, object]]:
            self.extend(json.loads(line) for line in capsys.readouterr().err.splitlines())
            return super().__iter__()

    return Lines()


async def test_a_request_is_one_line(clients: ApiClients, told: list[dict[str, object]]) -> None:
    created = await clients.shop.post("/v1/messages", json=GOOD, headers={"X-Request-Id": "req-17"})
    (line,) = told
    assert (
        line.items()
        >= {
            "action": "request",
            "request": "req-17",
            "method": "POST",
            "route": "/v1/messages",
            "status": 202,
            "client": "127.0.0.1",
            "app": "shop",
            "message": created.json()["id"],
        }.items()
    )


async def test_every_line_of_a_request_carries_its_id(
    clients: ApiClients, told: list[dict[str, object]]
) -> None:
    clients.context.catalog.apps["shop"].vendors["huawei"].adapter.receipt_parser = HUAWEI
    answer = await post_callback(clients, "huawei", statuses(v1(0, biTag="m")), **{"X-Request-Id": "req-18"})
    assert answer.status_code == 403
    lines = list(told)
    assert [line["action"] for line in lines] == ["receipt_refused", "request"]
    assert {line["request"] for line in lines} == {"req-18"}


async def test_a_request_that_fails_is_told_as_all_others(
    clients: ApiClients, told: list[dict[str, object]]
) -> None:
    """A fault of our own: the settings of the app are broken."""
    broken = with_context(clients, replace(clients.context, catalog=cast("AppCatalog", None)))
    answer = await broken.shop.get("/v1/messages", headers={"X-Request-Id": "req-19"})
    assert (answer.status_code, answer.json()["code"]) == (500, "internal_error")
    assert answer.headers["x-request-id"] == "req-19"
    lines = list(told)
    assert [line["action"] for line in lines] == ["request_failed", "request"]
    assert {line["request"] for line in lines} == {"req-19"}


async def test_no_secret_is_in_a_line(clients: ApiClients, told: list[dict[str, object]]) -> None:
    secret = clients.context.callbacks.path("huawei", "shop").rpartition("/")[2]
    key = clients.shop.headers["Authorization"].partition(" ")[2]
    await clients.anyone.post(f"/v1/receipts/huawei/shop/{secret}", content=b"{}")
    await clients.anyone.post(f"/v1/receipts/huawei/nobody/{secret}", content=b"{}")
    await clients.shop.get(f"/v1/messages?api_key={key}")
    await clients.shop.get("/v1/terminals/a-push-token-for-an-id")
    await clients.shop.get(f"/unknown/{key}")
    written = json.dumps(list(told))
    assert '"/v1/receipts/{vendor}/{app}/{secret}"' in written
    for hidden in (secret, key, "a-push-token-for-an-id"):
        assert hidden not in written


async def test_probes_are_silent_and_lines_are_bounded(
    clients: ApiClients, told: list[dict[str, object]]
) -> None:
    for path in ("/healthz", "/readyz", "/status", "/metrics"):
        await clients.anyone.get(path)
    assert list(told) == []
    for _ in range(3 * clients.context.settings.access_log):
        await clients.anyone.get("/v1/nothing")
    assert len(list(told)) < 3 * clients.context.settings.access_log


def test_lines_that_are_left_out_are_counted() -> None:
    now = 100.0
    limit = logs.RateLimit(2, lambda: now)
    assert [limit.take() for _ in range(5)] == [0, 0, None, None, None]
    now += 1
    assert [limit.take() for _ in range(3)] == [3, 0, None]


async def test_a_librarys_line_is_structured_too(told: list[dict[str, object]]) -> None:
    logging.getLogger("some.library").warning("trouble with %s", "x")
    (line,) = told
    assert (line["event"], line["action"], line["part"]) == ("trouble with x", "library", "some.library")
