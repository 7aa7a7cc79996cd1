"""Stored templates through the API, and messages that name one."""

import asyncio
from typing import Any

import orjson
import pytest
from tests.support.api.bodies import GOOD, but
from tests.support.api.clients import ApiClients
from tests.support.api.problems import bad_fields
from tests.support.clock import SetClock

from pushgate.messages import templates as module

EN = {"title": "Welcome", "body": "Good to see you"}
TWO: dict[str, Any] = {
    "content": {"en": EN, "zh-Hans": {"title": "欢迎", "body": "你好"}},
    "default_language": "en",
}
AUDIENCE = {"all": True}


async def put(
    clients: ApiClients, name: str = "welcome", body: Any = TWO, status: int = 201
) -> dict[str, Any]:
    answer = await clients.shop.put(f"/v1/templates/{name}", json=body)
    assert answer.status_code == status, answer.text
    found: dict[str, Any] = answer.json()
    return found


def titled(title: str) -> dict[str, Any]:
    return {"content": {"en": {**EN, "title": title}}}


async def send(clients: ApiClients, template: dict[str, Any], **more: Any) -> dict[str, Any]:
    answer = await clients.shop.post(
        "/v1/messages", json={"template": template, "audience": AUDIENCE, **more}
    )
    assert answer.status_code == 202, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def test_a_template_is_stored_shown_listed_and_deleted(clients: ApiClients, clock: SetClock) -> None:
    stored = await put(clients)
    assert stored.pop("warnings") == []
    assert (stored["version"], stored["default_language"]) == (1, "en")
    assert (await clients.reader.get("/v1/templates/welcome")).json() == stored
    clock.advance(60)
    await put(clients, "bye", titled("Bye"))
    first = (await clients.reader.get("/v1/templates?limit=1")).json()
    assert [one["title"] for one in first["templates"]] == ["Bye"]
    rest = (await clients.reader.get(f"/v1/templates?limit=1&cursor={first['next_cursor']}")).json()
    assert (rest["templates"][0]["name"], rest["next_cursor"]) == ("welcome", None)
    assert rest["templates"][0]["languages"] == ["en", "zh-Hans"]
    assert (await clients.other.get("/v1/templates")).json()["templates"] == []
    for _ in range(2):
        deleted = await clients.shop.delete("/v1/templates/welcome")
        assert deleted.status_code in (204, 404)
    assert (await clients.reader.get("/v1/templates/welcome")).status_code == 404


async def test_a_version_never_changes_and_equal_content_makes_no_new_one(clients: ApiClients) -> None:
    await put(clients, body=titled("one"))
    assert (await put(clients, body=titled("one"), status=200))["version"] == 1
    second = await put(clients, body=titled("two"))
    assert [one["version"] for one in second["versions"]] == [2, 1]
    assert (await put(clients, body=titled("one")))["version"] == 3
    for version, title in ((1, "one"), (2, "two"), (3, "one")):
        answer = await clients.reader.get(f"/v1/templates/welcome?version={version}")
        assert answer.json()["content"]["en"]["title"] == title
    assert (await clients.reader.get("/v1/templates/welcome?version=4")).status_code == 404


async def test_the_order_of_languages_and_data_makes_no_new_version(clients: ApiClients) -> None:
    data = {"content": {"en": {**EN, "data": {"a": "1", "b": "2"}}, "de": EN}}
    await put(clients, body={**data, "default_language": "en"})
    turned = {"de": EN, "en": {**EN, "data": {"b": "2", "a": "1"}}}
    await put(clients, body={"content": turned, "default_language": "en"}, status=200)


async def test_versions_that_are_stored_at_once_have_numbers_of_their_own(clients: ApiClients) -> None:
    stored = await asyncio.gather(*(put(clients, body=titled(str(number))) for number in range(5)))
    assert sorted(one["version"] for one in stored) == [1, 2, 3, 4, 5]
    for one in stored:
        shown = (await clients.reader.get(f"/v1/templates/welcome?version={one['version']}")).json()
        assert shown["content"] == one["content"]


async def test_a_template_that_takes_a_deleted_name_goes_on_counting(clients: ApiClients) -> None:
    await put(clients, body=titled("one"))
    await put(clients, body=titled("two"))
    await clients.shop.delete("/v1/templates/welcome")
    third = await put(clients, body=titled("one"))
    assert (third["version"], len(third["versions"])) == (3, 1)
    (gone,) = [await clients.shop.post("/v1/messages", json=but_template("welcome", 1))]
    assert bad_fields(gone) == {"template.version"}


def but_template(name: str, version: int | None = None) -> dict[str, Any]:
    reference = {"name": name} | ({"version": version} if version else {})
    return {"template": reference, "audience": AUDIENCE}


async def test_the_oldest_version_gives_way(clients: ApiClients, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_VERSIONS", 2)
    for number in range(4):
        await put(clients, body=titled(str(number)))
    shown = (await clients.reader.get("/v1/templates/welcome")).json()
    assert [one["version"] for one in shown["versions"]] == [4, 3]
    assert (await clients.reader.get("/v1/templates/welcome?version=2")).status_code == 404


async def test_number_and_bytes_are_bounded(clients: ApiClients, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_TEMPLATES", 2)
    await put(clients, "a")
    await put(clients, "b")
    assert (await clients.shop.put("/v1/templates/c", json=TWO)).status_code == 409
    await put(clients, "b", titled("b"))
    monkeypatch.setattr(module, "MAX_BYTES", 400)
    large = {"content": {"en": {**EN, "body": "x" * 300}}}
    assert (await clients.shop.put("/v1/templates/b", json=large)).status_code == 409
    await clients.shop.delete("/v1/templates/a")
    await clients.shop.delete("/v1/templates/b")
    await put(clients, "b", large)  # deleted ones do not count
    huge = {"content": {"en": {**EN, "data": {f"k{n}": "x" * 4096 for n in range(64)}}}}
    assert (await clients.shop.put("/v1/templates/b", json=huge)).status_code == 413


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"content": {}}, "content"),
        ({"content": {"en": {"title": "", "body": "b"}}}, "content.en.title"),
        ({"content": {"xx-unknown": EN}}, "content.xx-unknown"),
        ({"content": {"en": EN, "de": EN}, "default_language": "fr"}, "default_language"),
        ({"content": {"en": {**EN, "data": {"pushgate": "x"}}}}, "content.en.data.pushgate"),
        ({"content": {"en": EN}, "audience": AUDIENCE}, "audience"),
    ],
)
async def test_a_content_is_checked_when_it_is_stored(clients: ApiClients, body: Any, field: str) -> None:
    assert bad_fields(await clients.shop.put("/v1/templates/x", json=body)) == {field}


async def test_what_single_vendors_cannot_carry_is_warned_of_and_what_none_can_is_refused(
    clients: ApiClients,
) -> None:
    long = {"content": {"en": {"title": "t", "body": "x" * 2000}}}
    warnings = (await put(clients, body=long))["warnings"]
    assert {one["field"] for one in warnings} == {"content.en.body"}
    assert "vivo" in " ".join(one["message"] for one in warnings)
    too_long = {"content": {"en": {"title": "t", "body": "x", "data": {"k": "x" * 4096, "l": "x" * 4096}}}}
    answer = await clients.shop.put("/v1/templates/x", json=too_long)
    assert answer.status_code == 422, answer.text


async def test_bad_names_are_refused(clients: ApiClients) -> None:
    for name in ("a b", "x" * 65, "ü"):
        assert bad_fields(await clients.shop.put(f"/v1/templates/{name}", json=TWO)) == {"name"}


async def test_a_message_gets_the_latest_version_or_the_one_it_names(clients: ApiClients) -> None:
    await put(clients, body=titled("one"))
    await put(clients)
    latest = await send(clients, {"name": "welcome"})
    assert latest["template"] == {"name": "welcome", "version": 2}
    assert latest["content"]["zh-Hans"]["title"] == "欢迎"
    assert latest["default_language"] == "en"
    first = await send(clients, {"name": "welcome", "version": 1})
    assert first["content"]["en"]["title"] == "one"
    for one in (latest, first):
        shown = (await clients.reader.get(f"/v1/messages/{one['id']}")).json()
        assert (shown["template"], shown["content"]) == (one["template"], one["content"])
    plain = (await clients.shop.post("/v1/messages", json=GOOD)).json()
    assert plain["template"] is None


async def test_a_small_message_keeps_name_and_version(clients: ApiClients) -> None:
    await put(clients)
    sent = await send(clients, {"name": "welcome"}, audience={"users": ["ann"]})
    shown = (await clients.reader.get(f"/v1/messages/{sent['id']}")).json()
    assert (shown["template"], shown["content"]) == ({"name": "welcome", "version": 1}, sent["content"])


@pytest.mark.parametrize("audience", [AUDIENCE, {"users": ["ann"]}])
async def test_a_message_that_waits_keeps_its_content_whatever_becomes_of_the_template(
    clients: ApiClients, clock: SetClock, audience: Any
) -> None:
    await put(clients, body=titled("one"))
    later = clock.now().replace(year=clock.now().year + 1).isoformat()
    sent = await send(clients, {"name": "welcome"}, audience=audience, push_time=later)
    await put(clients, body=titled("two"))
    await clients.shop.delete("/v1/templates/welcome")
    shown = (await clients.reader.get(f"/v1/messages/{sent['id']}")).json()
    assert (shown["status"], shown["content"]["en"]["title"]) == ("scheduled", "one")


async def test_exactly_one_of_content_and_template_is_needed(clients: ApiClients) -> None:
    await put(clients)
    neither = await clients.shop.post("/v1/messages", json={"audience": AUDIENCE})
    assert bad_fields(neither) == {"content"}
    both = await clients.shop.post("/v1/messages", json=but(template={"name": "welcome"}))
    assert bad_fields(both) == {"template"}


async def test_a_template_that_is_not_there_is_named(clients: ApiClients) -> None:
    lost = await clients.shop.post("/v1/messages", json=but_template("lost"))
    assert bad_fields(lost) == {"template.name"}
    await put(clients)
    wrong = await clients.shop.post("/v1/messages", json=but_template("welcome", 7))
    assert bad_fields(wrong) == {"template.version"}
    assert (await clients.other.post("/v1/messages", json=but_template("welcome"))).status_code == 422


async def test_what_is_wrong_with_the_copy_is_said_of_the_template(clients: ApiClients) -> None:
    await put(clients, body={"content": {"en": {"title": "t", "body": "x" * 2000}}})
    answer = await clients.shop.post(
        "/v1/messages", json=but_template("welcome") | {"options": {"on_too_long": "refuse"}}
    )
    assert bad_fields(answer) == {"template"}
    assert "content.en.body of version 1 has" in answer.json()["errors"][0]["message"]


async def test_messages_of_a_batch_name_templates(clients: ApiClients) -> None:
    await put(clients)
    body = {"messages": [but_template("welcome"), but_template("lost"), GOOD, but_template("welcome", 1)]}
    results = (await clients.shop.post("/v1/messages:batch", json=body)).json()["results"]
    assert [one["status"] for one in results] == [202, 422, 202, 202]
    assert results[0]["message"]["content"] == results[3]["message"]["content"]


async def test_a_repeated_request_gets_its_first_answer_after_a_change(clients: ApiClients) -> None:
    await put(clients, body=titled("one"))
    headers = {"Idempotency-Key": "k"}
    answers = []
    for step in ("new version", "deleted", "end"):
        answers.append(await clients.shop.post("/v1/messages", json=but_template("welcome"), headers=headers))
        if step == "new version":
            await put(clients, body=titled("two"))
        else:
            await clients.shop.delete("/v1/templates/welcome")
    assert [one.status_code for one in answers] == [202, 202, 202]
    assert len({one.text for one in answers}) == 1


async def test_a_scheduled_message_changes_to_a_template_and_back(
    clients: ApiClients, clock: SetClock
) -> None:
    await put(clients)
    later = clock.now().replace(year=clock.now().year + 1).isoformat()
    for audience in (AUDIENCE, {"users": ["ann"]}):
        created = (
            await clients.shop.post("/v1/messages", json=but(audience=audience, push_time=later))
        ).json()
        path = f"/v1/messages/{created['id']}"
        changed = await clients.shop.patch(path, json={"template": {"name": "welcome"}})
        assert changed.json()["template"] == {"name": "welcome", "version": 1}
        assert (await clients.reader.get(path)).json()["content"]["zh-Hans"]["title"] == "欢迎"
        moved = await clients.shop.patch(path, json={"default_language": "zh-Hans"})
        assert moved.json()["template"] == {"name": "welcome", "version": 1}
        back = await clients.shop.patch(path, json={"content": GOOD["content"]})
        assert back.json()["template"] is None
        lost = await clients.shop.patch(path, json={"template": {"name": "lost"}})
        assert bad_fields(lost) == {"template.name"}


async def test_a_plan_and_a_draft_take_templates(clients: ApiClients) -> None:
    await put(clients)
    plan = await clients.shop.post("/v1/messages:plan", json=but_template("welcome"))
    assert plan.status_code == 200, plan.text
    draft = (await clients.shop.post("/v1/drafts", json=but_template("welcome"))).json()
    assert draft["problems"] == []
    await clients.shop.delete("/v1/templates/welcome")
    shown = (await clients.shop.get(f"/v1/drafts/{draft['id']}")).json()
    assert [one["field"] for one in shown["problems"]] == ["template.name"]


async def test_a_preview_shows_what_each_vendor_receives(clients: ApiClients) -> None:
    await put(clients)
    answer = await clients.shop.post("/v1/templates/welcome:preview", json={"language": "en"})
    assert answer.status_code == 200, answer.text
    shown = answer.json()
    assert (shown["version"], list(shown["content"])) == (1, ["en"])
    bodies = {one["vendor"]: one["body"] for one in shown["vendors"]}
    assert len(bodies) == 10
    fcm = orjson.loads(bodies["fcm"])["message"]
    assert fcm["token"] == "TOKEN"
    assert all(text in bodies["fcm"] for text in ("Welcome", "Good to see you"))
    assert orjson.loads(bodies["apns"])["aps"]["alert"] == EN
    for vendor, body in bodies.items():
        assert "Welcome" in body, vendor
        assert "TOKEN" in body or vendor in ("apns", "webpush"), vendor


async def test_a_preview_hides_secrets(clients: ApiClients) -> None:
    await put(clients)
    text = (await clients.shop.post("/v1/templates/welcome:preview", json={})).text
    callbacks = clients.context.callbacks
    assert "***" in text
    assert callbacks.sign("shop", "0" * 30) not in text
    for vendor in ("xiaomi", "oppo", "vivo", "meizu", "huawei", "honor"):
        assert callbacks.address(vendor, "shop") not in text


async def test_a_preview_of_a_content_that_is_not_stored_tells_problems_of_each_vendor(
    clients: ApiClients,
) -> None:
    body = {"content": {"en": {"title": "t", "body": "x" * 2000}}}
    shown = (await clients.shop.post("/v1/templates/new:preview", json=body)).json()
    assert shown["version"] is None
    by_vendor = {one["vendor"]: one for one in shown["vendors"]}
    assert by_vendor["vivo"]["body"] is None
    assert by_vendor["vivo"]["problems"][0]["field"] == "content.en.body"
    assert by_vendor["apns"]["problems"] == []
    cut = {**body, "options": {"on_too_long": "truncate"}}
    shown = (await clients.shop.post("/v1/templates/new:preview", json=cut)).json()
    assert all(one["body"] for one in shown["vendors"])
    assert (await clients.reader.get("/v1/templates/new")).status_code == 404


async def test_a_preview_of_what_is_not_there_is_refused(clients: ApiClients) -> None:
    assert (await clients.shop.post("/v1/templates/lost:preview", json={})).status_code == 404
    await put(clients)
    path = "/v1/templates/welcome:preview"
    assert (await clients.shop.post(path, json={"version": 2})).status_code == 404
    assert bad_fields(await clients.shop.post(path, json={"language": "fr"})) == {"language"}
    both = {"version": 1, "content": {"en": EN}}
    assert bad_fields(await clients.shop.post(path, json=both)) == {"version"}


ORDER = {
    "content": {"en": {"title": "Hi {{ values.who | default: 'friend' }}", "body": "{{ values.order }} left"}}
}
GREETING = {"content": {"en": {"title": "Hi {{ name }}", "body": "From {{ user.city | default: 'here' }}"}}}


@pytest.mark.parametrize("audience", [AUDIENCE, {"users": ["ann"]}])
async def test_values_for_all_are_filled_in_when_a_message_is_created(
    clients: ApiClients, audience: Any
) -> None:
    await put(clients, body=ORDER)
    sent = await send(clients, {"name": "welcome"}, audience=audience, values={"order": "A-17", "who": "Ann"})
    shown = (await clients.reader.get(f"/v1/messages/{sent['id']}")).json()
    assert (shown["content"]["en"]["title"], shown["content"]["en"]["body"]) == ("Hi Ann", "A-17 left")
    assert (shown["personal"], shown["template"]["version"]) == (False, 1)
    without = await send(clients, {"name": "welcome"}, values={"order": 17})
    assert without["content"]["en"]["title"] == "Hi friend"


async def test_a_value_that_is_missing_is_named(clients: ApiClients) -> None:
    await put(clients, body=ORDER)
    answer = await clients.shop.post("/v1/messages", json=but_template("welcome"))
    assert bad_fields(answer) == {"template"}
    assert "values.order" in answer.json()["errors"][0]["message"]


async def test_a_value_that_nothing_shows_is_warned_of(clients: ApiClients) -> None:
    await put(clients, body=ORDER)
    sent = await send(clients, {"name": "welcome"}, values={"order": "1", "other": "2"})
    assert "values.other" in [one["field"] for one in sent["warnings"]]
    await put(clients)
    plain = await send(clients, {"name": "welcome"}, values={"order": "1"})
    assert "values" in [one["field"] for one in plain["warnings"]]


@pytest.mark.parametrize("audience", [AUDIENCE, {"users": ["ann"]}])
async def test_names_of_attributes_make_a_message_personal(clients: ApiClients, audience: Any) -> None:
    await put(clients, body=GREETING)
    fallback = {"en": {"title": "Hi", "body": "there"}}
    sent = await send(
        clients, {"name": "welcome"}, audience=audience, on_missing="fallback", fallback=fallback
    )
    shown = (await clients.reader.get(f"/v1/messages/{sent['id']}")).json()
    assert (shown["personal"], shown["on_missing"]) == (True, "fallback")
    assert shown["content"]["en"]["title"] == "Hi {{ name }}"
    assert shown["template"] == {"name": "welcome", "version": 1}


async def test_values_of_single_users_make_a_message_personal(clients: ApiClients) -> None:
    await put(clients, body=ORDER)
    sent = await send(
        clients, {"name": "welcome"}, values={"order": "1"}, user_values={"ann": {"order": "2"}}
    )
    assert sent["personal"] is True


async def test_a_change_to_a_template_with_placeholders_makes_a_message_personal(
    clients: ApiClients, clock: SetClock
) -> None:
    await put(clients, body=GREETING)
    await put(clients, "plain")
    later = clock.now().replace(year=clock.now().year + 1).isoformat()
    created = (await clients.shop.post("/v1/messages", json=but(push_time=later))).json()
    path = f"/v1/messages/{created['id']}"
    changed = await clients.shop.patch(path, json={"template": {"name": "welcome"}})
    assert changed.json()["personal"] is True
    back = await clients.shop.patch(path, json={"template": {"name": "plain"}})
    assert back.json()["personal"] is False


@pytest.mark.parametrize(
    ("content", "field"),
    [
        ({"title": "Hi {{ name", "body": "b"}, "content.en.title"),
        ({"title": "Hi", "body": "{{ name | nonsense }}"}, "content.en.body"),
        ({"title": "Hi", "body": "b", "url": "https://{{ host }}/"}, "content.en.url"),
    ],
)
async def test_placeholders_are_read_when_a_template_is_stored(
    clients: ApiClients, content: Any, field: str
) -> None:
    body = {"content": {"en": content}}
    assert bad_fields(await clients.shop.put("/v1/templates/x", json=body)) == {field}
    assert bad_fields(await clients.shop.post("/v1/templates/x:preview", json=body)) == {field}


async def test_a_template_is_warned_of_where_long_values_are_too_long(clients: ApiClients) -> None:
    body = {"content": {"en": {"title": "A greeting of some length: {{ values.who }}", "body": "b"}}}
    warnings = (await put(clients, body=body))["warnings"]
    assert {one["field"] for one in warnings} == {"content.en.title"}
    assert all("may be too long with the longest values" in one["message"] for one in warnings)


async def test_a_preview_shows_values_in_place(clients: ApiClients) -> None:
    await put(clients, body=GREETING)
    path = "/v1/templates/welcome:preview"
    given = {"attributes": {"name": "Ann"}, "user_attributes": {"city": "Rome"}}
    shown = (await clients.shop.post(path, json=given)).json()
    assert (shown["content"]["en"]["title"], shown["content"]["en"]["body"]) == ("Hi Ann", "From Rome")
    assert all("Ann" in one["body"] for one in shown["vendors"])
    lacking = (await clients.shop.post(path, json={})).json()
    assert [one["field"] for one in lacking["problems"]] == ["content.en"]
    assert "{{ name }}" in lacking["problems"][0]["message"]
    assert lacking["vendors"] == []


async def test_a_change_to_a_template_brings_its_values(clients: ApiClients, clock: SetClock) -> None:
    await put(clients, body=ORDER)
    later = clock.now().replace(year=clock.now().year + 1).isoformat()
    created = (await clients.shop.post("/v1/messages", json=but(push_time=later))).json()
    path = f"/v1/messages/{created['id']}"
    without = await clients.shop.patch(path, json={"template": {"name": "welcome"}})
    assert "values.order" in without.json()["errors"][0]["message"]
    of_all = {"template": {"name": "welcome"}, "values": {"order": "A-17", "other": 1}}
    changed = (await clients.shop.patch(path, json=of_all)).json()
    assert (changed["content"]["en"]["body"], changed["personal"]) == ("A-17 left", False)
    assert "values.other" in [one["field"] for one in changed["warnings"]]
    of_users = {"template": {"name": "welcome"}, "values": {"order": 1}, "user_values": {"ann": {"order": 2}}}
    changed = (await clients.shop.patch(path, json=of_users)).json()
    assert (changed["personal"], changed["user_values"]) == (True, {"ann": {"order": 2}})


async def test_a_fallback_is_copied_from_a_template(clients: ApiClients, clock: SetClock) -> None:
    plain = {"en": {"title": "Hi", "body": "there"}, "de": {"title": "Hallo", "body": "du"}}
    await put(clients, "named", body=GREETING)
    await put(clients, "plain", body={"content": plain, "default_language": "en"})
    own = {"on_missing": "fallback", "fallback_template": {"name": "plain"}}
    later = clock.now().replace(year=clock.now().year + 1).isoformat()
    sent = await send(clients, {"name": "named"}, push_time=later, **own)
    assert {tag: one["title"] for tag, one in sent["fallback"].items()} == {"en": "Hi"}
    path = f"/v1/messages/{sent['id']}"
    await put(clients, "plain", body={"content": {"en": {"title": "Hello", "body": "you"}}})
    assert (await clients.reader.get(path)).json()["fallback"]["en"]["title"] == "Hi"
    changed = await clients.shop.patch(path, json={"fallback_template": {"name": "plain"}})
    assert changed.json()["fallback"]["en"]["title"] == "Hello"


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"fallback_template": {"name": "gone"}}, "fallback_template.name"),
        ({"fallback_template": {"name": "named"}}, "fallback_template"),
        (
            {"fallback_template": {"name": "english"}, "content": {"de": {"title": "{{ a }}", "body": "b"}}},
            "fallback",
        ),
        (
            {"fallback_template": {"name": "english"}, "fallback": {"en": {"title": "a", "body": "b"}}},
            "fallback_template",
        ),
        ({"fallback_template": {"name": "english"}, "on_missing": "leave_out"}, "fallback"),
        ({"fallback_template": {"name": "english"}, "personal": False}, "fallback_template"),
    ],
)
async def test_a_template_that_is_no_fallback_is_refused(clients: ApiClients, more: Any, field: str) -> None:
    await put(clients, "named", body=GREETING)
    await put(clients, "english", body=titled("Hi"))
    written = {"content": GREETING["content"], "personal": True, "on_missing": "fallback", **more}
    assert field in bad_fields(await clients.shop.post("/v1/messages", json=but(**written)))
