"""Credentials in Redis: one process fetches them for all, and none waits for one that died."""

import asyncio
from datetime import timedelta

import pytest
import structlog
from redis.asyncio import Redis
from tests.support.clock import SetClock
from tests.support.redis_dump import secrets_in_dump
from tests.support.sealing import sealer_of

from pushgate.domain.errors import VendorAuthError
from pushgate.http2.credentials import Credential, CredentialCache
from pushgate.worker.shared_credentials import SharedCredentials

LEAD = timedelta(minutes=5)


class Endpoint:
    def __init__(self, clock: SetClock) -> None:
        self.clock = clock
        self.fetched = 0
        self.refuses = False

    async def fetch(self) -> Credential:
        self.fetched += 1
        number = self.fetched
        await asyncio.sleep(0)
        if self.refuses:
            raise VendorAuthError("token_401", "wrong secret")
        return Credential(f"token-{number}", self.clock.now() + timedelta(hours=1))


def processes(redis: Redis, clock: SetClock, endpoint: Endpoint, count: int) -> list[CredentialCache]:
    return [
        CredentialCache(
            "shop:fcm:1",
            endpoint.fetch,
            renew_before=LEAD,
            clock=clock,
            store=SharedCredentials(redis, clock, sealer_of(b"a")),
        )
        for _ in range(count)
    ]


async def test_one_of_many_processes_fetches_and_all_use_it(redis: Redis, clock: SetClock) -> None:
    endpoint = Endpoint(clock)
    workers = processes(redis, clock, endpoint, 8)
    for expected in ("token-1", "token-2", "token-3"):
        assert set(await asyncio.gather(*(worker.token() for worker in workers))) == {expected}
        for worker in workers:
            worker.refuse(expected)
    assert endpoint.fetched == 3
    (restarted,) = processes(redis, clock, endpoint, 1)
    assert await restarted.token() == "token-3", "a restart makes no new one"


async def test_a_refusal_is_raised_to_every_caller_and_delays_none(redis: Redis, clock: SetClock) -> None:
    endpoint = Endpoint(clock)
    endpoint.refuses = True
    workers = processes(redis, clock, endpoint, 3)
    for answer in await asyncio.gather(*(worker.token() for worker in workers), return_exceptions=True):
        assert isinstance(answer, VendorAuthError)
    endpoint.refuses = False
    assert await asyncio.wait_for(workers[0].token(), 5) == "token-4"


async def test_a_renewal_that_was_never_ended_ends_by_itself(redis: Redis, clock: SetClock) -> None:
    store = SharedCredentials(redis, clock, sealer_of(b"a"))
    async with store.renewing("shop:fcm:1"):
        left = await redis.pttl("{q}:credential-renewal:shop:fcm:1")
    assert 0 < left <= 15_000
    assert await redis.exists("{q}:credential-renewal:shop:fcm:1") == 0


@pytest.mark.parametrize("count", [2])
async def test_without_redis_each_process_has_its_own(redis: Redis, clock: SetClock, count: int) -> None:
    nowhere = Redis.from_url("redis://127.0.0.1:1/0", socket_connect_timeout=1)
    endpoint = Endpoint(clock)
    tokens = [await worker.token() for worker in processes(nowhere, clock, endpoint, count)]
    assert tokens == [f"token-{n + 1}" for n in range(count)]
    await nowhere.aclose()


TOKEN = "ya29.a-token-of-the-vendor"


async def test_a_shared_token_is_sealed(redis: Redis, clock: SetClock) -> None:
    store = SharedCredentials(redis, clock, sealer_of(b"a"))
    written = Credential(TOKEN, clock.now() + timedelta(hours=1))
    await store.write("shop:fcm:1", written)
    assert await store.read("shop:fcm:1") == written
    assert await secrets_in_dump(redis, [TOKEN]) == []


async def test_a_token_in_clear_is_read_and_then_sealed(redis: Redis, clock: SetClock) -> None:
    written = Credential(TOKEN, clock.now() + timedelta(hours=1))
    await SharedCredentials(redis, clock, sealer_of()).write("shop:fcm:1", written)
    assert len(await secrets_in_dump(redis, [TOKEN])) == 1
    left = await redis.pttl("{q}:credential:shop:fcm:1")
    assert await SharedCredentials(redis, clock, sealer_of(b"a")).read("shop:fcm:1") == written
    assert await secrets_in_dump(redis, [TOKEN]) == []
    assert left - 10_000 < await redis.pttl("{q}:credential:shop:fcm:1") <= left


async def test_a_process_with_another_master_key_fetches_its_own_and_says_which_key_is_missing(
    redis: Redis, clock: SetClock
) -> None:
    first, other = sealer_of(b"a"), sealer_of(b"b")
    assert first.keys
    written = Credential(TOKEN, clock.now() + timedelta(hours=1))
    await SharedCredentials(redis, clock, first).write("shop:fcm:1", written)
    with structlog.testing.capture_logs() as lines:
        assert await SharedCredentials(redis, clock, other).read("shop:fcm:1") is None
    assert [line["action"] for line in lines] == ["token_sealed_elsewhere"]
    assert first.keys.names[0] in str(lines[0]["error"])
    assert await SharedCredentials(redis, clock, first).read("shop:fcm:1") == written, "nothing is lost"
