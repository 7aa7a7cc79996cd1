"""Laws of a connection, for any stream of bytes (hypothesis)."""

import itertools

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.support.http2.peer import (
    BODIES,
    FULL,
    PATHS,
    WHOLE,
    Peer,
    add_events,
    connect_to,
    ended_tags,
    exchange_bytes,
    item_of,
    open_all,
    ready_connection,
    request_item,
    response_frames,
)

from pushgate.http2 import frames
from pushgate.http2.burst_template import BurstTemplate, Item
from pushgate.http2.connection import Connection
from pushgate.http2.events import Events
from pushgate.http2.frames import ErrorCode, frame

REQUESTS = 12
STREAMS = list(range(1, 2 * REQUESTS, 2))


def connection_with_mixed_requests() -> Connection[int]:
    """Requests 0 to 11 on streams 1 to 23, of every kind; some bodies wait for a window."""
    connection = ready_connection()
    open_all(connection, BODIES, [b"x"] * 4)
    open_all(connection, PATHS, [b"aa"] * 2, 4)
    open_all(connection, WHOLE, [request_item(b"aa")] * 2, 6)
    open_all(connection, FULL, [b"y"] * 3, 8)
    open_all(connection, FULL, [b"z" * 70_000], 11)
    connection.data_to_send()
    assert connection.in_flight == REQUESTS
    return connection


def padded_data(stream: int, body: bytes, padding: int) -> bytes:
    """DATA that ends a stream, padded."""
    payload = bytes((padding,)) + body + bytes(padding)
    return frame(frames.DATA, frames.PADDED | frames.END_STREAM, stream, payload)


def in_continuations(stream: int, data: bytes, size: int) -> bytes:
    """A response whose HEADERS is cut into CONTINUATIONs."""
    length = int.from_bytes(data[:3], "big")
    block, rest = data[9 : 9 + length], data[9 + length :]
    parts = [block[at : at + size] for at in range(0, len(block), size)]
    out = frame(frames.HEADERS, data[4] & frames.END_STREAM, stream, parts[0])
    for index, part in enumerate(parts[1:], 2):
        out += frame(frames.CONTINUATION, frames.END_HEADERS if index == len(parts) else 0, stream, part)
    if len(parts) == 1:
        out += frame(frames.CONTINUATION, frames.END_HEADERS, stream)
    return out + rest


def valid_response(stream: int) -> st.SearchStrategy[bytes]:
    """A valid way to end a stream."""
    statuses = st.sampled_from([200, 200, 200, 204, 400, 404, 410, 429, 500, 503])
    bodies = st.one_of(st.none(), st.binary(max_size=50))
    plain = st.builds(
        lambda status, body: response_frames(stream, status, body, server="s"), statuses, bodies
    )
    return st.one_of(
        plain,
        st.builds(lambda data, size: in_continuations(stream, data, size), plain, st.integers(1, 9)),
        st.builds(
            lambda status, body, padding: (
                response_frames(stream, status, b"")[:-9]
                + frame(frames.DATA, 0, stream, body)
                + padded_data(stream, body, padding)
            ),
            statuses,
            st.binary(max_size=20),
            st.integers(0, 20),
        ),
        st.builds(lambda code: frames.rst_stream(stream, code), st.sampled_from(list(ErrorCode))),
    )


noise = st.sampled_from(
    [
        frame(frames.PING, 0, 0, b"12345678"),
        frames.settings({frames.MAX_CONCURRENT_STREAMS: 5, frames.HEADER_TABLE_SIZE: 64}),
        frames.settings({frames.INITIAL_WINDOW_SIZE: 1000}),
        frames.window_update(0, 5000),
        frame(0x77, 3, 3, b"unknown"),
        frame(frames.PRIORITY, 0, 3, bytes(5)),
    ]
)


@st.composite
def streams_of_bytes(draw: st.DrawFn) -> bytes:
    """Valid responses to all requests, in any order, with other frames between them."""
    order = draw(st.permutations(STREAMS))
    return b"".join(
        draw(valid_response(sid)) + (draw(noise) if draw(st.booleans()) else b"") for sid in order
    )


def events_of(data: bytes, cuts: list[int]) -> Events[int]:
    """All events of a new connection that receives the bytes in these pieces."""
    connection, total = connection_with_mixed_requests(), Events[int]()
    edges = [0, *sorted(cut % (len(data) + 1) for cut in cuts), len(data)]
    for start, result in itertools.pairwise(edges):
        add_events(total, connection.receive(data[start:result]))
        connection.data_to_send()
    add_events(total, connection.lose("end"))
    return total


@given(streams_of_bytes(), st.lists(st.integers(0, 10_000), max_size=40))
def test_splitting_the_bytes_does_not_change_the_events(data: bytes, cuts: list[int]) -> None:
    whole, pieces = events_of(data, []), events_of(data, cuts)
    assert pieces == whole
    assert ended_tags(whole) == list(range(REQUESTS))


@settings(max_examples=120)
@given(streams_of_bytes(), st.data())
def test_damaged_bytes_leave_each_request_with_one_result(data: bytes, draw: st.DataObject) -> None:
    """A mutation is a protocol error or gives valid events.
    It raises nothing and loses no request."""
    broken = bytearray(data)
    for _ in range(draw.draw(st.integers(1, 6))):
        at = draw.draw(st.integers(0, len(broken) - 1))
        change = draw.draw(st.sampled_from(["set", "cut", "insert"]))
        if change == "set":
            broken[at] = draw.draw(st.integers(0, 255))
        elif change == "cut":
            del broken[at : at + draw.draw(st.integers(1, 12))]
            broken += b"\0" * 9 if not broken else b""
        else:
            broken[at:at] = draw.draw(st.binary(min_size=1, max_size=12))
    total = events_of(bytes(broken), draw.draw(st.lists(st.integers(0, 10_000), max_size=5)))
    assert ended_tags(total) == list(range(REQUESTS))


@settings(max_examples=150)
@given(st.binary(max_size=300))
def test_random_bytes_raise_nothing(data: bytes) -> None:
    total = events_of(data, [])
    assert ended_tags(total) == list(range(REQUESTS))


@given(
    st.lists(
        st.tuples(
            st.sampled_from([BODIES, PATHS, WHOLE, FULL]),
            st.lists(st.binary(min_size=1, max_size=400), max_size=20),
        ),
        min_size=1,
        max_size=12,
    ),
    st.sampled_from([0, 50, 200, 4096]),
    st.sampled_from([1, 7, 100]),
    st.sampled_from([1, 64, 1000, 65_535]),
)
def test_h2_reads_every_request_as_written(
    bursts: list[tuple[BurstTemplate, list[bytes]]], table: int, most: int, window: int
) -> None:
    """For any limits that the peer announces. h2 raises on every protocol violation."""
    peer = Peer(HEADER_TABLE_SIZE=table, MAX_CONCURRENT_STREAMS=most, INITIAL_WINDOW_SIZE=window)
    connection = connect_to(peer)
    wanted: list[tuple[BurstTemplate, Item]] = []
    ended, answered = Events[int](), 0
    for template, raw in bursts:
        items = [item_of(template, item.hex().encode()) for item in raw]
        done = 0
        while done < len(items):
            count = open_all(connection, template, items[done:], len(wanted))
            wanted += [(template, item) for item in items[done : done + count]]
            done += count
            add_events(ended, exchange_bytes(connection, peer))
            for sid in peer.complete[answered:]:
                peer.respond(sid, body=b"ok")
            answered = len(peer.complete)
            add_events(ended, exchange_bytes(connection, peer))
    assert ended_tags(ended) == list(range(len(wanted)))
    for (template, item), sid in zip(wanted, sorted(peer.complete), strict=True):
        path, fields, body = template.request(item)
        assert peer.bodies[sid] == body
        assert peer.requests[sid][":path"] == path.decode()
        for name, value in fields:
            assert peer.requests[sid][name.decode()] == value.decode()
