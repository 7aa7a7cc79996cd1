"""The peer of a connection without sockets: a server made with `h2`, and frames as bytes."""

from collections.abc import Mapping, Sequence

import h2.config
import h2.connection
import h2.events
import h2.settings
from hpack import Encoder
from hpack.hpack import encode_integer

from pushgate.http2 import frames
from pushgate.http2.burst_template import BurstTemplate, Item, RequestItem
from pushgate.http2.connection import Connection
from pushgate.http2.events import Events

HEADERS = ((b"authorization", b"Bearer " + b"a" * 300), (b"content-type", b"application/json"))
BODIES = BurstTemplate(path=b"/v1/send", headers=HEADERS, body_prefix=b'{"token":"', body_suffix=b'"}')
PATHS = BurstTemplate(path=b"/3/device/", headers=HEADERS, body_prefix=b'{"aps":{}}', item_in_path=True)
WHOLE = BurstTemplate(
    path=b"/3/device/", headers=HEADERS, body_prefix=b'{"aps":', body_suffix=b"}", request_items=True
)
FULL = BurstTemplate(path=b"/v1/batch", headers=HEADERS, full_response=True)


class Peer:
    """A server that checks requests by `h2` and responds as a test wants."""

    def __init__(self, **settings: int) -> None:
        self.h2 = h2.connection.H2Connection(
            h2.config.H2Configuration(client_side=False, header_encoding="utf-8")
        )
        told = {getattr(h2.settings.SettingCodes, name): value for name, value in settings.items()}
        self.h2.local_settings = h2.settings.Settings(client=False, initial_values=told)
        self.h2.initiate_connection()
        self.requests: dict[int, dict[str, str]] = {}
        self.bodies: dict[int, bytes] = {}
        self.complete: list[int] = []
        self.reset: dict[int, int] = {}
        self.goaway_code: int | None = None

    def receive(self, data: bytes, *, acknowledge: bool = True) -> None:
        """Take bytes that the client sent."""
        for event in self.h2.receive_data(data):
            if isinstance(event, h2.events.RequestReceived):
                self.requests[event.stream_id] = dict(event.headers)  # type: ignore[arg-type]  # text, by header_encoding
                self.bodies[event.stream_id] = b""
            elif isinstance(event, h2.events.DataReceived):
                self.bodies[event.stream_id] += event.data
                if acknowledge:
                    self.h2.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
            elif isinstance(event, h2.events.StreamEnded):
                self.complete.append(event.stream_id)
            elif isinstance(event, h2.events.StreamReset):
                self.reset[event.stream_id] = event.error_code
            elif isinstance(event, h2.events.ConnectionTerminated):
                self.goaway_code = event.error_code

    def respond(
        self, stream: int, status: int = 200, body: bytes = b"", fields: Mapping[str, str] | None = None
    ) -> None:
        """Answer a request."""
        head = [(":status", str(status)), *(fields or {}).items()]
        self.h2.send_headers(stream, head, end_stream=not body)
        if body:
            self.h2.send_data(stream, body, end_stream=True)


def exchange_bytes(connection: Connection[int], peer: Peer, *, acknowledge: bool = True) -> Events[int]:
    """Exchange bytes until both sides are silent; return all events of the client."""
    total: Events[int] = Events()
    while True:
        out = connection.data_to_send()
        if out:
            peer.receive(out, acknowledge=acknowledge)
        back = peer.h2.data_to_send()
        if back:
            add_events(total, connection.receive(back))
        if not out and not back:
            return total


def add_events(total: Events[int], more: Events[int]) -> None:
    """Append events to a total."""
    total.succeeded += more.succeeded
    total.responses += more.responses
    total.refused += more.refused
    total.unanswered += more.unanswered


def ended_tags(events: Events[int]) -> list[int]:
    """The tags of all ended requests, sorted."""
    ended = [
        *events.succeeded,
        *(t for t, _ in events.responses),
        *events.refused,
        *(t for t, _ in events.unanswered),
    ]
    return sorted(ended)


def connect_to(peer: Peer) -> Connection[int]:
    """A connection whose peer has sent its SETTINGS."""
    connection: Connection[int] = Connection(b"https", b"push.example")
    exchange_bytes(connection, peer)
    assert connection.ready
    return connection


def open_all(
    connection: Connection[int], template: BurstTemplate, items: Sequence[Item], first: int = 0
) -> int:
    """Open requests until no more may begin; return how many. Tags are their numbers."""
    count = 0
    while more := connection.open_streams(
        template, items[count:], iter(range(first + count, first + len(items)))
    ):
        count += more
    return count


def request_item(text: bytes) -> RequestItem:
    """An item for WHOLE whose path, body and two header fields differ by this text."""
    return RequestItem(b"p" + text, b"b" * len(text) + text, ((b"x-first", text[:100]), (b"x-second", b"2")))


def item_of(template: BurstTemplate, text: bytes) -> Item:
    """An item of this template made from a text."""
    return request_item(text) if template.request_items else text


def ready_connection() -> Connection[int]:
    """A connection that has sent its preface and got an empty SETTINGS."""
    connection: Connection[int] = Connection(b"https", b"push.example")
    connection.data_to_send()
    connection.receive(frames.settings({}))
    return connection


def header_block(*fields: tuple[str, str]) -> bytes:
    """A header block of these fields, valid or not, as literals that enter no table."""
    out = b""
    for name, value in fields:
        for index, text in enumerate((name.encode("latin-1"), value.encode("latin-1"))):
            out += (b"" if index else b"\x00") + encode_integer(len(text), 7) + text
    return out


def headers_frame(stream: int, *fields: tuple[str, str], last: bool = True) -> bytes:
    """A HEADERS frame with these fields."""
    flags = frames.END_HEADERS | (frames.END_STREAM if last else 0)
    return frames.frame(frames.HEADERS, flags, stream, header_block(*fields))


def response_frames(stream: int, status: int = 200, body: bytes | None = None, **headers: str) -> bytes:
    """A response in HEADERS and DATA."""
    encoder = Encoder()
    encoder.header_table_size = 0
    # Its announcement of the table's size is due once a connection only.
    header_block = encoder.encode([(":status", str(status)), *headers.items()]).removeprefix(b"\x20")
    last = 0 if body is not None else frames.END_STREAM
    data = frames.frame(frames.HEADERS, frames.END_HEADERS | last, stream, header_block)
    return data if body is None else data + frames.frame(frames.DATA, frames.END_STREAM, stream, body)


def goaway_frame(last: int, code: int = 0, debug: bytes = b"") -> bytes:
    """A GOAWAY frame."""
    return frames.frame(frames.GOAWAY, 0, 0, last.to_bytes(4, "big") + code.to_bytes(4, "big") + debug)


def connection_with_requests(count: int, template: BurstTemplate = FULL) -> Connection[int]:
    """A connection with `count` requests, on streams 1, 3, 5 and so on."""
    connection = ready_connection()
    connection.receive(frames.window_update(0, 2**20))
    assert open_all(connection, template, [b"x"] * count) == count
    connection.data_to_send()
    return connection


def stream_ids(count: int) -> range:
    """The stream ids of `count` requests."""
    return range(1, 2 * count, 2)


def receive_all(connection: Connection[int], data: bytes) -> Events[int]:
    """All events of these bytes, read in as many turns as needed."""
    total = connection.receive(data)
    while connection.has_unread:
        add_events(total, connection.receive())
    return total
