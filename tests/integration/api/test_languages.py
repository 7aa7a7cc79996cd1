"""A terminal's language: given back as it was registered, grouped by what its reader can read,
within the app's bounds.
"""

import json

import pytest
from redis.asyncio import Redis
from tests.support.api.clients import ApiClients
from tests.support.registered import by_group

from pushgate.content.language import best_match, normalize
from pushgate.domain.app import App
from pushgate.domain.terminal import Group
from pushgate.terminals.language_limits import LanguageLimits, Languages

APP = App("shop")
NDJSON = {"Content-Type": "application/x-ndjson"}
LONG = "en-US-u-fw-mon-mu-celsius-x-" + "-".join(["installed"[:8]] * 20)


async def put(clients: ApiClients, number: int, language: str | None) -> dict[str, object]:
    body = {"vendor": "apns", "token": f"{number:064x}", "language": language}
    answer = await clients.shop.put(f"/v1/terminals/t{number}", json=body)
    assert answer.is_success, answer.text
    found: dict[str, object] = answer.json()
    return found


@pytest.mark.parametrize(
    ("written", "kept", "group"),
    [
        ("en-US-u-fw-mon-mu-celsius", "en-US-u-fw-mon-mu-celsius", "en-US"),
        ("zh-Hant-TW-x-shop", "zh-Hant-TW-x-shop", "zh-Hant-TW"),
        ("hi-t-en-h0-hybrid", "hi-t-en-h0-hybrid", "hi"),
        ("de-AT-1996", "de-AT-1996", "de-AT"),
        ("zh_tw", "zh-TW", "zh-TW"),
        (LONG, LONG, "en-US"),
    ],
)
async def test_a_terminal_keeps_its_tag_and_is_grouped_by_less_of_it(
    clients: ApiClients, written: str, kept: str, group: str
) -> None:
    assert (await put(clients, 1, written))["warnings"] == []
    assert (await clients.shop.get("/v1/terminals/t1")).json()["language"] == kept
    assert await by_group(clients.context.stores, APP) == {Group("apns", group): 1}
    assert (await put(clients, 1, "fr"))["language"] == "fr"
    assert (await clients.shop.get("/v1/terminals/t1")).json()["language"] == "fr"
    assert await by_group(clients.context.stores, APP) == {Group("apns", "fr"): 1}, "it moved as usual"


async def test_a_tag_beyond_the_bound_is_a_fault_of_its_field(clients: ApiClients) -> None:
    body = {"vendor": "apns", "token": "0f" * 32, "language": "en" + "-x-aaaaaaa" + "-bbbbbbbb" * 40}
    answer = await clients.shop.put("/v1/terminals/t1", json=body)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "language")


async def test_past_the_first_bound_the_region_is_dropped_and_past_the_second_the_language(
    clients: ApiClients, redis: Redis
) -> None:
    clients.context.stores.languages.limits = LanguageLimits(exact=2, coarse=4)
    rows = [
        ("en", "en", None),
        ("fr-CA", "fr-CA", None),
        ("zh-Hant-TW", "zh-Hant", "readers of zh-Hant"),
        ("sr-ME-x-shop", "sr-Latn", "readers of sr-Latn"),
        ("zh-US", "zh-Hant", "readers of zh-Hant"),
        ("fr-CA", "fr-CA", None),
        ("ja", "und", "default language"),
        ("fr-BE", "und", "default language"),
    ]
    for number, (language, _, warned) in enumerate(rows):
        warnings = (await put(clients, number, language))["warnings"]
        assert isinstance(warnings, list)
        assert [item["field"] for item in warnings] == (["language"] if warned else [])
        assert not warned or warned in warnings[0]["message"]
        shown = (await clients.shop.get(f"/v1/terminals/t{number}")).json()
        assert shown["language"] == language, "what was registered is given back"
    groups = {group.language: count for group, count in (await by_group(clients.context.stores, APP)).items()}
    assert groups == {"en": 1, "fr-CA": 2, "zh-Hant": 2, "sr-Latn": 1, "und": 2}
    assert best_match("und", ["en", "ja"], "en") == "en"
    assert await clients.context.stores.languages.counts(["shop", "other"]) == {
        "shop": (4, 5),
        "other": (0, 0),
    }


async def test_an_import_warns_once_with_the_number_of_terminals(clients: ApiClients, redis: Redis) -> None:
    clients.context.stores.languages.limits = LanguageLimits(exact=1, coarse=2)
    languages = ["en", "zh-TW", "zh-US", "ja", "ko", "en-u-ca-gregory"]
    lines = [
        {"id": f"t{number}", "vendor": "apns", "token": f"{number:064x}", "language": language}
        for number, language in enumerate(languages)
    ]
    answer = await clients.shop.post(
        "/v1/terminals:import", content="\n".join(map(json.dumps, lines)), headers=NDJSON
    )
    found = answer.json()
    assert (found["created"], found["failed"]) == (6, 0)
    assert [(item["field"], item["count"]) for item in found["warnings"]] == [
        ("language", 2),
        ("language", 2),
    ]
    assert (await clients.shop.get("/v1/terminals/t5")).json()["language"] == "en-u-ca-gregory"


async def test_many_tags_make_few_groups(redis: Redis) -> None:
    """20,000 registrations with distinct tags, as a hostile or careless client may send them."""
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    wanted = [
        f"{language}-{first}{second}"
        for language in ("en", "fr", "de", "sr", "uz")
        for first in letters
        for second in letters
    ]
    languages = Languages(redis)
    found = await languages.limit("shop", wanted, lambda tag: tag[:2])
    assert len(set(found.values())) <= 512
    assert set(found.values()) >= {"en-AA", "fr", "de", "sr", "uz"}
    assert await languages.limit("shop", wanted, lambda tag: tag[:2]) == found
    again = await Languages(redis).limit("shop", wanted, lambda tag: tag[:2])
    assert again == found, "another process finds the same"


async def test_content_is_known_by_language_script_and_region(clients: ApiClients) -> None:
    text = {"title": "t", "body": "b"}
    body = {
        "content": {"en-US-u-ca-gregory": text, "ca-valencia": text, "fr": text},
        "audience": {"all": True},
    }
    answer = await clients.shop.post("/v1/messages", json={**body, "default_language": "en-US-x-shop"})
    assert answer.status_code == 202
    assert set(answer.json()["content"]) == {"en-US", "ca", "fr"}
    assert answer.json()["default_language"] == "en-US"
    warned = {item["field"]: item["message"] for item in answer.json()["warnings"]}
    assert {"content.en-US-u-ca-gregory", "content.ca-valencia"} <= set(warned)
    assert "counts as ca" in warned["content.ca-valencia"]
    message_id = answer.json()["id"]
    body = {"content": {"ca": text, "ca-valencia": text}}
    refused = await clients.shop.patch(f"/v1/messages/{message_id}", json=body)
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "content.ca-valencia")


async def test_tokens_of_a_message_are_grouped_by_few_languages(clients: ApiClients) -> None:
    letters = "abcdefghijklmnopqrstuvwxyz"
    names = [f"{first}{second}{third}" for first in "abc" for second in letters for third in letters]
    valid = [name for name in names if is_language(name)]
    assert len(valid) > 600
    tokens = [
        {"vendor": "apns", "token": f"{number:064x}", "language": language}
        for number, language in enumerate(valid[:600])
    ]
    text = {"en": {"title": "t", "body": "b"}}
    refused = await clients.shop.post("/v1/messages", json={"content": text, "audience": {"tokens": tokens}})
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "audience.tokens")
    assert "at most 512" in refused.json()["errors"][0]["message"]
    for item in tokens:
        item["language"] = f"en-x-{item['language']}"
    taken = await clients.shop.post("/v1/messages", json={"content": text, "audience": {"tokens": tokens}})
    assert taken.status_code == 202, "all of them read English"


def is_language(tag: str) -> bool:
    try:
        normalize(tag)
    except ValueError:
        return False
    return True
