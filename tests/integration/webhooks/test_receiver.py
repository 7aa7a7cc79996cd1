"""Attempts to deliver, over real sockets."""

import asyncio
import random
import ssl
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.support.http2.servers import Certificates
from tests.support.webhooks.receiver import Reply, WebhookReceiver, receiving

from pushgate.domain.clock import SystemClock
from pushgate.webhooks.answer import AttemptFailure, parse_retry_after
from pushgate.webhooks.destination import DestinationRules, Lookup, Resolver, parse
from pushgate.webhooks.receiver import Posting, Receiver

RULES = DestinationRules(allow_loopback=True)
NOW = datetime(2027, 1, 31, 12, tzinfo=UTC)


@pytest.fixture
def server() -> Iterator[WebhookReceiver]:
    with receiving() as receiver:
        yield receiver


def _addresses(*found: str) -> Lookup:
    async def lookup(_host: str, _port: int) -> Sequence[str]:
        return found

    return lookup


@asynccontextmanager
async def _sender(
    lookup: Lookup | None = None, *, seconds: float = 5, ca: Path | None = None
) -> AsyncIterator[Receiver]:
    posting = Posting(
        rules=RULES,
        resolver=Resolver(lookup or _addresses("127.0.0.1")),
        tls=ssl.create_default_context(cafile=ca),
        timeout=timedelta(seconds=seconds),
        clock=SystemClock(),
    )
    receiver = Receiver(posting, "shop")
    try:
        yield receiver
    finally:
        await receiver.close()
        posting.resolver.close()


async def test_a_delivery_is_one_post_of_json_to_the_address(server: WebhookReceiver) -> None:
    async with _sender() as sender:
        answer = await sender.post(parse(server.url, RULES), {"webhook-id": "d_1"}, b'{"a":1}')
    assert answer.status == 204
    assert answer.is_success
    (request,) = server.requests
    assert (request.path, request.body) == (server.path, b'{"a":1}')
    assert request.headers["content-type"] == "application/json"
    assert request.headers["webhook-id"] == "d_1"
    assert request.headers["host"] == f"localhost:{server.port}"
    assert request.headers["user-agent"].startswith("Pushgate/")


async def test_one_connection_carries_the_requests_of_a_receiver(server: WebhookReceiver) -> None:
    async with _sender() as sender:
        for _ in range(3):
            await sender.post(parse(server.url, RULES), {}, b"{}")
    assert len({request.connection for request in server.requests}) == 1


async def test_a_redirect_is_an_answer_and_is_not_followed(server: WebhookReceiver) -> None:
    server.behaviour = lambda _: Reply(302, {"location": "http://169.254.169.254/"})
    async with _sender() as sender:
        answer = await sender.post(parse(server.url, RULES), {}, b"{}")
    assert answer.status == 302
    assert not answer.is_success
    assert len(server.requests) == 1


async def test_proxies_of_the_environment_are_not_used(
    server: WebhookReceiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    async with _sender() as sender:
        assert (await sender.post(parse(server.url, RULES), {}, b"{}")).is_success


async def test_a_name_is_resolved_once_for_each_attempt_and_the_checked_address_is_called(
    server: WebhookReceiver,
) -> None:
    answers = [["127.0.0.1"], ["10.0.0.1"], ["127.0.0.1"], ["169.254.169.254", "127.0.0.1"]]
    asked = []

    async def lookup(host: str, _port: int) -> Sequence[str]:
        asked.append(host)
        return answers[len(asked) - 1]

    url = f"http://rebinding.example:{server.port}{server.path}"
    async with _sender(lookup) as sender:
        found = [await sender.post(parse(url, RULES), {}, b"{}") for _ in answers]
    assert [answer.status for answer in found] == [204, None, 204, None]
    assert {answer.failure for answer in found[1::2]} == {AttemptFailure.ADDRESS_REFUSED}
    assert len(asked) == len(answers)


async def test_an_open_connection_to_an_address_the_name_no_longer_has_is_not_used(
    server: WebhookReceiver,
) -> None:
    answers = iter([["127.0.0.1"], ["127.0.0.2"]])

    async def lookup(_host: str, _port: int) -> Sequence[str]:
        return next(answers)

    async with _sender(lookup) as sender:
        assert (await sender.post(parse(server.url, RULES), {}, b"{}")).is_success
        moved = await sender.post(parse(server.url, RULES), {}, b"{}")
    assert moved.failure is AttemptFailure.NOT_CONNECTED


async def test_the_next_address_is_tried_where_one_takes_no_connection(server: WebhookReceiver) -> None:
    async with _sender(_addresses("127.0.0.3", "127.0.0.1")) as sender:
        assert (await sender.post(parse(server.url, RULES), {}, b"{}")).is_success


async def test_tls_is_verified_by_the_name_and_not_by_the_address(tmp_path: Path) -> None:
    made = Certificates.make(tmp_path)
    with receiving((made.server, made.server_key)) as server:
        url = parse(server.url, RULES)
        other = parse(f"https://receiver.example:{server.port}{server.path}", RULES)
        async with _sender(ca=made.ca) as sender:
            assert (await sender.post(url, {}, b"{}")).is_success
        async with _sender(ca=made.ca) as sender:
            refused = await sender.post(other, {}, b"{}")
        async with _sender() as sender:
            unknown = await sender.post(url, {}, b"{}")
    for answer in (refused, unknown):
        assert answer.failure is AttemptFailure.TLS_FAILED
        assert "certificate" in answer.reason
    assert len(server.requests) == 1


async def test_a_receiver_that_never_answers_is_cut_off(server: WebhookReceiver) -> None:
    server.behaviour = lambda _: Reply(delay=30)
    async with _sender(seconds=0.3) as sender:
        answer = await sender.post(parse(server.url, RULES), {}, b"{}")
    assert answer.failure is AttemptFailure.TIMED_OUT
    assert answer.duration < timedelta(seconds=3)


async def test_attempts_that_are_cut_off_anywhere_leave_room_for_the_next(server: WebhookReceiver) -> None:
    rng, url = random.Random(1), parse(server.url, RULES)
    for _ in range(8):
        async with _sender() as sender:
            patient = sender._posting
            for _ in range(40):
                sender._posting = replace(patient, timeout=timedelta(seconds=rng.uniform(0, 0.006)))
                await sender.post(url, {}, b"{}")
            sender._posting = patient
            assert (await sender.post(url, {}, b"{}")).status == 204


async def test_a_name_server_that_never_answers_is_cut_off() -> None:
    async def lookup(_host: str, _port: int) -> Sequence[str]:
        await asyncio.sleep(60)
        return []

    async with _sender(lookup, seconds=0.2) as sender:
        answer = await sender.post(parse("https://slow.example/", RULES), {}, b"{}")
    assert answer.failure is AttemptFailure.TIMED_OUT


async def test_an_endless_body_is_dropped_and_the_status_counts(server: WebhookReceiver) -> None:
    server.behaviour = lambda _: Reply(200, body=bytes(4 * 1024 * 1024))
    async with _sender() as sender:
        assert (await sender.post(parse(server.url, RULES), {}, b"{}")).status == 200
        server.behaviour = lambda _: Reply(200)
        assert (await sender.post(parse(server.url, RULES), {}, b"{}")).status == 200
    assert server.requests[0].connection != server.requests[1].connection


@pytest.mark.parametrize(
    "response",
    [
        b"",
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"HTTP/1.1 999999999 x\r\n\r\n",
        b"HTTP/1.1 200 OK\r\ncontent-length: x\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"x: y\r\n" * 100_000,
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: gzip, chunked\r\n\r\n",
    ],
)
async def test_what_is_no_http_is_a_failure_and_never_an_exception(response: bytes) -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(100)
        writer.write(response)
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as raw, _sender() as sender:
        port = raw.sockets[0].getsockname()[1]
        answer = await sender.post(parse(f"http://localhost:{port}/", RULES), {}, b"{}")
    assert answer.failure is AttemptFailure.CONNECTION_LOST


async def test_a_name_that_does_not_exist_is_told() -> None:
    async def lookup(_host: str, _port: int) -> Sequence[str]:
        raise OSError("not known")

    async with _sender(lookup) as sender:
        answer = await sender.post(parse("https://none.example/", RULES), {}, b"{}")
    assert answer.failure is AttemptFailure.NAME_NOT_FOUND


@pytest.mark.parametrize(
    ("written", "seconds"),
    [
        ("120", 120),
        ("0", 0),
        ("99999999999999999999", 999999999),
        ("Sun, 31 Jan 2027 12:02:00 GMT", 120),
        ("Sun, 31 Jan 2027 11:00:00 GMT", 0),
        ("", None),
        ("-5", None),
        ("soon", None),
        ("１２", None),
        ("Sun, 31 Jan 99999 11:00:00 GMT", None),
    ],
)
def test_retry_after_is_read_in_both_forms(written: str, seconds: int | None) -> None:
    expected = None if seconds is None else timedelta(seconds=seconds)
    assert parse_retry_after(written, NOW) == expected
