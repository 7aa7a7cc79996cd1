"""A message that is to be sent evenly over a time."""

from tests.support.api.bodies import GOOD
from tests.support.api.clients import ApiClients


async def test_the_time_is_shown_as_it_was_written(clients: ApiClients) -> None:
    created = await clients.shop.post("/v1/messages", json=GOOD | {"options": {"spread": "90m"}})
    assert (created.status_code, created.json()["options"]["spread"]) == (202, "90m")
    found = await clients.shop.get(f"/v1/messages/{created.json()['id']}")
    assert found.json()["options"]["spread"] == "90m"


async def test_a_message_to_few_is_not_spread(clients: ApiClients) -> None:
    body = GOOD | {"audience": {"users": ["ann"]}, "options": {"spread": "10m"}}
    refused = await clients.shop.post("/v1/messages", json=body)
    assert refused.status_code == 422
    assert [one["field"] for one in refused.json()["errors"]] == ["options.spread"]
