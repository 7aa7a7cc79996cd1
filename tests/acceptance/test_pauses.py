"""Apps and vendors are paused and resumed while the system runs: every process follows."""

import time
from collections.abc import Iterator

import pytest
from tests.support.system import System

CONTENT = {"en": {"title": "t", "body": "b"}}


@pytest.fixture
def operator(system: System) -> Iterator[System]:
    """The system, of which nothing is paused afterwards."""
    yield system
    for path in ("resume", "vendors/fcm/resume"):
        call(system, path)


def call(system: System, path: str) -> None:
    key = (system.folder / "data" / "operator.key").read_text("utf-8").strip()
    headers = {"Authorization": f"Bearer {key}"}
    system.anyone.post(f"/v1/apps/demo/{path}", headers=headers).raise_for_status()


def push(system: System, count: int, vendor: str = "fcm") -> str:
    tokens = [{"vendor": vendor, "token": f"{vendor}-{n:04d}-{'a' * 40}"} for n in range(count)]
    body = {"content": CONTENT, "audience": {"tokens": tokens}}
    return str(system.api.post("/v1/messages", json=body).json()["id"])


def pushes(system: System, vendor: str) -> int:
    return int(system.sandbox.get("/summary").json()["vendors"].get(vendor, {"pushes": 0})["pushes"])


@pytest.mark.parametrize("path", ["", "vendors/fcm/"], ids=["app", "vendor"])
def test_nothing_is_sent_while_paused_and_all_goes_on_afterwards(operator: System, path: str) -> None:
    call(operator, f"{path}pause")
    time.sleep(2)
    ids = [push(operator, 3), push(operator, 500)]
    time.sleep(2)
    assert pushes(operator, "fcm") == 0
    reason = "vendor_paused" if path else "app_paused"
    for message_id in ids:
        assert [one["reason"] for one in operator.results(message_id)["waiting"]] == [reason]
    if path:
        assert operator.finished(push(operator, 3, "xiaomi"), 60)["accepted"] == 3
    call(operator, f"{path}resume")
    for message_id, count in zip(ids, (3, 500), strict=True):
        assert operator.finished(message_id, 60)["accepted"] == count
    assert operator.sandbox.get("/summary").json()["vendors"]["fcm"]["duplicates"] == 0
