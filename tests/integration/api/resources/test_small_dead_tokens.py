"""Tokens that receipts on small messages call dead leave the registry, unless most of the latest
pushes are reported so.
"""

import json
from collections.abc import Sequence

from tests.support.api.clients import ApiClients
from tests.support.api.receipts import APP, post_callback
from tests.support.clock import SetClock
from tests.support.held_removals import held_removals
from tests.support.registered import by_group
from tests.support.small_pushes import ACCEPTED, SmallPushes, to, to_tokens

from pushgate.domain.terminal import Group, Terminal
from pushgate.terminals.removal_guard import WINDOW, DeadShare


def gone(rows: Sequence[tuple[str, str]]) -> bytes:
    """OPPO's report of dead tokens, each with its message."""
    return json.dumps(
        [
            {"registrationIds": token, "param": message_id, "eventType": "regid_invalid"}
            for message_id, token in rows
        ]
    ).encode()


async def accepted(clients: ApiClients, clock: SetClock, count: int) -> list[tuple[str, str]]:
    """A message to each of so many terminals of OPPO, all accepted; returns messages and tokens."""
    stores = clients.context.stores
    pushes = SmallPushes(clients.context.redis, clock, APP, stores)
    ids = await pushes.register(count, vendor="oppo")
    clock.advance(1)
    messages = await pushes.put(*[to(one) for one in ids])
    await pushes.place()
    for message_id in messages:
        await pushes.record(message_id, ACCEPTED)
    await stores.removal_guard.count("shop", "oppo", DeadShare(count, 0))
    return [(message_id, f"oppo-token-{n}") for n, message_id in enumerate(messages)]


async def registered(clients: ApiClients) -> int:
    return sum((await by_group(clients.context.stores, APP)).values())


async def report(clients: ApiClients, rows: Sequence[tuple[str, str]]) -> None:
    assert (await post_callback(clients, "oppo", gone(rows))).status_code == 200


async def test_a_dead_token_of_a_message_to_one_terminal_is_forgotten(
    clients: ApiClients, clock: SetClock
) -> None:
    rows = await accepted(clients, clock, 3)
    await report(clients, rows[:1])
    assert await by_group(clients.context.stores, APP) == {Group("oppo", "en"): 2}


async def test_dead_ones_among_many_living_ones_are_forgotten(clients: ApiClients, clock: SetClock) -> None:
    rows = await accepted(clients, clock, 40)
    await report(clients, rows[:12])
    await report(clients, rows[:12])
    assert await registered(clients) == 28
    assert await held_removals(clients.context.stores) == {}


async def test_if_the_tokens_of_most_messages_are_reported_dead_they_are_kept(
    clients: ApiClients, clock: SetClock
) -> None:
    """Though each message has one terminal, which is dead, so that no message shows it."""
    rows = await accepted(clients, clock, 20)
    await report(clients, rows)
    assert await registered(clients) == 20
    assert await held_removals(clients.context.stores) == {("shop", "oppo"): 20}


async def test_dead_ones_told_bit_by_bit_are_too_many_in_the_end(
    clients: ApiClients, clock: SetClock
) -> None:
    rows = await accepted(clients, clock, 20)
    for row in rows:
        await report(clients, [row])
    assert await registered(clients) == 11
    assert await held_removals(clients.context.stores) == {("shop", "oppo"): 11}


async def test_removal_resumes_once_pushes_are_well_again(clients: ApiClients, clock: SetClock) -> None:
    """And the vendor repeats its report."""
    rows = await accepted(clients, clock, 20)
    await report(clients, rows)
    for _ in range(3):
        await clients.context.stores.removal_guard.count("shop", "oppo", DeadShare(WINDOW, 0))
    await report(clients, rows)
    assert await registered(clients) == 0


async def test_whoever_was_registered_after_the_push_is_not_meant(
    clients: ApiClients, clock: SetClock
) -> None:
    rows = await accepted(clients, clock, 1)
    await clients.context.stores.registry.forget(APP, ["oppo-0"])
    clock.advance(60)
    await clients.context.stores.registry.register(APP, [Terminal("new", "oppo", "oppo-token-0", "en")])
    await report(clients, rows)
    assert (await clients.context.stores.registry.read(APP, "new")).token == "oppo-token-0"


async def test_a_registered_token_that_came_with_the_message_is_forgotten(
    clients: ApiClients, clock: SetClock
) -> None:
    pushes = SmallPushes(clients.context.redis, clock, APP, clients.context.stores)
    await pushes.register(2, vendor="oppo")
    clock.advance(1)
    message_id = await pushes.send(to_tokens("oppo-token-0", vendor="oppo"), ACCEPTED)
    await report(clients, [(message_id, "oppo-token-0"), (message_id, "oppo-token-1")])
    assert await registered(clients) == 1


async def test_a_callback_about_messages_of_others_changes_nothing(
    clients: ApiClients, clock: SetClock
) -> None:
    rows = await accepted(clients, clock, 1)
    (message_id, token) = rows[0]
    foreign = ["zzzzzzzzzzzz" + message_id[12:], message_id[:-1] + "1", message_id.upper(), ""]
    await report(clients, [(one, token) for one in foreign])
    assert await registered(clients) == 1
