"""Redis is cut off between a command and its answer, or is not there: what the caller is told, and
what is true.
"""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
from redis.asyncio import Redis
from redis.exceptions import RedisError
from tests.support.api.bodies import GOOD
from tests.support.api.clients import ApiClients
from tests.support.clock import SetClock
from tests.support.engines import Engine

from pushgate.api.imports.window_limits import MAX_WINDOW
from pushgate.domain.app import App
from pushgate.redis.client import connect
from pushgate.settings.redis import RedisSettings
from pushgate.terminals.bulk.import_records import ImportRecords

MAX_CONNECTIONS = 4
NDJSON = {"Content-Type": "application/x-ndjson"}


@dataclass
class Cut:
    """A network to Redis that carries a command, waits until it is carried out, and
    then is gone.
    """

    place: str
    when: bytes | None = None
    """What in a command makes it cut, after as many as `after`."""
    after: int = 0
    writers: set[asyncio.StreamWriter] = field(default_factory=set)
    server: asyncio.Server | None = None

    async def open(self, port: int = 0) -> int:
        self.server = await asyncio.start_server(self._carry, "127.0.0.1", port)
        found: int = self.server.sockets[0].getsockname()[1]
        return found

    def close(self) -> None:
        """Nobody listens any more, and all that is open breaks."""
        assert self.server
        self.server.close()
        for writer in self.writers:
            writer.transport.abort()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_unix_connection(self.place)
        self.writers |= {writer, back}
        answers = asyncio.create_task(self._answers(there, writer))
        while data := await reader.read(65536):
            fatal = self.when is not None and self.when in data
            if fatal and self.after:
                self.after -= 1
                fatal = False
            if fatal:
                answers.cancel()
                await asyncio.wait([answers])
            back.write(data)
            if fatal:
                await there.read(1)  # carried out, as it has an answer
                self.close()
        writer.close()
        back.close()
        self.writers -= {writer, back}

    async def _answers(self, there: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await there.read(65536):
            writer.write(data)


@pytest.fixture
async def cut(valkey: Engine) -> AsyncIterator[Cut]:
    network = Cut(valkey.url.removeprefix("unix://").partition("?")[0])
    yield network
    network.close()


@pytest.fixture
async def direct(valkey: Engine) -> AsyncIterator[Redis]:
    """Past the network, which is cut."""
    client = connect(RedisSettings(url=valkey.url.replace("db=0", "db=9999")))
    await client.flushdb()
    yield client
    await client.flushdb()
    await client.aclose()


@pytest.fixture
async def redis(cut: Cut, direct: Redis) -> AsyncIterator[Redis]:
    """The API's client of Redis: its calls go through the network."""
    client = connect(
        RedisSettings(url=f"redis://127.0.0.1:{await cut.open()}/9999", max_connections=MAX_CONNECTIONS)
    )
    yield client
    await client.aclose()


async def stored(direct: Redis) -> int:
    count: int = await direct.zcard("{q}:messages:shop")
    return count


def registration(number: int) -> dict[str, str]:
    return {"vendor": "apns", "token": f"{number:064x}"}


def detail(answer: httpx.Response, code: str) -> str:
    assert answer.status_code == 503, answer.text
    assert answer.headers["retry-after"]
    assert answer.json()["code"] == code
    found: str = answer.json()["detail"]
    return found


async def test_a_push_whose_answer_was_lost_is_repeated_with_its_key(
    clients: ApiClients, cut: Cut, direct: Redis
) -> None:
    headers = {"Idempotency-Key": "order-17"}
    await clients.shop.post("/v1/messages", json=GOOD)
    cut.when = b"EVAL"
    lost = await clients.shop.post("/v1/messages", json=GOOD, headers=headers)
    assert "may have been stored; repeat the request with the same Idempotency-Key" in detail(
        lost, "outcome_unknown"
    )
    assert await stored(direct) == 2, "this one was"
    cut.when = None
    await cut.open(int(clients.context.redis.connection_pool.connection_kwargs["port"]))
    again = await clients.shop.post("/v1/messages", json=GOOD, headers=headers)
    assert again.status_code == 202
    assert await stored(direct) == 2, "and not once more"


async def test_a_push_without_a_key_is_to_be_looked_for(clients: ApiClients, cut: Cut, direct: Redis) -> None:
    cut.when = b"EVAL"
    lost = await clients.shop.post("/v1/messages", json=GOOD)
    assert "look at" in detail(lost, "outcome_unknown")


CHANGES: dict[str, tuple[str, str, Any]] = {
    "a push": ("POST", "/v1/messages", GOOD),
    "a registration": ("PUT", "/v1/terminals/t1", registration(1)),
    "a deletion": ("DELETE", "/v1/terminals/t1", None),
    "a change": ("PATCH", "/v1/messages/{id}", {"content": GOOD["content"]}),
    "a cancellation": ("POST", "/v1/messages/{id}/cancel", None),
    "a retry": ("POST", "/v1/messages/{id}/retry", None),
    "a report": ("POST", "/v1/callbacks/click", {"token": "{callback}", "terminal": "t1"}),
}


async def notice_loss(redis: Redis) -> None:
    """Use each connection of the client, so that the loss does not happen to the next command."""
    answers = await asyncio.gather(*(redis.ping() for _ in range(MAX_CONNECTIONS)), return_exceptions=True)
    assert all(isinstance(answer, RedisError) for answer in answers)


async def send(
    clients: ApiClients, cut: Cut, change: tuple[str, str, Any], when: bytes | None
) -> httpx.Response:
    """Carry out the change, the network having been cut, or being cut at a command."""
    created = (await clients.shop.post("/v1/messages", json=GOOD)).json()["id"]
    method, path, body = change
    if body and "token" in body and "terminal" in body:
        body = {**body, "token": clients.context.callbacks.sign("shop", created)}
    cut.when = when
    if when is None:
        cut.close()
        await notice_loss(clients.context.redis)
    return await clients.shop.request(method, path.replace("{id}", created), json=body)


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
async def test_what_never_was_written_is_known_not_to_be_stored(
    clients: ApiClients, cut: Cut, change: tuple[str, str, Any]
) -> None:
    answer = await send(clients, cut, change, None)
    assert "nothing was stored" in detail(answer, "engine_unavailable")


@pytest.mark.parametrize("name", [name for name in CHANGES if name not in ("a retry", "a change")])
async def test_what_was_written_may_be_stored(clients: ApiClients, cut: Cut, name: str) -> None:
    answer = await send(clients, cut, CHANGES[name], b"EVAL")
    told = detail(answer, "outcome_unknown")
    assert "may have been stored" in told
    assert ("no harm" in told) == (name != "a push")


@pytest.mark.parametrize("path", ["/v1/messages", "/v1/messages/{id}", "/v1/messages/{id}/results"])
@pytest.mark.parametrize("when", [None, b"HMGET", b"ZREVRANGE"])
async def test_a_question_stores_nothing(
    clients: ApiClients, cut: Cut, path: str, when: bytes | None
) -> None:
    answer = await send(clients, cut, ("GET", path, None), when)
    if answer.status_code != 200:
        assert detail(answer, "engine_unavailable").endswith("try again")


async def test_each_message_of_a_batch_is_told_of_apart(clients: ApiClients, cut: Cut, direct: Redis) -> None:
    await clients.shop.post("/v1/messages", json=GOOD)  # so that the script is known
    cut.when, cut.after = b"EVALSHA", 1
    answer = await clients.shop.post("/v1/messages:batch", json={"messages": [GOOD] * 3})
    results = answer.json()["results"]
    assert [result["status"] for result in results] == [202, 503, 503]
    assert [result["problem"]["code"] for result in results[1:]] == ["outcome_unknown", "engine_unavailable"]
    assert "not tried" in results[2]["problem"]["detail"], "else a thousand would wait one after the other"
    assert await stored(direct) == 3, "the one before, and the two that may be"


async def test_an_import_tells_which_lines_are_done(
    clients: ApiClients, cut: Cut, direct: Redis, clock: SetClock
) -> None:
    window = MAX_WINDOW
    lines = [json.dumps({"id": f"t{n}", **registration(n)}).encode() for n in range(window + 500)]
    lines[3] = b"bad"
    head, rest = b"\n".join(lines[: window + 200]), b"\n".join(lines[window + 200 :])
    records, app = ImportRecords(direct, clock), App("shop")

    async def parts() -> AsyncIterator[bytes]:
        yield head
        async with asyncio.timeout(30):
            while (await records.read(app, "all"))[0].lines == 0:  # noqa: ASYNC110  # Redis tells no one
                await asyncio.sleep(0.01)
        cut.close()
        yield b"\n" + rest

    answer = await clients.shop.post("/v1/terminals:import?import=all", content=parts(), headers=NDJSON)
    told = detail(answer, "outcome_unknown")
    progress = answer.json()["progress"]
    assert progress["lines"] == window + 1, "a window of good ones and a bad one"
    assert f"lines 1 to {window + 1} are done" in told
    assert (progress["created"], progress["failed"]) == (window, 1)
    kept, is_running = await records.read(app, "all")
    assert (kept.lines, kept.created, kept.failed, kept.finished_at) == (window + 1, window, 1, None)
    assert is_running, "until its hold ends: the process could not give it up"


async def test_an_import_of_which_nothing_was_written_says_so(clients: ApiClients, cut: Cut) -> None:
    cut.close()
    body = json.dumps({"id": "t1", **registration(1)}).encode()
    answer = await clients.shop.post("/v1/terminals:import", content=body, headers=NDJSON)
    assert "nothing was stored" in detail(answer, "engine_unavailable")
