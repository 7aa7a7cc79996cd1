"""Requests that a connection writes, read by h2 and hpack."""

import pytest
from hpack import Decoder
from tests.support.http2.peer import (
    BODIES,
    FULL,
    HEADERS,
    PATHS,
    WHOLE,
    Peer,
    connect_to,
    ended_tags,
    exchange_bytes,
    item_of,
    open_all,
    ready_connection,
    request_item,
)

from pushgate.http2 import frames
from pushgate.http2.burst_template import BurstTemplate, RequestItem
from pushgate.http2.connection import Connection


def header_blocks_of(data: bytes) -> list[bytes]:
    """The header blocks in a stream of frames."""
    found, at = [], 0
    while at < len(data):
        high, low, kind, _, _ = frames.FRAME_HEADER.unpack_from(data, at)
        length = high << 16 | low
        if kind == frames.HEADERS:
            found.append(data[at + 9 : at + 9 + length])
        at += 9 + length
    return found


def test_a_burst_of_bodies_arrives_as_written() -> None:
    peer = Peer()
    connection = connect_to(peer)
    items = [b"token-%d" % n for n in range(20)]
    assert open_all(connection, BODIES, items) == 20
    exchange_bytes(connection, peer)
    assert [peer.bodies[sid] for sid in peer.complete] == [b'{"token":"%b"}' % item for item in items]
    for sid in peer.complete:
        assert peer.requests[sid] == {
            ":method": "POST",
            ":scheme": "https",
            ":authority": "push.example",
            ":path": "/v1/send",
            "authorization": "Bearer " + "a" * 300,
            "content-type": "application/json",
            "content-length": str(len(peer.bodies[sid])),
        }


def test_a_burst_of_paths_arrives_as_written() -> None:
    peer = Peer()
    connection = connect_to(peer)
    items = [b"%064x" % n for n in range(9)] + [b"ab" * 100]
    assert open_all(connection, PATHS, items) == 10
    exchange_bytes(connection, peer)
    assert [peer.requests[sid][":path"] for sid in peer.complete] == [
        "/3/device/" + i.decode() for i in items
    ]
    assert {peer.bodies[sid] for sid in peer.complete} == {b'{"aps":{}}'}


def test_a_burst_of_whole_requests_arrives_as_written() -> None:
    peer = Peer()
    connection = connect_to(peer)
    items = [
        RequestItem(
            b"%064x" % n, b"x" * (40 * n), ((b"apns-expiration", b"%d" % n), (b"x-long", b"v" * 50 * n))
        )
        for n in range(9)
    ]
    items.append(RequestItem(b"", b""))
    assert open_all(connection, WHOLE, items) == 10
    exchange_bytes(connection, peer)
    for sid, item in zip(peer.complete, items, strict=True):
        assert peer.bodies[sid] == b'{"aps":' + item.body + b"}"
        assert peer.requests[sid] == {
            ":method": "POST",
            ":scheme": "https",
            ":authority": "push.example",
            ":path": f"/3/device/{item.path_end.decode()}",
            "authorization": "Bearer " + "a" * 300,
            "content-type": "application/json",
            "content-length": str(len(peer.bodies[sid])),
            **{name.decode(): value.decode() for name, value in item.headers},
        }


def test_fields_of_items_enter_no_table() -> None:
    """So they change no index that other requests refer to, and any number of them may differ."""
    connection = ready_connection()
    open_all(connection, WHOLE, [request_item(b"1"), request_item(b"2")])
    connection.data_to_send()
    open_all(connection, WHOLE, [request_item(b"%030d" % n) for n in range(90)])
    blocks = header_blocks_of(connection.data_to_send())
    assert {len(block) for block in blocks} == {len(blocks[0])}
    decoder = Decoder()
    later = ready_connection()
    open_all(later, WHOLE, [request_item(b"%030d" % n) for n in range(90)])
    for block in header_blocks_of(later.data_to_send()):
        decoder.decode(block)
    assert len(decoder.header_table.dynamic_entries) == len(HEADERS) + 1  # and :authority


@pytest.mark.parametrize("long_part", ["path", "header", "body"])
def test_an_item_too_long_for_one_frame_is_split_and_the_others_are_not(long_part: str) -> None:
    peer = Peer(MAX_HEADER_LIST_SIZE=200_000)
    peer.h2.decoder.max_header_list_size = 200_000
    connection = connect_to(peer)
    long = b"v" * 40_000
    item = RequestItem(
        long if long_part == "path" else b"p",
        long if long_part == "body" else b"b",
        ((b"x-long", long if long_part == "header" else b"h"),),
    )
    items = [request_item(b"1"), item, request_item(b"2")]
    done = 0
    while done < len(items):
        done += open_all(connection, WHOLE, items[done:], done)
        exchange_bytes(connection, peer)
    assert sorted(peer.complete) == [1, 3, 5]
    assert peer.requests[3][":path"] == "/3/device/" + item.path_end.decode()
    assert peer.requests[3]["x-long"] == item.headers[0][1].decode()
    assert peer.bodies[3] == b'{"aps":' + item.body + b"}"
    assert peer.requests[5]["x-first"] == "2"


def test_from_the_second_request_on_a_constant_field_takes_at_most_two_bytes() -> None:
    connection = ready_connection()
    open_all(connection, BODIES, [b"1", b"2", b"3"])
    first, second, third = header_blocks_of(connection.data_to_send())
    assert len(first) > 300
    assert len(second) <= 6 + len(b"\x0f\x0d\x02xx")
    assert second == third


def test_a_renewed_credential_enters_the_table_once() -> None:
    connection = ready_connection()
    renewed = BurstTemplate(
        path=BODIES.path,
        headers=((b"authorization", b"Bearer " + b"b" * 300), HEADERS[1]),
        body_prefix=b"",
        body_suffix=b"",
    )
    open_all(connection, BODIES, [b"1", b"2"])
    open_all(connection, renewed, [b"3", b"4"])
    sizes = [len(block) for block in header_blocks_of(connection.data_to_send())]
    assert sizes[2] > 300
    assert sizes[3] < 16


@pytest.mark.parametrize("size", [0, 60, 300, 400, 1000, 4096, 65536])
def test_blocks_decode_correctly_for_any_table_size(size: int) -> None:
    """hpack decodes each block, also with small tables
    and after a change of size (RFC 7541, 4.2)."""
    connection = ready_connection()
    decoder = Decoder()
    connection.receive(frames.settings({frames.HEADER_TABLE_SIZE: size}))
    decoder.max_allowed_table_size = size
    other = BurstTemplate(
        path=b"/v1/other", headers=(*HEADERS, (b"x-topic", b"t" * 90)), body_prefix=b"{}", item_in_path=True
    )
    for table in (size, 4096, 100, size):
        connection.receive(frames.settings({frames.HEADER_TABLE_SIZE: 0}))
        connection.receive(frames.settings({frames.HEADER_TABLE_SIZE: table}))
        decoder.max_allowed_table_size = table
        for template in (BODIES, other, PATHS, WHOLE, BODIES, WHOLE, PATHS, other):
            items = [item_of(template, text) for text in (b"one", b"two", b"three")]
            open_all(connection, template, items)
            for item, block in zip(items, header_blocks_of(connection.data_to_send()), strict=True):
                path, fields, body = template.request(item)
                assert [tuple(field) for field in decoder.decode(block, raw=True)] == [
                    (b":method", b"POST"),
                    (b":scheme", b"https"),
                    (b":authority", b"push.example"),
                    (b":path", path),
                    *template.headers,
                    (b"content-length", b"%d" % len(body)),
                    *fields[len(template.headers) :],
                ]


def test_fields_larger_than_the_table_do_not_evict_its_entries() -> None:
    """A field that is too large would empty the table, and each request would repeat all fields."""
    connection = ready_connection()
    large = BurstTemplate(
        path=b"/v1/send", headers=((b"x-small", b"s"), (b"authorization", b"a" * 5000), (b"x-last", b"l"))
    )
    open_all(connection, large, [b"1", b"2"])
    decoder = Decoder()
    first, second = header_blocks_of(connection.data_to_send())
    assert list(decoder.decode(first)) == list(decoder.decode(second))
    assert 5000 < len(second) < 5050


def test_long_bodies_are_split_into_frames_and_wait_for_the_window() -> None:
    peer = Peer()
    connection = connect_to(peer)
    long = bytes(range(256)) * 600  # 153,600 bytes
    assert open_all(connection, FULL, [long, b"short"]) >= 1
    exchange_bytes(connection, peer)
    open_all(connection, FULL, [b"short"], 1)
    exchange_bytes(connection, peer)
    assert peer.bodies[1] == long
    assert peer.complete[0] == 1
    peer.respond(1, body=b"{}")
    assert [tag for tag, _ in exchange_bytes(connection, peer).responses] == [0]


def test_a_header_section_longer_than_a_frame_is_continued() -> None:
    peer = Peer(MAX_HEADER_LIST_SIZE=200_000)
    peer.h2.decoder.max_header_list_size = 200_000
    connection = connect_to(peer)
    wide = BurstTemplate(path=b"/v1/send", headers=tuple((b"x-%d" % n, b"v" * 900) for n in range(40)))
    assert open_all(connection, wide, [b"1"]) == 1
    exchange_bytes(connection, peer)
    assert peer.requests[1]["x-39"] == "v" * 900
    assert peer.complete == [1]


def test_no_request_begins_before_the_peers_settings() -> None:
    connection: Connection[int] = Connection(b"https", b"push.example")
    assert connection.data_to_send().startswith(frames.PREFACE)
    assert connection.available_streams == 0
    assert open_all(connection, BODIES, [b"1"]) == 0


def test_a_raised_stream_limit_is_used() -> None:
    peer = Peer(MAX_CONCURRENT_STREAMS=1)
    connection = connect_to(peer)
    assert open_all(connection, PATHS, [b"aa"] * 100) == 1
    exchange_bytes(connection, peer)
    peer.respond(1)
    peer.h2.update_settings({3: 50})  # MAX_CONCURRENT_STREAMS
    assert exchange_bytes(connection, peer).succeeded == [0]
    assert open_all(connection, PATHS, [b"aa"] * 100, 1) == 50


def test_a_stream_limit_below_the_open_streams_blocks_new_ones() -> None:
    peer = Peer(MAX_CONCURRENT_STREAMS=10)
    connection = connect_to(peer)
    assert open_all(connection, PATHS, [b"aa"] * 100) == 10
    exchange_bytes(connection, peer)
    connection.receive(frames.settings({frames.MAX_CONCURRENT_STREAMS: 3}))
    assert connection.available_streams <= 0
    for sid in range(1, 15, 2):
        peer.respond(sid)
    exchange_bytes(connection, peer)
    assert connection.in_flight == 3
    assert open_all(connection, PATHS, [b"aa"]) == 0
    peer.respond(15)
    exchange_bytes(connection, peer)
    assert open_all(connection, PATHS, [b"aa"] * 5, 10) == 1


def test_small_windows_delay_bodies_and_lose_nothing() -> None:
    peer = Peer(INITIAL_WINDOW_SIZE=10)
    connection = connect_to(peer)
    done = 0
    for _ in range(30):
        done += open_all(connection, BODIES, [b"x" * 100] * (30 - done), done)
        exchange_bytes(connection, peer)
    assert done == 30
    assert {peer.bodies[sid] for sid in peer.complete} == {b'{"token":"' + b"x" * 100 + b'"}'}
    assert len(peer.complete) == 30


def test_a_reduced_window_becomes_negative_and_blocks_bodies() -> None:
    """RFC 9113, 6.9.2: a smaller INITIAL_WINDOW_SIZE takes back what may have been used already."""
    connection = ready_connection()
    connection.receive(frames.settings({frames.INITIAL_WINDOW_SIZE: 100}))
    assert open_all(connection, FULL, [b"x" * 300]) == 1
    assert connection.data_to_send().endswith(b"x" * 100)
    connection.receive(frames.settings({frames.INITIAL_WINDOW_SIZE: 20}))  # 80 below zero now
    connection.receive(frames.window_update(1, 80))
    assert b"x" not in connection.data_to_send()
    connection.receive(frames.window_update(1, 30))
    assert connection.data_to_send().endswith(frames.frame(frames.DATA, 0, 1, b"x" * 30))
    connection.receive(frames.settings({frames.INITIAL_WINDOW_SIZE: 500}))
    assert connection.data_to_send().endswith(frames.frame(frames.DATA, frames.END_STREAM, 1, b"x" * 170))


def test_bodies_that_have_begun_use_the_connection_window_first() -> None:
    connection = ready_connection()
    items = [b"x" * 990] * 100  # with the rest of the body 1,002 bytes each
    count = open_all(connection, BODIES, items)
    assert count == 66, "65 whole ones fit 65,535 bytes, and the beginning of one more"
    connection.data_to_send()
    assert connection.available_streams == 0
    connection.receive(frames.window_update(0, 10_000))
    assert connection.data_to_send(), "the rest of the one that has begun"
    assert open_all(connection, BODIES, items) > 5


def test_a_connection_without_stream_ids_is_draining() -> None:
    connection: Connection[int] = Connection(b"https", b"push.example", first_stream=2**31 - 5)
    connection.data_to_send()
    connection.receive(frames.settings({}))
    assert open_all(connection, BODIES, [b"1"] * 10) == 3
    assert connection.draining
    assert connection.available_streams == 0
    done = connection.receive(
        b"".join(frames.frame(1, 5, sid, b"\x88") for sid in range(2**31 - 5, 2**31, 2))
    )
    assert ended_tags(done) == [0, 1, 2]


def test_long_bodies_are_written_in_pieces() -> None:
    connection = ready_connection()
    connection.receive(frames.settings({frames.INITIAL_WINDOW_SIZE: 2**30}))
    connection.receive(frames.window_update(0, 2**30))
    open_all(connection, FULL, [b"x" * 1_000_000])
    assert len(connection.data_to_send()) < 100_000


def test_a_request_without_a_body_is_complete() -> None:
    peer = Peer()
    connection = connect_to(peer)
    open_all(connection, BurstTemplate(path=b"/p/", headers=(), item_in_path=True), [b"1", b"2"])
    open_all(connection, BurstTemplate(path=b"/b", headers=()), [b""], 2)
    exchange_bytes(connection, peer)
    assert peer.complete == [1, 3, 5]
    assert set(peer.bodies.values()) == {b""}
