"""A message whose terminals failed in every way."""

from datetime import timedelta

from tests.support.api.bodies import GOOD, token
from tests.support.api.clients import ApiClients
from tests.support.clock import SetClock

from pushgate.domain.app import App
from pushgate.domain.outcome import State
from pushgate.domain.terminal import Group, Terminal
from pushgate.ledger.values import Block, Failure, MessageShard, Move, Planned

EN = Block(Group("apns", "en"), 0)
GONE = Failure("apns", "Unregistered", "the app was uninstalled")
REFUSED = Failure("apns", "TopicDisallowed", "pushes to this topic are not allowed")
STUCK = Failure("apns", "unanswered", "sent, but no answer came")


async def accepted_message(clients: ApiClients, clock: SetClock) -> str:
    """A message to five terminals: one gone, one refused, one never answered, two well."""
    context = clients.context
    await context.stores.registry.register(
        App("shop"), [Terminal(f"t-{n}", "apns", token(n), "en") for n in range(5)]
    )
    message_id: str = (await clients.shop.post("/v1/messages", json=GOOD)).json()["id"]
    (message,) = await context.stores.claims.claim(clock.now(), timedelta(seconds=15), "s", 1)
    scope = MessageShard(App("shop"), 0, message_id, context.stores.retention.keep_until(message))
    await context.stores.plans.write(scope, [Planned(EN, 0b11111)])
    await context.stores.claims.mark_submitted(message_id, "s", clock.now())
    moves = [
        Move(EN, 0b00001, State.INVALID, GONE),
        Move(EN, 0b00010, State.REJECTED, REFUSED),
        Move(EN, 0b00100, State.REJECTED, STUCK),
        Move(EN, 0b11000, State.ACCEPTED),
    ]
    await context.stores.outcomes.record(scope, "w", timedelta(seconds=15), [], moves)
    await context.stores.registry.forget(App("shop"), ["t-0"])
    await context.stores.lifecycle.finish("shop", message_id)
    return message_id
