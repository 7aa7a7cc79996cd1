"""Templates in the console: listed, written, previewed, deleted."""

from tests.support.api.clients import ApiClients
from tests.support.console.client import ConsoleClient

from pushgate.domain.app import Scope

FORM = {
    "language-0": "en",
    "title-0": "Hi {{ name }}",
    "body-0": "Order {{ values.order }}",
    "data-0": "page=sale",
}


async def test_a_template_is_written_and_shown_with_its_versions(
    console: ConsoleClient, clients: ApiClients
) -> None:
    assert "No templates yet" in (await console.get("/templates")).text
    opened = await console.post("/templates", name="welcome")
    assert opened.headers["location"] == "/templates/welcome"
    assert "no such template yet" in (await console.get("/templates/welcome")).text
    assert (await console.post("/templates/welcome", **FORM)).status_code == 303
    await console.post("/templates/welcome", **{**FORM, "title-0": "Hello"})
    stored = (await clients.shop.get("/v1/templates/welcome?version=1")).json()
    assert stored["content"]["en"]["data"] == {"page": "sale"}
    assert "Hello" in (await console.get("/templates/welcome")).text
    first = (await console.get("/templates/welcome?version=1")).text
    assert "Hi {{ name }}" in first
    assert "?version=2" in first
    assert "welcome" in (await console.get("/templates")).text
    assert (await console.get("/templates/welcome?version=9")).status_code == 404


async def test_what_is_wrong_stands_above_what_was_written(
    console: ConsoleClient, clients: ApiClients
) -> None:
    answer = await console.post("/templates/welcome", **{**FORM, "title-0": "Hi {{ name"})
    assert answer.status_code == 422
    assert "content.en.title" in answer.text
    assert "Order {{ values.order }}" in answer.text
    assert (await clients.shop.get("/v1/templates/welcome")).status_code == 404


async def test_a_preview_shows_values_and_stores_nothing(console: ConsoleClient, clients: ApiClients) -> None:
    values = {"values": "order=A-17", "attributes": "name=Ann\nlonely"}
    shown = (await console.post("/templates/welcome/preview", **FORM, **values)).text
    assert "Hi Ann" in shown
    assert "Order A-17" in shown
    assert "TOKEN" in shown
    lacking = (await console.post("/templates/welcome/preview", **FORM)).text
    assert "content.en" in lacking
    assert (await clients.shop.get("/v1/templates/welcome")).status_code == 404


async def test_a_template_is_deleted_after_a_question(console: ConsoleClient, clients: ApiClients) -> None:
    await console.post("/templates/welcome", **FORM)
    assert "Delete the template" in (await console.get("/templates/welcome/delete")).text
    assert (await console.post("/templates/welcome/delete")).headers["location"] == "/templates"
    assert (await clients.shop.get("/v1/templates/welcome")).status_code == 404


async def test_a_reader_sees_templates_and_changes_none(console: ConsoleClient, clients: ApiClients) -> None:
    await console.post("/templates/welcome", **FORM)
    reader = ConsoleClient(clients.context)
    await reader.sign_in(await clients.context.keys.create("shop", [Scope.READ]))
    assert "Hi {{ name }}" in (await reader.get("/templates/welcome")).text
    assert (await reader.post("/templates/welcome", **{**FORM, "title-0": "x"})).status_code == 403
    assert (await reader.get("/templates/lost")).status_code == 404


async def test_a_message_names_its_template(console: ConsoleClient, clients: ApiClients) -> None:
    await console.post("/templates/welcome", **{**FORM, "title-0": "Hi"})
    body = {"template": {"name": "welcome"}, "values": {"order": 1}, "audience": {"all": True}}
    message = (await clients.shop.post("/v1/messages", json=body)).json()
    assert "/templates/welcome?version=1" in (await console.get(f"/messages/{message['id']}")).text
