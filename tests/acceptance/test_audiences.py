"""Who did not click yesterday's message is pushed to again, with the vendors as witnesses."""

import json
from collections import Counter
from collections.abc import Iterable
from typing import Any

import pytest
from tests.support.engines import wait_until
from tests.support.system import CONTENT, System

LANGUAGES = ("zh-Hans", "zh-Hant-TW", "en")
VENDORS = ("apns", "fcm", "huawei", "xiaomi")
COUNT = 60


class Audience:
    """Terminals with a tag of their own, in turn of all vendors, in Chinese or not, vip or not."""

    def __init__(self, system: System, tag: str) -> None:
        self._system = system
        self.tag = tag
        self.terminals = {self.id(number): self._terminal(number) for number in range(COUNT)}
        self.register(self.terminals)

    def id(self, number: int) -> str:
        return f"{self.tag}-{number}"

    def _terminal(self, number: int) -> dict[str, Any]:
        return {
            "id": self.id(number),
            "vendor": VENDORS[number % 4],
            "token": f"{self.tag.encode().hex()}{number:04x}".rjust(64, "a"),
            "language": LANGUAGES[number % 3],
            "tags": [self.tag, "vip"] if number % 5 < 3 else [self.tag],
        }

    def change(self, number: int, **more: object) -> None:
        """Register a terminal again with some fields changed, or a new one."""
        terminal = {**self.terminals.get(self.id(number), self._terminal(number)), **more}
        self.terminals[self.id(number)] = terminal
        self.register([self.id(number)])

    def register(self, ids: Iterable[str]) -> None:
        rows = [self.terminals[terminal_id] for terminal_id in ids]
        imported = self._system.import_terminals(rows)
        assert imported["failed"] == 0, imported

    def forget(self, number: int) -> None:
        assert self._system.api.delete(f"/v1/terminals/{self.id(number)}").status_code == 204

    def vip_in_chinese(self) -> set[str]:
        return {
            terminal_id
            for terminal_id, terminal in self.terminals.items()
            if "vip" in terminal["tags"] and terminal["language"].startswith("zh")
        }

    def tokens(self, ids: Iterable[str]) -> Counter[tuple[str, str]]:
        found = (self.terminals[terminal_id] for terminal_id in ids)
        return Counter((terminal["vendor"], terminal["token"]) for terminal in found)


def push(system: System, audience: dict[str, object]) -> str:
    """Push to an audience, and wait for the results."""
    system.sandbox.delete("/received").raise_for_status()
    answer = system.api.post("/v1/messages", json={"content": CONTENT, "audience": audience})
    assert answer.status_code == 202, answer.text
    message_id: str = answer.json()["id"]
    system.finished(message_id)
    return message_id


def received(system: System) -> Counter[tuple[str, str]]:
    """Vendor and token of each push that vendors got."""
    found: Counter[tuple[str, str]] = Counter()
    for request in system.received():
        found.update((request["vendor"], token) for token in request["tokens"] or ())
    return found


def click(system: System, message_id: str, ids: Iterable[str]) -> None:
    """Terminals report that their users clicked the message, as their pushes allow them to."""
    first = next(item for item in system.received() if item["vendor"] == "apns" and item["accepted"])
    callback = json.loads(first["body"])["pushgate"]
    reports = [{"token": callback, "terminal": terminal_id} for terminal_id in ids]
    assert system.anyone.post("/v1/callbacks/click", json=reports).status_code == 204
    wait_until(lambda: system.results(message_id)["clicked"] == len(reports), 20, "the clicks")


@pytest.mark.parametrize("size", ["large", "small"])
def test_vips_in_chinese_who_did_not_click_yesterdays_message(system: System, size: str) -> None:
    known = Audience(system, f"who-{size}")
    tagged: dict[str, object] = {"tag": known.tag}
    yesterday = push(system, tagged if size == "large" else {"terminals": list(known.terminals)})
    assert received(system) == known.tokens(known.terminals)
    clicked = {known.id(number) for number in range(0, COUNT, 4)}
    click(system, yesterday, clicked)

    # Clicked, and is another terminal since.
    known.forget(0)
    known.change(0)
    clicked.discard(known.id(0))
    known.change(12, vendor="fcm", token="moved-12")  # clicked, and goes to another vendor
    known.change(1, vendor="xiaomi", token="moved-1")  # did not, and goes
    known.change(2, language="zh-Hans")
    known.change(3, language="en")
    known.change(6, tags=[known.tag])
    known.change(COUNT, language="zh-Hans", tags=[known.tag, "vip"])

    wanted = known.vip_in_chinese() - clicked
    assert {known.id(0), known.id(1), known.id(2), known.id(COUNT)} <= wanted
    rule: dict[str, object] = {
        "all_of": [tagged, {"tag": "vip"}, {"language": "zh"}, {"not": {"clicked": yesterday}}]
    }
    counted = system.api.post("/v1/audience:count", json={"audience": rule}).json()
    assert (counted["total"], counted["warnings"]) == (len(wanted), [])
    today = push(system, rule)
    assert received(system) == known.tokens(wanted)
    assert system.results(today)["accepted"] == len(wanted)

    name = f"quiet-{size}"
    frozen = system.api.post(f"/v1/audiences/{name}:freeze", json={"audience": rule})
    assert (frozen.status_code, frozen.json()["frozen"]["terminals"]) == (201, len(wanted))
    click(system, today, [known.id(1)])
    known.change(COUNT + 1, language="zh-Hans", tags=[known.tag, "vip"])
    known.change(2, vendor="apns", token="b" * 64, tags=[])
    known.forget(COUNT)
    push(system, {"saved": name})
    assert received(system) == known.tokens(wanted - {known.id(COUNT)})
    assert system.api.delete(f"/v1/audiences/{name}").status_code == 204
