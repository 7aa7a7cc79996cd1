"""A server's bytes give each request exactly one result."""

import pytest
from tests.support.http2.peer import (
    BODIES,
    FULL,
    Peer,
    connect_to,
    ended_tags,
    exchange_bytes,
    open_all,
    ready_connection,
    response_frames,
)

from pushgate.http2 import frames
from pushgate.http2.burst_template import BurstTemplate
from pushgate.http2.connection import Connection
from pushgate.http2.frames import ErrorCode, frame
from pushgate.http2.results import MAX_FAILURE, MAX_RESPONSE, Response

END = frames.END_HEADERS | frames.END_STREAM


def three_requests(count: int = 3) -> Connection[int]:
    """Requests 0, 1, 2 on streams 1, 3, 5."""
    connection = ready_connection()
    open_all(connection, BODIES, [b"x"] * count)
    connection.data_to_send()
    return connection


def goaway_error(connection: Connection[int]) -> int:
    """The code of the GOAWAY that the connection sends."""
    data = connection.data_to_send()
    assert data[3] == frames.GOAWAY
    return frames.read_goaway(data[9:])[1]


def test_mixed_responses_reach_their_requests() -> None:
    peer = Peer()
    connection = connect_to(peer)
    open_all(connection, BODIES, [b"x"] * 4)
    exchange_bytes(connection, peer)
    peer.respond(5, 410, b'{"reason":"Unregistered"}')
    peer.respond(1, 200, b"ignored")
    peer.respond(7, 503, fields={"retry-after": "7"})
    peer.respond(3)
    events = exchange_bytes(connection, peer)
    assert events.succeeded == [0, 1]
    assert [(tag, a.status, a.body, a.headers.get("retry-after")) for tag, a in events.responses] == [
        (2, 410, b'{"reason":"Unregistered"}', None),
        (3, 503, b"", "7"),
    ]
    assert connection.in_flight == 0


def test_a_full_200_is_kept_on_demand() -> None:
    connection = ready_connection()
    open_all(connection, FULL, [b"x"])
    events = connection.receive(response_frames(1, 200, b'{"code":"0"}', server="s"))
    assert events.responses == [(0, Response(200, {"server": "s"}, b'{"code":"0"}'))]


def test_interim_responses_and_trailers_are_no_responses() -> None:
    connection = three_requests(1)
    early = frame(frames.HEADERS, frames.END_HEADERS, 1, b"\x08\x03103")
    data = frame(frames.DATA, 0, 1, b"abc")
    trailers = frame(frames.HEADERS, END, 1, b"\x00\x01x\x011")
    head = frame(frames.HEADERS, frames.END_HEADERS, 1, b"\x08\x03404")
    assert ended_tags(connection.receive(early + early + head + data)) == []
    events = connection.receive(trailers)
    assert events.responses == [(0, Response(404, {}, b"abc"))]


def test_padding_priority_and_continuation_change_nothing() -> None:
    connection = three_requests(1)
    padded = frame(frames.DATA, frames.PADDED | frames.END_STREAM, 1, b"\x03abc\0\0\0")
    head = frame(frames.HEADERS, frames.PADDED | frames.WITH_PRIORITY, 1, b"\x02\0\0\0\0\x10\x08\x03\0\0")
    rest = frame(frames.CONTINUATION, 0, 1, b"4") + frame(frames.CONTINUATION, frames.END_HEADERS, 1, b"04")
    events = connection.receive(head + rest + padded)
    assert events.responses == [(0, Response(404, {}, b"abc"))]


def test_empty_data_frames_are_legal() -> None:
    connection = three_requests(2)
    events = connection.receive(
        frame(1, 4, 1, b"\x88")
        + frame(0, 0, 1)
        + frame(0, 0, 1)
        + frame(0, 1, 1)
        + response_frames(3, 200, b"")
    )
    assert sorted(events.succeeded) == [0, 1]


def test_a_reset_after_the_response_is_no_failure() -> None:
    """nginx does this when it has not read the body."""
    connection = three_requests(1)
    events = connection.receive(response_frames(1, 404, b"no") + frames.rst_stream(1, ErrorCode.NO_ERROR))
    assert ended_tags(events) == [0]
    assert connection.close_reason is None


def test_an_early_response_stops_the_request_body() -> None:
    connection = ready_connection()
    open_all(connection, FULL, [b"x" * 200_000])
    connection.data_to_send()
    events = connection.receive(response_frames(1, 413, b"too large"))
    assert events.responses == [(0, Response(413, {}, b"too large"))]
    assert connection.data_to_send() == frames.rst_stream(1, ErrorCode.CANCEL)
    connection.receive(frames.window_update(0, 100_000))
    assert connection.data_to_send() == b""


@pytest.mark.parametrize("code", [*ErrorCode, 0xFF])
def test_a_reset_is_unanswered_except_for_a_refusal(code: int) -> None:
    connection = three_requests(2)
    events = connection.receive(frame(frames.RST_STREAM, 0, 1, code.to_bytes(4, "big")))
    if code == ErrorCode.REFUSED_STREAM:
        assert events.refused == [0]
    else:
        assert [tag for tag, _ in events.unanswered] == [0]
    assert connection.in_flight == 1
    assert connection.receive(response_frames(3)).succeeded == [1]


def test_refused_streams_lower_the_limit_and_responses_raise_it() -> None:
    connection = three_requests(10)
    connection.receive(b"".join(frames.rst_stream(sid, ErrorCode.REFUSED_STREAM) for sid in range(5, 21, 2)))
    assert connection.available_streams == 0
    connection.receive(response_frames(1))
    assert connection.available_streams == 2


def test_goaway_refuses_unprocessed_requests_and_keeps_the_others() -> None:
    connection = three_requests(5)
    events = connection.receive(frame(frames.GOAWAY, 0, 0, (5).to_bytes(4, "big") + bytes(4)))
    assert events.refused == [3, 4]
    assert connection.draining
    assert connection.available_streams == 0
    later = connection.receive(frame(frames.GOAWAY, 0, 0, (1).to_bytes(4, "big") + bytes(4) + b"debug"))
    assert later.refused == [1, 2]
    assert connection.receive(response_frames(1)).succeeded == [0]
    assert connection.in_flight == 0


def test_the_first_goaway_of_a_graceful_shutdown_refuses_nothing() -> None:
    connection = three_requests(3)
    events = connection.receive(frame(frames.GOAWAY, 0, 0, (2**31 - 1).to_bytes(4, "big") + bytes(4)))
    assert ended_tags(events) == []
    assert ended_tags(connection.receive(response_frames(1) + response_frames(3) + response_frames(5))) == [
        0,
        1,
        2,
    ]


def test_a_lost_connection_leaves_open_requests_unanswered_and_keeps_a_200() -> None:
    connection = three_requests(3)
    connection.receive(frame(1, 4, 3, b"\x88"))
    events = connection.lose("gone")
    assert events.succeeded == [1]
    assert events.unanswered == [(0, "gone"), (2, "gone")]
    assert ended_tags(connection.lose("again")) == []
    assert ended_tags(connection.receive(response_frames(1))) == []


def test_a_cancelled_request_resets_its_stream() -> None:
    connection = three_requests(3)
    events = connection.reset([1, 5, 99], "too late")
    assert events.unanswered == [(0, "too late"), (2, "too late")]
    assert connection.data_to_send() == frames.rst_stream(1, ErrorCode.CANCEL) + frames.rst_stream(
        5, ErrorCode.CANCEL
    )
    assert connection.in_flight == 1
    late = connection.receive(response_frames(1, 500, b"late") + response_frames(3) + response_frames(5))
    assert ended_tags(late) == [1]


@pytest.mark.parametrize(("template", "most"), [(BODIES, MAX_FAILURE), (FULL, MAX_RESPONSE)])
def test_an_endless_response_is_read_up_to_a_limit(template: BurstTemplate, most: int) -> None:
    connection = ready_connection()
    open_all(connection, template, [b"x"])
    connection.data_to_send()
    connection.receive(frame(1, 4, 1, b"\x08\x03500"))
    body = frame(0, 0, 1, b"x" * 16_384)
    for _ in range(most // 16_384 - 1):
        assert ended_tags(connection.receive(body)) == []
    events = connection.receive(body)
    assert len(events.responses[0][1].body) == most
    assert frames.rst_stream(1, ErrorCode.CANCEL) in connection.data_to_send()
    assert connection.in_flight == 0


def test_pings_are_acknowledged_in_both_directions() -> None:
    connection = ready_connection()
    connection.data_to_send()
    connection.receive(frame(frames.PING, 0, 0, b"12345678"))
    assert connection.data_to_send() == frame(frames.PING, frames.ACK, 0, b"12345678")
    connection.ping()
    assert connection.ping_pending
    sent = connection.data_to_send()
    connection.receive(frame(frames.PING, frames.ACK, 0, sent[9:]))
    assert not connection.ping_pending


def test_unknown_frames_and_settings_are_ignored() -> None:
    connection = three_requests(1)
    connection.receive(frame(0x2A, 0xFF, 7, b"?" * 50) + frames.settings({0x99: 1}))
    connection.receive(frame(frames.PRIORITY, 0, 9, bytes(5)))
    assert connection.close_reason is None
    assert connection.receive(response_frames(1)).succeeded == [0]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (frame(frames.DATA, 0, 0, b"x"), ErrorCode.PROTOCOL_ERROR),
        (frame(frames.DATA, 0, 99, b"x"), ErrorCode.PROTOCOL_ERROR),
        (frame(frames.DATA, 0, 2, b"x"), ErrorCode.PROTOCOL_ERROR),
        (frame(frames.DATA, frames.PADDED, 1), ErrorCode.FRAME_SIZE_ERROR),
        (frame(frames.DATA, frames.PADDED, 1, b"\x05ab"), ErrorCode.PROTOCOL_ERROR),
        (frame(frames.HEADERS, END, 99, b"\x88"), ErrorCode.PROTOCOL_ERROR),
        (frame(frames.HEADERS, END, 0, b"\x88"), ErrorCode.PROTOCOL_ERROR),
        (frame(frames.HEADERS, END | frames.WITH_PRIORITY, 1, b"\0\0"), ErrorCode.FRAME_SIZE_ERROR),
        (frame(frames.HEADERS, END, 1, b"\x0f\xff\xff\xff"), ErrorCode.COMPRESSION_ERROR),
        (frame(frames.HEADERS, END, 1, b"\xbe"), ErrorCode.COMPRESSION_ERROR),
        (frame(frames.HEADERS, END, 1, b"\x3f\xe1\x1f"), ErrorCode.COMPRESSION_ERROR),
        (frame(frames.HEADERS, 0, 1, b"\x88") + frame(frames.PING, 0, 0, bytes(8)), ErrorCode.PROTOCOL_ERROR),
        (
            frame(frames.HEADERS, 0, 1, b"\x88") + frame(frames.CONTINUATION, 4, 3, b""),
            ErrorCode.PROTOCOL_ERROR,
        ),
        (
            frame(frames.HEADERS, 0, 1, b"\x88") + frame(frames.CONTINUATION, 0, 1) * 65,
            ErrorCode.ENHANCE_YOUR_CALM,
        ),
        (
            frame(frames.HEADERS, 0, 1, b"\x88") + frame(frames.CONTINUATION, 0, 1, bytes(16_384)) * 65,
            ErrorCode.ENHANCE_YOUR_CALM,
        ),
        (frame(frames.CONTINUATION, 4, 1), ErrorCode.PROTOCOL_ERROR),
        (frame(frames.PRIORITY, 0, 0, bytes(5)), ErrorCode.PROTOCOL_ERROR),
        (frame(frames.RST_STREAM, 0, 1, bytes(3)), ErrorCode.FRAME_SIZE_ERROR),
        (frame(frames.RST_STREAM, 0, 0, bytes(4)), ErrorCode.PROTOCOL_ERROR),
        (frame(frames.RST_STREAM, 0, 99, bytes(4)), ErrorCode.PROTOCOL_ERROR),
        (frame(frames.SETTINGS, 0, 1), ErrorCode.PROTOCOL_ERROR),
        (frame(frames.SETTINGS, 0, 0, bytes(5)), ErrorCode.FRAME_SIZE_ERROR),
        (frame(frames.SETTINGS, frames.ACK, 0, bytes(6)), ErrorCode.FRAME_SIZE_ERROR),
        (frames.settings({frames.ENABLE_PUSH: 1}), ErrorCode.PROTOCOL_ERROR),
        (frames.settings({frames.INITIAL_WINDOW_SIZE: 2**31}), ErrorCode.FLOW_CONTROL_ERROR),
        (frames.settings({frames.MAX_FRAME_SIZE: 16_383}), ErrorCode.PROTOCOL_ERROR),
        (frames.settings({frames.MAX_FRAME_SIZE: 2**24}), ErrorCode.PROTOCOL_ERROR),
        (frame(frames.PUSH_PROMISE, 4, 1, bytes(5)), ErrorCode.PROTOCOL_ERROR),
        (frame(frames.PING, 0, 0, bytes(7)), ErrorCode.FRAME_SIZE_ERROR),
        (frame(frames.PING, 0, 1, bytes(8)), ErrorCode.PROTOCOL_ERROR),
        (frame(frames.GOAWAY, 0, 1, bytes(8)), ErrorCode.PROTOCOL_ERROR),
        (frame(frames.GOAWAY, 0, 0, bytes(7)), ErrorCode.FRAME_SIZE_ERROR),
        (frame(frames.WINDOW_UPDATE, 0, 0, bytes(4)), ErrorCode.PROTOCOL_ERROR),
        (frame(frames.WINDOW_UPDATE, 0, 0, bytes(3)), ErrorCode.FRAME_SIZE_ERROR),
        (frame(frames.WINDOW_UPDATE, 0, 1, bytes(3)), ErrorCode.FRAME_SIZE_ERROR),
        (frames.window_update(0, 2**31 - 1), ErrorCode.FLOW_CONTROL_ERROR),
        (frame(0x2A, 0, 0, b"x" * 16_385), ErrorCode.FRAME_SIZE_ERROR),
        ((16_385).to_bytes(3, "big") + bytes(6), ErrorCode.FRAME_SIZE_ERROR),
    ],
)
def test_a_connection_error_sends_its_code_and_ends_every_request(data: bytes, code: ErrorCode) -> None:
    connection = three_requests(3)
    events = connection.receive(data)
    assert ended_tags(events) == [0, 1, 2]
    assert events.refused == []
    assert connection.close_reason
    assert goaway_error(connection) == code
    assert connection.available_streams == 0


def test_the_first_frame_must_be_settings() -> None:
    for first in (frame(frames.PING, 0, 0, bytes(8)), frame(frames.SETTINGS, frames.ACK, 0)):
        connection: Connection[int] = Connection(b"https", b"push.example")
        connection.data_to_send()
        connection.receive(first)
        assert goaway_error(connection) == ErrorCode.PROTOCOL_ERROR


def test_a_peer_that_does_not_read_the_replies_is_a_connection_error() -> None:
    connection = three_requests(1)
    for _ in range(100):
        connection.receive(frame(frames.PING, 0, 0, bytes(8)) * 1000)
    assert connection.close_reason
    assert len(connection.data_to_send()) < 2_000_000


def test_closing_sends_goaway() -> None:
    connection = three_requests(1)
    assert ended_tags(connection.close()) == [0]
    assert goaway_error(connection) == ErrorCode.NO_ERROR
