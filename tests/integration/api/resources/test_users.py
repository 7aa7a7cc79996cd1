"""People have attributes, which change by name."""

from typing import Any
from urllib.parse import quote

import pytest
from tests.support.api.clients import ApiClients
from tests.support.api.problems import bad_fields
from tests.support.parameters import readable

PATH = "/v1/users/ann"


async def test_attributes_of_a_person_merge_by_name(clients: ApiClients) -> None:
    first = await clients.shop.patch(PATH, json={"attributes": {"plan": "gold", "age": 42, "adult": True}})
    assert first.status_code == 200, first.text
    attributes = {"adult": True, "age": 42, "plan": "gold"}
    assert first.json() == {"user": "ann", "attributes": attributes, "opt_out": [], "quiet_hours": None}
    second = await clients.shop.patch(PATH, json={"attributes": {"plan": None, "rate": 0.5}})
    assert second.json()["attributes"] == {"adult": True, "age": 42, "rate": 0.5}
    nothing = await clients.shop.patch(PATH, json={"attributes": {}})
    assert nothing.json() == second.json()
    cleared = await clients.shop.patch(PATH, json={"attributes": None})
    assert cleared.json()["attributes"] == {}


@pytest.mark.parametrize("user", ["a/b", "a b", "安娜", "a%2Fb", "50%"])
async def test_a_name_may_have_any_characters(clients: ApiClients, user: str) -> None:
    answer = await clients.shop.patch(
        f"/v1/users/{quote(user, safe='')}", json={"attributes": {"plan": "gold"}}
    )
    assert answer.status_code == 200, answer.text
    assert answer.json()["user"] == user


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({}, {"body"}),
        ({"opt_out": "news"}, {"opt_out"}),
        ({"opt_out": ["News"]}, {"opt_out.0"}),
        ({"opt_out": {"add": ["a"], "remove": ["b", "a"]}}, {"opt_out.remove.1"}),
        ({"attributes": 5}, {"attributes"}),
        ({"attributes": {"plan": []}}, {"attributes.plan"}),
        ({"attributes": {"9": 1, "plan": "x" * 257}}, {"attributes.9", "attributes.plan"}),
        ({"attributes": {f"a{n}": n for n in range(33)}}, {"attributes"}),
        ({"attributes": {}, "tags": []}, {"tags"}),
    ],
    ids=readable,
)
async def test_a_bad_change_is_refused_by_field(
    clients: ApiClients, body: dict[str, Any], fields: set[str]
) -> None:
    answer = await clients.shop.patch(PATH, json=body)
    assert answer.status_code == 422, answer.text
    assert bad_fields(answer) == fields


@pytest.mark.parametrize("user", ["x" * 257, "%00", "%ff"])
async def test_what_can_be_no_user_is_refused(clients: ApiClients, user: str) -> None:
    answer = await clients.shop.patch(f"/v1/users/{user}", json={"attributes": {}})
    assert answer.status_code == 422, answer.text
    assert bad_fields(answer) == {"user"}


async def test_only_keys_for_terminals_change_people(clients: ApiClients) -> None:
    assert (await clients.reader.patch(PATH, json={"attributes": {}})).status_code == 403
    assert (await clients.anyone.patch(PATH, json={"attributes": {}})).status_code == 401


async def test_a_person_opts_out_of_categories_and_back(clients: ApiClients) -> None:
    first = await clients.shop.patch(PATH, json={"opt_out": ["news", "marketing"]})
    assert first.json() == {
        "user": "ann",
        "attributes": {},
        "opt_out": ["marketing", "news"],
        "quiet_hours": None,
    }
    change = {"add": ["price-drop"], "remove": ["news"]}
    second = await clients.shop.patch(PATH, json={"attributes": {"plan": "gold"}, "opt_out": change})
    assert second.json()["opt_out"] == ["marketing", "price-drop"]
    shown = (await clients.shop.get(PATH)).json()
    assert (shown["attributes"], shown["opt_out"]) == ({"plan": "gold"}, ["marketing", "price-drop"])
    full = await clients.shop.patch(PATH, json={"opt_out": {"add": [f"c{n}" for n in range(31)]}})
    assert bad_fields(full) == {"opt_out"}, full.text
    none = await clients.shop.patch(PATH, json={"opt_out": None})
    assert (none.json()["attributes"], none.json()["opt_out"]) == ({"plan": "gold"}, [])


async def test_a_person_has_quiet_hours_until_they_are_removed(clients: ApiClients) -> None:
    hours = {"begin": "22:00", "end": "07:30"}
    first = await clients.shop.patch(PATH, json={"quiet_hours": hours})
    assert first.json() == {"user": "ann", "attributes": {}, "opt_out": [], "quiet_hours": hours}
    for change in ({"attributes": None}, {"opt_out": None}, {"opt_out": ["news"]}):
        assert (await clients.shop.patch(PATH, json=change)).json()["quiet_hours"] == hours
    shown = (await clients.shop.get(PATH)).json()
    assert (shown["opt_out"], shown["quiet_hours"]) == (["news"], hours)
    for bad, field in (("22:10", "quiet_hours.begin"), ("07:30", "quiet_hours.end")):
        refused = await clients.shop.patch(PATH, json={"quiet_hours": hours | {"begin": bad}})
        assert bad_fields(refused) == {field}, refused.text
    await clients.shop.patch(PATH, json={"quiet_hours": None, "opt_out": None})
    assert (await clients.shop.get(PATH)).status_code == 404
