"""The users of least privilege on a cluster: stores work as the one, a migration as the other."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from redis.asyncio import Redis
from redis.cluster import RedisCluster as PlainCluster
from tests.support import redis_users
from tests.support.clock import SetClock
from tests.support.redis_cluster import RedisCluster
from tests.support.registry_laws import check_registry
from tests.support.upgrade.recorded_store import FOLDER, load, read

from pushgate.adapters.topics import summarize_audience
from pushgate.domain.app import App
from pushgate.domain.audience import Everyone
from pushgate.domain.message import Content, Message
from pushgate.domain.message_id import new_id
from pushgate.domain.terminal import Terminal
from pushgate.migrations.migrate import migrate
from pushgate.redis.client import connect
from pushgate.redis.key_space import check_store, open_store
from pushgate.settings.redis import RedisSettings
from pushgate.stores import Stores

SHOP, RECORDED = App("shop"), App("shop", 2)


@pytest.fixture
async def client(redis_cluster: RedisCluster, request: pytest.FixtureRequest) -> AsyncIterator[Redis]:
    """A client with the rights of a user, whom all nodes know."""
    user: str = request.param
    for node in redis_cluster.nodes:
        redis_users.create_user(node.client, user)
    access = f"redis://{user}:{redis_users.PASSWORDS[user]}@"
    opened = connect(RedisSettings(url=access, cluster=tuple(redis_cluster.seeds), socket_timeout=10))
    yield opened
    await opened.aclose()


@pytest.mark.parametrize("client", ["pushgate"], indirect=True)
async def test_stores_work_on_a_cluster(client: Redis) -> None:
    clock = SetClock()
    await open_store(client)
    stores = Stores.open(client, clock, timedelta(days=30))
    await stores.registered_apps.ensure_app(SHOP)
    await stores.registry.register(
        SHOP, [Terminal(f"t-{n}", "apns", f"{n:064x}", "en", user=f"u-{n}") for n in range(200)]
    )
    await check_registry(client, SHOP)
    message = Message(
        id=new_id(clock.now()),
        app="shop",
        content={"en": Content("Sale", "Today")},
        default_language="en",
        push_at=clock.now(),
        created_at=clock.now(),
        audience=summarize_audience(Everyone()),
    )
    await stores.messages.put(message)
    assert (await stores.messages.read("shop", message.id)).status.value == "scheduled"
    async with client.pubsub() as channel:
        await channel.subscribe("{q}:wake")


@pytest.mark.parametrize("client", ["operator"], indirect=True)
async def test_a_store_is_migrated_on_a_cluster(client: Redis, redis_cluster: RedisCluster) -> None:
    with PlainCluster(host="127.0.0.1", port=redis_cluster.nodes[0].port) as plain:
        load(plain, read(FOLDER / "version-2-store.gz"))
    assert await migrate(client, lambda *_: None) == 1
    await check_store(client)
    await check_registry(client, RECORDED)
