"""A malformed response ends only its stream, as unanswered (RFC 9113, 8.1.1, 8.2, 8.3)."""

import pytest
from tests.support.http2.peer import (
    BODIES,
    FULL,
    ended_tags,
    header_block,
    headers_frame,
    open_all,
    ready_connection,
    response_frames,
)

from pushgate.http2 import frames
from pushgate.http2.burst_template import BurstTemplate
from pushgate.http2.connection import Connection
from pushgate.http2.field_sections import MAX_FIELDS, MAX_SECTION
from pushgate.http2.frames import ErrorCode, frame
from pushgate.http2.results import Response

END = frames.END_HEADERS | frames.END_STREAM
FAILED = (":status", "404")


def three_requests(template: BurstTemplate = BODIES) -> Connection[int]:
    """Requests 0, 1, 2 on streams 1, 3, 5."""
    connection = ready_connection()
    open_all(connection, template, [b"x"] * 3)
    connection.data_to_send()
    return connection


def require_malformed(connection: Connection[int], data: bytes) -> None:
    """The first stream ends with PROTOCOL_ERROR, unanswered; the others go on."""
    events = connection.receive(data)
    assert [tag for tag, _ in events.unanswered] == [0]
    assert events.unanswered[0][1].startswith("protocol error by the server: ")
    assert ended_tags(events) == [0]
    assert connection.data_to_send() == frames.rst_stream(1, ErrorCode.PROTOCOL_ERROR)
    assert connection.close_reason is None
    assert ended_tags(connection.receive(response_frames(3) + response_frames(5, 404))) == [1, 2]


@pytest.mark.parametrize(
    "text",
    ["099", "000", "20", "2000", "2x0", "", "-20", "+200", " 200", "200 ", "\xb200", "2\0", "101", "100"],
)
def test_invalid_statuses(text: str) -> None:
    require_malformed(three_requests(), headers_frame(1, (":status", text), ("x", "1")))


@pytest.mark.parametrize("status", [200, 204, 299, 300, 400, 599, 600, 999])
def test_valid_statuses(status: int) -> None:
    events = three_requests(FULL).receive(headers_frame(1, (":status", str(status)), ("x", "1")))
    assert events.responses == [(0, Response(status, {"x": "1"}))]


@pytest.mark.parametrize(
    "fields",
    [
        [],
        [("x", "1")],
        [FAILED, FAILED],
        [FAILED, (":status", "200")],
        [("x", "1"), FAILED],
        [FAILED, ("x", "1"), (":status", "404")],
        [FAILED, (":path", "/")],
        [FAILED, (":status2", "404")],
        [(":path", "/"), FAILED],
        [FAILED, (":", "1")],
    ],
)
def test_invalid_pseudo_header_fields(
    fields: list[tuple[str, str]],
) -> None:
    require_malformed(three_requests(), headers_frame(1, *fields))


@pytest.mark.parametrize(
    "name",
    [
        "",
        "X",
        "Content-Length",
        "x y",
        " x",
        "x ",
        "x\t",
        "x:y",
        "x\0",
        "x\r",
        "x\n",
        "x\x7f",
        "x\x80",
        "\xe9",
        "x(y)",
    ],
)
def test_invalid_field_names(name: str) -> None:
    require_malformed(three_requests(), headers_frame(1, FAILED, (name, "1")))


@pytest.mark.parametrize(
    "value",
    ["\r", "\n", "\0", "a\rb", "a\nb", "a\0b", "a\r\nset-cookie: b=c", "a\n", "\0a", " \n", "\r "],
)
@pytest.mark.parametrize("name", ["x", "retry-after", "content-type"])
def test_field_values_with_line_ends_or_nul(name: str, value: str) -> None:
    require_malformed(three_requests(), headers_frame(1, FAILED, (name, value)))


@pytest.mark.parametrize("value", ["", "a", "a b", "a\tb", "\xe9", "!", '"a, b"', "\x01"])
def test_unusual_field_values_are_kept(value: str) -> None:
    events = three_requests().receive(headers_frame(1, FAILED, ("x", value)))
    assert events.responses == [(0, Response(404, {"x": value}))]


@pytest.mark.parametrize("value", [" 5", "5 ", "\t5", "5\t", " \t5\t "])
@pytest.mark.parametrize("name", ["x", "retry-after", "content-length"])
def test_outer_whitespace_of_a_field_value_is_removed(name: str, value: str) -> None:
    """Forbidden, but real servers send it."""
    head = headers_frame(1, FAILED, (name, value), last=False)
    events = three_requests().receive(head + frame(frames.DATA, frames.END_STREAM, 1, b"fives"))
    assert events.responses == [(0, Response(404, {name: "5"}, b"fives"))]


@pytest.mark.parametrize(
    "name", ["connection", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade"]
)
def test_connection_specific_fields_are_malformed(name: str) -> None:
    require_malformed(three_requests(), headers_frame(1, FAILED, (name, "close")))


@pytest.mark.parametrize("template", [BODIES, FULL])
@pytest.mark.parametrize(
    ("lengths", "pieces"),
    [
        (["5"], [b""]),
        (["5"], [b"four"]),
        (["5"], [b"fo", b"ur"]),
        (["5"], [b"sixsix"]),
        (["0"], [b"x"]),
        (["5", "5"], [b"fives"]),
        (["5", "6"], [b"fives"]),
        (["5, 5"], [b"fives"]),
        (["-5"], [b"fives"]),
        (["+5"], [b"fives"]),
        (["5.0"], [b"fives"]),
        (["0x5"], [b"fives"]),
        (["\xb2"], [b"xx"]),
        ([""], [b""]),
        (["9" * 19], [b""]),
    ],
)
def test_a_content_length_that_does_not_match(
    template: BurstTemplate, lengths: list[str], pieces: list[bytes]
) -> None:
    head = headers_frame(1, FAILED, *[("content-length", text) for text in lengths], last=False)
    data = [frame(frames.DATA, 0, 1, piece) for piece in pieces[:-1]]
    require_malformed(
        three_requests(template), head + b"".join(data) + frame(frames.DATA, frames.END_STREAM, 1, pieces[-1])
    )


def test_a_content_length_without_content() -> None:
    require_malformed(three_requests(), headers_frame(1, FAILED, ("content-length", "5")))


def test_a_full_200_must_match_its_content_length() -> None:
    head = headers_frame(1, (":status", "200"), ("content-length", "5"), last=False)
    require_malformed(three_requests(FULL), head + frame(frames.DATA, frames.END_STREAM, 1, b"four"))


def test_a_body_beyond_the_content_length_fails_before_its_end() -> None:
    head = headers_frame(1, FAILED, ("content-length", "5"), last=False)
    require_malformed(three_requests(), head + frame(frames.DATA, 0, 1, b"sixsix"))


@pytest.mark.parametrize(
    ("status", "length", "body"),
    [
        (404, "5", b"fives"),
        (404, "05", b"fives"),
        (404, "0", b""),
        (204, "5", b""),
        (304, "5", b""),
        (204, "0", b""),
    ],
)
def test_valid_content_lengths(status: int, length: str, body: bytes) -> None:
    head = headers_frame(1, (":status", str(status)), ("content-length", length), last=False)
    padded = bytes((3,)) + body + bytes(3)
    for data in (body, padded):
        flags = frames.END_STREAM | (frames.PADDED if data is padded else 0)
        events = three_requests().receive(head + frame(frames.DATA, flags, 1, data))
        assert events.responses == [(0, Response(status, {"content-length": length}, body))]


def test_trailers_end_the_body_that_content_length_announces() -> None:
    head = headers_frame(1, FAILED, ("content-length", "5"), last=False) + frame(frames.DATA, 0, 1, b"four")
    require_malformed(three_requests(), head + headers_frame(1, ("x", "1")))


@pytest.mark.parametrize(
    "trailers",
    [
        headers_frame(1, ("x", "1"), last=False),
        headers_frame(1, FAILED),
        headers_frame(1, ("x", "1"), FAILED),
        headers_frame(1, (":path", "/")),
        headers_frame(1, ("X", "1")),
        headers_frame(1, ("x", "a\nb")),
        headers_frame(1, ("connection", "close")),
    ],
)
def test_invalid_trailers(trailers: bytes) -> None:
    head = headers_frame(1, FAILED, last=False) + frame(frames.DATA, 0, 1, b"abc")
    require_malformed(three_requests(), head + trailers)


@pytest.mark.parametrize(
    "data",
    [
        headers_frame(1, (":status", "103"), ("x", "a\nb"), last=False),
        headers_frame(1, (":status", "101"), last=False),
        headers_frame(1, (":status", "100")),
        headers_frame(1, (":status", "103"), last=False) + frame(frames.DATA, frames.END_STREAM, 1, b"abc"),
        frame(frames.DATA, frames.END_STREAM, 1, b"a body before its headers"),
        frame(frames.DATA, 0, 1, b"a body before its headers"),
    ],
)
def test_frames_before_a_response(data: bytes) -> None:
    require_malformed(three_requests(), data)


def test_a_200_that_needs_only_its_status_ignores_what_follows() -> None:
    """The request is known to be accepted. Reported as unanswered, it would be sent again."""
    connection = three_requests()
    connection.receive(headers_frame(1, (":status", "200"), ("content-length", "5"), last=False))
    assert connection.receive(headers_frame(1, ("X", "a\nb"))).succeeded == [0]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (frame(frames.WINDOW_UPDATE, 0, 1, bytes(4)), ErrorCode.PROTOCOL_ERROR),
        (frame(frames.PRIORITY, 0, 1, bytes(4)), ErrorCode.FRAME_SIZE_ERROR),
        (frames.window_update(1, 2**31 - 1) * 2, ErrorCode.FLOW_CONTROL_ERROR),
    ],
)
def test_stream_errors_of_other_frames(data: bytes, code: ErrorCode) -> None:
    connection = ready_connection()
    open_all(connection, FULL, [b"x" * 70_000])
    connection.data_to_send()
    events = connection.receive(data)
    assert [tag for tag, _ in events.unanswered] == [0]
    assert connection.data_to_send() == frames.rst_stream(1, code)
    assert connection.close_reason is None


@pytest.mark.parametrize(
    "fields",
    [
        [("x", "v" * MAX_SECTION)],
        [(f"x{n}", "v" * 8000) for n in range(3)],
        [(f"x{n}", "1") for n in range(MAX_FIELDS)],
        [("x", "")] * 2000,
    ],
)
def test_a_header_section_that_is_too_large_ends_its_stream(fields: list[tuple[str, str]]) -> None:
    data = header_block(FAILED, *fields)
    pieces = [data[at : at + 16_384] for at in range(0, len(data), 16_384)]
    out = frame(frames.HEADERS, frames.END_STREAM, 1, pieces[0])
    out += b"".join(frame(frames.CONTINUATION, 0, 1, piece) for piece in pieces[1:])
    require_malformed(three_requests(), out + frame(frames.CONTINUATION, frames.END_HEADERS, 1))


def test_a_header_section_of_one_byte_a_field_is_bounded_too() -> None:
    require_malformed(three_requests(), frame(frames.HEADERS, END, 1, b"\x8d" + b"\x90" * 16_000))


def test_a_large_header_section_within_the_limits_is_accepted() -> None:
    fields = [(f"x{n}", "v" * 80) for n in range(MAX_FIELDS - 1)]
    events = three_requests().receive(headers_frame(1, FAILED, *fields))
    assert events.responses == [(0, Response(404, dict(fields)))]


def test_values_of_one_name_are_joined_in_their_order() -> None:
    events = three_requests().receive(headers_frame(1, FAILED, ("a", "1"), ("b", "2"), ("a", "3")))
    assert events.responses == [(0, Response(404, {"a": "1, 3", "b": "2"}))]
