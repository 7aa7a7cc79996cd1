"""Real engines for the whole session;
every test has its own database or app, so nothing shared is ever wiped."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import redis as plain
from redis.asyncio import Redis
from tests.support import redis_users
from tests.support.apps import open_adapters
from tests.support.clock import SetClock, ShiftedClock
from tests.support.engines import Engine, valkey_engine
from tests.support.redis_cluster import RedisCluster, running_cluster
from tests.support.redis_options import PATIENT, TestedCluster
from tests.support.sandbox import Sandbox, start

from pushgate.adapters.contract import Adapter
from pushgate.http2.credentials import NoCredentialStore
from pushgate.ledger import plan_portions
from pushgate.receipts.callback_token import CallbackTokens
from pushgate.redis.client import connect
from pushgate.settings.loading import parse
from pushgate.settings.redis import RedisSettings

_databases = itertools.count(1)


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


@pytest.fixture
def vendors_clock() -> ShiftedClock:
    """The clock of adapters: the sandbox refuses credentials of another time than its own."""
    return ShiftedClock()


@pytest.fixture(scope="session")
def valkey(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    folder: Path = tmp_path_factory.mktemp("valkey")
    engine = valkey_engine(folder)
    engine.command = (*engine.command, "--databases", "10000", "--auto-aof-rewrite-percentage", "0")
    engine.start()
    with plain.Redis.from_url(engine.url) as server:
        for user in redis_users.PASSWORDS:
            redis_users.create_user(server, user)
    yield engine
    engine.stop()


@pytest.fixture
async def silent_port() -> AsyncIterator[int]:
    """The port of a server that accepts connections and answers nothing, as one that hangs."""
    held: list[asyncio.StreamWriter] = []

    async def hold(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        held.append(writer)

    server = await asyncio.start_server(hold, "127.0.0.1", 0)
    yield server.sockets[0].getsockname()[1]
    server.close()
    for writer in held:
        writer.close()
    await server.wait_closed()


@pytest.fixture(scope="session")
def cluster_under_tests(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[RedisCluster | None]:
    """The cluster that `--redis cluster` asks for."""
    if request.config.getoption("--redis") != "cluster":
        yield None
    else:
        with running_cluster(tmp_path_factory.mktemp("cluster"), replicas=0, options=PATIENT) as cluster:
            yield cluster


@pytest.fixture
async def redis(
    valkey: Engine, cluster_under_tests: RedisCluster | None, request: pytest.FixtureRequest
) -> AsyncIterator[Redis]:
    """A client of a database that no other test uses, or of an empty cluster."""
    if cluster_under_tests:
        cluster_under_tests.flush()
        cluster = TestedCluster.of(cluster_under_tests)
        yield cluster
        await cluster.aclose()
        return
    url = valkey.url.replace("db=0", f"db={next(_databases)}")
    if user := request.config.getoption("redis_user"):
        url = redis_users.url_for(url, user)
    client = connect(RedisSettings(url=url, max_connections=16))
    yield client
    await client.aclose()


@pytest.fixture(params=[1, 512], ids=["strings", "fields"])
def each_form_of_slots(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Store the slots of few terminals of a message in the form of many, and in that of few."""
    monkeypatch.setattr(plan_portions, "MIN_SLOTS_OF_STRING", request.param)


@pytest.fixture(scope="session")
def running_sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """One process of simulated vendors."""
    sandbox = start(tmp_path_factory.mktemp("vendors") / "sandbox")
    yield sandbox
    sandbox.stop()


@pytest.fixture
def sandbox(running_sandbox: Sandbox) -> Sandbox:
    """The simulated vendors, with a clean record and no faults."""
    running_sandbox.reset()
    return running_sandbox


@pytest.fixture
async def adapters(sandbox: Sandbox, vendors_clock: ShiftedClock) -> AsyncIterator[dict[str, Adapter]]:
    """Every vendor's adapter, pointed at the sandbox."""
    settings = parse({"apps": {"shop": sandbox.sections()}})
    opened = open_adapters(settings, vendors_clock, NoCredentialStore(), CallbackTokens(b""))
    yield {vendor: adapter for (_, vendor), adapter in opened.items()}
    for adapter in opened.values():
        await adapter.close()
