"""Slow, large and numerous clients over real sockets: what they can and cannot do."""

import asyncio
import errno
import json
import resource
import socket
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest
from starlette.types import Receive, Scope, Send
from tests.support.api.clients import ApiClients
from tests.support.api.operations import OPERATIONS, filled
from tests.support.api.served import answer, closed, head, serve

from pushgate.api.server import raise_file_limit
from pushgate.runtime import logs

SOON = timedelta(milliseconds=300)


@pytest.fixture
def key(clients: ApiClients) -> str:
    return clients.shop.headers["Authorization"].removeprefix("Bearer ")


@pytest.fixture(autouse=True)
def lines(capsys: pytest.CaptureFixture[str]) -> logs.RateLimit:
    """Log as a process does."""
    logs.configure("info", "json", "api")
    return logs.RateLimit(1)


async def test_sockets_without_a_key_do_not_keep_callers_out(clients: ApiClients, key: str) -> None:
    """Each announces 8 MiB, and sends one byte."""
    async with serve(clients, max_in_hand=1024 * 1024) as served:
        for path in ("/v1/messages", "/v1/callbacks/click"):
            held = [await served.send(head("POST", path, 8 * 1024 * 1024), b"{") for _ in range(32)]
            assert await served.push(key) == 202
            for reader, _writer in held:
                if path == "/v1/messages":
                    assert (await answer(reader))[0] == 401, "before its body is here"


async def test_every_call_with_a_key_looks_at_it_before_the_body(clients: ApiClients) -> None:
    async with serve(clients) as served:
        for name in OPERATIONS.values():
            method, path = name.split()
            if method in ("POST", "PUT", "PATCH") and path.split("/")[2] not in ("callbacks", "receipts"):
                reader, _writer = await served.send(head(method, filled(path), 8 * 1024 * 1024), b"{")
                assert (await answer(reader))[0] == 401, name


async def test_headers_have_a_deadline(clients: ApiClients, capsys: pytest.CaptureFixture[str]) -> None:
    async with serve(clients, header_timeout=SOON) as served:
        silent = await served.connect()
        begun = await served.send(b"GET /heal")
        second = await served.send(head("GET", "/healthz"))
        assert (await answer(second[0]))[0] == 200
        second[1].write(b"GET /healthz HTTP/1.1\r\nX-Slow: ")
        for reader, _writer in (silent, begun, second):
            status, headers, problem = await answer(reader)
            assert (status, headers["connection"], problem["code"]) == (408, "close", "too_slow")
            await closed(reader)
    assert '"action": "protocol_error"' in capsys.readouterr().err


async def test_headers_that_trickle_do_not_get_more_time(clients: ApiClients) -> None:
    async with serve(clients, header_timeout=SOON) as served:
        reader, writer = await served.send(b"GET /healthz HTTP/1.1\r\n")
        waiting = asyncio.create_task(answer(reader))
        count = 0
        while not waiting.done():
            writer.write(b"X-%d: x\r\n" % count)
            count += 1
            await asyncio.wait([waiting], timeout=0.01)
        assert (await waiting)[0] == 408


async def test_a_body_has_a_deadline(clients: ApiClients, key: str) -> None:
    async with serve(clients, body_timeout=SOON) as served:
        for path in ("/v1/messages", "/v1/terminals/t1", "/v1/callbacks/click"):
            method = "PUT" if "terminals" in path else "POST"
            reader, _writer = await served.send(head(method, path, 1000, key), b"{")
            status, _, problem = await answer(reader)
            assert (status, problem["code"]) == (408, "too_slow"), path
            await closed(reader)


async def test_the_rest_of_a_refused_body_has_a_deadline(clients: ApiClients) -> None:
    """The answer came first; who goes on sending is not listened to for long."""
    async with serve(clients, header_timeout=SOON) as served:
        reader, writer = await served.send(head("POST", "/v1/messages", 8 * 1024 * 1024), b"{")
        assert (await answer(reader))[0] == 401
        ended = asyncio.create_task(closed(reader))
        while not ended.done():
            with suppress(ConnectionError):
                writer.write(b"x")
            await asyncio.wait([ended], timeout=0.01)


async def test_a_connection_serves_again_after_a_body_that_nobody_read(clients: ApiClients, key: str) -> None:
    async with serve(clients, header_timeout=timedelta(seconds=10)) as served:
        reader, writer = await served.send(head("POST", "/v1/messages", 200_000), b"{")
        assert (await answer(reader))[0] == 401
        writer.write(b"x" * 199_999 + head("GET", "/healthz"))
        assert (await answer(reader))[0] == 200


async def test_an_idle_connection_is_closed(clients: ApiClients) -> None:
    async with serve(
        clients, idle_timeout=timedelta(seconds=1), header_timeout=timedelta(minutes=1)
    ) as served:
        reader, _writer = await served.send(head("GET", "/healthz"))
        assert (await answer(reader))[0] == 200
        await closed(reader)


HUGE = {
    "one long value": [b"GET /healthz HTTP/1.1\r\nX-Long: " + b"x" * 70_000],
    "one long value, complete": [b"GET /healthz HTTP/1.1\r\nX-Long: " + b"x" * 70_000 + b"\r\n\r\n"],
    "one long name": [b"GET /healthz HTTP/1.1\r\n" + b"x" * 70_000],
    "one long target": [b"GET /" + b"x" * 70_000],
    "many fields": [b"GET /healthz HTTP/1.1\r\n" + b"X: y\r\n" * 40_000 + b"\r\n"],
    "many empty fields": [b"GET /healthz HTTP/1.1\r\n" + b"a:\r\n" * 3_000 + b"\r\n"],
    "many trailer fields": [
        b"POST /v1/callbacks/click HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
        b"Transfer-Encoding: chunked\r\n\r\n0\r\n" + b"X: y\r\n" * 40_000
    ],
    "one long trailer": [
        b"POST /v1/callbacks/click HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
        b"Transfer-Encoding: chunked\r\n\r\n0\r\nX: ",
        *[b"x" * 10_000] * 50,
    ],
}


@pytest.mark.parametrize("parts", HUGE.values(), ids=HUGE.keys())
async def test_headers_over_64_kb_are_refused(clients: ApiClients, parts: list[bytes]) -> None:
    async with serve(clients) as served:
        reader, _writer = await served.send(*parts)
        status, _, problem = await answer(reader)
        assert (status, problem["code"]) == (431, "headers_too_large")
        await closed(reader)


async def test_headers_of_64_kb_are_taken(clients: ApiClients) -> None:
    async with serve(clients) as served:
        reader, _writer = await served.send(head("GET", "/healthz", 0, "", "X-Long: " + "x" * 65_000))
        assert (await answer(reader))[0] == 200


@pytest.mark.parametrize(
    "sent", [b"\x16\x03\x01\x02\x00\x01\x00", b"GET / SPDY/9\r\n\r\n", b"CONNECT a:1 HTTP/1.1\r\n\r\n"]
)
async def test_what_is_no_http_is_refused_and_logged(
    clients: ApiClients, capsys: pytest.CaptureFixture[str], sent: bytes
) -> None:
    async with serve(clients) as served:
        reader, _writer = await served.send(sent)
        status, _, problem = await answer(reader)
        assert (status, problem["code"]) == (400, "malformed_http")
    told = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert [line["action"] for line in told if line["level"] == "warning"] == ["protocol_error"]


async def test_one_address_has_so_many_connections(clients: ApiClients, key: str) -> None:
    async with serve(clients, max_connections_per_client=3) as served:
        held = [await served.send(head("GET", "/healthz")) for _ in range(3)]
        for reader, _ in held:
            assert (await answer(reader))[0] == 200
        reader, _writer = await served.connect()
        status, headers, problem = await answer(reader)
        assert (status, problem["code"], headers["retry-after"]) == (503, "too_many_connections", "2")
        held[0][1].close()
        await closed(held[0][0])
        assert await served.push(key) == 202


@pytest.mark.parametrize(
    "limits",
    [{"max_connections_per_client": 3}, {"max_connections": 3, "trusted_proxies": "127.0.0.1"}],
    ids=["of one address", "of all"],
)
async def test_connections_that_come_at_once_do_not_slip_past_the_limit(
    clients: ApiClients, limits: dict[str, Any]
) -> None:
    async with serve(clients, **limits) as served:
        # All of them wait in the listening socket before the server accepts the first one.
        burst = [socket.create_connection(("127.0.0.1", served.port)) for _ in range(20)]
        for one in burst:
            one.sendall(head("GET", "/healthz"))
        streams = [await asyncio.open_connection(sock=one) for one in burst]
        served.opened += [writer for _, writer in streams]
        statuses = [(await answer(reader))[0] for reader, _ in streams]
        assert sorted(statuses) == [200] * 3 + [503] * 17


async def test_a_trusted_proxy_has_any_number_of_connections(clients: ApiClients, key: str) -> None:
    async with serve(clients, max_connections_per_client=3, trusted_proxies="127.0.0.1") as served:
        [await served.connect() for _ in range(10)]
        assert await served.push(key) == 202


async def test_all_connections_together_are_bounded(clients: ApiClients) -> None:
    async with serve(clients, max_connections=3, trusted_proxies="127.0.0.1") as served:
        held = [await served.send(head("GET", "/healthz")) for _ in range(3)]
        for reader, _ in held:
            assert (await answer(reader))[0] == 200
        reader, _writer = await served.connect()
        assert (await answer(reader))[2]["code"] == "too_many_connections"


async def test_out_of_descriptors_is_logged_and_waited_out(
    clients: ApiClients, key: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """The process has none left: one line, no spinning; when there are some again, it accepts."""
    async with serve(clients) as served:
        waiting = socket.socket()
        waiting.setblocking(False)
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (waiting.fileno() + 1, hard))
        try:
            filled = []
            with suppress(OSError):
                while True:
                    filled.append(socket.socket())
            assert waiting.connect_ex(("127.0.0.1", served.port)) in (0, errno.EINPROGRESS)
            told = ""
            async with asyncio.timeout(10):
                while "cannot accept" not in told:
                    await asyncio.sleep(0)
                    told += capsys.readouterr().err
            assert told.count("cannot accept") == 1
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
            for taken in filled:
                taken.close()
        loop = asyncio.get_running_loop()
        await loop.sock_sendall(waiting, head("GET", "/healthz"))
        async with asyncio.timeout(10):
            assert (await loop.sock_recv(waiting, 12)) == b"HTTP/1.1 200"
        waiting.close()
        assert "cannot accept" not in capsys.readouterr().err


def test_a_process_may_open_as_many_files_as_its_connections_need() -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (1024, hard))
    try:
        assert raise_file_limit(1500) == 1500
        assert resource.getrlimit(resource.RLIMIT_NOFILE)[0] == 1500
        assert raise_file_limit(1000) == 1500, "never fewer than before"
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


async def test_who_does_not_read_its_answer_is_cut_off(clients: ApiClients) -> None:
    """The rest of a large answer does not wait in memory for a client that never reads."""
    lost = asyncio.Event()

    async def large(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"x" * 20_000_000, "more_body": True})
        await send({"type": "http.response.body", "body": b"x", "more_body": True})
        while (await receive())["type"] != "http.disconnect":
            pass
        lost.set()

    async with serve(clients, large, body_timeout=SOON) as served:
        await served.send(head("GET", "/"))
        async with asyncio.timeout(10):
            await lost.wait()


@pytest.mark.parametrize(("trusted", "client"), [("", "127.0.0.1"), ("127.0.0.0/8", "198.51.100.7")])
async def test_a_forwarded_address_is_believed_of_a_trusted_proxy_alone(
    clients: ApiClients, capsys: pytest.CaptureFixture[str], trusted: str, client: str
) -> None:
    async with serve(clients, trusted_proxies=trusted) as served:
        reader, _ = await served.send(head("GET", "/v1/nothing", 0, "", "X-Forwarded-For: 198.51.100.7"))
        assert (await answer(reader))[0] == 404
    (line,) = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert line["client"] == client
