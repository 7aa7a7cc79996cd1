"""What every answer of the console has, and under which names it answers at all."""

from dataclasses import replace

import pytest
from tests.support.api.clients import ApiClients
from tests.support.console.client import ConsoleClient

from pushgate.settings.api import ApiSettings
from pushgate.settings.console import ConsoleSettings

_POLICY = "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'"


@pytest.mark.parametrize(
    ("host", "is_known"),
    [
        ("localhost", True),
        ("LOCALHOST:8080", True),
        ("localhost.", True),
        ("127.0.0.1:9", True),
        ("[::1]:8080", True),
        ("console.example:8443", True),
        ("push.example", True),
        ("10.0.0.5", True),
        ("evil.example", False),
        ("localhost.evil.example", False),
        ("127.0.0.1.evil.example", False),
        ("evil.example@localhost", False),
        ("localhost@evil.example", False),
        ("[::1].evil.example", False),
        ("", False),
    ],
)
async def test_a_name_that_is_not_the_consoles_is_refused(
    clients: ApiClients, host: str, *, is_known: bool
) -> None:
    api = ApiSettings(host="10.0.0.5", public_url="https://push.example/gate")
    browser = ConsoleClient(
        replace(clients.context, settings=api), settings=ConsoleSettings(hosts=("console.example",))
    )
    answer = await browser.get("/sign-in", Host=host)
    assert answer.status_code == (200 if is_known else 421)
    assert is_known or "console.hosts" in answer.text


async def test_the_api_answers_under_every_name(clients: ApiClients) -> None:
    browser = ConsoleClient(clients.context)
    assert (await browser.get("/healthz", Host="elsewhere.example")).status_code == 200
    assert (await browser.get("/v1/messages", Host="elsewhere.example")).status_code == 401


@pytest.mark.parametrize("path", ["/", "/sign-in", "/link/x", "/nothing", "/assets/nothing.js", "/sign-in/x"])
async def test_every_answer_has_the_headers_that_bound_a_page(browser: ConsoleClient, path: str) -> None:
    answer = await browser.get(path)
    assert answer.headers["content-security-policy"] == _POLICY
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "same-origin"
    assert answer.headers["cross-origin-opener-policy"] == "same-origin"
    assert answer.headers["x-request-id"]


async def test_pages_are_stored_nowhere(browser: ConsoleClient, shop_key: str) -> None:
    await browser.sign_in(shop_key)
    assert (await browser.get("/")).headers["cache-control"] == "no-store"


async def test_files_are_kept_for_good_and_sent_compressed(browser: ConsoleClient) -> None:
    page = (await browser.get("/sign-in")).text
    path = page.partition('<link rel="stylesheet" href="')[2].partition('"')[0]
    plain = await browser.get(path, **{"Accept-Encoding": "identity"})
    packed = await browser.get(path, **{"Accept-Encoding": "br, gzip"})
    assert "immutable" in plain.headers["cache-control"]
    assert packed.headers["content-encoding"] == "gzip"
    assert packed.content == plain.content
    assert int(packed.headers["content-length"]) < int(plain.headers["content-length"]) / 3


async def test_programs_get_a_problem_document_where_there_is_no_page(browser: ConsoleClient) -> None:
    answer = await browser.get("/nothing", Accept="application/json")
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert "no such page" in (await browser.get("/nothing")).text


async def test_without_the_console_there_is_the_api_alone(clients: ApiClients) -> None:
    browser = ConsoleClient(clients.context, settings=ConsoleSettings(enabled=False))
    assert (await browser.get("/")).status_code == 404
    assert (await browser.get("/healthz")).status_code == 200
