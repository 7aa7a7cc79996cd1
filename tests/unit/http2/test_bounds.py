"""What a server can make a connection hold or do is bounded, whatever it sends."""

from collections.abc import Sequence

import pytest
from hpack.hpack import encode_integer
from tests.unit.http2.peer import BODIES, PATHS, WHOLE, add, bare, opened, response, section, tags

from pushgate.http2 import frames
from pushgate.http2.connection import Connection
from pushgate.http2.effort import MOST_IDLE, WORK_A_TURN
from pushgate.http2.events import Events
from pushgate.http2.exchange import MAX_ANSWER, MAX_FAILURE, Template
from pushgate.http2.frames import ErrorCode, frame
from pushgate.http2.sections import MOST_FIELDS
from pushgate.http2.window import MOST_HELD, RECEIVE_WINDOW

PIECE = b"x" * 16_384


def begun(count: int, template: Template = WHOLE) -> Connection[int]:
    """So many requests, on streams 1, 3, 5 and so on."""
    connection = bare()
    connection.receive(frames.window_update(0, 2**20))
    assert opened(connection, template, [b"x"] * count) == count
    connection.data_to_send()
    return connection


def ids(count: int) -> range:
    """Their streams."""
    return range(1, 2 * count, 2)


def written(connection: Connection[int]) -> list[tuple[int, int, int]]:
    """What the connection has to say since it was last asked: type, stream and number of each frame of one number."""
    data, found, at = connection.data_to_send(), [], 0
    while at < len(data):
        size = int.from_bytes(data[at : at + 3], "big")
        sid = int.from_bytes(data[at + 5 : at + 9], "big")
        found.append((data[at + 3], sid, int.from_bytes(data[at + 9 : at + 9 + size][-4:], "big")))
        at += 9 + size
    return found


def granted(said: Sequence[tuple[int, int, int]]) -> int:
    """By how much the connection's window was widened."""
    return sum(number for kind, sid, number in said if kind == frames.WINDOW_UPDATE and sid == 0)


def all_of(connection: Connection[int], data: bytes) -> Events[int]:
    """The events of bytes that take as many turns as they need."""
    total = connection.receive(data)
    while connection.behind:
        add(total, connection.receive())
    return total


def cause(connection: Connection[int]) -> str:
    """Why it is over."""
    return connection.closed or ""


def waits(connection: Connection[int]) -> bool:
    """Whether bytes wait for the next turn."""
    return connection.behind


# What unfinished answers hold


def test_unfinished_answers_hold_a_bounded_part_of_the_window_and_the_largest_is_cut() -> None:
    """900 answers of 0.9 MB that do not end, from a server that keeps to its window."""
    connection, count = begun(900), 900
    room, held, sent = RECEIVE_WINDOW, dict.fromkeys(ids(count), 0), 0
    all_of(connection, b"".join(section(sid, (":status", "500"), last=False) for sid in ids(count)))
    for _ in range(55):
        for sid in list(held):
            if sid not in held:
                continue
            assert room >= len(PIECE), "the server can go on: nobody waits for the streams that hang"
            answers = connection.receive(frame(frames.DATA, 0, sid, PIECE)).answers
            room, held[sid], sent = room - len(PIECE), held[sid] + len(PIECE), sent + len(PIECE)
            said = written(connection)
            room += granted(said)
            for reset in [stream for kind, stream, _ in said if kind == frames.RST_STREAM]:
                assert held[reset] == max(held.values()), "the largest goes first"
                assert [len(answer.body) for _, answer in answers] == [held.pop(reset)]
            assert sum(held.values()) <= MOST_HELD
            assert room + sum(held.values()) <= RECEIVE_WINDOW, "no more can come than the window has"
    assert sent > 2 * RECEIVE_WINDOW
    assert connection.in_flight == len(held)


def test_header_sections_of_unfinished_answers_count_too() -> None:
    count = 500
    connection = begun(count)
    fields = [(f"x{n}", "v" * 80) for n in range(MOST_FIELDS - 1)]
    ended = 0
    for sid in ids(count):
        one = section(sid, (":status", "500"), ("of", str(sid)), *fields[1:], last=False)
        ended += len(connection.receive(one).answers)
    size = sum(len(name) + len(value) for name, value in fields)
    assert connection.in_flight + ended == count
    assert 0 < connection.in_flight * size < MOST_HELD


def test_the_window_is_given_back_for_what_is_not_held() -> None:
    """Of a 200 to which nothing else matters, the body is counted and dropped."""
    connection, sent, room = begun(600, BODIES), 0, RECEIVE_WINDOW
    for sid in ids(600):
        connection.receive(frame(frames.HEADERS, frames.END_HEADERS, sid, b"\x88"))
        for _ in range(3):
            connection.receive(frame(frames.DATA, 0, sid, PIECE))
            sent += len(PIECE)
            room += granted(written(connection)) - len(PIECE)
            assert room > 0
    assert sent > RECEIVE_WINDOW
    assert connection.closed is None
    assert connection.in_flight == 600


def test_an_answer_that_ends_gives_back_what_it_held() -> None:
    connection, room = begun(900), RECEIVE_WINDOW
    for sid in ids(900):
        head = section(sid, (":status", "500"), last=False)
        events = connection.receive(head + frame(frames.DATA, 0, sid, PIECE))
        assert tags(events) == []
        assert len(connection.receive(frame(frames.DATA, frames.END_STREAM, sid, PIECE)).answers) == 1
        room += granted(written(connection)) - 2 * len(PIECE)
        assert room > 0


@pytest.mark.parametrize("end", ["malformed", "reset by the server", "given up", "cut"])
def test_however_an_answer_ends_it_gives_back_what_it_held(end: str) -> None:
    connection, room = begun(900, BODIES), RECEIVE_WINDOW
    for sid in ids(900):
        head = section(sid, (":status", "500"), ("content-length", "65536"), last=False)
        connection.receive(head + frame(frames.DATA, 0, sid, PIECE) * 2)
        room -= 2 * len(PIECE)
        if end == "malformed":
            events = connection.receive(section(sid, ("X", "1")))
        elif end == "reset by the server":
            events = connection.receive(frames.rst_stream(sid, ErrorCode.INTERNAL_ERROR))
        elif end == "given up":
            events = connection.reset([sid], "too late")
        else:
            events = connection.receive(frame(frames.DATA, 0, sid, PIECE) * 2)
            room -= 2 * len(PIECE)
        assert len(tags(events)) == 1
        connection.receive(frame(frames.PING, frames.ACK, 0, bytes(8)))
        room += granted(written(connection))
        assert room > RECEIVE_WINDOW // 2


def test_more_than_the_window_is_an_error_of_the_connection() -> None:
    connection = begun(100)
    data = b"".join(
        section(sid, (":status", "500"), last=False) + frame(frames.DATA, 0, sid, PIECE) * 60
        for sid in ids(100)
    )
    events = all_of(connection, data)
    assert connection.closed
    assert "window" in connection.closed
    assert len(tags(events)) == 100


# What comes too late


def test_a_stream_that_was_given_up_may_bring_the_rest_of_its_own_window_and_no_more() -> None:
    connection = begun(3)
    connection.receive(section(1, (":status", "500"), last=False) + frame(frames.DATA, 0, 1, PIECE))
    connection.reset([1], "too late")
    for _ in range(MAX_ANSWER // len(PIECE) - 1):
        connection.receive(frame(frames.DATA, 0, 1, PIECE))
        assert connection.closed is None
    events = connection.receive(frame(frames.DATA, 0, 1, b"x"))
    assert connection.closed == "protocol error by the server: data on streams that are over"
    assert tags(events) == [1, 2]


@pytest.mark.parametrize("template", [BODIES, WHOLE, PATHS])
def test_data_after_the_end_of_an_answer_is_an_error_of_the_connection(template: Template) -> None:
    connection = begun(2, template)
    connection.receive(response(1, 200, b"x"))
    assert tags(connection.receive(frame(frames.DATA, 0, 1, b"x"))) == [1]
    assert written(connection)[-1][0] == frames.GOAWAY


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
def test_small_frames_without_end_and_without_an_answer_end_the_connection(small: bytes) -> None:
    connection = bare()
    opened(connection, WHOLE, [b"x", b"y", b"z" * 70_000])
    connection.data_to_send()
    connection.receive(section(1, (":status", "500"), last=False) if small[3] == frames.DATA else b"")
    assert len(connection.receive(response(3, 500)).answers) == 1
    ended: Events[int] = Events()
    for _ in range(MOST_IDLE // 100 + 1):
        add(ended, all_of(connection, small * 100))
        connection.data_to_send()
    assert cause(connection).startswith(
        "protocol error by the server: small frames without end, and no answer"
    )
    assert tags(ended) == [0, 2]


def test_small_frames_between_answers_are_borne() -> None:
    """More of them than may come in a row, but each thousand brings an answer."""
    connection = begun(30, BODIES)
    for sid in ids(30):
        all_of(connection, frame(frames.PING, 0, 0, bytes(8)) * 1000)
        assert len(tags(connection.receive(response(sid)))) == 1
        connection.data_to_send()
    assert connection.closed is None


def test_room_for_bodies_that_wait_is_no_idle_frame() -> None:
    connection = bare()
    connection.receive(frames.settings({frames.INITIAL_WINDOW_SIZE: 2**30}))
    opened(connection, WHOLE, [bytes(3000 * MOST_IDLE)])
    for _ in range(MOST_IDLE // 50):
        all_of(connection, frames.window_update(0, 1024) * 100)
        connection.data_to_send()
        assert connection.closed is None
    assert connection.in_flight == 1


# Work in one turn of the event loop


@pytest.mark.parametrize("small", SMALL_FRAMES)
def test_a_turn_takes_a_bounded_number_of_frames(small: bytes) -> None:
    connection = begun(2)
    connection.receive(section(1, (":status", "500"), last=False) if small[3] == frames.DATA else b"")
    kinds = sum(small[at + 3] >= 0 for at in _starts(small))
    ping = frame(frames.PING, 0, 0, b"the last")
    connection.data_to_send()
    connection.receive(small * (WORK_A_TURN // kinds + 10) + ping)
    assert waits(connection)
    assert ping[9:] not in connection.data_to_send()
    connection.receive()
    assert not waits(connection)
    assert ping[9:] in connection.data_to_send()


def _starts(data: bytes) -> list[int]:
    found, at = [], 0
    while at < len(data):
        found.append(at)
        at += 9 + int.from_bytes(data[at : at + 3], "big")
    return found


@pytest.mark.parametrize(("fields", "most"), [(1000, 5), (MOST_FIELDS - 1, 20), (10, 180)])
def test_a_turn_decodes_a_bounded_number_of_fields(fields: int, most: int) -> None:
    """Answers with other fields each; those with too many end their streams unanswered."""
    count = 300
    connection = begun(count, BODIES)
    data = b"".join(
        section(sid, (":status", "500"), ("of", str(sid)), *[("x", "1")] * (fields - 1)) for sid in ids(count)
    )
    events = connection.receive(data)
    total, turns = len(tags(events)), 1
    assert 0 < total <= most
    while connection.behind:
        ended = len(tags(connection.receive()))
        assert ended <= most
        total, turns = total + ended, turns + 1
    assert total == count
    assert turns >= count // most
    assert connection.closed is None


def test_long_values_in_huffman_code_count_by_their_length() -> None:
    count, size = 50, 7500
    connection = begun(count, BODIES)
    data = bytearray()
    for n, sid in enumerate(ids(count)):
        value = bytes(size - 5 * n) + b"\x08\x42\x10\x84\x21" * n  # zeros and ones, of 5 bits each
        length = bytearray(encode_integer(len(value), 7))
        length[0] |= 0x80
        data += frame(frames.HEADERS, 5, sid, b"\x8d\x00\x01x" + bytes(length) + value)
    most = WORK_A_TURN * 16 // size + 1
    turns, ended = [connection.receive(bytes(data))], 0
    while connection.behind:
        turns.append(connection.receive())
    for events in turns:
        ended += len(events.answers)
        assert len(tags(events)) <= most
    assert ended == count


def test_what_was_decoded_once_costs_a_turn_no_more() -> None:
    """Failures often share their fields, byte for byte."""
    connection = begun(1000, BODIES)
    events = connection.receive(b"".join(response(sid, 503, server="s") for sid in ids(1000)))
    assert len(tags(events)) == 1000


def test_bytes_that_wait_are_dropped_with_the_connection() -> None:
    connection = begun(3)
    connection.receive(frame(frames.PING, 0, 0, bytes(8)) * (WORK_A_TURN + 10) + response(1))
    assert waits(connection)
    assert tags(connection.lose("gone")) == [0, 1, 2]
    assert not waits(connection)
    assert tags(connection.receive()) == []


# Settings


def test_more_settings_than_there_are_end_the_connection() -> None:
    connection = begun(1)
    connection.receive(frame(frames.SETTINGS, 0, 0, (b"\0\x04" + bytes(4)) * 2000))
    assert connection.closed == "protocol error by the server: more settings than there are"


def test_of_a_setting_that_comes_twice_the_last_holds() -> None:
    connection = bare()
    many = b"".join(b"\0\x03" + most.to_bytes(4, "big") for most in (1, 0, 7))
    connection.receive(frame(frames.SETTINGS, 0, 0, many))
    assert connection.free == 7


def test_however_often_the_table_changed_two_sizes_are_announced() -> None:
    """RFC 7541, 4.2: the smallest and the last."""
    connection = begun(1)
    for size in [100, 0, 4096, 50, 3000] * 100:
        connection.receive(frames.settings({frames.HEADER_TABLE_SIZE: size}))
        connection.data_to_send()
    opened(connection, WHOLE, [b"x"], 1)
    head = connection.data_to_send()
    assert head[9:13] == b"\x20\x3f\x99\x17", "0 and 3000"
    assert head[13] & 0xE0 != 0x20


def test_a_failure_is_read_up_to_less_than_a_whole_answer() -> None:
    assert MAX_FAILURE * 16 == MAX_ANSWER
