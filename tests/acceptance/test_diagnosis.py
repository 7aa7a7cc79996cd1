"""Terminals diagnosed after pushes through simulated vendors, which are asked as well."""

from collections.abc import Callable

import httpx
from tests.support.engines import wait_until
from tests.support.system import CONTENT, System

ROWS: list[dict[str, object]] = [
    {"id": "ailing-apns", "vendor": "apns", "token": "dead" + "1" * 60, "language": "en"},
    {"id": "fine-apns", "vendor": "apns", "token": "f1" * 32, "language": "en"},
    {"id": "fine-fcm", "vendor": "fcm", "token": "fine:token", "language": "en"},
    {"id": "ailing-fcm", "vendor": "fcm", "token": "dead:token", "language": "en"},
    {"id": "fine-huawei", "vendor": "huawei", "token": "fine-token", "language": "en"},
]


def diagnosed(call: Callable[[str], httpx.Response], terminal: str) -> list[str]:
    """The codes of what is found of a terminal."""
    answer = call(f"/v1/terminals/{terminal}/diagnosis")
    assert answer.status_code == 200, answer.text
    return [finding["code"] for finding in answer.json()["findings"]]


def test_terminals_are_diagnosed_and_vendors_are_asked(system: System) -> None:
    assert system.import_terminals(ROWS)["created"] == len(ROWS)
    body = {"content": CONTENT, "audience": {"terminals": ["fine-apns", "ailing-apns"]}}
    message_id = system.api.post("/v1/messages", json=body).json()["id"]
    system.finished(message_id)
    wait_until(lambda: system.api.get("/v1/terminals/ailing-apns").status_code == 404, 20, "it to leave")

    assert diagnosed(system.api.get, "ailing-apns") == ["former_terminal", "token_rejected"]
    assert diagnosed(system.api.get, "fine-apns") == ["no_fault_found"]
    assert diagnosed(system.api.post, "fine-apns") == ["vendor_has_no_check"]
    for vendor in ("fcm", "huawei"):
        assert diagnosed(system.api.post, f"fine-{vendor}")[0] == "vendor_accepts"
    assert diagnosed(system.api.post, "ailing-fcm")[0] == "token_rejected"
    pushed = system.api.get("/v1/terminals/fine-apns/messages").json()["messages"]
    assert [(entry["message"], entry["push"]["state"]) for entry in pushed] == [(message_id, "accepted")]
