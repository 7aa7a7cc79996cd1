"""Credentials are fetched once, renewed early, shared, and not used after a refusal."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from datetime import UTC, datetime, timedelta

import pytest

from pushgate.domain.errors import EngineUnavailable, VendorUnavailable
from pushgate.http2.credentials import Credential, CredentialCache, NoCredentialStore

HOUR, LEAD = timedelta(hours=1), timedelta(minutes=5)


class SetClock:
    def __init__(self) -> None:
        self.at = datetime(2026, 11, 23, tzinfo=UTC)

    def now(self) -> datetime:
        return self.at


class Endpoint:
    """A token endpoint that counts its calls. A test makes it wait or fail."""

    def __init__(self, clock: SetClock) -> None:
        self.clock = clock
        self.fetched = 0
        self.open = asyncio.Event()
        self.open.set()
        self.broken = False

    async def fetch(self) -> Credential:
        self.fetched += 1
        number = self.fetched
        await self.open.wait()
        if self.broken:
            raise VendorUnavailable("500", "down")
        return Credential(f"token-{number}", self.clock.now() + HOUR)


class SharedStore:
    """A store shared by two processes."""

    def __init__(self) -> None:
        self.kept: dict[str, Credential] = {}
        self.lock = asyncio.Lock()

    @asynccontextmanager
    async def renewing(self, name: str) -> AsyncIterator[None]:
        async with self.lock:
            yield

    async def read(self, name: str) -> Credential | None:
        return self.kept.get(name)

    async def write(self, name: str, credential: Credential) -> None:
        self.kept[name] = credential


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


@pytest.fixture
def endpoint(clock: SetClock) -> Endpoint:
    return Endpoint(clock)


async def test_concurrent_callers_share_one_fetch(clock: SetClock, endpoint: Endpoint) -> None:
    cache = CredentialCache("n", endpoint.fetch, renew_before=LEAD, clock=clock, store=NoCredentialStore())
    assert await asyncio.gather(*(cache.token() for _ in range(20))) == ["token-1"] * 20
    assert endpoint.fetched == 1


async def test_a_cancelled_caller_does_not_cancel_the_fetch(clock: SetClock, endpoint: Endpoint) -> None:
    cache = CredentialCache("n", endpoint.fetch, renew_before=LEAD, clock=clock, store=NoCredentialStore())
    endpoint.open.clear()
    first, second = asyncio.create_task(cache.token()), asyncio.create_task(cache.token())
    await asyncio.sleep(0)
    first.cancel()
    await asyncio.gather(first, return_exceptions=True)
    endpoint.open.set()
    assert await second == "token-1"
    assert endpoint.fetched == 1


async def wait_for_renewal(cache: CredentialCache, token: str) -> None:
    """Wait until a renewal in the background has ended."""
    async with asyncio.timeout(5):
        while await cache.token() != token:  # noqa: ASYNC110  # each look may be what begins the renewal
            await asyncio.sleep(0)


async def test_a_credential_is_renewed_before_it_expires_without_a_wait(
    clock: SetClock, endpoint: Endpoint
) -> None:
    cache = CredentialCache("n", endpoint.fetch, renew_before=LEAD, clock=clock, store=NoCredentialStore())
    await cache.token()
    clock.at += HOUR - LEAD - timedelta(seconds=1)
    assert await cache.token() == "token-1"
    assert endpoint.fetched == 1
    clock.at += timedelta(seconds=1)
    endpoint.open.clear()
    assert await cache.token() == "token-1", "the endpoint has not answered yet"
    endpoint.open.set()
    await wait_for_renewal(cache, "token-2")
    assert endpoint.fetched == 2


async def test_a_failed_renewal_keeps_a_credential_that_still_works(
    clock: SetClock, endpoint: Endpoint
) -> None:
    cache = CredentialCache("n", endpoint.fetch, renew_before=LEAD, clock=clock, store=NoCredentialStore())
    await cache.token()
    clock.at += HOUR - timedelta(minutes=1)
    endpoint.broken = True
    for _ in range(20):
        assert await cache.token() == "token-1"
        await asyncio.sleep(0)
    assert endpoint.fetched == 2, "after a failure it is not asked again at every call"
    clock.at += timedelta(minutes=2)
    with pytest.raises(VendorUnavailable):
        await cache.token()
    endpoint.broken = False
    assert await cache.token() == "token-4"


async def test_an_unavailable_store_does_not_prevent_fetching(clock: SetClock, endpoint: Endpoint) -> None:
    class Broken:
        def renewing(self, name: str) -> AbstractAsyncContextManager[None]:
            return nullcontext()

        async def read(self, name: str) -> Credential | None:
            raise EngineUnavailable

        async def write(self, name: str, credential: Credential) -> None:
            raise EngineUnavailable

    assert (
        await CredentialCache("n", endpoint.fetch, renew_before=LEAD, clock=clock, store=Broken()).token()
        == "token-1"
    )


async def test_of_simultaneous_refusals_only_the_first_counts(clock: SetClock, endpoint: Endpoint) -> None:
    cache = CredentialCache("n", endpoint.fetch, renew_before=LEAD, clock=clock, store=NoCredentialStore())
    token = await cache.token()
    assert [cache.refuse(token) for _ in range(5)] == [True, False, False, False, False]


async def test_a_refused_credential_is_not_used_again(clock: SetClock, endpoint: Endpoint) -> None:
    store = SharedStore()
    cache = CredentialCache("n", endpoint.fetch, renew_before=LEAD, clock=clock, store=store)
    cache.refuse(await cache.token())
    assert await cache.token() == "token-2", "not the refused one from the store"
    cache.refuse("token-1")
    assert await cache.token() == "token-2", "late refusals of the old one do not cost the new one"


async def test_processes_share_a_credential_through_the_store(clock: SetClock, endpoint: Endpoint) -> None:
    store = SharedStore()
    one, other = (
        CredentialCache("n", endpoint.fetch, renew_before=LEAD, clock=clock, store=store) for _ in range(2)
    )
    assert (await one.token(), await other.token()) == ("token-1", "token-1")
    one.refuse("token-1")
    assert await one.token() == "token-2"
    other.refuse("token-1")
    assert await other.token() == "token-2"
    assert endpoint.fetched == 2


async def test_one_of_several_refused_processes_renews(endpoint: Endpoint, clock: SetClock) -> None:
    store = SharedStore()
    processes = [
        CredentialCache("n", endpoint.fetch, renew_before=LEAD, clock=clock, store=store) for _ in range(8)
    ]
    assert {await process.token() for process in processes} == {"token-1"}
    for process in processes:
        process.refuse("token-1")
    assert set(await asyncio.gather(*(process.token() for process in processes))) == {"token-2"}
    assert endpoint.fetched == 2


async def test_refused_credentials_are_replaced_no_more_often_than_the_vendor_allows(
    endpoint: Endpoint, clock: SetClock
) -> None:
    cache = CredentialCache(
        "n",
        endpoint.fetch,
        renew_before=LEAD,
        clock=clock,
        store=NoCredentialStore(),
        min_replacement_interval=timedelta(minutes=20),
    )
    first = await cache.token()
    assert cache.can_replace(first)
    cache.refuse(first)
    second = await cache.token()
    assert not cache.can_replace(second)
    clock.at += timedelta(minutes=20)
    assert cache.can_replace(second)
    clock.at -= timedelta(hours=5)
    assert cache.can_replace(second), "a clock that was set back stops nothing"
