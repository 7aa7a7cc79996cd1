"""Vendors report receipts over real sockets, each in its own format and to its own address."""

import pytest
from tests.support.engines import wait_until
from tests.support.system import System, running

COUNT = 20
REPORTING = ("huawei", "harmony", "honor", "xiaomi", "oppo", "vivo", "meizu")
CLICKS = ("xiaomi", "meizu")  # docs/reference/vendors/index.md#receipts
MUTED = ("huawei", "harmony", "xiaomi")
SINGLE_ONLY = ("vivo",)
"""Vendors that report only pushes to single terminals.

See docs/reference/vendors/vivo.md#receipts.
"""
UNINSTALLED = ("huawei", "harmony", "xiaomi", "oppo")


@pytest.fixture
def system(tmp_path_factory: pytest.TempPathFactory) -> "object":
    with running(tmp_path_factory.mktemp("receipts"), None, reports=True) as started:
        rows: list[dict[str, object]] = [
            {"id": f"{vendor}-{n}", "vendor": vendor, "token": f"{vendor}-{n}-{'a' * 40}", "language": "en"}
            for vendor in REPORTING
            for n in range(COUNT)
        ]
        assert started.import_terminals(rows)["created"] == len(rows)
        yield started


def report(system: System, **more: object) -> None:
    """Let vendors report, each event twice, and no client apps."""
    now = system.sandbox.get("/reports").json()
    unchanged = {"consoles": now["consoles"], "delay": 0, "times": 2}
    assert system.sandbox.put("/reports", json={**unchanged, **more}).status_code == 200


def push(system: System, audience: dict[str, object]) -> str:
    body = {"content": {"en": {"title": "t", "body": "b"}}, "audience": audience}
    message_id: str = system.api.post("/v1/messages", json=body).json()["id"]
    system.finished(message_id)
    return message_id


def counts(system: System, message_id: str, counter: str) -> dict[str, int]:
    groups = system.results(message_id)["groups"]
    return {group["vendor"]: group[counter] for group in groups if group[counter]}


def test_receipts_count_once_and_each_vendor_gets_the_answer_it_expects(system: System) -> None:
    everyone: dict[str, object] = {"all": True}
    report(system, delivered_share=1, clicked_share=1)
    clicked = push(system, everyone)
    arrived = {vendor: COUNT for vendor in REPORTING if vendor not in SINGLE_ONLY}
    wait_until(lambda: counts(system, clicked, "delivered") == arrived, 20, "all deliveries")
    wait_until(lambda: counts(system, clicked, "clicked") == dict.fromkeys(CLICKS, COUNT), 20, "all clicks")

    for vendor in SINGLE_ONLY:
        single = push(system, {"terminals": [f"{vendor}-1"]})

        def delivered(message_id: str = single) -> bool:
            return bool(system.results(message_id)["delivered"] == 1)

        wait_until(delivered, 20, f"a delivery through {vendor}")

    report(system, muted_share=1)
    muted = push(system, everyone)
    wait_until(
        lambda: counts(system, muted, "muted") == dict.fromkeys(MUTED, COUNT), 20, "all that are muted"
    )
    assert counts(system, muted, "delivered") == {}

    report(system, uninstalled_share=1)
    push(system, {"terminals": [f"{vendor}-0" for vendor in REPORTING]})

    def remaining() -> set[str]:
        answers = {vendor: system.api.get(f"/v1/terminals/{vendor}-0") for vendor in REPORTING}
        return {vendor for vendor, answer in answers.items() if answer.status_code == 200}

    wait_until(
        lambda: remaining() == set(REPORTING) - set(UNINSTALLED),
        20,
        "terminals without the app to be forgotten",
    )
    receipts = system.sandbox.get("/summary").json()["reports"]["receipts"]
    assert set(receipts) == set(REPORTING)
    assert all(count["refused"] == 0 and count["sent"] >= 2 for count in receipts.values()), receipts
