"""Tokens that receipts call dead leave the registry, unless so many are dead that a mistake is
likelier.
"""

import json
from datetime import timedelta
from urllib.parse import urlencode

import pytest
from tests.support.adapters.receipts import statuses, v1
from tests.support.api.clients import ApiClients
from tests.support.api.receipts import APP, TOKENS, accepted_message, post_callback, read_results
from tests.support.clock import SetClock
from tests.support.held_removals import held_removals
from tests.support.registered import by_group

from pushgate.domain.errors import NotFound
from pushgate.domain.terminal import Group, Terminal


async def test_a_token_the_vendor_reports_dead_is_forgotten_unless_it_was_registered_since(
    clients: ApiClients, clock: SetClock
) -> None:
    message_id = await accepted_message(clients, clock)
    at = int(clock.now().timestamp() * 1000)
    rows = [v1(2, token=TOKENS[0], biTag=message_id, timestamp=at)]
    rows += [v1(2, token=TOKENS[1], biTag=message_id, timestamp=at - 3_600_000)]
    assert (await post_callback(clients, "huawei", statuses(*rows))).status_code == 200
    with pytest.raises(NotFound):
        await clients.context.stores.registry.read(APP, "t-0")
    assert (await clients.context.stores.registry.read(APP, "t-1")).token == TOKENS[1]


def gone(param: str, *tokens: str) -> bytes:
    row = {"registrationIds": ",".join(tokens), "param": param, "eventType": "regid_invalid"}
    return json.dumps([row]).encode()


async def test_a_token_is_called_dead_only_by_its_vendor_and_of_a_message_of_the_app(
    clients: ApiClients, clock: SetClock
) -> None:
    message_id = await accepted_message(clients, clock, "oppo")
    await clients.context.stores.registry.register(APP, [Terminal("other", "apns", "apns-token", "en")])
    assert (await post_callback(clients, "oppo", gone("not-a-message-of-ours", TOKENS[0]))).status_code == 200
    assert (await post_callback(clients, "oppo", gone(message_id, "apns-token"))).status_code == 200
    assert sum((await by_group(clients.context.stores, APP)).values()) == 21
    assert (await post_callback(clients, "oppo", gone(message_id, TOKENS[0]))).status_code == 200
    assert await by_group(clients.context.stores, APP) == {
        Group("oppo", "en"): 19,
        Group("apns", "en"): 1,
    }


async def test_whoever_was_registered_after_the_push_is_not_meant(
    clients: ApiClients, clock: SetClock
) -> None:
    """Where the vendor does not say when the token died: a callback that comes again takes no
    terminal that came back.
    """
    message_id = await accepted_message(clients, clock, "oppo")
    await post_callback(clients, "oppo", gone(message_id, TOKENS[0]))
    await clients.context.stores.registry.register(APP, [Terminal("t-0", "oppo", TOKENS[0], "en")])
    assert (await post_callback(clients, "oppo", gone(message_id, TOKENS[0]))).status_code == 200
    assert (await clients.context.stores.registry.read(APP, "t-0")).token == TOKENS[0]


async def test_if_most_are_reported_dead_they_are_kept(clients: ApiClients, clock: SetClock) -> None:
    message_id = await accepted_message(clients, clock)
    at = int(clock.now().timestamp() * 1000)
    rows = [v1(2, token=token, biTag=message_id, timestamp=at) for token in TOKENS]
    assert (await post_callback(clients, "huawei", statuses(*rows))).status_code == 200
    assert await by_group(clients.context.stores, APP) == {Group("huawei", "en"): 20}
    assert await held_removals(clients.context.stores) == {("shop", "huawei"): 20}


async def test_a_callback_of_nothing_but_dead_ones_is_judged_by_the_whole_message(
    clients: ApiClients, clock: SetClock
) -> None:
    """Xiaomi's have one type each, so one that tells of dead ones tells of nothing else
    (docs/reference/vendors/xiaomi.md#receipts).
    """
    message_id = await accepted_message(clients, clock, "xiaomi", count=40)
    dead = TOKENS[:12]
    told = {"a": {"param": message_id, "type": 16, "targets": ",".join(dead)}}
    for _ in range(3):
        assert (
            await post_callback(clients, "xiaomi", urlencode({"data": json.dumps(told)}).encode())
        ).status_code == 200
    assert await by_group(clients.context.stores, APP) == {Group("xiaomi", "en"): 28}
    assert await held_removals(clients.context.stores) == {}
    assert (await read_results(clients, message_id))["gone"] == 12


async def test_dead_ones_told_bit_by_bit_are_too_many_in_the_end(
    clients: ApiClients, clock: SetClock
) -> None:
    message_id = await accepted_message(clients, clock, "oppo")
    for token in TOKENS:
        await post_callback(clients, "oppo", gone(message_id, token))
    assert await by_group(clients.context.stores, APP) == {Group("oppo", "en"): 11}
    assert await held_removals(clients.context.stores) == {("shop", "oppo"): 11}


async def test_a_terminal_that_was_not_sent_the_message_is_not_forgotten_for_it(
    clients: ApiClients, clock: SetClock
) -> None:
    message_id = await accepted_message(clients, clock, "oppo")
    await clients.context.stores.registry.register(APP, [Terminal("later", "oppo", "later-token", "en")])
    clock.advance(1)
    at = (clock.now()).isoformat()
    row = {
        "registrationIds": "later-token",
        "param": message_id,
        "eventType": "regid_invalid",
        "eventTime": at,
    }
    assert (await post_callback(clients, "oppo", json.dumps([row]).encode())).status_code == 200
    assert (await clients.context.stores.registry.read(APP, "later")).token == "later-token"


async def test_a_time_in_the_future_means_nobody_who_comes_later(
    clients: ApiClients, clock: SetClock
) -> None:
    message_id = await accepted_message(clients, clock)
    far = int((clock.now() + timedelta(days=3650)).timestamp() * 1000)
    clock.advance(3600)
    await clients.context.stores.registry.register(APP, [Terminal("t-0", "huawei", TOKENS[0], "en")])
    clock.advance(3600)
    row = v1(2, token=TOKENS[0], biTag=message_id, timestamp=far)
    assert (await post_callback(clients, "huawei", statuses(row))).status_code == 200
    assert (await clients.context.stores.registry.read(APP, "t-0")).token == TOKENS[0]
