"""A personal message from the API to the phones: each shows its own values, with the vendors as
witnesses.
"""

from typing import Any

import pytest
from tests.support.personal import NAMES, shown, texts_in
from tests.support.system import System

VENDORS = ("apns", "fcm", "huawei", "oppo", "xiaomi")
TAG = "personal"


def terminals() -> list[dict[str, Any]]:
    """Terminals with a hostile name each, in turn of all vendors; two have none."""
    named = [
        {
            "id": f"{TAG}-{number}",
            "vendor": VENDORS[number % len(VENDORS)],
            "token": f"{number:04x}".rjust(64, "b"),
            "language": "en",
            "tags": [TAG],
            "attributes": {"name": name.replace("\x00", "")},
        }
        for number, name in enumerate(NAMES * 3)
    ]
    nameless = [{**named[number], "id": f"{TAG}-x{number}"} for number in range(2)]
    for number, terminal in enumerate(nameless):
        terminal |= {"attributes": {}, "token": f"{number:04x}".rjust(64, "c")}
    return [*named, *nameless]


@pytest.mark.parametrize("is_small", [False, True])
def test_each_phone_shows_its_own_name(system: System, is_small: bool) -> None:
    everyone = terminals()
    imported = system.import_terminals(everyone)
    assert imported["failed"] == 0, imported
    ids = [terminal["id"] for terminal in everyone]
    content = {"en": {"title": "Hi {{ name }}", "body": "{{ values.item }}"}}
    answer = system.api.post(
        "/v1/messages",
        json={
            "content": content,
            "audience": {"terminals": ids} if is_small else {"tag": TAG},
            "personal": True,
            "values": {"item": 'A "hat"'},
        },
    )
    assert answer.status_code == 202, answer.text
    results = system.finished(answer.json()["id"])
    assert results["accepted"] == len(everyone) - 2
    (failure,) = {(one["state"], one["code"]) for one in results["failures"]}
    assert failure == ("rejected", "missing_value")
    found: dict[str, set[str]] = {}
    for request in system.received():
        body = request["body"]
        for token in request["tokens"] or ():
            found.setdefault(token, set()).update(texts_in(body))
    for terminal in everyone[:-2]:
        texts = found[terminal["token"]]
        assert {f"Hi {shown(terminal['attributes']['name'])}", 'A "hat"'} <= texts


def test_each_phone_shows_its_own_name_in_a_template(system: System) -> None:
    everyone = terminals()
    assert system.import_terminals(everyone)["failed"] == 0
    content = {"en": {"title": "Dear {{ name }}", "body": "{{ values.item }} is here"}}
    stored = system.api.put("/v1/templates/arrived", json={"content": content})
    assert stored.status_code in (200, 201), stored.text
    ids = [terminal["id"] for terminal in everyone]
    answer = system.api.post(
        "/v1/messages",
        json={"template": {"name": "arrived"}, "audience": {"terminals": ids}, "values": {"item": "A coat"}},
    )
    assert answer.status_code == 202, answer.text
    assert system.api.delete("/v1/templates/arrived").status_code == 204
    assert system.finished(answer.json()["id"])["accepted"] == len(everyone) - 2
    found: dict[str, set[str]] = {}
    for request in system.received():
        for token in request["tokens"] or ():
            found.setdefault(token, set()).update(texts_in(request["body"]))
    for terminal in everyone[:-2]:
        expected = {f"Dear {shown(terminal['attributes']['name'])}", "A coat is here"}
        assert expected <= found[terminal["token"]]
