"""Receipts of simulated vendors: which events each reports, and what it takes for a success."""

import httpx
import pytest
from tests.support.vendor_requests import NOW

from pushgate.sandbox.callbacks import CallbackRequest, ConsoleSettings, DeviceEvent, ReceiptBatch
from pushgate.sandbox.exchange import ReceiptRequest
from pushgate.sandbox.registry import SimulatedVendors, open_vendors
from pushgate.sandbox.simulated_vendor import SandboxContext

EVENTS: tuple[DeviceEvent, ...] = ("delivered", "clicked", "muted", "uninstalled")
REPORTED = {
    "harmony": ["delivered", "muted", "uninstalled"],
    "honor": ["delivered"],
    "huawei": ["delivered", "muted", "uninstalled"],
    "meizu": ["delivered", "clicked"],
    "oppo": ["delivered", "uninstalled"],
    "vivo": ["delivered"],
    "xiaomi": list(EVENTS),
}


@pytest.fixture(scope="module")
def vendors(context: SandboxContext) -> SimulatedVendors:
    return open_vendors(context)


def batch(event: DeviceEvent, event_types: int = 0) -> ReceiptBatch:
    return ReceiptBatch(
        event=event,
        request=ReceiptRequest(push_id="1", param="m", event_types=event_types),
        tokens=["a", "b"],
        at=NOW,
        console=ConsoleSettings(),
    )


def test_each_vendor_reports_its_own_events(vendors: SimulatedVendors) -> None:
    reported = {
        name: [event for event in EVENTS if vendor.write_callback(batch(event))]
        for name, vendor in vendors.by_name.items()
        if vendor.reports_receipts
    }
    assert reported == REPORTED


@pytest.mark.parametrize(("vendor", "clicks_only"), [("xiaomi", 2), ("meizu", 2)])
def test_a_push_selects_the_events_to_report(
    vendor: str, clicks_only: int, vendors: SimulatedVendors
) -> None:
    simulated = vendors.by_name[vendor]
    assert simulated.write_callback(batch("clicked", clicks_only)) is not None
    assert simulated.write_callback(batch("delivered", clicks_only)) is None


@pytest.mark.parametrize(
    ("expected_code", "status", "body", "is_confirmed"),
    [
        ("", 200, b"", True),
        ("", 500, b"", False),
        ("0", 200, b'{"code":"0"}', True),
        ("0", 200, b'{"code":"1"}', False),
        ("0", 200, b"[]", False),
        ("0", 200, b"no json", False),
    ],
)
def test_a_vendor_takes_only_its_own_answer_for_a_success(
    expected_code: str, status: int, body: bytes, is_confirmed: bool
) -> None:
    callback = CallbackRequest({}, b"", expected_code)
    assert callback.is_confirmed_by(httpx.Response(status, content=body)) == is_confirmed
