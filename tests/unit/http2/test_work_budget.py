"""Limits of idle frames and of the work in one turn of the event loop."""

import pytest
from hpack.hpack import encode_integer
from tests.support.http2.peer import (
    BODIES,
    FULL,
    add_events,
    connection_with_requests,
    ended_tags,
    headers_frame,
    open_all,
    ready_connection,
    receive_all,
    response_frames,
    stream_ids,
)

from pushgate.http2 import frames
from pushgate.http2.connection import Connection
from pushgate.http2.events import Events
from pushgate.http2.field_sections import MAX_FIELDS
from pushgate.http2.frames import frame
from pushgate.http2.work_budget import MAX_IDLE_FRAMES, MAX_WORK_PER_TURN


def close_reason(connection: Connection[int]) -> str:
    """Why the connection is closed."""
    return connection.close_reason or ""


def has_unread(connection: Connection[int]) -> bool:
    """Whether received bytes wait for the next turn."""
    return connection.has_unread


# Floods of frames

SMALL_FRAMES = [
    frame(frames.DATA, 0, 1),
    frame(frames.DATA, 0, 1, b"x"),
    frame(frames.DATA, frames.PADDED, 1, b"\x03" + bytes(3)),
    frame(frames.DATA, 0, 3),
    frame(frames.HEADERS, frames.END_HEADERS | frames.END_STREAM, 3, b"\x8d"),
    frame(frames.HEADERS, frames.END_HEADERS, 1, b"\x08\x03103"),
    frame(frames.HEADERS, 0, 1, b"\x08\x03103") + frame(frames.CONTINUATION, frames.END_HEADERS, 1),
    frame(frames.PRIORITY, 0, 1, bytes(5)),
    frame(frames.PRIORITY, 0, 99, bytes(5)),
    frame(frames.RST_STREAM, 0, 3, bytes(4)),
    frames.settings({}),
    frames.settings({frames.HEADER_TABLE_SIZE: 0}) + frames.settings({frames.HEADER_TABLE_SIZE: 4096}),
    frames.settings({frames.INITIAL_WINDOW_SIZE: 1}),
    frame(frames.SETTINGS, frames.ACK, 0),
    frame(frames.PING, 0, 0, bytes(8)),
    frame(frames.PING, frames.ACK, 0, bytes(8)),
    frame(frames.GOAWAY, 0, 0, (99).to_bytes(4, "big") + bytes(4)),
    frames.window_update(0, 1),
    frames.window_update(1, 1),
    frames.window_update(3, 1),
    frame(0x77, 0, 1, b"unknown"),
]


@pytest.mark.parametrize("small", SMALL_FRAMES)
def test_endless_small_frames_without_a_response_are_a_connection_error(small: bytes) -> None:
    connection = ready_connection()
    open_all(connection, FULL, [b"x", b"y", b"z" * 70_000])
    connection.data_to_send()
    connection.receive(headers_frame(1, (":status", "500"), last=False) if small[3] == frames.DATA else b"")
    assert len(connection.receive(response_frames(3, 500)).responses) == 1
    ended: Events[int] = Events()
    for _ in range(MAX_IDLE_FRAMES // 100 + 1):
        add_events(ended, receive_all(connection, small * 100))
        connection.data_to_send()
    assert close_reason(connection).startswith(
        "protocol error by the server: small frames without end, and no answer"
    )
    assert ended_tags(ended) == [0, 2]


def test_endless_window_updates_of_written_requests_are_a_connection_error() -> None:
    connection, ended = connection_with_requests(3, BODIES), Events[int]()
    update = frames.window_update(1, 1)
    connection.receive(update * (MAX_WORK_PER_TURN + 10))
    assert has_unread(connection)
    for _ in range(MAX_IDLE_FRAMES // 100):
        add_events(ended, receive_all(connection, update * 100))
    assert "small frames without end" in close_reason(connection)
    assert ended_tags(ended) == [0, 1, 2]


def test_small_frames_between_responses_are_accepted() -> None:
    """More small frames than allowed in a row, but with a response after each thousand."""
    connection = connection_with_requests(30, BODIES)
    for sid in stream_ids(30):
        receive_all(connection, frame(frames.PING, 0, 0, bytes(8)) * 1000)
        assert len(ended_tags(connection.receive(response_frames(sid)))) == 1
        connection.data_to_send()
    assert connection.close_reason is None


def test_window_updates_for_waiting_bodies_are_not_idle() -> None:
    connection = ready_connection()
    connection.receive(frames.settings({frames.INITIAL_WINDOW_SIZE: 2**30}))
    open_all(connection, FULL, [bytes(3000 * MAX_IDLE_FRAMES)])
    for _ in range(MAX_IDLE_FRAMES // 50):
        receive_all(connection, frames.window_update(0, 1024) * 100)
        connection.data_to_send()
        assert connection.close_reason is None
    assert connection.in_flight == 1


# Work in one turn of the event loop


@pytest.mark.parametrize("small", SMALL_FRAMES)
def test_frames_per_turn_are_bounded(small: bytes) -> None:
    connection = connection_with_requests(2)
    connection.receive(headers_frame(1, (":status", "500"), last=False) if small[3] == frames.DATA else b"")
    kinds = sum(small[at + 3] >= 0 for at in _starts(small))
    ping = frame(frames.PING, 0, 0, b"the last")
    connection.data_to_send()
    connection.receive(small * (MAX_WORK_PER_TURN // kinds + 10) + ping)
    assert has_unread(connection)
    assert ping[9:] not in connection.data_to_send()
    connection.receive()
    assert not has_unread(connection)
    assert ping[9:] in connection.data_to_send()


def _starts(data: bytes) -> list[int]:
    found, at = [], 0
    while at < len(data):
        found.append(at)
        at += 9 + int.from_bytes(data[at : at + 3], "big")
    return found


@pytest.mark.parametrize(("fields", "most"), [(1000, 5), (MAX_FIELDS - 1, 20), (10, 180)])
def test_decoded_fields_per_turn_are_bounded(fields: int, most: int) -> None:
    """Each response has other fields. Those with too many end their streams unanswered."""
    count = 300
    connection = connection_with_requests(count, BODIES)
    data = b"".join(
        headers_frame(sid, (":status", "500"), ("of", str(sid)), *[("x", "1")] * (fields - 1))
        for sid in stream_ids(count)
    )
    events = connection.receive(data)
    total, turns = len(ended_tags(events)), 1
    assert 0 < total <= most
    while connection.has_unread:
        ended = len(ended_tags(connection.receive()))
        assert ended <= most
        total, turns = total + ended, turns + 1
    assert total == count
    assert turns >= count // most
    assert connection.close_reason is None


def test_huffman_coded_values_count_by_length() -> None:
    count, size = 50, 7500
    connection = connection_with_requests(count, BODIES)
    data = bytearray()
    for n, sid in enumerate(stream_ids(count)):
        value = bytes(size - 5 * n) + b"\x08\x42\x10\x84\x21" * n  # zeros and ones, of 5 bits each
        length = bytearray(encode_integer(len(value), 7))
        length[0] |= 0x80
        data += frame(frames.HEADERS, 5, sid, b"\x8d\x00\x01x" + bytes(length) + value)
    most = MAX_WORK_PER_TURN * 16 // size + 1
    turns, ended = [connection.receive(bytes(data))], 0
    while connection.has_unread:
        turns.append(connection.receive())
    for events in turns:
        ended += len(events.responses)
        assert len(ended_tags(events)) <= most
    assert ended == count


def test_a_cached_block_costs_no_work() -> None:
    """Failures often have the same header block."""
    connection = connection_with_requests(1000, BODIES)
    events = connection.receive(b"".join(response_frames(sid, 503, server="s") for sid in stream_ids(1000)))
    assert len(ended_tags(events)) == 1000


def test_unread_bytes_are_dropped_with_the_connection() -> None:
    connection = connection_with_requests(3)
    connection.receive(frame(frames.PING, 0, 0, bytes(8)) * (MAX_WORK_PER_TURN + 10) + response_frames(1))
    assert has_unread(connection)
    assert ended_tags(connection.lose("gone")) == [0, 1, 2]
    assert not has_unread(connection)
    assert ended_tags(connection.receive()) == []
