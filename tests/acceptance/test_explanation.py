"""A push through simulated vendors, explained by terminal id and by push token."""

from typing import Any

from tests.support.engines import wait_until
from tests.support.system import CONTENT, System

DEAD, WELL = "dead" + "0" * 60, "a1" * 32


def explained(system: System, message_id: str, terminal: str) -> dict[str, Any]:
    answer = system.api.get(f"/v1/messages/{message_id}/terminals/{terminal}")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def test_what_became_of_each_terminal_is_explained(system: System) -> None:
    rows: list[dict[str, object]] = [
        {"id": "well", "vendor": "apns", "token": WELL, "language": "en-GB"},
        {"id": "dead", "vendor": "apns", "token": DEAD, "language": "ko"},
    ]
    assert system.import_terminals(rows)["created"] == 2
    body = {"content": CONTENT, "audience": {"terminals": ["well", "dead", "absent"]}}
    message_id = system.api.post("/v1/messages", json=body).json()["id"]
    system.finished(message_id)

    well = explained(system, message_id, "well")
    assert (well["targeted"], well["push"]["state"]) == (True, "accepted")
    assert well["push"]["language"] == {"wanted": "en-GB", "content": "en", "match": "nearest"}
    path = f"/v1/messages/{message_id}/terminals:explain"
    by_token = system.api.post(path, json={"vendor": "apns", "token": WELL})
    assert by_token.json() == well

    wait_until(lambda: system.api.get("/v1/terminals/dead").status_code == 404, 20, "the dead to leave")
    dead = explained(system, message_id, "dead")
    assert dead["terminal"] == {"id": "dead", "registered": False}
    assert (dead["targeted"], dead["push"]["state"]) == (True, "invalid")
    assert dead["push"]["language"] == {"wanted": "ko", "content": "en", "match": "default"}
    failure = dead["push"]["failure"]
    assert failure["code"] in ("Unregistered", "BadDeviceToken")
    assert "registers again" in failure["remedy"]

    absent = explained(system, message_id, "absent")
    assert (absent["targeted"], absent["reason"]["code"]) == (False, "unknown_terminal")
