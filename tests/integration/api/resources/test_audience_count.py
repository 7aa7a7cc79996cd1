"""Audiences are counted through the API."""

import pytest
from tests.support.api.bodies import TOKEN
from tests.support.api.clients import ApiClients
from tests.support.api.problems import bad_fields

from pushgate.domain.app import App
from pushgate.domain.terminal import Terminal

APP = App("shop")


@pytest.fixture(autouse=True)
async def terminals(clients: ApiClients) -> None:
    await clients.context.stores.registry.register(
        APP,
        [
            Terminal("a", "apns", "a", "en", user="ann", tags=("vip",), timezone="Asia/Tokyo"),
            Terminal("b", "apns", "b", "en", user="ann", timezone="Europe/Berlin"),
            Terminal("c", "fcm", "c", "zh-Hans", tags=("vip",)),
        ],
    )


async def test_terminals_are_counted_by_group_and_time_zone(clients: ApiClients) -> None:
    body = {"audience": {"any_of": [{"tag": "vip"}, {"users": ["ann"]}]}, "by": ["timezone"]}
    answer = await clients.shop.post("/v1/audience:count", json=body)
    assert answer.status_code == 200, answer.text
    assert answer.json() == {
        "total": 3,
        "groups": [
            {"vendor": "apns", "language": "en", "count": 2},
            {"vendor": "fcm", "language": "zh-Hans", "count": 1},
        ],
        "timezones": [
            {"timezone": "Asia/Tokyo", "count": 1},
            {"timezone": "Europe/Berlin", "count": 1},
            {"timezone": None, "count": 1},
        ],
        "warnings": [],
    }


@pytest.mark.parametrize(
    ("audience", "total"),
    [
        ({"all": True}, 3),
        ({"terminals": ["a", "c", "a"]}, 2),
        ({"users": ["ann"]}, 2),
        ({"not": {"language": "zh"}}, 2),
        ({"one_per_user": {"vendor": "apns"}}, 1),
        ({"tokens": [{"vendor": "apns", "token": TOKEN}, {"vendor": "apns", "token": TOKEN}]}, 1),
        ({"saved": "vips"}, 2),
    ],
)
async def test_every_audience_that_a_message_takes_is_counted(
    clients: ApiClients, audience: dict[str, object], total: int
) -> None:
    await clients.shop.put("/v1/audiences/vips", json={"audience": {"tag": "vip"}})
    answer = await clients.shop.post("/v1/audience:count", json={"audience": audience})
    assert answer.status_code == 200, answer.text
    assert "timezones" not in answer.json()
    assert answer.json()["total"] == total
    assert answer.json()["warnings"] == []


async def test_warnings_tell_unknown_ids_and_that_a_sample_is_one_draw(clients: ApiClients) -> None:
    sample: dict[str, object] = {"share": 0.5, "of": {"all": True}}
    audience = {"all_of": [{"sample": sample}, {"terminals": ["a", "x", "y"]}]}
    warnings = (await clients.shop.post("/v1/audience:count", json={"audience": audience})).json()["warnings"]
    assert {warning["field"]: warning["message"].partition(",")[0] for warning in warnings} == {
        "audience.all_of[1].terminals": "2 of 3 terminals are not registered",
        "audience": "has a sample without a seed",
    }
    sample["seed"] = "spring"
    answer = await clients.shop.post("/v1/audience:count", json={"audience": audience})
    assert [warning["field"] for warning in answer.json()["warnings"]] == ["audience.all_of[1].terminals"]


async def test_errors_name_the_node(clients: ApiClients) -> None:
    for body, field in (
        ({"audience": {"any_of": [{"tag": 3}]}}, "audience.any_of[0].tag"),
        ({"audience": {"clicked": "0" * 30}}, "audience.clicked"),
        ({"audience": {"saved": "lost"}}, "audience.saved"),
        ({"audience": {"all": True}, "by": ["vendor"]}, "by.0"),
        ({"audience": {"all": True}, "by": ["timezone", "timezone"]}, "by"),
        ({"audience": {}}, "audience"),
        ({}, "audience"),
    ):
        answer = await clients.shop.post("/v1/audience:count", json=body)
        assert (answer.status_code, bad_fields(answer)) == (422, {field}), answer.text


async def test_only_who_may_push_counts_and_only_terminals_of_the_own_app(clients: ApiClients) -> None:
    body = {"audience": {"all": True}}
    assert (await clients.reader.post("/v1/audience:count", json=body)).status_code == 403
    other = await clients.other.post("/v1/audience:count", json=body)
    assert other.json()["total"] == 0
    assert [warning["field"] for warning in other.json()["warnings"]] == ["audience.all"]


@pytest.mark.parametrize(
    ("audience", "lines"),
    [
        ({"all_of": [{"tag": "vip"}, {"vendor": "apns"}, {"not": {"users": ["ann"]}}]}, [2, 1, 0]),
        ({"all_of": [{"users": ["ann"]}, {"one_per_user": {"all": True}}]}, [2, 1]),
        ({"all_of": [{"saved": "vips"}, {"sample": {"share": 1, "of": {"all": True}}}]}, [2, 2]),
        ({"all_of": [{"all_of": [{"tag": "vip"}, {"vendor": "fcm"}]}]}, [1]),
        ({"any_of": [{"tag": "vip"}, {"vendor": "apns"}]}, [3]),
        ({"all": True}, [3]),
        ({"tokens": [{"vendor": "apns", "token": TOKEN}]}, [1]),
    ],
)
async def test_lines_tell_how_many_are_left_after_each_part(
    clients: ApiClients, audience: dict[str, object], lines: list[int]
) -> None:
    await clients.shop.put("/v1/audiences/vips", json={"audience": {"tag": "vip"}})
    answer = await clients.shop.post("/v1/audience:count", json={"audience": audience, "lines": True})
    assert answer.status_code == 200, answer.text
    assert answer.json()["lines"] == lines
    assert answer.json()["total"] == lines[-1]


async def test_more_lines_than_are_counted_are_refused(clients: ApiClients) -> None:
    body = {"audience": {"all_of": [{"tag": "vip"}] * 21}, "lines": True}
    answer = await clients.shop.post("/v1/audience:count", json=body)
    assert (answer.status_code, bad_fields(answer)) == (422, {"audience.all_of"}), answer.text
    assert (await clients.shop.post("/v1/audience:count", json=body | {"lines": False})).status_code == 200
