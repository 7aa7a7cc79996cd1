"""The main task as a whole: a push in two languages reaches the terminals of four vendors.

It arrives at its push time and exactly once, and the results are exact.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qs

import pytest
from tests.support.engines import gearman_servers, tcp_redis, wait_until
from tests.support.system import System, running

VENDORS = ("apns", "fcm", "huawei", "xiaomi")
LANGUAGES = ("zh-Hans", "en", "ja")
TERMINALS = 2400
DEAD = 200
TITLES = {"zh-Hans": "特卖", "en": "Sale"}


def token(index: int) -> str:
    """A hexadecimal token, which every vendor takes; the first ones are dead."""
    text = hashlib.sha256(str(index).encode()).hexdigest()
    return "dead" + text[4:] if index < DEAD else "a" + text[1:]


def terminals() -> list[dict[str, object]]:
    """Terminals of all vendors and languages in turn."""
    return [
        {
            "id": f"t-{index}",
            "vendor": VENDORS[index % 4],
            "token": token(index),
            "language": LANGUAGES[index // 4 % 3],
            "user": f"u-{index // 2}",
        }
        for index in range(TERMINALS)
    ]


def pushes(system: System) -> list[tuple[str, str, str, datetime]]:
    """Vendor, token, title and time of every token in every request to a vendor."""
    found: list[tuple[str, str, str, datetime]] = []
    for request in system.received():
        vendor, body = str(request["vendor"]), str(request["body"])
        if not request["tokens"]:
            continue
        if vendor == "xiaomi":
            title = parse_qs(body)["title"][0]
        else:
            document = json.loads(body)
            title = {
                "apns": lambda d: d["aps"]["alert"]["title"],
                "fcm": lambda d: d["message"]["notification"]["title"],
                "huawei": lambda d: d["message"]["android"]["notification"]["title"],
            }[vendor](document)
        at = datetime.fromisoformat(str(request["at"]))
        found += [(vendor, str(item), title, at) for item in request["tokens"]]
    return found


@pytest.fixture(params=gearman_servers())
def system(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[System]:
    """With gearmand and the embedded store, and with the embedded server and a Redis that runs
    already.
    """
    if request.param == "gearmand":
        with running(tmp_path) as started:
            yield started
        return
    redis = tcp_redis(tmp_path / "redis").start()
    try:
        with running(tmp_path, {"PUSHGATE_REDIS__URL": redis.url}, "--embedded-gearman") as started:
            yield started
    finally:
        redis.stop()


def test_a_push_reaches_every_terminal_once_in_its_language_and_the_results_are_exact(system: System) -> None:
    known = terminals()
    imported = system.import_terminals(known)
    expected_import = {
        "lines": TERMINALS,
        "created": TERMINALS,
        "updated": 0,
        "failed": 0,
        "errors": [],
        "warnings": [],
    }
    assert imported == expected_import

    push_time = datetime.now(UTC) + timedelta(seconds=3)
    created = system.api.post(
        "/v1/messages",
        json={
            "content": {
                "zh-Hans": {"title": TITLES["zh-Hans"], "body": "仅限今天", "data": {"page": "sale"}},
                "en": {"title": TITLES["en"], "body": "Today only", "data": {"page": "sale"}},
            },
            "default_language": "en",
            "push_time": push_time.isoformat(),
            "audience": {"all": True},
        },
    )
    assert created.status_code == 202, created.text
    message_id = created.json()["id"]
    assert system.results(message_id)["targeted"] == 0

    results = system.finished(message_id)
    assert (results["targeted"], results["accepted"], results["invalid"]) == (
        TERMINALS,
        TERMINALS - DEAD,
        DEAD,
    )
    groups = {(group["vendor"], group["language"]): group["targeted"] for group in results["groups"]}
    assert groups == Counter((str(t["vendor"]), str(t["language"])) for t in known)

    sent = pushes(system)
    assert Counter((vendor, item) for vendor, item, _, _ in sent) == Counter(
        (str(t["vendor"]), str(t["token"])) for t in known
    )
    expected = {str(t["token"]): TITLES["zh-Hans" if t["language"] == "zh-Hans" else "en"] for t in known}
    assert all(title == expected[item] for _, item, title, _ in sent)
    assert min(at for _, _, _, at in sent) >= push_time

    def is_gone(index: int) -> bool:
        return system.api.get(f"/v1/terminals/t-{index}").status_code == 404

    wait_until(lambda: all(map(is_gone, range(DEAD))), 20, "dead terminals to be removed")
    assert system.api.get(f"/v1/terminals/t-{DEAD}").status_code == 200
    again = system.api.post(
        "/v1/messages",
        json={"content": {"en": {"title": "Again", "body": "!"}}, "audience": {"all": True}},
    ).json()["id"]
    assert system.finished(again)["targeted"] == TERMINALS - DEAD

    _clicks_count_once(system, message_id)


def _clicks_count_once(system: System, message_id: str) -> None:
    """1,000 clicks of 900 terminals count as 900 clicked terminals."""
    request = next(item for item in system.received() if item["vendor"] == "apns" and item["accepted"])
    callback = json.loads(str(request["body"]))["pushgate"]
    first = next(
        item
        for item in system.received()
        if message_id in str(item["body"]) and item["vendor"] == "apns" and item["accepted"]
    )
    callback = json.loads(str(first["body"]))["pushgate"]
    clicks = [{"token": callback, "terminal": f"t-{DEAD + index % 900}"} for index in range(1000)]
    for start in range(0, 1000, 250):
        assert system.anyone.post("/v1/callbacks/click", json=clicks[start : start + 250]).status_code == 204
    results = system.results(message_id)
    assert results["clicked"] == 900
    assert results["received"] == TERMINALS - DEAD
    assert results["click_through_rate"] == 900 / (TERMINALS - DEAD)
    assert sum(group["clicked"] for group in results["groups"]) == 900
