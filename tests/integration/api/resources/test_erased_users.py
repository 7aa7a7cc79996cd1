"""A person is erased: nothing that a server keeps, in memory or in its files, names the person."""

import asyncio
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from redis.asyncio import Redis
from tests.support.api.clients import ApiClients
from tests.support.clock import SetClock
from tests.support.engines import Engine, valkey_engine, wait_until
from tests.support.people import (
    APP,
    GIVEN_UP,
    NEEDLES,
    PATH,
    TERMINALS,
    USER,
    find_traces,
    find_traces_in_files,
    live,
)
from tests.support.registry_laws import check_registry

from pushgate.people.erasure import PersonErasure
from pushgate.people.journal import Erasure, ErasureJournal


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("erased")


@pytest.fixture(scope="module")
def valkey(folder: Path) -> Iterator[Engine]:
    """A server of its own, whose files are searched: as they are, not compressed."""
    engine = valkey_engine(folder)
    engine.command = (*engine.command, "--databases", "10000", "--rdbcompression", "no")
    engine.start()
    yield engine
    engine.stop()


async def test_no_trace_is_left_in_the_server_and_its_files(
    clients: ApiClients, redis: Redis, clock: SetClock, folder: Path
) -> None:
    await live(clients, redis, clock)
    assert await find_traces(redis) == set(NEEDLES) - GIVEN_UP
    assert find_traces_in_files(folder) >= set(NEEDLES) - {"hash of street"}
    before = await _counts(clients)
    assert {"user", *TERMINALS} <= _named_in(await _events(clients))
    answer = await clients.shop.delete(PATH)
    assert answer.status_code == 200, answer.text
    found = answer.json()
    assert (found["complete"], found["log"], found["remaining"]) == (True, "rewritten", None)
    assert found["log_rewritten"] is not None
    assert found["erased"]["terminals"] == 2
    assert all(found["erased"].values()), found["erased"]
    assert await find_traces(redis) == set()
    # The server deletes its old files in the background.
    await asyncio.to_thread(wait_until, lambda: not find_traces_in_files(folder), 20, "no trace in files")
    await check_registry(redis, APP)
    assert await _counts(clients) == before
    told = await _events(clients)
    assert _named_in(told) == set()
    assert b'"erased":true' in told
    assert (await clients.shop.get(PATH)).status_code == 404
    again = (await clients.shop.delete(PATH)).json()
    assert not any(again["erased"].values())


def _named_in(text: bytes) -> set[str]:
    return {name for name, needle in NEEDLES.items() if needle in text}


async def _events(clients: ApiClients) -> bytes:
    """All events that are kept, each with its terminal."""
    told, after = b"", "start"
    while True:
        answer = await clients.shop.get("/v1/events", params={"after": after, "expand": "true"})
        assert answer.status_code == 200, answer.text
        page = answer.json()
        if not page["events"]:
            return told
        told, after = told + answer.content, page["after"]


async def _counts(clients: ApiClients) -> dict[str, object]:
    """What became of all messages."""
    page = (await clients.shop.get("/v1/messages", params={"limit": 100})).json()
    found: dict[str, object] = {}
    for message in page["messages"]:
        results = (await clients.shop.get(f"/v1/messages/{message['id']}/results")).json()
        results.pop("pending_reasons", None)
        found[message["id"]] = results
    return found


class _Killed(Exception):
    """The process is killed here."""


class _DyingJournal(ErasureJournal):
    """Kills the process at one of its notes, before or after the note is written."""

    def __init__(self, redis: Redis, at: int, *, is_written: bool) -> None:
        super().__init__(redis)
        self._left, self._is_written = at, is_written

    async def note(self, erasure: Erasure, now: datetime) -> None:
        self._left -= 1
        if self._left >= 0 or self._is_written:
            await super().note(erasure, now)
        if self._left < 0:
            raise _Killed


@pytest.mark.parametrize("step", range(8))
async def test_an_erasure_that_was_killed_after_a_step_and_before_its_note_is_completed(
    clients: ApiClients, redis: Redis, clock: SetClock, step: int
) -> None:
    await live(clients, redis, clock)
    stores = clients.context.stores
    erasure = PersonErasure(stores, redis, clock)
    erasure.journal = _DyingJournal(redis, step, is_written=False)
    with pytest.raises(_Killed):
        await erasure.erase(APP, USER, timedelta(minutes=1))
    recovery = PersonErasure(stores, redis, clock)
    assert await recovery.complete_interrupted([APP]) == 0, "it may still be running"
    clock.advance(61)
    assert await recovery.complete_interrupted([APP]) == 1
    assert await find_traces(redis) == set()
    assert await recovery.journal.all() == []
    await check_registry(redis, APP)


async def test_a_repeated_call_completes_what_was_killed(
    clients: ApiClients, redis: Redis, clock: SetClock
) -> None:
    await live(clients, redis, clock)
    erasure = PersonErasure(clients.context.stores, redis, clock)
    erasure.journal = _DyingJournal(redis, 1, is_written=True)
    with pytest.raises(_Killed):
        await erasure.erase(APP, USER, timedelta(minutes=1))
    found = (await clients.shop.delete(PATH)).json()
    assert found["erased"]["terminals"] == 2
    assert await find_traces(redis) == set()
    assert await erasure.journal.all() == []


async def test_what_takes_long_is_left_to_the_scheduler(
    clients: ApiClients, redis: Redis, clock: SetClock
) -> None:
    await live(clients, redis, clock)
    erasure = PersonErasure(clients.context.stores, redis, clock)
    report = await erasure.erase(APP, USER, timedelta(0))
    assert not report.is_complete
    clock.advance(61)
    assert await erasure.complete_interrupted([APP]) == 1
    assert await find_traces(redis) == set()
