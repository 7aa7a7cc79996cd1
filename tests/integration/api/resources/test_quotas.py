"""Vendors' daily quotas are shown, and results name those that a message waits for."""

from datetime import timedelta

import pytest
from tests.support.api.bodies import but
from tests.support.api.clients import ApiClients
from tests.support.api.waiting import pending_message, serve, waiting
from tests.support.clock import SetClock

from pushgate.api.times import format_instant
from pushgate.domain.app import App
from pushgate.domain.push_class import PushClass, next_vendor_day, vendor_day
from pushgate.domain.terminal import Terminal
from pushgate.quotas.quota import Quota
from pushgate.sandbox.credentials import Credentials
from pushgate.sandbox.registry import app_sections

pytestmark = pytest.mark.usefixtures("healthy_fleet")

QUOTA = Quota("shop", "vivo", PushClass.MARKETING, 10)
PATIENCE = timedelta(minutes=6)


@pytest.fixture
def shop_settings(credentials: Credentials) -> dict[str, object]:
    """The shop with a quota of vivo."""
    return {"vivo": {**app_sections(credentials)["vivo"], "quotas": {"marketing": 10}}}


async def use(clients: ApiClients, sent: int, waits: int) -> None:
    """So many pushes were sent today, and so many more are wanted."""
    quotas = clients.context.stores.quotas
    day, _ = await quotas.take(QUOTA, 1, "m", "run", {"part": sent}, PATIENCE)
    await quotas.settle(QUOTA, day, "m", "run", {"part": sent})
    await quotas.want(QUOTA, 1, "m", waits, PATIENCE)


async def test_what_is_used_and_left_is_shown(clients: ApiClients, clock: SetClock) -> None:
    await use(clients, 7, 2)
    answer = await clients.reader.get("/v1/quotas")
    assert answer.json() == {
        "day": vendor_day(clock.now()),
        "ends_at": format_instant(next_vendor_day(clock.now())),
        "quotas": [
            {
                "vendor": "vivo",
                "push_class": "marketing",
                "limit": 10,
                "used": 7,
                "sending": 0,
                "waiting": 2,
                "left": 3,
                "refused_at": None,
            }
        ],
    }
    metrics = (await clients.operator.get("/metrics/fleet")).text
    assert 'pushgate_quota_limit{app="shop",class="marketing",vendor="vivo"} 10.0' in metrics
    assert 'pushgate_quota_used{app="shop",class="marketing",vendor="vivo"} 7.0' in metrics
    assert 'pushgate_quota_waiting{app="shop",class="marketing",vendor="vivo"} 2.0' in metrics


async def test_results_and_status_say_what_waits_for_midnight(clients: ApiClients, clock: SetClock) -> None:
    await serve(clients, clock, "vivo")
    message_id = await pending_message(clients, "vivo")
    assert await waiting(clients, message_id) == []
    await use(clients, 10, 1)
    (reason,) = await waiting(clients, message_id)
    assert (reason["reason"], reason["vendor"]) == ("vendor_quota", "vivo")
    assert reason["until"] == format_instant(next_vendor_day(clock.now()))
    params = {"class": "marketing", "used": 10, "limit": 10, "pushes": 1}
    assert reason["params"] == {**params, "cause": "10 of 10 marketing pushes are sent"}
    (problem,) = (await clients.shop.get("/status")).json()["problems"]
    assert (problem["code"], problem["vendor"]) == ("vendor_quota", "vivo")
    assert (await clients.other.get("/status")).json()["problems"] == []


async def test_a_reset_forgets_what_the_vendor_said(clients: ApiClients, clock: SetClock) -> None:
    clock.at = next_vendor_day(clock.now()) + timedelta(hours=1)
    await clients.context.stores.quotas.refuse(QUOTA, vendor_day(clock.now()))
    (quota,) = (await clients.reader.get("/v1/quotas")).json()["quotas"]
    assert (quota["left"], quota["refused_at"] is not None) == (0, True)
    answer = await clients.operator.post("/v1/apps/shop/vendors/vivo/reset-breaker")
    assert answer.status_code == 200, answer.text
    (quota,) = (await clients.reader.get("/v1/quotas")).json()["quotas"]
    assert (quota["left"], quota["refused_at"]) == (10, None)


@pytest.mark.parametrize(("ttl", "fate"), [(86_400, "wait for"), (1, "expire before")])
async def test_a_plan_tells_that_a_quota_has_no_room_for_all(
    clients: ApiClients, clock: SetClock, ttl: int, fate: str
) -> None:
    clock.at = next_vendor_day(clock.now()) - timedelta(hours=1)
    await clients.context.stores.registry.register(
        App("shop"), [Terminal(f"v{n}", "vivo", f"token-{n}", "en") for n in range(5)]
    )
    await use(clients, 8, 0)
    body = but(audience={"all": True}, options={"ttl": ttl, "category": "marketing"})
    answer = await clients.shop.post("/v1/messages:plan", json=body)
    assert answer.status_code == 200, answer.text
    (warning,) = [one for one in answer.json()["warnings"] if "quota" in one["message"]]
    assert warning["message"] == (
        "the vendor's quota has room for 2 of 5 marketing pushes today; "
        f"the others {fate} midnight in Shanghai (vivo)"
    )
