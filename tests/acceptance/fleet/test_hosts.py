"""One of two hosts is cut off, or dies, under a load of broadcasts and small messages."""

import json

from tests.support.engines import wait_until
from tests.support.hosts.fleet import COUNT, JOBS, LEASE, HostFleet
from tests.support.hosts.load import PER_SECOND, TERMINALS, loading
from tests.support.webhooks.receiver import WebhookReceiver

IN_FLIGHT = COUNT * COUNT * JOBS * 500
"""Pushes that one worker may have sent without having recorded them: one block for each job in
hand, of which the terminals of a vendor and a shard fill one half.
"""
RECOVERED_WITHIN = 120.0
"""Seconds after the end of the load: a lost gearmand's jobs are submitted again after 10 s without
an answer, and retries of pushes that got no answer wait some seconds.
"""


def test_a_host_that_is_cut_off_and_comes_back_loses_nothing(
    fleet: HostFleet, receiver: WebhookReceiver
) -> None:
    answer = fleet.clients[0].post("/v1/webhooks", json={"url": receiver.url, "types": ["message.sent"]})
    assert answer.status_code == 201, answer.text
    with loading(fleet) as load:
        load.broadcast(1)
        load.broadcast(2)
        load.look(1.5)
        fleet.cut(2)
        load.broadcast(1)
        load.look(2 * LEASE)
        status = fleet.status(1)
        assert status["gearman_servers"]["up"] == [fleet.gearmands[1].url]
        assert status["gearman_servers"]["down"] == [fleet.gearmands[2].url]
        assert list(status["gearman_servers"]["queued"]) == [fleet.gearmands[1].url]
        assert "gearman_unreachable" in {problem["code"] for problem in status["problems"]}
        assert fleet.status(1)["alive"]["api"] >= 1
        fleet.heal(2)
        load.look(1)
        load.check(IN_FLIGHT, RECOVERED_WITHIN)
    wait_until(lambda: not fleet.status(1)["gearman_servers"]["down"], 20, "the other gearmand")
    ended = set(load.broadcasts)
    wait_until(lambda: ended <= told(receiver), 30, "the end of each broadcast at the webhook")


def test_a_host_that_dies_and_starts_again_loses_nothing(fleet: HostFleet) -> None:
    with loading(fleet) as load:
        load.broadcast(1)
        load.broadcast(2)
        load.look(1.5)
        fleet.kill(1)
        load.look(LEASE + 1)
        load.broadcast(2)
        fleet.start(1)
        load.look(1)
        load.check(IN_FLIGHT, RECOVERED_WITHIN)
    assert len(load.small.taken) > PER_SECOND
    assert load.distinct() == 3 * TERMINALS + len(load.small.taken)


def told(receiver: WebhookReceiver) -> set[str]:
    """The messages of whose end the receiver was told."""
    events = [event for request in receiver.requests for event in json.loads(request.body)["data"]["events"]]
    return {event["message"] for event in events if event["type"] == "message.sent"}
