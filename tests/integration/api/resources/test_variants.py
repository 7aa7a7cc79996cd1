"""Messages with variants: what is taken, what is refused, how they are shown and compared."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from tests.support.api.bodies import GOOD
from tests.support.api.clients import ApiClients
from tests.support.api.variants import click, plan_variants
from tests.support.clock import SetClock

WINNER = {"after": "2h"}
CONTENT = GOOD["content"]
OTHER = {"en": {"title": "Today only", "body": "Sale"}}


def two(first: float = 50, second: float = 50, **changes: object) -> dict[str, Any]:
    variants = [
        {"name": "a", "share": first, "content": CONTENT},
        {"name": "b", "share": second, "content": OTHER},
    ]
    return {"variants": variants, "audience": {"all": True}, **changes}


async def test_variants_are_stored_and_shown(clients: ApiClients) -> None:
    created = await clients.shop.post("/v1/messages", json=two(30, 70, holdout=10, unit="user"))
    assert created.status_code == 202, created.text
    shown = (await clients.shop.get(f"/v1/messages/{created.json()['id']}")).json()
    assert [(item["name"], item["share"]) for item in shown["variants"]] == [("a", 30), ("b", 70)]
    assert shown["variants"][1]["content"]["en"]["title"] == "Today only"
    assert (shown["holdout"], shown["unit"]) == (10, "user")
    assert shown["content"] == shown["variants"][0]["content"]


async def test_a_message_without_variants_has_no_fields_of_them(clients: ApiClients) -> None:
    created = (await clients.shop.post("/v1/messages", json=GOOD)).json()
    assert not {"variants", "holdout", "unit"} & created.keys()
    results = (await clients.shop.get(f"/v1/messages/{created['id']}/results")).json()
    assert "experiment" not in results


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({"audience": {"all": True}}, ["content"]),
        (two(content=CONTENT), ["content"]),
        ({**GOOD, "holdout": 10, "unit": "user"}, ["holdout", "unit"]),
        (two(50, 40), ["variants"]),
        ({**GOOD, "winner": WINNER}, ["winner"]),
        (two(winner=WINNER), ["winner"]),
        (two(60, 50, winner=WINNER), ["variants"]),
        (two(5, 5, winner={"after": "30s"}), ["winner.after"]),
        (two(5, 5, winner={"after": "2h", "by": "luck"}), ["winner.by"]),
        (two(5, 5, winner=WINNER, options={"ttl": 7200}), ["winner.after"]),
        (two(5, 5, winner=WINNER, options={"canary": {"share": 1, "wait": "10m"}}), ["options.canary"]),
        (two(5, 5, winner=WINNER, options={"spread": "3h"}), ["winner.after"]),
        (two(5, 5, winner=WINNER, options={"spread": "1h", "ttl": 10_800}), ["winner.after"]),
        (two(template={"name": "welcome"}), ["template"]),
        (two(audience={"terminals": ["t1", "t2"]}), ["audience"]),
        (
            two(audience={"tokens": [{"vendor": "apns", "token": f"{n:064x}"} for n in range(70)]}),
            ["audience"],
        ),
        ({**two(), "variants": [{"name": "a", "share": 50, "content": CONTENT}] * 2}, ["variants.1.name"]),
        (
            {
                **two(),
                "variants": [
                    {"name": "a", "share": 50, "content": CONTENT},
                    {"name": "b", "share": 50, "content": {"de": CONTENT["en"]}},
                ],
            },
            ["variants.1.content"],
        ),
        (
            {
                **two(),
                "variants": [
                    {"name": "a", "share": 50, "content": CONTENT},
                    {
                        "name": "b",
                        "share": 50,
                        "content": {"en": {**CONTENT["en"], "data": {"pushgate": "x"}}},
                    },
                ],
            },
            ["variants.1.content.en.data.pushgate"],
        ),
    ],
    ids=[
        "neither",
        "both",
        "no variants",
        "shares",
        "winner without variants",
        "winner without a rest",
        "winner and too many",
        "winner too soon",
        "winner by what is unknown",
        "winner too late",
        "winner and canary",
        "winner before all are sent",
        "winner too late to spread",
        "template",
        "few",
        "tokens",
        "names",
        "languages",
        "data",
    ],
)
async def test_what_has_no_effect_or_no_sense_is_refused(
    clients: ApiClients, body: dict[str, Any], fields: list[str]
) -> None:
    answer = await clients.shop.post("/v1/messages", json=body)
    assert answer.status_code == 422
    assert sorted(error["field"] for error in answer.json()["errors"]) == fields


async def test_each_variant_is_checked_against_vendors(clients: ApiClients) -> None:
    long = {"en": {"title": "Sale", "body": "x" * 4000}}
    body = two(options={"on_too_long": "refuse"})
    body["variants"][1]["content"] = long
    answer = await clients.shop.post("/v1/messages", json=body)
    assert answer.status_code == 422
    fields = {error["field"] for error in answer.json()["errors"]}
    assert "variants.1.content.en.body" in fields
    assert all(field.startswith("variants.1.content.en") for field in fields)


def personal(own: str, other: str, **changes: object) -> dict[str, Any]:
    body = two() | {"personal": True} | changes
    for variant, text in zip(body["variants"], (own, other), strict=True):
        variant["content"] = {"en": {"title": text, "body": "Sale"}}
    return body


async def test_variants_may_be_personal(clients: ApiClients) -> None:
    body = personal("Hi {{ name }}", "{{ values.code }} for you", values={"code": "A", "unused": "x"})
    created = await clients.shop.post("/v1/messages", json=body)
    assert created.status_code == 202, created.text
    assert created.json()["variants"][1]["content"]["en"]["title"] == "{{ values.code }} for you"
    # What one of the variants shows has an effect.
    assert [one["field"] for one in created.json()["warnings"] if "values" in one["field"]] == [
        "values.unused"
    ]


async def test_each_personal_variant_is_checked(clients: ApiClients, clock: SetClock) -> None:
    refused = await clients.shop.post("/v1/messages", json=personal("Hi {{ name }}", "Hi {{ name"))
    assert [one["field"] for one in refused.json()["errors"]] == ["variants.1.content.en.title"]
    refused = await clients.shop.post("/v1/messages", json=personal("Hi", "Hi {{ values.code }}"))
    assert [one["field"] for one in refused.json()["errors"]] == ["variants.1.content.en"]
    later = (clock.now() + timedelta(days=1)).isoformat()
    body = personal("Hi {{ name }}", "Hi", push_time=later)
    where = f"/v1/messages/{(await clients.shop.post('/v1/messages', json=body)).json()['id']}"
    other = personal("{{ name }}, look", "{{ name")["variants"]
    refused = await clients.shop.patch(where, json={"variants": other})
    assert [one["field"] for one in refused.json()["errors"]] == ["variants.1.content.en.title"]
    changed = await clients.shop.patch(where, json={"variants": body["variants"], "personal": False})
    assert (changed.status_code, changed.json()["personal"]) == (200, False)


async def test_variants_are_changed_as_a_whole_while_scheduled(clients: ApiClients, clock: SetClock) -> None:
    later = (clock.now() + timedelta(days=1)).isoformat()
    created = await clients.shop.post("/v1/messages", json=two(push_time=later, holdout=10))
    where = f"/v1/messages/{created.json()['id']}"
    changed = await clients.shop.patch(where, json={"variants": two(20, 80)["variants"]})
    assert changed.status_code == 200, changed.text
    assert [item["share"] for item in changed.json()["variants"]] == [20, 80]
    assert changed.json()["holdout"] == 10
    refused = await clients.shop.patch(where, json={"content": CONTENT})
    assert [error["field"] for error in refused.json()["errors"]] == ["content"]
    plain = (await clients.shop.post("/v1/messages", json={**GOOD, "push_time": later})).json()["id"]
    refused = await clients.shop.patch(f"/v1/messages/{plain}", json={"variants": two()["variants"]})
    assert [error["field"] for error in refused.json()["errors"]] == ["variants"]


async def test_results_compare_variants(clients: ApiClients) -> None:
    message_id = (await clients.shop.post("/v1/messages", json=two(holdout=10))).json()["id"]
    first = (1 << 400) - 1
    await plan_variants(clients, message_id, [first, first << 400], held_out=((1 << 90) - 1) << 900)
    await click(clients, message_id, (*range(20), *range(400, 520)))
    found = (await clients.reader.get(f"/v1/messages/{message_id}/results")).json()
    experiment = found["experiment"]
    assert found["targeted"] == 800
    assert (experiment["holdout"], experiment["held_out"], experiment["unit"]) == (10, 90, "terminal")
    a, b = experiment["variants"]
    assert (a["targeted"], a["clicked"], b["targeted"], b["clicked"]) == (400, 20, 400, 120)
    assert a["click_rate"]["low"] < a["click_rate"]["rate"] == 0.05 < a["click_rate"]["high"]
    assert a["uplift"] is None
    assert 0 < b["uplift"]["low"] < b["uplift"]["difference"] == 0.25 < b["uplift"]["high"]
    assert (experiment["best"], experiment["clear"], experiment["ground"]) == ("b", True, "race")
    assert experiment["evidence"] > experiment["needed"] == 100
    assert experiment["decided_at"] is not None


async def reasons(clients: ApiClients, message_id: str) -> dict[str, Any]:
    """Why pushes of a message are pending, by reason."""
    found = (await clients.reader.get(f"/v1/messages/{message_id}/results")).json()["waiting"]
    return {one["reason"]: one for one in found}


async def test_a_rest_waits_for_its_winner(clients: ApiClients, clock: SetClock) -> None:
    created = (await clients.shop.post("/v1/messages", json=two(5, 15, winner=WINNER))).json()
    where = f"/v1/messages/{created['id']}"
    assert created["winner"] == {"after": "2h", "by": "clicks"}
    refused = await clients.shop.post(f"{where}:decide", json={"variant": "b"})
    assert (refused.status_code, "is scheduled" in refused.text) == (409, True), refused.text
    await plan_variants(clients, created["id"], [0b1111, 0xFF0], rest=((1 << 200) - 1) >> 12 << 12)
    waiting = (await clients.reader.get(f"{where}/results")).json()["experiment"]["winner"]
    assert waiting["rest"]["pending"] == waiting["rest"]["targeted"] == 188
    ends_at = datetime.fromisoformat(waiting["ends_at"])
    assert ends_at - datetime.fromisoformat(created["push_time"]) == timedelta(hours=2)
    assert (waiting["variant"], waiting["ground"], waiting["decided_at"]) == (None, None, None)
    assert "variants_pending" not in await reasons(clients, created["id"])
    clock.advance(7200)
    late = await clients.reader.get(f"{where}/results")
    ends_at = datetime.fromisoformat(late.json()["experiment"]["winner"]["ends_at"])
    assert ends_at - clock.now() == timedelta(hours=2), "nobody got a variant, so nobody could click"
    problem = (await reasons(clients, created["id"]))["variants_pending"]
    assert (problem["params"]["pending"], problem["vendor"]) == (12, None)
    assert f"{created['id']}:decide" in problem["remedy"]
    refused = await clients.shop.post(f"{where}:decide", json={"variant": "c"})
    assert [error["field"] for error in refused.json()["errors"]] == ["variant"]
    for _ in range(2):
        decided = await clients.shop.post(f"{where}:decide", json={"variant": "b"})
        assert decided.status_code == 200, decided.text
    found = (await clients.reader.get(f"{where}/results")).json()["experiment"]["winner"]
    assert decided.json() == {"id": created["id"]} | {
        name: found[name] for name in ("variant", "ground", "decided_at")
    }
    assert (found["variant"], found["ground"]) == ("b", "by_hand")
    assert (await clients.shop.post(f"{where}:decide", json={"variant": "a"})).status_code == 409
    assert "variants_pending" not in await reasons(clients, created["id"])


async def test_a_change_keeps_the_winner(clients: ApiClients, clock: SetClock) -> None:
    later = (clock.now() + timedelta(days=1)).isoformat()
    created = (await clients.shop.post("/v1/messages", json=two(5, 5, winner=WINNER, push_time=later))).json()
    where = f"/v1/messages/{created['id']}"
    changed = await clients.shop.patch(where, json={"variants": two(10, 20)["variants"]})
    assert (changed.status_code, changed.json()["winner"]) == (200, created["winner"])
    refused = await clients.shop.patch(where, json={"variants": two(50, 50)["variants"]})
    assert [error["field"] for error in refused.json()["errors"]] == ["winner"]


async def test_the_plan_of_a_message_says_what_it_tells(clients: ApiClients) -> None:
    planned = (await clients.shop.post("/v1/messages:plan", json=two())).json()
    assert "variants" in {warning["field"] for warning in planned["warnings"]}


async def test_a_local_time_does_not_go_with_variants(clients: ApiClients, clock: SetClock) -> None:
    local = f"{clock.now() + timedelta(days=2):%Y-%m-%dT20:00}"
    answer = await clients.shop.post("/v1/messages", json=two(push_time={"local": local}))
    assert [error["field"] for error in answer.json()["errors"]] == ["push_time"]
