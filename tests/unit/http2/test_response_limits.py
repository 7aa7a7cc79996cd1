"""Limits of the memory and work that a server can cause."""

from collections.abc import Sequence

import pytest
from tests.support.http2.peer import (
    BODIES,
    FULL,
    PATHS,
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
from pushgate.http2.burst_template import BurstTemplate
from pushgate.http2.connection import Connection
from pushgate.http2.field_sections import MAX_FIELDS
from pushgate.http2.frames import ErrorCode, frame
from pushgate.http2.receive_window import MAX_HELD, RECEIVE_WINDOW
from pushgate.http2.results import MAX_FAILURE, MAX_RESPONSE

CHUNK = b"x" * 16_384


def written_frames(connection: Connection[int]) -> list[tuple[int, int, int]]:
    """Type, stream and number of each frame with one number that the connection wrote."""
    data, found, at = connection.data_to_send(), [], 0
    while at < len(data):
        size = int.from_bytes(data[at : at + 3], "big")
        sid = int.from_bytes(data[at + 5 : at + 9], "big")
        found.append((data[at + 3], sid, int.from_bytes(data[at + 9 : at + 9 + size][-4:], "big")))
        at += 9 + size
    return found


def window_increment(said: Sequence[tuple[int, int, int]]) -> int:
    """By how many bytes the connection window was extended."""
    return sum(number for kind, sid, number in said if kind == frames.WINDOW_UPDATE and sid == 0)


# What unfinished answers hold


def test_unfinished_responses_hold_a_bounded_part_of_the_window() -> None:
    """900 unfinished responses of 0.9 MB, from a server that respects the window."""
    connection, count = connection_with_requests(900), 900
    room, held, sent = RECEIVE_WINDOW, dict.fromkeys(stream_ids(count), 0), 0
    receive_all(
        connection, b"".join(headers_frame(sid, (":status", "500"), last=False) for sid in stream_ids(count))
    )
    for _ in range(55):
        for sid in list(held):
            if sid not in held:
                continue
            assert room >= len(CHUNK), "the server can go on: nobody waits for the streams that hang"
            answers = connection.receive(frame(frames.DATA, 0, sid, CHUNK)).responses
            room, held[sid], sent = room - len(CHUNK), held[sid] + len(CHUNK), sent + len(CHUNK)
            said = written_frames(connection)
            room += window_increment(said)
            for reset in [stream for kind, stream, _ in said if kind == frames.RST_STREAM]:
                assert held[reset] == max(held.values()), "the largest goes first"
                assert [len(answer.body) for _, answer in answers] == [held.pop(reset)]
            assert sum(held.values()) <= MAX_HELD
            assert room + sum(held.values()) <= RECEIVE_WINDOW, "no more can come than the window has"
    assert sent > 2 * RECEIVE_WINDOW
    assert connection.in_flight == len(held)


def test_header_sections_count_as_held_bytes() -> None:
    count = 500
    connection = connection_with_requests(count)
    fields = [(f"x{n}", "v" * 80) for n in range(MAX_FIELDS - 1)]
    ended = 0
    for sid in stream_ids(count):
        one = headers_frame(sid, (":status", "500"), ("of", str(sid)), *fields[1:], last=False)
        ended += len(connection.receive(one).responses)
    size = sum(len(name) + len(value) for name, value in fields)
    assert connection.in_flight + ended == count
    assert 0 < connection.in_flight * size < MAX_HELD


def test_the_window_is_renewed_except_for_held_bytes() -> None:
    """The body of a 200 that needs only its status is counted and dropped."""
    connection, sent, room = connection_with_requests(600, BODIES), 0, RECEIVE_WINDOW
    for sid in stream_ids(600):
        connection.receive(frame(frames.HEADERS, frames.END_HEADERS, sid, b"\x88"))
        for _ in range(3):
            connection.receive(frame(frames.DATA, 0, sid, CHUNK))
            sent += len(CHUNK)
            room += window_increment(written_frames(connection)) - len(CHUNK)
            assert room > 0
    assert sent > RECEIVE_WINDOW
    assert connection.close_reason is None
    assert connection.in_flight == 600


def test_a_complete_response_returns_its_held_bytes() -> None:
    connection, room = connection_with_requests(900), RECEIVE_WINDOW
    for sid in stream_ids(900):
        head = headers_frame(sid, (":status", "500"), last=False)
        events = connection.receive(head + frame(frames.DATA, 0, sid, CHUNK))
        assert ended_tags(events) == []
        assert len(connection.receive(frame(frames.DATA, frames.END_STREAM, sid, CHUNK)).responses) == 1
        room += window_increment(written_frames(connection)) - 2 * len(CHUNK)
        assert room > 0


@pytest.mark.parametrize("result", ["malformed", "reset by the server", "given up", "cut"])
def test_every_end_of_a_response_returns_its_held_bytes(result: str) -> None:
    connection, room = connection_with_requests(900, BODIES), RECEIVE_WINDOW
    for sid in stream_ids(900):
        head = headers_frame(sid, (":status", "500"), ("content-length", "65536"), last=False)
        connection.receive(head + frame(frames.DATA, 0, sid, CHUNK) * 2)
        room -= 2 * len(CHUNK)
        if result == "malformed":
            events = connection.receive(headers_frame(sid, ("X", "1")))
        elif result == "reset by the server":
            events = connection.receive(frames.rst_stream(sid, ErrorCode.INTERNAL_ERROR))
        elif result == "given up":
            events = connection.reset([sid], "too late")
        else:
            events = connection.receive(frame(frames.DATA, 0, sid, CHUNK) * 2)
            room -= 2 * len(CHUNK)
        assert len(ended_tags(events)) == 1
        connection.receive(frame(frames.PING, frames.ACK, 0, bytes(8)))
        room += window_increment(written_frames(connection))
        assert room > RECEIVE_WINDOW // 2


def test_data_beyond_the_window_is_a_connection_error() -> None:
    connection = connection_with_requests(100)
    data = b"".join(
        headers_frame(sid, (":status", "500"), last=False) + frame(frames.DATA, 0, sid, CHUNK) * 60
        for sid in stream_ids(100)
    )
    events = receive_all(connection, data)
    assert connection.close_reason
    assert "window" in connection.close_reason
    assert len(ended_tags(events)) == 100


# What comes too late


def test_late_data_of_a_cancelled_stream_is_bounded_by_its_window() -> None:
    connection = connection_with_requests(3)
    connection.receive(headers_frame(1, (":status", "500"), last=False) + frame(frames.DATA, 0, 1, CHUNK))
    connection.reset([1], "too late")
    for _ in range(MAX_RESPONSE // len(CHUNK) - 1):
        connection.receive(frame(frames.DATA, 0, 1, CHUNK))
        assert connection.close_reason is None
    events = connection.receive(frame(frames.DATA, 0, 1, b"x"))
    assert connection.close_reason == "protocol error by the server: data on streams that are over"
    assert ended_tags(events) == [1, 2]


@pytest.mark.parametrize("template", [BODIES, FULL, PATHS])
def test_data_after_a_complete_response_is_a_connection_error(template: BurstTemplate) -> None:
    connection = connection_with_requests(2, template)
    connection.receive(response_frames(1, 200, b"x"))
    assert ended_tags(connection.receive(frame(frames.DATA, 0, 1, b"x"))) == [1]
    assert written_frames(connection)[-1][0] == frames.GOAWAY


# Settings


def test_too_many_settings_are_a_connection_error() -> None:
    connection = connection_with_requests(1)
    connection.receive(frame(frames.SETTINGS, 0, 0, (b"\0\x04" + bytes(4)) * 2000))
    assert connection.close_reason == "protocol error by the server: too many settings"


def test_the_last_value_of_a_repeated_setting_holds() -> None:
    connection = ready_connection()
    many = b"".join(b"\0\x03" + most.to_bytes(4, "big") for most in (1, 0, 7))
    connection.receive(frame(frames.SETTINGS, 0, 0, many))
    assert connection.available_streams == 7


def test_two_table_sizes_are_announced_after_many_changes() -> None:
    """The smallest and the last size (RFC 7541, 4.2)."""
    connection = connection_with_requests(1)
    for size in [100, 0, 4096, 50, 3000] * 100:
        connection.receive(frames.settings({frames.HEADER_TABLE_SIZE: size}))
        connection.data_to_send()
    open_all(connection, FULL, [b"x"], 1)
    head = connection.data_to_send()
    assert head[9:13] == b"\x20\x3f\x99\x17", "0 and 3000"
    assert head[13] & 0xE0 != 0x20


def test_a_failure_body_has_a_smaller_limit() -> None:
    assert MAX_FAILURE * 16 == MAX_RESPONSE
