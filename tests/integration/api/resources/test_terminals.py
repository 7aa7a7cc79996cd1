"""Terminals are registered, read and forgotten."""

from typing import Any

import pytest
from tests.support.api.bodies import TOKEN, token
from tests.support.api.clients import ApiClients
from tests.support.api.problems import bad_fields
from tests.support.clock import SetClock
from tests.support.parameters import readable

from pushgate.api.times import format_instant


async def test_terminals_are_registered_read_and_forgotten(clients: ApiClients) -> None:
    body = {
        "vendor": "apns",
        "token": token(1),
        "language": "ZH-hans",
        "user": "ann",
        "tags": ["vip", "vip"],
        "timezone": "Asia/Shanghai",
        "app_version": "1.2",
        "attributes": {"plan": "gold", "visits": 17, "rate": 0.5, "beta": True},
        "last_seen": "2026-11-01T08:00:00.750+08:00",
    }
    created = await clients.shop.put("/v1/terminals/t1", json=body)
    assert created.status_code == 201
    expected = {
        **body,
        "id": "t1",
        "language": "zh-Hans",
        "tags": ["vip"],
        "opt_out": [],
        "last_seen": "2026-11-01T00:00:00.000Z",
        "registered_at": format_instant(clients.context.clock.now().replace(microsecond=0)),
    }
    assert created.json() == expected | {"warnings": []}
    assert (await clients.shop.put("/v1/terminals/t1", json=body)).status_code == 200
    assert (await clients.shop.get("/v1/terminals/t1")).json() == expected
    assert (await clients.shop.delete("/v1/terminals/t1")).status_code == 204
    assert (await clients.shop.delete("/v1/terminals/t1")).status_code == 404
    assert (await clients.shop.get("/v1/terminals/t1")).status_code == 404


async def test_a_terminal_without_language_has_the_apps(clients: ApiClients) -> None:
    await clients.other.put("/v1/terminals/t1", json={"vendor": "apns", "token": token(1)})
    assert (await clients.other.get("/v1/terminals/t1")).json()["language"] == "zh-Hans"


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
        ("t1", {"vendor": "apns", "token": TOKEN, "app_version": ""}, {"app_version"}),
        ("t1", {"vendor": "apns", "token": TOKEN, "app_version": "1" * 65}, {"app_version"}),
        ("t1", {"vendor": "apns", "token": TOKEN, "attributes": ["a"]}, {"attributes"}),
        ("t1", {"vendor": "apns", "token": TOKEN, "attributes": {"plan": None}}, {"attributes.plan"}),
        (
            "t1",
            {"vendor": "apns", "token": TOKEN, "attributes": {"plan": {}, "a b": 1, "n": 2**53 + 1}},
            {"attributes.plan", "attributes.a b", "attributes.n"},
        ),
        (
            "t1",
            {"vendor": "apns", "token": TOKEN, "attributes": {f"a{n}": n for n in range(33)}},
            {"attributes"},
        ),
        ("t1", {"vendor": "apns", "token": TOKEN, "last_seen": "2026-11-28"}, {"last_seen"}),
        ("t1", {"vendor": "apns", "token": TOKEN, "last_seen": "2099-01-01T00:00:00Z"}, {"last_seen"}),
        ("t1", {"vendor": "apns", "last_seen": "2099-01-01T00:00:00Z"}, {"token", "last_seen"}),
        (
            "t1",
            {"vendor": "apns", "token": TOKEN, "registered_at": "2026-01-01T00:00:00Z"},
            {"registered_at"},
        ),
        ("a b", {"vendor": "apns", "token": TOKEN}, {"terminal_id"}),
        ("x" * 129, {"vendor": "apns", "token": TOKEN}, {"terminal_id"}),
    ],
)
async def test_a_bad_terminal_is_refused_by_field(
    clients: ApiClients, terminal_id: str, body: dict[str, Any], fields: set[str]
) -> None:
    answer = await clients.shop.put(f"/v1/terminals/{terminal_id}", json=body)
    assert answer.status_code == 422, answer.text
    assert bad_fields(answer) == fields


async def test_a_vendor_the_app_is_not_set_up_for_is_refused(clients: ApiClients) -> None:
    answer = await clients.other.put("/v1/terminals/t1", json={"vendor": "fcm", "token": "abcd"})
    assert answer.status_code == 422
    assert bad_fields(answer) == {"vendor"}


async def test_a_registration_is_a_sign_of_life_and_keeps_when_the_terminal_was_first_registered(
    clients: ApiClients, clock: SetClock
) -> None:
    body = {"vendor": "apns", "token": token(1), "attributes": {"plan": "gold"}, "app_version": "1"}
    first = (await clients.shop.put("/v1/terminals/t1", json=body)).json()
    clock.advance(86_400)
    again = (await clients.shop.put("/v1/terminals/t1", json={"vendor": "apns", "token": token(1)})).json()
    assert again["registered_at"] == first["registered_at"] == first["last_seen"]
    assert again["last_seen"] == format_instant(clock.now().replace(microsecond=0))
    assert (again["attributes"], again["app_version"]) == ({}, None)
    assert (await clients.shop.get("/v1/terminals/t1")).json() | {"warnings": []} == again


async def test_a_terminal_opts_out_and_a_registration_keeps_that(clients: ApiClients) -> None:
    body = {"vendor": "apns", "token": token(1)}
    new = await clients.shop.put("/v1/terminals/t1", json=body)
    assert new.json()["opt_out"] == []
    changed = await clients.shop.patch("/v1/terminals/t1", json={"opt_out": {"add": ["news", "marketing"]}})
    assert changed.json()["opt_out"] == ["marketing", "news"], changed.text
    again = await clients.shop.put("/v1/terminals/t1", json=body)
    assert again.json()["opt_out"] == ["marketing", "news"]
    less = await clients.shop.patch("/v1/terminals/t1", json={"opt_out": {"remove": ["news"]}})
    assert less.json()["opt_out"] == ["marketing"]
    other = await clients.shop.patch("/v1/terminals/t1", json={"tags": ["vip"]})
    assert other.json()["opt_out"] == ["marketing"]
    none = await clients.shop.put("/v1/terminals/t1", json={**body, "opt_out": []})
    assert none.json()["opt_out"] == []
    assert (await clients.shop.get("/v1/terminals/t1")).json()["opt_out"] == []


@pytest.mark.parametrize(
    ("opt_out", "fields"),
    [
        ("news", {"opt_out"}),
        (["News"], {"opt_out.0"}),
        ([f"c{n}" for n in range(33)], {"opt_out"}),
        ({"add": ["news"], "remove": ["news"]}, {"opt_out.remove.0"}),
    ],
    ids=readable,
)
async def test_bad_opt_outs_are_refused_by_field(
    clients: ApiClients, opt_out: object, fields: set[str]
) -> None:
    body = {"vendor": "apns", "token": token(1)}
    (await clients.shop.put("/v1/terminals/t1", json=body)).raise_for_status()
    answer = await clients.shop.patch("/v1/terminals/t1", json={"opt_out": opt_out})
    assert answer.status_code == 422, answer.text
    assert bad_fields(answer) == fields
