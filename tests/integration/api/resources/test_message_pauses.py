"""A message is paused and resumed by calls."""

from datetime import timedelta

from tests.support.api.bodies import GOOD
from tests.support.api.clients import ApiClients
from tests.support.clock import SetClock

UNKNOWN = "0" * 30


async def test_a_message_is_paused_and_goes_on(clients: ApiClients, clock: SetClock) -> None:
    at = (clock.now() + timedelta(hours=1)).isoformat()
    body = GOOD | {"audience": {"all": True}, "push_time": at}
    message_id = (await clients.shop.post("/v1/messages", json=body)).json()["id"]
    path = f"/v1/messages/{message_id}"
    for _ in range(2):
        paused = await clients.shop.post(f"{path}:pause")
        assert (paused.status_code, paused.json()["status"]) == (200, "paused")
    assert (await clients.shop.get(path)).json() == paused.json()
    listed = (await clients.shop.get("/v1/messages?status=paused")).json()["messages"]
    assert [one["id"] for one in listed] == [message_id]
    assert (await clients.shop.get("/v1/messages?status=scheduled")).json()["messages"] == []
    assert (await clients.shop.get(f"{path}/results")).json()["status"] == "paused"
    refused = await clients.shop.patch(path, json={"push_time": at})
    assert (refused.status_code, "is paused" in refused.text) == (409, True)
    assert (await clients.shop.post(f"{path}:resume")).json()["status"] == "scheduled"
    await clients.shop.post(f"{path}/cancel")
    refused = await clients.shop.post(f"{path}:pause")
    assert (refused.status_code, "is cancelled" in refused.text) == (409, True)


async def test_a_message_of_another_app_is_not_found(clients: ApiClients) -> None:
    message_id = (await clients.shop.post("/v1/messages", json=GOOD)).json()["id"]
    for action in ("pause", "resume"):
        assert (await clients.other.post(f"/v1/messages/{message_id}:{action}")).status_code == 404
        assert (await clients.shop.post(f"/v1/messages/{UNKNOWN}:{action}")).status_code == 404
