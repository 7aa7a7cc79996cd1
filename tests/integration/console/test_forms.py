"""A form does something where the console itself made it, and nowhere else."""

import pytest
from tests.support.api.clients import ApiClients
from tests.support.console.client import ConsoleClient

from pushgate.domain.app import Scope


async def test_a_form_without_its_token_does_nothing(browser: ConsoleClient, shop_key: str) -> None:
    await browser.sign_in(shop_key)
    token = await browser.token()
    for fields in ({"x": ""}, {"csrf": ""}, {"csrf": "x" * 43}, {"csrf": token[:-1]}, {"csrf": f"{token}é"}):
        assert (await browser.http.post("/sign-out", data=fields)).status_code == 403
    assert (await browser.http.post("/sign-out")).status_code == 400
    assert await browser.is_signed_in()
    assert (await browser.http.post("/sign-out", data={"csrf": token})).status_code == 303


async def test_htmx_sends_the_token_in_a_header(browser: ConsoleClient, shop_key: str) -> None:
    await browser.sign_in(shop_key)
    token = await browser.token()
    wrong = await browser.http.post("/app", data={"app": "shop"}, headers={"X-CSRF": "wrong"})
    assert wrong.status_code == 403
    headers = {"X-CSRF": token, "HX-Request": "true"}
    answer = await browser.http.post("/app", data={"app": "shop"}, headers=headers)
    assert (answer.status_code, answer.headers["hx-redirect"]) == (200, "/")


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://["},
        {"Origin": "http://localhost:81"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
async def test_a_form_of_another_site_does_nothing_even_with_the_token(
    browser: ConsoleClient, shop_key: str, headers: dict[str, str]
) -> None:
    token = await browser.token()
    answer = await browser.http.post("/sign-in", data={"csrf": token, "key": shop_key}, headers=headers)
    assert answer.status_code == 403
    assert not await browser.is_signed_in()


async def test_nobody_is_signed_in_by_a_form_that_was_not_shown_to_this_browser(
    browser: ConsoleClient, shop_key: str
) -> None:
    token = await browser.token()
    browser.http.cookies.clear()
    answer = await browser.http.post("/sign-in", data={"csrf": token, "key": shop_key})
    assert answer.status_code == 403


async def test_the_token_of_one_session_is_nothing_to_another(
    browser: ConsoleClient, shop_key: str, operator_key: str
) -> None:
    await browser.sign_in(shop_key)
    token = await browser.token()
    await browser.sign_in(operator_key)
    assert (await browser.http.post("/sign-out", data={"csrf": token})).status_code == 403


async def test_a_form_without_a_session_leads_to_the_sign_in(browser: ConsoleClient) -> None:
    headers = {"HX-Request": "true", "HX-Current-URL": "http://localhost/messages?status=sent"}
    answer = await browser.http.post("/app", data={"app": "shop"}, headers=headers)
    assert answer.status_code == 401
    assert answer.headers["hx-redirect"] == "/sign-in?next=%2Fmessages%3Fstatus%3Dsent"


@pytest.mark.parametrize(
    ("body", "media_type"),
    [
        (b"csrf=%ff", "application/x-www-form-urlencoded"),
        (b"&".join([b"a=1"] * 3000), "application/x-www-form-urlencoded"),
        (b"key=" + b"x" * (1024 * 1024), "application/x-www-form-urlencoded"),
        (b"--x\r\n", "multipart/form-data; boundary=x"),
        (b"{}", "application/json"),
        (b"", ""),
    ],
)
async def test_a_body_that_is_no_form_is_refused(
    browser: ConsoleClient, body: bytes, media_type: str
) -> None:
    answer = await browser.http.post("/sign-in", content=body, headers={"Content-Type": media_type})
    assert answer.status_code == 400


async def test_a_page_that_a_browser_names_wrongly_is_left_out(browser: ConsoleClient) -> None:
    headers = {"HX-Request": "true", "HX-Current-URL": "http://["}
    answer = await browser.http.post("/app", headers=headers)
    assert (answer.status_code, answer.headers["hx-redirect"]) == (401, "/sign-in")


async def test_htmx_is_led_to_paths_with_any_character(browser: ConsoleClient) -> None:
    headers = {"HX-Request": "true"}
    fields = {"csrf": await browser.token(), "next": "/terminals/橙"}
    answer = await browser.http.post("/language", data=fields, headers=headers)
    assert answer.headers["hx-redirect"] == "/terminals/%E6%A9%99"


@pytest.mark.parametrize("once", ["橙", "a\nb", "", "x" * 3000])
async def test_a_test_push_takes_another_name_for_one_that_no_form_has(
    browser: ConsoleClient, clients: ApiClients, once: str
) -> None:
    terminal = {"vendor": "fcm", "token": "forms-1", "language": "en"}
    (await clients.shop.put("/v1/terminals/forms-1", json=terminal)).raise_for_status()
    await browser.sign_in(await clients.context.keys.create("shop", [Scope.PUSH, Scope.TERMINALS]))
    answer = await browser.post("/terminals/forms-1/test", title="A", body="B", once=once)
    assert (answer.status_code, answer.headers["location"][:10]) == (303, "/messages/")


@pytest.mark.parametrize("vendor", ["nokia", "%00", "橙"])
async def test_there_is_no_form_of_a_vendor_that_is_none(
    browser: ConsoleClient, operator_key: str, vendor: str
) -> None:
    await browser.sign_in(operator_key)
    assert (await browser.get(f"/vendors/shop/{vendor}/section")).status_code == 404
    assert (await browser.post(f"/vendors/shop/{vendor}/section")).status_code == 404
