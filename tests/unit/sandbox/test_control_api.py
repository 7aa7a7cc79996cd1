"""The sandbox's own API, without a socket."""

from collections.abc import AsyncIterator

import httpx
import pytest
from tests.support.vendor_requests import access_token, json_request

from pushgate.sandbox.control_api import ControlApi, SandboxState
from pushgate.sandbox.faults import Faults
from pushgate.sandbox.registry import open_vendors
from pushgate.sandbox.reports import Reporter, ReportPlan
from pushgate.sandbox.request_log import RequestLog
from pushgate.sandbox.simulated_vendor import SandboxContext


@pytest.fixture
def state(context: SandboxContext) -> SandboxState:
    vendors = open_vendors(context)
    return SandboxState(
        vendors=vendors,
        access_tokens=context.access_tokens,
        request_log=RequestLog(10, vendors.normalize_token),
        faults=Faults(vendors.normalize_token),
        reporter=Reporter(vendors, ReportPlan()),
    )


@pytest.fixture
async def api(state: SandboxState) -> AsyncIterator[httpx.AsyncClient]:
    async def restart() -> None:
        """There is no listener to restart."""

    transport = httpx.ASGITransport(ControlApi(state, restart).app())
    async with httpx.AsyncClient(transport=transport, base_url="http://sandbox") as client:
        yield client


@pytest.mark.parametrize(
    ("plan", "error"),
    [
        ({"rules": [{"vendor": "nokia"}]}, "rules.0.vendor: there is no vendor 'nokia' here"),
        ({"rules": [{"vendor": "apns", "error": "Nope"}]}, "rules.0.error: apns has no code 'Nope'"),
        ({"refused": {"nokia": {"t": ""}}}, "refused.nokia: there is no such vendor here"),
        ({"refused": {"vivo": {"t": "9"}}}, "refused.vivo: it says no '9' of single tokens, but 1, 2, 4"),
        ({"dead": {"nokia": ["t"]}}, "dead.nokia: there is no such vendor here"),
        ({"quotas": {"nokia": 1}}, "quotas.nokia: there is no such vendor here"),
        (
            {"quotas": {"fcm": 1}},
            "quotas.fcm: has no quota of a day; those that have: meizu, oppo, vivo, xiaomi",
        ),
        ({"expire_credentials": ["nokia"]}, "expire_credentials: there is no vendor 'nokia' here"),
    ],
)
async def test_a_plan_that_cannot_take_effect_is_refused_in_words(
    plan: dict[str, object], error: str, api: httpx.AsyncClient
) -> None:
    response = await api.put("/faults", json=plan)
    assert (response.status_code, response.json()["error"]) == (422, error)


async def test_a_plan_is_in_force_until_it_is_cleared(
    api: httpx.AsyncClient, state: SandboxState, context: SandboxContext
) -> None:
    token = access_token(context, "fcm")
    plan = {"dead": {"fcm": ["a"]}, "expire_credentials": ["fcm"]}
    assert (await api.put("/faults", json=plan)).status_code == 200
    assert state.faults.rejected_tokens("fcm") == {"a": ""}
    request = json_request(
        "/v1/projects/demo-project/messages:send", {"authorization": f"Bearer {token}"}, {}
    )
    response = state.vendors.by_name["fcm"].respond(request, {})
    assert response.status == 401, "the access token has ended"
    assert (await api.delete("/faults")).status_code == 204
    assert (await api.get("/faults")).json()["dead"] == {}


async def test_only_vendors_that_report_receipts_have_a_console(api: httpx.AsyncClient) -> None:
    response = await api.put("/reports", json={"consoles": {"apns": {}}})
    assert response.status_code == 422
    assert response.json()["error"].startswith("consoles.apns: reports no receipts; those that do: harmony")


async def test_a_browsers_subscription_is_always_the_same(api: httpx.AsyncClient) -> None:
    first, second = [(await api.get("/subscriptions/firefox")).json() for _ in range(2)]
    assert first == second
    assert first["endpoint"] == "https://sandbox:1/wp/firefox"
    assert (await api.get("/subscriptions/x")).status_code == 422
