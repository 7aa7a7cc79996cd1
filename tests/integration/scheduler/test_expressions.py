"""A message to an expression is planned for whom the expression holds when the message is due."""

from redis.asyncio import Redis
from tests.support.scheduler import APP, SchedulerParts

from pushgate.adapters.topics import summarize_audience
from pushgate.domain.audience import Audience, HasTag, Not, Saved
from pushgate.domain.message import Content, Message
from pushgate.domain.message_id import new_id
from pushgate.domain.terminal import Terminal


async def put(parts: SchedulerParts, audience: Audience) -> Message:
    tags = (("vip",), ("vip", "new"), ())
    await parts.stores.registry.register(
        APP, [Terminal(f"t{n}", "apns", f"{n:032x}", "en", tags=own) for n, own in enumerate(tags)]
    )
    now = parts.clock.now()
    message = Message(
        id=new_id(now),
        app="shop",
        content={"en": Content("t", "b")},
        default_language="en",
        push_at=now,
        created_at=now,
        audience=summarize_audience(audience),
    )
    return await parts.stores.messages.put(message, audience=audience)


async def planned(parts: SchedulerParts, message: Message) -> dict[str, int]:
    await parts.dispatcher.dispatch_due()
    await parts.dispatcher.wait_until_idle()
    return await parts.states(message)


async def test_a_saved_audience_is_taken_as_it_is_when_the_message_is_due(parts: SchedulerParts) -> None:
    save = parts.stores.saved_audiences.save
    await save(APP, "wanted", HasTag("new"), "audience")
    message = await put(parts, Saved("wanted"))
    await save(APP, "wanted", HasTag("vip"), "audience")
    assert await planned(parts, message) == {"pending": 2}


async def test_an_expression_that_is_lost_holds_nobody(parts: SchedulerParts, redis: Redis) -> None:
    message = await put(parts, Not(HasTag("vip")))
    await redis.delete(f"{{q}}:audience:{message.id}")
    assert await planned(parts, message) == {}


async def test_a_saved_audience_that_is_lost_holds_nobody(parts: SchedulerParts, redis: Redis) -> None:
    await parts.stores.saved_audiences.save(APP, "wanted", HasTag("vip"), "audience")
    message = await put(parts, Not(Saved("wanted")))
    await redis.delete("{q}:audience-rules:shop")
    assert await planned(parts, message) == {}
