"""A backend follows a broadcast and small messages by the events of a running system."""

from typing import Any

from tests.support.system import System
from tests.support.told_events import RECEIPTS, STATES, AddedUp

COUNT, DEAD = 300, 20


def read_all(system: System, after: str, **parameters: str) -> list[dict[str, Any]]:
    """All events up to the end."""
    found: list[dict[str, Any]] = []
    has_more = True
    while has_more:
        answered = system.api.get("/v1/events", params={"after": after, **parameters})
        assert answered.status_code == 200, answered.text
        page = answered.json()
        found += page["events"]
        after, has_more = page["after"], page["has_more"]
    return found


def test_events_of_a_running_system_add_up_to_its_results(system: System) -> None:
    after = system.api.get("/v1/events").json()["after"]
    rows: list[dict[str, object]] = [
        {
            "id": f"event-{n}",
            "vendor": "apns",
            "token": ("dead" if n < DEAD else "beef") + f"{n:060x}",
            "language": "en",
            "user": f"user-{n}",
            "tags": ["events"],
        }
        for n in range(COUNT)
    ]
    assert system.import_terminals(rows)["created"] == COUNT
    body = {"content": {"en": {"title": "t", "body": "b", "data": {"page": "sale"}}}}
    audiences: list[dict[str, object]] = [{"tag": "events"}, {"terminals": ["event-1", "event-100"]}]
    ids = []
    for audience in audiences:
        answered = system.api.post("/v1/messages", json={**body, "audience": audience})
        assert answered.status_code == 202, answered.text
        ids.append(answered.json()["id"])
        system.finished(ids[-1])
    for parameters in ({}, {"expand": "true"}):
        events, sums = read_all(system, after, **parameters), AddedUp()
        sums.add(events)
        for message_id in ids:
            results = system.results(message_id)
            assert sums.of_message(message_id) == {
                name: results[name] for name in STATES | RECEIPTS if results.get(name)
            }
        assert {one["message"] for one in events if one["type"] == "message.sent"} == set(ids)
    dead = [one for one in events if one["type"] == "terminal.invalid" and one["message"] == ids[0]]
    assert {(one["terminal"], one["user"]) for one in dead} == {
        (f"event-{n}", f"user-{n}") for n in range(DEAD)
    }
    assert all(one["reason"] and one["data"] == {"page": "sale"} for one in dead)
    registered = [one for one in events if one["type"] == "terminal.registered"]
    assert {one["terminal"] for one in registered} == {f"event-{n}" for n in range(COUNT)}
