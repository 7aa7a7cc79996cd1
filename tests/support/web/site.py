"""A web app on a port: its page, its service worker, and a push service for the browser."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

ROOT = Path(__file__).parents[3]
FILES = Path(__file__).parent
LIBRARY = ROOT / "clients" / "web"
TYPES = {".html": "text/html", ".js": "text/javascript"}


@dataclass
class Site:
    """What the site answers. `subscription` is the browser's, with the key it was made with; files
    of `library` are below `/web/`.
    """

    new_subscription: Callable[[], str]
    registration_token: Callable[[], str] = lambda: ""
    library: Path = LIBRARY
    url: str = ""
    key: str = ""
    subscription: str = ""
    made: list[str] = field(default_factory=list)

    def push_service(self, method: str, key: str) -> tuple[int, str]:
        """Answer as the browser's push service: one subscription, bound to a key."""
        if method == "DELETE":
            self.subscription = ""
        if method != "POST":
            return 200, self.subscription
        if self.subscription and key != self.key:
            return 409, ""
        if not self.subscription:
            self.key, self.subscription = key, self.new_subscription()
            self.made.append(self.subscription)
        return 200, self.subscription


@contextmanager
def serving(site: Site) -> Iterator[Site]:
    """Serve the site for a while."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Handler, site))
    site.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield site
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    """Answers requests to a site."""

    def __init__(self, site: Site, *given: Any) -> None:
        self._site = site
        super().__init__(*given)

    def do_GET(self) -> None:
        path = urlsplit(self.path).path
        if path == "/push-service":
            self._push_service()
        elif path == "/registration-token":
            self._answer(200, self._site.registration_token(), "text/plain")
        else:
            self._file(path)

    def do_POST(self) -> None:
        self._push_service()

    def do_DELETE(self) -> None:
        self._push_service()

    def log_message(self, *_: object) -> None:
        """Stay silent."""

    def _push_service(self) -> None:
        key = parse_qs(urlsplit(self.path).query).get("key", [""])[0]
        self._answer(*self._site.push_service(self.command, key), "application/json")

    def _file(self, path: str) -> None:
        folder, name = (self._site.library, path[5:]) if path.startswith("/web/") else (FILES, path[1:])
        file = folder / (name if Path(name).suffix == ".js" else "page.html")
        if file.parent != folder or not file.is_file():
            self._answer(404, "", "text/plain")
        else:
            self._answer(200, file.read_text("utf-8"), TYPES[file.suffix])

    def _answer(self, status: int, text: str, content_type: str) -> None:
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        self.wfile.write(body)
