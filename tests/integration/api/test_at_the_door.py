"""What is said at once of what vendors could not carry, or would carry to the wrong people."""

import json
from datetime import timedelta
from typing import Any

import pytest
from tests.support.api.clients import ApiClients
from tests.support.clock import SetClock

from pushgate.domain.app import App
from pushgate.domain.outcome import State
from pushgate.domain.terminal import Group
from pushgate.ledger.values import Block, MessageShard, Move, Planned
from pushgate.sandbox.credentials import Credentials
from pushgate.sandbox.vendors.webpush_browsers import Browsers

SHORT = {"en": {"title": "t", "body": "b"}}


def to_topic(body: str, **options: object) -> dict[str, Any]:
    tokens = [{"vendor": "fcm", "token": "/topics/news"}]
    return {
        "content": {"en": {"title": "t", "body": body}},
        "audience": {"tokens": tokens},
        "options": options,
    }


@pytest.mark.parametrize("token", ["/topics/all", "'a' in topics", "!('nobody' in topics)"])
async def test_a_topic_is_no_terminal(clients: ApiClients, token: str) -> None:
    """Tokens come from client devices: a push to one user must not go to everybody."""
    answer = await clients.shop.put(
        "/v1/terminals/evil", json={"vendor": "fcm", "token": token, "user": "mallory"}
    )
    assert answer.status_code == 422
    (fault,) = answer.json()["errors"]
    assert (fault["field"], "audience.tokens" in fault["message"]) == ("token", True)
    line = b'{"id": "evil", "vendor": "fcm", "token": "%s"}' % token.encode()
    imported = await clients.shop.post(
        "/v1/terminals:import", content=line, headers={"Content-Type": "application/x-ndjson"}
    )
    assert imported.json()["failed"] == 1


async def test_what_topics_do_not_take_is_refused_or_cut(clients: ApiClients) -> None:
    """2,048 bytes. See docs/reference/vendors/fcm.md#limits."""
    for options in ({}, {"on_too_long": "refuse"}):
        answer = await clients.shop.post("/v1/messages", json=to_topic("b" * 2500, **options))
        assert answer.status_code == 422, "no vendor that is meant could carry it"
        assert "topic" in answer.json()["errors"][0]["message"]
    answer = await clients.shop.post("/v1/messages", json=to_topic("b" * 2500, on_too_long="truncate"))
    assert (answer.status_code, answer.json()["warnings"]) == (202, [])
    mixed = to_topic("b" * 2500)
    mixed["audience"]["tokens"].append({"vendor": "fcm", "token": "a-device"})
    answer = await clients.shop.post("/v1/messages", json=mixed)
    assert answer.status_code == 202, "the device takes it"
    assert "(fcm topics)" in answer.json()["warnings"][0]["message"]


async def test_content_is_measured_with_the_callback_token_that_it_will_have(clients: ApiClients) -> None:
    """Vivo takes 1,024 characters of data, keys and values. See
    docs/reference/vendors/vivo.md#limits.
    """
    token = clients.context.callbacks.sign("shop", "0" * 28)
    room = 1024 - len("pushgate") - len(token) - len("k")
    body: dict[str, Any] = {"audience": {"tokens": [{"vendor": "vivo", "token": "abcdef"}]}}
    for length, status in ((room, 202), (room + 1, 422)):
        body["content"] = {"en": {"title": "t", "body": "b", "data": {"k": "v" * length}}}
        answer = await clients.shop.post("/v1/messages", json=body)
        assert answer.status_code == status, answer.text


async def test_a_change_is_answered_with_warnings_as_a_creation_is(
    clients: ApiClients, clock: SetClock
) -> None:
    later = (clock.now() + timedelta(hours=1)).isoformat()
    body = {"content": SHORT, "audience": {"all": True}, "push_time": later}
    message_id = (await clients.shop.post("/v1/messages", json=body)).json()["id"]
    longer = {"content": {"en": {"title": "t" * 60, "body": "b"}}}
    answer = await clients.shop.patch(f"/v1/messages/{message_id}", json=longer)
    assert answer.status_code == 200
    assert any("(xiaomi)" in warning["message"] for warning in answer.json()["warnings"])
    empty = await clients.shop.patch(f"/v1/messages/{message_id}", json={"content": None})
    assert empty.status_code == 422, "it names nothing to change"


@pytest.mark.parametrize(
    ("content", "field"),
    [
        ({"url": "https://a.example", "data": {"url": "javascript:alert(1)"}}, "content.en.data.url"),
        ({"url": "https:x"}, "content.en.url"),
        ({"url": "https://"}, "content.en.url"),
        ({"url": "Https://x"}, "content.en.url"),
        ({"url": "shop:"}, "content.en.url"),
        ({"url": "vbscript:x"}, "content.en.url"),
        ({"url": "blob:https://x"}, "content.en.url"),
        ({"url": "view-source:https://x"}, "content.en.url"),
        ({"url": "https://user:pw@x"}, "content.en.url"),
        ({"image": "https://user:pw@x/i.png"}, "content.en.image"),
        ({"image": "cat.png"}, "content.en.image"),
        ({"title": "t" * 1001}, "content.en.title"),
    ],
)
async def test_faults_name_the_field_and_what_to_do(
    clients: ApiClients, content: dict[str, object], field: str
) -> None:
    body = {"content": {"en": {"title": "t", "body": "b", **content}}, "audience": {"all": True}}
    answer = await clients.shop.post("/v1/messages", json=body)
    assert answer.status_code == 422, answer.text
    (fault,) = answer.json()["errors"]
    assert fault["field"] == field
    assert not any(jargon in fault["message"] for jargon in ("pattern", "items", "validation"))


@pytest.mark.parametrize(
    ("vendor", "options", "field"),
    [
        ("fcm", {"webpush": {"link": "https://user@x"}}, "webpush.link"),
        ("fcm", {"apns": {"image": "file:///x"}}, "apns.image"),
        ("fcm", {"color": "red"}, "color"),
        ("huawei", {"url": "https://"}, "url"),
        ("huawei", {"intent": "javascript:x"}, "intent"),
        ("huawei", {"category": "im"}, "category"),
        ("harmony", {"uri": "vbscript:x"}, "uri"),
        ("honor", {"url": "http://x"}, "url"),
        ("xiaomi", {"intent_uri": "data:x,y"}, "intent_uri"),
        ("oppo", {"url": "ftp://x"}, "url"),
        ("vivo", {"page": "javascript:x"}, "page"),
        ("meizu", {"url": "https://user:pw@x"}, "url"),
        ("webpush", {"icon": "http://x/i.png"}, "icon"),
        ("webpush", {"topic": "a b"}, "topic"),
    ],
)
async def test_vendors_options_are_held_to_the_same_addresses_and_words(
    clients: ApiClients, vendor: str, options: dict[str, object], field: str
) -> None:
    body = {"content": SHORT, "audience": {"all": True}, "options": {vendor: options}}
    answer = await clients.shop.post("/v1/messages", json=body)
    assert answer.status_code == 422, answer.text
    (fault,) = answer.json()["errors"]
    assert fault["field"] == f"options.{vendor}.{field}"
    assert not any(jargon in fault["message"] for jargon in ("pattern", "String", "^", "pw"))


async def test_what_may_be_chosen_is_told_in_plain_words(clients: ApiClients) -> None:
    message_id = (
        await clients.shop.post("/v1/messages", json={"content": SHORT, "audience": {"all": True}})
    ).json()["id"]
    retried = await clients.shop.post(f"/v1/messages/{message_id}/retry", json={"states": ["bad"]})
    listed = await clients.shop.get(f"/v1/messages/{message_id}/failures", params={"state": "bad"})
    for answer in (retried, listed):
        assert answer.status_code == 422
        (fault,) = answer.json()["errors"]
        assert fault["message"] == "must be 'invalid', 'rejected' or 'expired'"
    webpush = {"vendor": "webpush", "token": '{"endpoint": "http://x"}'}
    refused = await clients.shop.put("/v1/terminals/t", json=webpush)
    assert "subscription's JSON" in refused.json()["errors"][0]["message"]


def subscribed(credentials: Credentials, endpoint: str = "", p256dh: str = "", auth: str = "") -> str:
    """A browser's subscription, other in these parts."""
    good: dict[str, Any] = Browsers(credentials).named("browser").subscription()
    keys = {"p256dh": p256dh or good["keys"]["p256dh"], "auth": auth or good["keys"]["auth"]}
    return json.dumps({"endpoint": endpoint or good["endpoint"], "keys": keys})


@pytest.mark.parametrize(
    ("parts", "told"),
    [
        ({"p256dh": "B" + "A" * 86}, "no point on the curve"),
        ({"auth": "A" * 20}, "15 bytes; it has 16"),
        ({"endpoint": "https://push.example.com/x#y"}, "#fragment"),
        ({"endpoint": "https://push.example.com:99999/x"}, "port"),
        ({"endpoint": "https://permanently-removed.invalid/fcm/send/x"}, "no push service"),
    ],
)
async def test_subscription_that_could_never_be_pushed_to_is_refused_wherever_it_comes_in(
    clients: ApiClients, credentials: Credentials, parts: dict[str, str], told: str
) -> None:
    address = {"vendor": "webpush", "token": subscribed(credentials, **parts)}
    (fault,) = (await clients.shop.put("/v1/terminals/t", json=address)).json()["errors"]
    assert (fault["field"], told in fault["message"]) == ("token", True)
    line = json.dumps({"id": "t", **address})
    headers = {"Content-Type": "application/x-ndjson"}
    imported = await clients.shop.post("/v1/terminals:import", content=line, headers=headers)
    assert told in imported.text
    body = {"content": SHORT, "audience": {"tokens": [address]}}
    answer = await clients.shop.post("/v1/messages", json=body)
    assert answer.status_code == 422
    (fault,) = answer.json()["errors"]
    assert (fault["field"], told in fault["message"]) == ("audience.tokens.0.token", True)


async def test_condition_whose_parentheses_do_not_match_is_refused(clients: ApiClients) -> None:
    tokens = [{"vendor": "fcm", "token": "('a' in topics && 'b' in topics"}]
    answer = await clients.shop.post("/v1/messages", json={"content": SHORT, "audience": {"tokens": tokens}})
    assert answer.status_code == 422
    (fault,) = answer.json()["errors"]
    assert (fault["field"], "parentheses" in fault["message"]) == ("audience.tokens.0.token", True)


async def test_number_at_the_icon_that_fcm_cannot_clear_is_warned_of(clients: ApiClients) -> None:
    tokens = [{"vendor": "fcm", "token": "a-device"}]
    for badge, warned in ((0, True), (1, False)):
        body = {"content": SHORT, "audience": {"tokens": tokens}, "options": {"badge": badge}}
        answer = await clients.shop.post("/v1/messages", json=body)
        assert answer.status_code == 202
        assert any(w["field"] == "options.badge" for w in answer.json()["warnings"]) == warned


@pytest.mark.parametrize(
    ("vendor", "warned"), [("vivo", True), ("xiaomi", True), ("meizu", True), ("oppo", False)]
)
async def test_number_at_the_icon_is_warned_of_where_the_vendor_sets_none(
    clients: ApiClients, vendor: str, warned: bool
) -> None:
    tokens = [{"vendor": vendor, "token": "abcdefgh"}]
    body = {"content": SHORT, "audience": {"tokens": tokens}, "options": {"badge": 3, "category": "order"}}
    answer = await clients.shop.post("/v1/messages", json=body)
    assert answer.status_code == 202
    assert any(w["field"] == "options.badge" for w in answer.json()["warnings"]) == warned


async def test_long_title_to_a_topic_is_cut_where_that_is_wanted(clients: ApiClients) -> None:
    """2,048 bytes; a title alone can have more. See docs/reference/vendors/fcm.md#limits."""
    body = to_topic("b" * 100, on_too_long="truncate")
    body["content"]["en"]["title"] = "\u4e2d" * 1000
    answer = await clients.shop.post("/v1/messages", json=body)
    assert (answer.status_code, answer.json().get("warnings")) == (202, []), answer.text


async def one_terminal(clients: ApiClients) -> None:
    """Somebody whom a message to all reaches."""
    registered = await clients.shop.put("/v1/terminals/t-1", json={"vendor": "fcm", "token": "token-1"})
    assert registered.status_code == 201, registered.text


@pytest.mark.parametrize("key", ["促销", "sale now", "k" * 64])
async def test_any_collapse_key_goes_to_all_vendors(clients: ApiClients, key: str) -> None:
    await one_terminal(clients)
    options = {"collapse_key": key, "category": "order"}
    body = {"content": SHORT, "audience": {"all": True}, "options": options}
    answer = await clients.shop.post("/v1/messages", json=body)
    assert (answer.status_code, answer.json()["warnings"]) == (202, [])


@pytest.mark.parametrize(
    ("options", "warned"),
    [
        ({}, True),
        ({"category": "order"}, False),
        ({"category": "marketing"}, False),
        ({"meizu": {"private": False}}, False),
    ],
)
async def test_push_without_a_category_is_warned_of_where_it_becomes_marketing(
    clients: ApiClients, options: dict[str, object], warned: bool
) -> None:
    tokens = [{"vendor": "meizu", "token": "abcdef"}]
    body = {"content": SHORT, "audience": {"tokens": tokens}, "options": options}
    answer = await clients.shop.post("/v1/messages", json=body)
    assert answer.status_code == 202
    fields = [warning["field"] for warning in answer.json()["warnings"]]
    assert fields == (["options.category"] if warned else [])


MARKETING = (
    "is not set: the push is taken for marketing, which is limited and shown without sound; name a category"
)
WITHOUT_NUMBER = "has no effect: the vendor sets no number at the icon"


async def test_vendors_of_which_the_same_is_told_share_one_warning(clients: ApiClients) -> None:
    """In both languages, and by refusals as by warnings."""
    await one_terminal(clients)
    both = {"en": SHORT["en"], "fr": SHORT["en"]}
    body = {"content": both, "audience": {"all": True}, "options": {"badge": 3}}
    answer = await clients.shop.post("/v1/messages", json=body)
    told = [warning for warning in answer.json()["warnings"] if "xiaomi.channel_id" not in warning["message"]]
    assert told == [
        {"field": "options.category", "message": f"{MARKETING} (harmony, honor, huawei, meizu, oppo, vivo)"},
        {"field": "options.badge", "message": f"{WITHOUT_NUMBER} (meizu, vivo, xiaomi)"},
    ]
    body["options"] = {"silent": True, "category": "order"}
    answer = await clients.shop.post("/v1/messages", json=body)
    shown = [
        warning["message"] for warning in answer.json()["warnings"] if "shows every" in warning["message"]
    ]
    assert shown == ["is not possible: the vendor shows every push (meizu, oppo, vivo, webpush)"]


async def test_a_silent_push_to_xiaomi_in_china_is_refused_with_the_reason(clients: ApiClients) -> None:
    options = {"silent": True}
    alone = {"tokens": [{"vendor": "xiaomi", "token": "abcdef"}]}
    refused = await clients.shop.post(
        "/v1/messages", json={"content": SHORT, "audience": alone, "options": options}
    )
    assert refused.status_code == 422
    assert [(fault["field"], "mainland China" in fault["message"]) for fault in refused.json()["errors"]] == [
        ("options.silent", True)
    ]
    among = {"tokens": [*alone["tokens"], {"vendor": "huawei", "token": "abcdef"}]}
    taken = await clients.shop.post(
        "/v1/messages", json={"content": SHORT, "audience": among, "options": options}
    )
    assert (taken.status_code, [warning["field"] for warning in taken.json()["warnings"]]) == (
        202,
        ["options.silent"],
    )


async def test_a_collapse_key_has_no_space_around_it(clients: ApiClients) -> None:
    body = {"content": SHORT, "audience": {"all": True}, "options": {"collapse_key": " sale"}}
    answer = await clients.shop.post("/v1/messages", json=body)
    assert answer.json()["errors"][0]["field"] == "options.collapse_key"


async def test_a_browser_reports_with_its_subscription_as_it_has_it(
    clients: ApiClients, clock: SetClock, credentials: Credentials
) -> None:
    subscription = json.dumps(Browsers(credentials).named("ann-browser").subscription())
    registered = {"vendor": "webpush", "token": subscription, "language": "en"}
    assert (await clients.shop.put("/v1/terminals/ann", json=registered)).status_code == 201
    created = await clients.shop.post("/v1/messages", json={"content": SHORT, "audience": {"all": True}})
    message_id, context = created.json()["id"], clients.context
    (message,) = await context.stores.claims.claim(clock.now(), timedelta(seconds=15), "s", 1)
    scope = MessageShard(App("shop"), 0, message_id, context.stores.retention.keep_until(message))
    block = Block(Group("webpush", "en"), 0)
    await context.stores.plans.write(scope, [Planned(block, 1)])
    await context.stores.outcomes.record(
        scope, "w", timedelta(seconds=15), [], [Move(block, 1, State.ACCEPTED)]
    )
    report = {"token": context.callbacks.sign("shop", message_id), "terminal": subscription}
    assert (await clients.anyone.post("/v1/callbacks/click", json=report)).status_code == 204
    results = (await clients.shop.get(f"/v1/messages/{message_id}/results")).json()
    assert results["clicked"] == 1


@pytest.mark.parametrize("body", ['{"token": "x.y.z", "terminal": "t"}', "{", "{}", "[]"])
async def test_pages_of_any_origin_may_read_why_a_report_was_refused(clients: ApiClients, body: str) -> None:
    """Else a service worker cannot tell whether to try again."""
    headers = {"Origin": "https://site.example", "Content-Type": "application/json"}
    answer = await clients.anyone.post("/v1/callbacks/click", content=body, headers=headers)
    assert answer.headers["access-control-allow-origin"] == "*"
    assert (
        "access-control-allow-origin"
        not in (await clients.anyone.get("/v1/messages", headers=headers)).headers
    )


async def test_an_import_counts_a_terminal_once_as_created(clients: ApiClients) -> None:
    line = b'{"id": "twice", "vendor": "apns", "token": "%s"}\n' % (b"ab" * 32)
    imported = await clients.shop.post(
        "/v1/terminals:import", content=line * 3, headers={"Content-Type": "application/x-ndjson"}
    )
    assert (imported.json()["created"], imported.json()["updated"]) == (1, 2)
