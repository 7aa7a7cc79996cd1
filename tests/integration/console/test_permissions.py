"""What a page may do is what its key may do, at every request anew."""

import json
from typing import Any

import pytest
from starlette.responses import Response
from tests.support.api.clients import ApiClients
from tests.support.console.client import ConsoleClient

from pushgate.apps.api_keys import KeyLimits
from pushgate.console.routing import ConsoleRoute, action, page, part
from pushgate.console.view import View
from pushgate.domain.app import Scope


async def _show_messages(view: View) -> Response:
    found = [message async for message in view.calls.messages.list(page_size=10)]
    return view.page("missing.html", found=found)


async def _show_everything(view: View) -> Response:
    operator = view.operator
    assert operator is not None
    return Response(json.dumps([key async for key in operator.keys.list()]))


async def _count(view: View) -> Response:
    await view.calls.audiences.count({"all": True})
    return view.page("missing.html")


async def _toast(view: View) -> Response:
    view.toast("橙")
    return await _show_messages(view)


async def _done(view: View) -> Response:
    view.toast("<b> 橙")
    return view.redirect("/t/count")


async def _fail(_: View) -> Response:
    raise RuntimeError("secret text of a fault")


ROUTES = [
    page("/t/messages", _show_messages, scope="read"),
    part("/t/part", _show_messages, scope="read"),
    action("/t/send", _show_messages, scope="push"),
    page("/t/everything", _show_everything, operator=True),
    page("/t/count", _count),
    page("/t/fail", _fail),
    part("/t/toast", _toast),
    page("/t/done", _done),
    page("/t/{id}", _show_messages),
]


@pytest.fixture
async def browser(clients: ApiClients) -> ConsoleClient:
    return ConsoleClient(clients.context, ROUTES)


async def test_a_page_calls_the_api_with_the_key_of_the_session(
    browser: ConsoleClient, shop_key: str, clients: ApiClients
) -> None:
    await browser.sign_in(shop_key)
    answer = await browser.get("/t/messages")
    assert answer.status_code == 200
    assert "/v1/messages?limit=10" in answer.text
    await clients.context.keys.revoke(shop_key.split("_")[1])
    assert (await browser.get("/t/messages")).status_code == 303


async def test_without_the_scope_a_page_shows_the_lock_and_a_form_does_nothing(
    browser: ConsoleClient, clients: ApiClients
) -> None:
    await browser.sign_in(await clients.context.keys.create("shop", [Scope.TERMINALS]))
    answer = await browser.get("/t/messages")
    assert answer.status_code == 403
    assert "It needs the scope read." in answer.text
    assert (await browser.post("/t/send")).status_code == 403
    assert (await browser.get("/t/everything")).status_code == 403


async def test_an_operators_key_alone_opens_no_page_of_an_app(
    browser: ConsoleClient, operator_key: str
) -> None:
    await browser.sign_in(operator_key)
    for path in ("/t/messages", "/t/count"):
        answer = await browser.get(path)
        assert answer.status_code == 403
        assert "This needs a key of an app" in answer.text
    assert (await browser.get("/t/everything")).status_code == 200


@pytest.mark.parametrize("path", ["/setup/audit", "/setup/audit.csv"])
async def test_the_audit_log_needs_an_admin_or_an_operator(
    clients: ApiClients, shop_key: str, operator_key: str, path: str
) -> None:
    browser = ConsoleClient(clients.context)
    await browser.sign_in(shop_key)
    answer = await browser.get(path)
    assert answer.status_code == 403
    assert "It needs the scope admin." in answer.text
    await browser.sign_in(operator_key)
    assert (await browser.get(path)).status_code == 200


async def test_a_file_that_the_api_refuses_is_an_error_page(clients: ApiClients) -> None:
    key = await clients.context.keys.create("shop", [Scope.ADMIN], "slow", KeyLimits(rate_limit=1))
    browser = ConsoleClient(clients.context)
    await browser.sign_in(key)
    answers = [await browser.get("/setup/audit.csv") for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 429]
    assert answers[0].text.startswith("at,app,action,")


async def test_a_stranger_is_led_to_the_sign_in_and_back(browser: ConsoleClient) -> None:
    answer = await browser.get("/t/messages?status=sent")
    assert (answer.status_code, answer.headers["location"]) == (
        303,
        "/sign-in?next=%2Ft%2Fmessages%3Fstatus%3Dsent",
    )
    assert (await browser.get("/t/part", **{"HX-Request": "true"})).status_code == 401


async def test_a_call_that_the_api_refuses_is_told_with_its_request(
    browser: ConsoleClient, clients: ApiClients
) -> None:
    await browser.sign_in(await clients.context.keys.create("shop", [Scope.TERMINALS]))
    answer = await browser.get("/t/x")
    assert answer.status_code == 403
    assert "the API key lacks the scope" in answer.text
    assert "Status 403 · request " in answer.text


async def test_a_fault_of_the_console_says_nothing_of_its_cause(
    browser: ConsoleClient, shop_key: str
) -> None:
    await browser.sign_in(shop_key)
    answer = await browser.get("/t/fail")
    assert answer.status_code == 500
    assert "secret text" not in answer.text
    assert "It is logged" in answer.text


async def test_every_call_of_a_page_can_be_copied_without_its_key(
    browser: ConsoleClient, clients: ApiClients
) -> None:
    key = await clients.context.keys.create("shop", [Scope.ADMIN])
    await browser.sign_in(key)
    text = (await browser.get("/t/count")).text
    assert "curl -X POST &#34;$PG/v1/audience:count&#34;" in text
    assert "Authorization: Bearer $KEY" in text
    assert "-d &#39;{&#34;audience&#34;:{&#34;all&#34;:true}," in text
    assert key not in text


async def test_a_fragment_tells_its_calls_and_toasts_beside_itself(
    browser: ConsoleClient, shop_key: str
) -> None:
    await browser.sign_in(shop_key)
    answer = await browser.get("/t/toast", **{"HX-Request": "true"})
    events = json.loads(answer.headers["hx-trigger"])
    assert events["toast"] == {"target": "body", "value": "橙"}
    (call,) = events["calls"]["shown"]
    assert (call["method"], call["path"]) == ("GET", "/v1/messages?limit=10")
    assert shop_key not in call["curl"]


async def test_a_toast_is_said_once_after_a_redirect(browser: ConsoleClient, shop_key: str) -> None:
    await browser.sign_in(shop_key)
    assert (await browser.get("/t/done")).headers["location"] == "/t/count"
    await browser.get("/t/part", **{"HX-Request": "true"})
    assert '<div class="toast">&lt;b&gt; 橙</div>' in (await browser.get("/t/count")).text
    assert "&lt;b&gt; 橙" not in (await browser.get("/t/count")).text


async def test_a_long_toast_fits_into_its_cookie(clients: ApiClients, shop_key: str) -> None:
    async def say(view: View) -> Response:
        view.toast("橙" * 1000)
        return view.redirect("/t/count")

    browser = ConsoleClient(clients.context, [page("/t/say", say)])
    await browser.sign_in(shop_key)
    (cookie,) = (await browser.get("/t/say")).headers.get_list("set-cookie")
    assert 3000 < len(cookie) < 4096


async def test_a_page_may_wait_for_events(clients: ApiClients, shop_key: str) -> None:
    async def show(view: View) -> Response:
        found = await view.calls.events.poll(wait=0)
        return Response(str(found["events"]))

    browser = ConsoleClient(clients.context, [page("/t/events", show)])
    await browser.sign_in(shop_key)
    assert (await browser.get("/t/events")).status_code == 200


async def test_pages_name_ids_with_any_character(browser: ConsoleClient, clients: ApiClients) -> None:
    found: list[Any] = []

    async def show(view: View) -> Response:
        found.append(view.params["id"])
        return Response("")

    routes: list[ConsoleRoute] = [page("/t/{id}", show)]
    browser = ConsoleClient(clients.context, routes)
    await browser.sign_in(await clients.context.keys.create("shop", [Scope.READ]))
    for path in ("/t/a%2Fb", "/t/a%252Fb", "/t/%E6%A9%99", "/t/a%20b"):
        await browser.get(path)
    assert found == ["a/b", "a%2Fb", "橙", "a b"]


async def test_the_language_is_kept(browser: ConsoleClient) -> None:
    answer = await browser.post("/language", language="zh", next="/sign-in")
    assert answer.headers["location"] == "/sign-in"
    assert '<html lang="zh-Hans"' in (await browser.get("/sign-in")).text
    await browser.post("/language", language="<script>", next="//evil.example")
    assert '<html lang="zh-Hans"' in (await browser.get("/sign-in")).text
