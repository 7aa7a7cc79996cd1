"""A receiver of spans by OTLP over HTTP, as a collector is one."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span


class OtlpReceiver:
    """What came: every span with its service, and all bytes."""

    def __init__(self) -> None:
        self.spans: list[tuple[str, Span]] = []
        self.raw: list[bytes] = []
        self.url = ""

    def named(self, name: str) -> list[Span]:
        """The spans of this name."""
        return [span for _, span in list(self.spans) if span.name == name]

    def take(self, body: bytes) -> None:
        """Take one export."""
        self.raw.append(body)
        request = ExportTraceServiceRequest.FromString(body)
        for part in request.resource_spans:
            attributes = {one.key: one.value.string_value for one in part.resource.attributes}
            for scope in part.scope_spans:
                self.spans += [(attributes["service.name"], span) for span in scope.spans]


@contextmanager
def otlp_receiver() -> Iterator[OtlpReceiver]:
    """A receiver on a free port."""
    receiver = OtlpReceiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            receiver.take(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
            del code, size

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    receiver.url = f"http://127.0.0.1:{server.server_address[1]}/v1/traces"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
