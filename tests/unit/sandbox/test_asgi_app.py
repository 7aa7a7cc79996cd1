"""The vendors' listener as an ASGI application: routing of requests, and effects of faults."""

from collections.abc import AsyncIterator

import httpx
import pytest

from pushgate.sandbox.asgi_app import VendorsApp
from pushgate.sandbox.faults import FaultPlan, Faults
from pushgate.sandbox.registry import open_vendors
from pushgate.sandbox.reports import Reporter, ReportPlan
from pushgate.sandbox.request_log import RequestLog
from pushgate.sandbox.simulated_vendor import SandboxContext


class Vendors:
    """The application with its faults and its log."""

    def __init__(self, context: SandboxContext) -> None:
        vendors = open_vendors(context)
        self.faults = Faults(vendors.normalize_token)
        self.request_log = RequestLog(10, vendors.normalize_token)
        reporter = Reporter(vendors, ReportPlan())
        transport = httpx.ASGITransport(VendorsApp(vendors, self.request_log, self.faults, reporter))
        self.client = httpx.AsyncClient(transport=transport, base_url="https://sandbox:1")

    def set_rule(self, **rule: object) -> None:
        self.faults.set_plan(FaultPlan.model_validate({"rules": [{"vendor": "xiaomi", **rule}]}))


@pytest.fixture
async def vendors(context: SandboxContext) -> AsyncIterator[Vendors]:
    found = Vendors(context)
    yield found
    await found.client.aclose()


async def test_a_request_goes_to_the_vendor_of_its_path_and_into_the_log(vendors: Vendors) -> None:
    response = await vendors.client.post("/v3/message/regid?a=1", content=b"title=t")
    assert (response.status_code, response.json()["code"]) == (200, 21301)
    (logged,) = vendors.request_log.find(None, None, 0, 10)
    assert (logged.vendor, logged.request.query, logged.request.body) == ("xiaomi", "a=1", b"title=t")


async def test_a_path_of_no_vendor_is_not_found_and_not_logged(vendors: Vendors) -> None:
    assert (await vendors.client.get("/nowhere")).status_code == 404
    assert list(vendors.request_log.find(None, None, 0, 10)) == []


async def test_a_fault_answers_with_the_vendors_error(vendors: Vendors) -> None:
    vendors.set_rule(error="10027", retry_after=7)
    response = await vendors.client.post("/v3/message/regid")
    assert (response.json()["code"], response.headers["retry-after"]) == (10027, "7")


async def test_a_fault_may_name_an_instant(vendors: Vendors) -> None:
    vendors.set_rule(error="10027", retry_at="2026-11-23T13:00:00+01:00")
    response = await vendors.client.post("/v3/message/regid")
    assert response.headers["retry-after"] == "Mon, 23 Nov 2026 12:00:00 GMT"


async def test_a_fault_may_answer_with_anything(vendors: Vendors) -> None:
    vendors.set_rule(raw="<html>")
    response = await vendors.client.post("/v3/message/regid")
    assert (response.status_code, response.text) == (200, "<html>")
