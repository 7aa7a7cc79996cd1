"""Real engines for the whole session; every test has its own database or app, so nothing shared is ever wiped."""

import itertools
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from redis.asyncio import Redis
from tests.engines import Engine, valkey_engine

from pushgate.redis import connect

_databases = itertools.count(1)


class SetClock:
    """A clock that shows what it is set to."""

    def __init__(self) -> None:
        self.at = datetime.now(UTC).replace(microsecond=0)

    def now(self) -> datetime:
        return self.at

    def advance(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


@pytest.fixture(scope="session")
def valkey(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    folder: Path = tmp_path_factory.mktemp("valkey")
    engine = valkey_engine(folder)
    engine.command = (*engine.command, "--databases", "10000")
    engine.start()
    yield engine
    engine.stop()


@pytest.fixture
async def redis(valkey: Engine) -> AsyncIterator[Redis]:
    """A client of a database that no other test uses."""
    client = connect(valkey.url.replace("db=0", f"db={next(_databases)}"), 16)
    yield client
    await client.aclose()
