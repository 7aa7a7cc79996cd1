"""A webhook's receiver: a real HTTP server in a thread, which records requests and answers as it is
told. It may be stopped and started again on its port.
"""

import secrets
import socket
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path


@dataclass(frozen=True)
class Received:
    """A request. The names of its headers are in lower case."""

    path: str
    headers: Mapping[str, str]
    body: bytes
    connection: int
    """The client's port: the same for requests of one connection."""


@dataclass(frozen=True)
class Reply:
    """What the receiver answers, and after how many seconds."""

    status: int = 204
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    delay: float = 0.0


Behaviour = Callable[[Received], Reply]


class WebhookReceiver:
    """The server. `behaviour` may be replaced at any time."""

    def __init__(self, certificate: tuple[Path, Path] | None = None) -> None:
        """`certificate` and its key make it serve TLS."""
        self.requests: list[Received] = []
        self.behaviour: Behaviour = lambda _: Reply()
        self.port = 0
        self.path = f"/hook/{secrets.token_hex(4)}"
        """Requests to another one are of another receiver, which had the port before."""
        self._certificate = certificate
        self._server: _Server | None = None
        self._stopping = threading.Event()

    @property
    def url(self) -> str:
        """Its address."""
        return f"{'https' if self._certificate else 'http'}://localhost:{self.port}{self.path}"

    def start(self) -> "WebhookReceiver":
        """Listen, at the port of before if there was one."""
        self._stopping.clear()
        server = _Server(("127.0.0.1", self.port), _Handler)
        server.receiver = self
        if self._certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*self._certificate)
            server.socket = context.wrap_socket(server.socket, server_side=True)
        self.port = server.server_address[1]
        self._server = server
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def stop(self) -> None:
        """Listen no more, and end open connections and delayed replies."""
        self._stopping.set()
        if self._server:
            self._server.shutdown()
            self._server.end_connections()
            self._server.server_close()
            self._server = None

    def wait(self, seconds: float) -> bool:
        """Wait; returns whether the receiver stops meanwhile."""
        return self._stopping.wait(seconds)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    allow_reuse_address = True
    receiver: WebhookReceiver

    def __init__(self, *arguments: object) -> None:
        self.handlers: set[_Handler] = set()
        super().__init__(*arguments)  # type: ignore[arg-type]

    def end_connections(self) -> None:
        for handler in list(self.handlers):
            handler.close_connection = True
            handler.shut_down()

    def handle_error(self, *_: object) -> None:
        """A client went away."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def setup(self) -> None:
        super().setup()
        self.server.handlers.add(self)

    def finish(self) -> None:
        self.server.handlers.discard(self)
        super().finish()

    def shut_down(self) -> None:
        try:
            self.connection.shutdown(socket.SHUT_RDWR)
        except OSError:
            return

    def do_POST(self) -> None:
        receiver = self.server.receiver
        length = int(self.headers.get("content-length", "0"))
        body = self.rfile.read(length)
        if len(body) < length:  # the client went away within its request
            self.close_connection = True
            return
        if self.path != receiver.path:
            self.send_error(404)
            return
        headers = {name.lower(): value for name, value in self.headers.items()}
        received = Received(self.path, headers, body, self.client_address[1])
        reply = receiver.behaviour(received)
        if reply.delay and receiver.wait(reply.delay):
            self.close_connection = True
            return
        receiver.requests.append(received)
        self.send_response(reply.status)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        if reply.status != 204 and "transfer-encoding" not in reply.headers:
            self.send_header("content-length", str(len(reply.body)))
        self.end_headers()
        self.wfile.write(reply.body)

    def log_message(self, *_: object) -> None:
        """Nothing is printed."""


@contextmanager
def receiving(certificate: tuple[Path, Path] | None = None) -> Iterator[WebhookReceiver]:
    """A receiver, stopped with the context."""
    receiver = WebhookReceiver(certificate).start()
    try:
        yield receiver
    finally:
        receiver.stop()
