"""Vendors report what became of pushes, each in its own form and over a real socket, to the
addresses they were given.
"""

import pytest
from tests.support.engines import wait_until
from tests.support.system import System, ndjson, running

EACH = 20
REPORTING = ("huawei", "harmony", "honor", "xiaomi", "oppo", "vivo", "meizu")
CLICKS = ("xiaomi", "meizu")  # docs/reference/vendors/index.md#receipts
MUTED = ("huawei", "harmony", "xiaomi")
ONE_BY_ONE = ("vivo",)
"""Report of pushes to single terminals alone (docs/reference/vendors/vivo.md#receipts)."""
GONE = ("huawei", "harmony", "xiaomi", "oppo")


@pytest.fixture
def system(tmp_path_factory: pytest.TempPathFactory) -> "object":
    with running(tmp_path_factory.mktemp("receipts"), None, reports=True) as started:
        rows: list[dict[str, object]] = [
            {"id": f"{vendor}-{n}", "vendor": vendor, "token": f"{vendor}-{n}-{'a' * 40}", "language": "en"}
            for vendor in REPORTING
            for n in range(EACH)
        ]
        imported = started.api.post(
            "/v1/terminals:import", content=ndjson(rows), headers={"Content-Type": "application/x-ndjson"}
        )
        assert imported.json()["created"] == len(rows)
        yield started


def plan(system: System, **more: object) -> None:
    """Only vendors report, each thing twice."""
    now = system.sandbox.get("/reports").json()
    kept = {"consoles": now["consoles"], "delay": 0, "times": 2}
    assert system.sandbox.put("/reports", json={**kept, **more}).status_code == 200


def push(system: System, audience: dict[str, object]) -> str:
    body = {"content": {"en": {"title": "t", "body": "b"}}, "audience": audience}
    message_id: str = system.api.post("/v1/messages", json=body).json()["id"]
    system.finished(message_id)
    return message_id


def counts(system: System, message_id: str, what: str) -> dict[str, int]:
    groups = system.results(message_id)["groups"]
    return {group["vendor"]: group[what] for group in groups if group[what]}  # type: ignore[attr-defined]  # JSON


def test_what_vendors_report_counts_once_and_is_answered_as_each_wants(system: System) -> None:
    everyone: dict[str, object] = {"all": True}
    plan(system, delivered_share=1, clicked_share=1)
    clicked = push(system, everyone)
    arrived = {vendor: EACH for vendor in REPORTING if vendor not in ONE_BY_ONE}
    wait_until(lambda: counts(system, clicked, "delivered") == arrived, 20, "all deliveries")
    wait_until(lambda: counts(system, clicked, "clicked") == dict.fromkeys(CLICKS, EACH), 20, "all clicks")

    for vendor in ONE_BY_ONE:
        single = push(system, {"terminals": [f"{vendor}-1"]})

        def known(message_id: str = single) -> bool:
            return system.results(message_id)["delivered"] == 1

        wait_until(known, 20, f"a delivery through {vendor}")

    plan(system, muted_share=1)
    muted = push(system, everyone)
    wait_until(lambda: counts(system, muted, "muted") == dict.fromkeys(MUTED, EACH), 20, "all that are muted")
    assert counts(system, muted, "delivered") == {}

    plan(system, uninstalled_share=1)
    push(system, {"terminals": [f"{vendor}-0" for vendor in REPORTING]})

    def left() -> set[str]:
        answers = {vendor: system.api.get(f"/v1/terminals/{vendor}-0") for vendor in REPORTING}
        return {vendor for vendor, answer in answers.items() if answer.status_code == 200}

    wait_until(lambda: left() == set(REPORTING) - set(GONE), 20, "terminals without the app to be forgotten")
    told = system.sandbox.get("/summary").json()["reports"]["receipts"]
    assert set(told) == set(REPORTING)
    assert all(one["refused"] == 0 and one["sent"] >= 2 for one in told.values()), told
