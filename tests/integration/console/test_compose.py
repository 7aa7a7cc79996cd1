"""Nothing is sent but what was reviewed, to as many phones as were shown, once."""

import html
import json
from datetime import timedelta

import pytest
from tests.support.api.clients import ApiClients, without_gearman
from tests.support.console.client import ConsoleClient, document_of

from pushgate.apps.api_keys import KeyLimits
from pushgate.domain.app import Scope
from pushgate.settings.console import ConsoleSettings

MESSAGE = {
    "content": {"en": {"title": "Sale", "body": "Today only"}},
    "default_language": "en",
    "audience": {"tag": "vip"},
}
REVIEWED = {"document": json.dumps(MESSAGE), "counted": "2", "key": "page", "sure": "2"}
TYPED = {"language": "en", "title.en": "Sale", "body.en": "Today only", "fallback": "en"}
HTMX = {"HX-Request": "true"}


@pytest.fixture
async def composer(clients: ApiClients, shop_key: str) -> ConsoleClient:
    """A browser that is signed in to an app with two phones, and that types every number."""
    for number in range(2):
        body = {"vendor": "fcm", "token": f"compose-{number}", "tags": ["vip"], "language": "en"}
        (await clients.shop.put(f"/v1/terminals/compose-{number}", json=body)).raise_for_status()
    browser = ConsoleClient(clients.context, settings=ConsoleSettings(confirm_above=0))
    await browser.sign_in(shop_key)
    return browser


async def sent(clients: ApiClients) -> list[str]:
    return [one["id"] for one in (await clients.shop.get("/v1/messages")).json()["messages"]]


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"counted": "3"}, "there were 3 when this was opened"),
        ({"counted": ""}, "Counted again"),
        ({"sure": "3"}, "Type 2, the number of phones above."),
        ({"sure": ""}, "Type 2, the number of phones above."),
        ({"document": "{"}, "is required"),
        ({"document": json.dumps({**MESSAGE, "content": {}})}, "must not be empty"),
        ({"document": json.dumps({**MESSAGE, "audience": {"tag": "nobody"}})}, "<p class=\"sum\">0 "),
    ],
)  # fmt: skip
async def test_what_was_not_reviewed_is_not_sent(
    composer: ConsoleClient, clients: ApiClients, changed: dict[str, str], said: str
) -> None:
    answer = await composer.post("/compose/send", **{**REVIEWED, **changed})
    assert answer.status_code == 200
    assert said in answer.text
    assert not await sent(clients)


async def test_a_page_that_is_sent_twice_sends_one_message(
    composer: ConsoleClient, clients: ApiClients
) -> None:
    first = await composer.post("/compose/send", **{**REVIEWED, "sure": " 2 "})
    again = await composer.post("/compose/send", **REVIEWED)
    assert (first.status_code, again.status_code) == (303, 303)
    assert first.headers["location"] == again.headers["location"]
    assert first.headers["location"] == f"/messages/{(await sent(clients))[0]}"
    assert len(await sent(clients)) == 1


async def test_a_review_holds_the_message_and_its_number(
    composer: ConsoleClient, clients: ApiClients
) -> None:
    answer = await composer.post(
        "/compose/review", **TYPED, join="and", kind="tag", name="", value="vip", when="now"
    )
    assert 'name="counted" value="2"' in answer.text
    assert json.loads(document_of(answer)) == MESSAGE
    assert not await sent(clients)


async def test_somebody_elses_change_of_a_draft_is_not_overwritten_unawares(
    composer: ConsoleClient, clients: ApiClients
) -> None:
    draft = (await clients.shop.post("/v1/drafts", json=MESSAGE)).json()
    path, mine = f"/v1/drafts/{draft['id']}", {**TYPED, "draft": draft["id"], "revision": "1"}
    theirs = {"content": {"en": {"title": "Theirs"}}}
    (await clients.shop.put(path, json=theirs, headers={"If-Match": '"1"'})).raise_for_status()
    token = {"csrf": await composer.token()}
    answer = await composer.http.post("/compose/draft", data={**token, **mine}, headers=HTMX)
    assert "Somebody else has changed this draft." in answer.text
    assert (await clients.shop.get(path)).json()["title"] == "Theirs"
    kept = {**token, **mine, "overwrite": "yes"}
    answer = await composer.http.post("/compose/draft", data=kept, headers=HTMX)
    assert "Draft kept" in answer.text
    assert (await clients.shop.get(path)).json()["title"] == "Sale"


async def test_a_draft_that_was_deleted_is_kept_as_a_new_one(
    composer: ConsoleClient, clients: ApiClients
) -> None:
    await composer.post("/compose/draft", **TYPED, draft="f" * 20, revision="1")
    draft = (await clients.shop.get("/v1/drafts")).json()["drafts"][0]
    assert draft["title"] == "Sale"
    await composer.post(f"/compose/drafts/{draft['id']}/delete")
    assert not (await clients.shop.get("/v1/drafts")).json()["drafts"]


async def test_what_cannot_be_counted_cannot_be_sent(clients: ApiClients) -> None:
    limits = KeyLimits(rate_limit=1)
    key = await clients.context.keys.create("shop", [Scope.PUSH], "slow", limits)
    browser = ConsoleClient(clients.context)
    await browser.sign_in(key)
    token = await browser.token()
    answer = await browser.http.post("/compose/plan", data={"csrf": token, **TYPED}, headers=HTMX)
    assert "It could not be counted" in answer.text
    assert 'aria-disabled="true"' in answer.text


@pytest.mark.parametrize("query", ["draft=" + "f" * 20, "draft=x/y", "message=" + "f" * 30, "message=x"])
async def test_what_is_not_there_any_more_is_a_new_message(
    clients: ApiClients, shop_key: str, query: str
) -> None:
    browser = ConsoleClient(clients.context)
    await browser.sign_in(shop_key)
    answer = await browser.get(f"/compose?{query}")
    assert answer.status_code == 200
    assert "It is not there any more." in answer.text


async def test_what_pushes_would_wait_for_is_told_before_they_are_sent(
    clients: ApiClients, shop_key: str
) -> None:
    browser = ConsoleClient(without_gearman(clients).context)
    await browser.sign_in(shop_key)
    assert "The Gearman server 127.0.0.1:1 does not answer" in (await browser.get("/compose")).text


async def test_an_audience_is_saved_under_a_name(composer: ConsoleClient, clients: ApiClients) -> None:
    async def save(name: str) -> str:
        lines = {"join": "and", "kind": "tag", "name": "", "value": "vip", "audience_name": name}
        fields = {"csrf": await composer.token(), **TYPED, **lines}
        answer = await composer.http.post("/compose/audience", data=fields, headers=HTMX)
        assert answer.status_code == 204
        return answer.headers["hx-trigger"]

    assert "Give the audience a name." in await save(" ")
    assert "Saved" not in await save("a/b")
    assert "Saved as vips." in await save("vips")
    found = (await clients.shop.get("/v1/audiences")).json()["audiences"]
    assert [(one["name"], one["audience"]) for one in found] == [("vips", {"tag": "vip"})]


NONSENSE = [
    {"audience_json": "NaN"},
    {"audience_json": "[" * 5000},
    {"audience_json": '{"tag": "\\ud800"}'},
    {"share": "NaN"},
    {"share": "9" * 5000},
    {"zone": "\0"},
    {"zone": "x" * 5000},
    {"day": "0001-01-01", "zone": "Asia/Shanghai"},
    {"day": "9999-12-31", "zone": "America/New_York"},
    {"kind": "attribute", "name": "age", "value": "9" * 5000},
    {"kind": "attribute", "name": "age", "value": "1e999"},
    {"value": '"\\ud800"'},
]


@pytest.mark.parametrize("path", ["/compose/plan", "/compose/review", "/compose/draft"])
async def test_nonsense_is_a_fault_of_its_field_and_none_of_the_page(
    composer: ConsoleClient, path: str
) -> None:
    moment = {"when": "moment", "day": "2027-01-01", "clock": "10:00"}
    token = await composer.token()
    for typed in NONSENSE:
        line = {"join": "and", "kind": "tag", "name": "", "value": "vip"}
        fields = {"csrf": token, **TYPED, **moment, **line, **typed}
        answer = await composer.http.post(path, data=fields, headers=HTMX)
        assert answer.status_code == 200, typed


@pytest.mark.parametrize(
    "document",
    [
        "[" * 5000,
        '{"content": NaN}',
        '{"content": {"en": {"title": "\\ud800"}}}',
        json.dumps({**MESSAGE, "push_time": "0001-01-01T00:00:00+14:00"}),
        json.dumps({**MESSAGE, "push_time": "9999-12-31T23:59:59-14:00"}),
    ],
    ids=["deep", "NaN", "half a character", "first year", "last year"],
)
async def test_a_document_that_no_page_held_is_refused(composer: ConsoleClient, document: str) -> None:
    answer = await composer.post("/compose/send", **{**REVIEWED, "document": document})
    assert answer.status_code == 200


async def test_a_draft_with_a_revision_beyond_reason_is_kept(composer: ConsoleClient) -> None:
    fields = {**TYPED, "draft": "f" * 20, "revision": "9" * 5000}
    assert (await composer.post("/compose/draft", **fields)).status_code == 200


async def test_a_personal_message_is_written_reviewed_and_shown(
    composer: ConsoleClient, clients: ApiClients
) -> None:
    typed = {
        **TYPED,
        "title.en": "Hi {{ name | default: 'you' }}",
        "body.en": "{{ values.item }}",
        "personal": "yes",
        "on_missing": "fallback",
        "missing_title.en": "Hi there",
        "missing_body.en": "News",
        "values": "item = A hat, red",
    }
    page = await composer.post("/compose", do="refresh", **typed)
    assert 'name="missing_title.en" lang="en" value="Hi there"' in page.text
    document = json.loads(document_of(await composer.post("/compose/review", **typed)))
    assert (document["personal"], document["values"]) == (True, {"item": "A hat, red"})
    answer = await clients.shop.post("/v1/messages", json=document)
    assert answer.status_code == 202, answer.text
    shown = (await composer.get(f"/messages/{answer.json()['id']}")).text
    assert "Hi there" in shown
    assert "values.item" in shown
    broken = await composer.post("/compose/plan", **{**typed, "values": ""})
    assert "which the message brings for nobody" in broken.text


async def test_a_message_to_each_phones_own_time_is_written_shown_and_moved(
    composer: ConsoleClient, clients: ApiClients
) -> None:
    day = (clients.context.clock.now() + timedelta(days=9)).date().isoformat()
    moment = {"when": "moment", "day": day, "clock": "20:00", "zone": "local"}
    answer = await composer.post(
        "/compose/review", **TYPED, join="and", kind="tag", name="", value="vip", **moment
    )
    assert "in each phone’s own time zone" in html.unescape(answer.text)
    document = json.dumps({**MESSAGE, "push_time": {"local": f"{day}T20:00", "passed": "skip"}})
    answer = await composer.post("/compose/send", **{**REVIEWED, "document": document})
    (message_id,) = await sent(clients)
    page = html.unescape((await composer.get(f"/messages/{message_id}")).text)
    assert f"{day} 20:00 in each phone’s own time zone" in page
    assert "Pause" in page
    asked = html.unescape((await composer.get(f"/messages/{message_id}/reschedule")).text)
    assert "Day and time in each phone’s own time zone" in asked
    assert f'value="{day}T20:00"' in asked
    assert 'name="local" value="skip"' in asked
    await composer.post(f"/messages/{message_id}/reschedule", at=f"{day}T21:30", local="skip")
    shown = (await clients.shop.get(f"/v1/messages/{message_id}")).json()
    moved = shown["local_push_time"]
    assert (moved["local"], moved["passed"]) == (f"{day}T21:30:00", "skip")


async def test_a_message_to_the_best_hour_is_checked_sent_shown_and_rescheduled(
    composer: ConsoleClient, clients: ApiClients
) -> None:
    best_hour = {"when": "best_hour", "within": "12", "best_hour_fallback": "10:00"}
    line = {"join": "and", "kind": "tag", "name": "", "value": "vip"}
    written = await composer.post("/compose/plan", **TYPED, **line, **best_hour)
    assert "of the next 12 full hours" in html.unescape(written.text)
    review = await composer.post("/compose/review", **TYPED, **line, **best_hour)
    assert "in each phone’s best hour, of the next 12 hours" in html.unescape(review.text)
    document = json.dumps({**MESSAGE, "push_time": {"best_hour_within": "12h", "fallback": "10:00"}})
    await composer.post("/compose/send", **{**REVIEWED, "document": document})
    (message_id,) = await sent(clients)
    page = html.unescape((await composer.get(f"/messages/{message_id}")).text)
    assert "in each phone’s best hour within 12h" in page
    assert "to come, the next time is" in page
    asked = html.unescape((await composer.get(f"/messages/{message_id}/reschedule")).text)
    assert 'value="10:00"' in asked
    new = {"within": "24h", "best_hour_fallback": ""}
    await composer.post(f"/messages/{message_id}/reschedule", **new)
    shown = (await clients.shop.get(f"/v1/messages/{message_id}")).json()["best_hour_push_time"]
    assert (shown["within"], shown["fallback"]) == ("24h", None)


async def test_a_personal_message_is_sent_and_copied_with_what_fills_it(
    composer: ConsoleClient, clients: ApiClients
) -> None:
    content = {"en": {"title": "Hi {{ name }}", "body": "{{ values.item }}"}}
    own = {
        "personal": True,
        "on_missing": "fallback",
        "fallback": {"en": {"title": "Hi", "body": "there"}},
        "values": {"item": "A hat"},
        "user_values": {"ann": {"item": "A coat"}},
    }
    document = json.dumps({**MESSAGE, "content": content, **own})
    answer = await composer.post("/compose/send", **{**REVIEWED, "document": document})
    (created,) = await sent(clients)
    assert answer.headers["location"] == f"/messages/{created}"
    stored = (await clients.shop.get(f"/v1/messages/{created}")).json()
    assert stored["personal"] is True
    assert (stored["values"], stored["user_values"]) == (own["values"], own["user_values"])
    assert (await composer.get(f"/messages/{created}")).status_code == 200
    copied = (await composer.get(f"/compose?message={created}")).text
    assert "item = A hat" in copied
    assert 'name="personal" value="yes" checked' in copied


async def test_a_message_is_composed_of_a_stored_template(
    composer: ConsoleClient, clients: ApiClients
) -> None:
    texts = {"title": "Order {{ values.order }}", "body": "Hi {{ name | default: 'friend' }}"}
    for title in ("An older one", texts["title"]):
        body = {"content": {"en": {**texts, "title": title}}}
        (await clients.shop.put("/v1/templates/shipped", json=body)).raise_for_status()
    chosen = {
        "template": "shipped",
        "language": "en",
        "join": "and",
        "kind": "tag",
        "name": "",
        "value": "vip",
    }
    page = (await composer.post("/compose", **chosen)).text
    assert "order = " in page
    assert "Order order" in page  # a sample in the preview
    filled = {**chosen, "shown_template": "shipped", "values": "order = A-17"}
    before = {one["id"] for one in (await clients.shop.get("/v1/drafts")).json()["drafts"]}
    saved = (await composer.post("/compose", **filled)).text
    drafts = (await clients.shop.get("/v1/drafts")).json()["drafts"]
    (draft,) = [one for one in drafts if one["id"] not in before]  # both are of one instant
    stored = (await clients.shop.get(f"/v1/drafts/{draft['id']}")).json()
    assert stored["message"]["template"] == {"name": "shipped"}
    assert (draft["title"], stored["problems"]) == ("shipped", [])
    assert "Order A-17" in saved
    assert "Hi friend" in saved
    again = (await composer.get(f"/compose?draft={draft['id']}")).text
    assert '<option value="shipped" selected>' in again
    looked_at = document_of(await composer.post("/compose/review", **filled))
    assert json.loads(looked_at)["template"] == {"name": "shipped", "version": 2}
    await composer.post("/compose/send", **{**REVIEWED, "document": looked_at})
    (created,) = await sent(clients)
    message = (await clients.shop.get(f"/v1/messages/{created}")).json()
    assert (message["template"], message["values"]) == ({"name": "shipped", "version": 2}, {"order": "A-17"})
    assert (await composer.get(f"/messages/{created}")).status_code == 200
    own = await composer.post("/compose", **{**filled, "template": ""})
    assert "Order {{ values.order }}" in own.text
    assert 'name="personal" value="yes" checked' in own.text


async def test_a_template_that_is_not_there_is_told(composer: ConsoleClient) -> None:
    page = (await composer.post("/compose", template="gone", language="en")).text
    assert "there is no template gone" in page
