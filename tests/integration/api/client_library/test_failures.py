"""Calls are repeated where that is safe, with the same idempotency key; others are not."""

import socket

import pytest
from tests.support.client_library.calls import CONTENT, EVERYONE
from tests.support.client_library.opening import Opener
from tests.support.client_library.scripted import LOST, cut, reply, scripted

from pushgate_client import ApiError, ConnectionFailed, RateLimited, Unavailable

BUSY = reply(503, {"code": "overloaded"})
TAKEN = reply(202, {"id": "m1"})
PROXY = b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 6\r\nConnection: close\r\n\r\n<html>"


@pytest.mark.parametrize("trouble", [BUSY, PROXY, LOST, b"HTTP/1.1 2"])
async def test_a_message_is_sent_again_with_the_same_key(opener: Opener, trouble: bytes) -> None:
    async with scripted([trouble, TAKEN]) as server, opener(server.url, "k") as client:
        assert (await client.messages.send(CONTENT, EVERYONE))["id"] == "m1"
    first, second = (one.headers["idempotency-key"] for one in server.asked)
    assert first == second


async def test_a_key_is_not_created_twice(opener: Opener) -> None:
    async with scripted([LOST]) as server, opener(server.url, "k") as client:
        with pytest.raises(ConnectionFailed) as raised:
            await client.keys.create({"scopes": ["push"]})
    assert raised.value.may_be_done
    assert len(server.asked) == 1


async def test_what_another_attempt_would_do_anew_is_not_repeated(opener: Opener) -> None:
    async with scripted([LOST]) as server, opener(server.url, "k") as client:
        with pytest.raises(ConnectionFailed):
            await client.apps.confirm_held_removals("shop", "fcm")  # others may be held by then
        with pytest.raises(ConnectionFailed):
            await client.terminals.diagnose("t1", ask_vendor=True)
    assert len(server.asked) == 2


async def test_an_import_that_is_not_answered_by_json_names_that(opener: Opener) -> None:
    page = b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\nConnection: close\r\n\r\n<html>"
    async with scripted([page]) as server, opener(server.url, "k") as client:
        with pytest.raises(ApiError, match="not JSON"):
            await client.terminals.import_all([{"id": "t1"}])


async def test_a_key_is_asked_for_again_where_nothing_was_done(opener: Opener) -> None:
    async with scripted([BUSY, reply(201, {"id": "k1"})]) as server, opener(server.url, "k") as client:
        assert (await client.keys.create({"scopes": ["push"]}))["id"] == "k1"


async def test_nobody_listens(opener: Opener) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    async with opener(f"http://127.0.0.1:{port}", "k", max_attempts=2) as client:
        with pytest.raises(ConnectionFailed) as raised:
            await client.keys.create({"scopes": ["push"]})
    assert not raised.value.may_be_done


async def test_the_last_error_is_raised_after_all_attempts(opener: Opener) -> None:
    async with scripted([BUSY]) as server, opener(server.url, "k", max_attempts=3) as client:
        with pytest.raises(Unavailable):
            await client.messages.send(CONTENT, EVERYONE)
    assert len(server.asked) == 3


async def test_a_long_pause_is_left_to_the_caller(opener: Opener) -> None:
    answer = reply(429, {"code": "rate_limited"}, {"Retry-After": "3600", "X-Request-Id": "r1"})
    async with scripted([answer]) as server, opener(server.url, "k") as client:
        with pytest.raises(RateLimited) as raised:
            await client.messages.send(CONTENT, EVERYONE)
    assert (raised.value.retry_after, raised.value.request_id) == (3600, "r1")


async def test_something_else_at_the_address_is_told(opener: Opener) -> None:
    page = b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\nConnection: close\r\n\r\n<html>"
    async with scripted([page]) as server, opener(server.url, "k") as client:
        with pytest.raises(ApiError, match="not JSON"):
            await client.messages.send(CONTENT, EVERYONE)


async def test_readiness_is_an_answer_also_where_pushgate_is_not_ready(opener: Opener) -> None:
    answer = reply(503, {"status": "not ready", "redis": "out of reach", "gearman": "ok"})
    async with scripted([answer]) as server, opener(server.url, "k") as client:
        assert (await client.operations.readiness())["redis"] == "out of reach"


async def test_events_go_on_after_lost_connections_from_where_they_were(opener: Opener) -> None:
    def page(after: str, *ids: str) -> bytes:
        return reply(200, {"events": [{"id": one} for one in ids], "after": after, "has_more": False})

    answers = [page("c1"), page("c2", "e1", "e2"), LOST, BUSY, PROXY, page("c3", "e3"), page("c4", "e4")]
    async with scripted(answers) as server, opener(server.url, "k", max_attempts=1) as client:
        stream, seen = client.events.follow(), []
        async for event in stream:
            seen.append(event["id"])
            if event["id"] == "e4":
                break
    assert seen == ["e1", "e2", "e3", "e4"]
    assert stream.after == "c3", "e4 may not be done yet"
    asked = [one.target.partition("after=")[2].partition("&")[0] for one in server.asked]
    assert asked == ["", "c1", "c2", "c2", "c2", "c2", "c3"]
    assert "wait=0" in server.asked[0].target, "the place to begin with is known at once"


async def test_the_first_call_of_a_stream_tells_what_is_wrong(opener: Opener) -> None:
    async with scripted([BUSY]) as server, opener(server.url, "k", max_attempts=1) as client:
        with pytest.raises(Unavailable):
            async for _ in client.events.follow():
                pass


@pytest.mark.parametrize("max_attempts", [1, 5])
async def test_a_cut_export_goes_on_at_its_last_mark(opener: Opener, max_attempts: int) -> None:
    first = cut({"id": "a"}, {"export": {"after": "0.16.0"}}, {"id": "b"})
    second = cut({"id": "b"}, {"id": "c"}, {"export": {"complete": True}})
    seen: list[str] = []
    async with (
        scripted([first, second]) as server,
        opener(server.url, "k", max_attempts=max_attempts) as client,
    ):
        try:
            async for one in client.terminals.export():
                seen.append(one["id"])  # what came before an error counts, too
        except ConnectionFailed:
            assert max_attempts == 1
            assert seen == ["a"], "an export that is cut does not end as if it were whole"
            return
    assert seen == ["a", "b", "c"]
    assert "after=0.16.0" in server.asked[1].target
