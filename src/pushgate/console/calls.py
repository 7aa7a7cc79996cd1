"""Calls of the API in the same process: the client library's requests in, the API's answers out.

The key of the session goes with each call beside the request, where no HTTP client can put one. So
a page can do what its key can do, and nothing else.
"""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from urllib.parse import unquote

import httpx
from starlette.types import ASGIApp, Message, Scope

from pushgate.api.error_handlers import response_to
from pushgate.apps.api_key import ApiKey
from pushgate.apps.key_rates import KeyRates
from pushgate.domain.errors import RateLimited
from pushgate.runtime.tasks import cancel_and_wait

ADDRESS = "http://pushgate"
"""What the client library takes for the address. Nothing is looked up or connected."""
_MAX_SHOWN = 16 * 1024
_SECRET_PATHS = ("/v1/apps", "/v1/webhooks")
"""Paths whose bodies may contain secrets."""
_WAITING_CHUNKS = 4


@dataclass(frozen=True, slots=True)
class ShownCall:
    """A call that a page made, to be shown. `body` is JSON, None where there is none."""

    method: str
    path: str
    body: str | None
    by_operator: bool

    @property
    def curl(self) -> str:
        """The call as a command, with variables for the address and the key."""
        key = "OPERATOR_KEY" if self.by_operator else "KEY"
        words = ["curl", *([] if self.method == "GET" else ["-X", self.method]), f'"$PG{_quoted(self.path)}"']
        words += ["-H", f'"Authorization: Bearer ${key}"']
        if self.body is not None:
            escaped = self.body.replace("'", "'\\''")
            words += ["-H", "'Content-Type: application/json'", "-d", f"'{escaped}'"]
        return " ".join(words)


class InProcess(httpx.AsyncBaseTransport):
    """Carries the calls of one key, and notes each in `shown`. `client` is the browser's
    address.
    """

    def __init__(
        self, api: ASGIApp, key: ApiKey, rates: KeyRates, client: str, shown: list[ShownCall]
    ) -> None:
        self._api = api
        self._key = key
        self._rates = rates
        self._client = client
        self._shown = shown

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Call the API. Raises httpx.ReadError where the API breaks its answer off."""
        self._note(request)
        try:
            self._rates.take(self._key)
        except RateLimited as error:
            refusal = response_to(error)
            body = bytes(refusal.body)
            return httpx.Response(refusal.status_code, headers=refusal.raw_headers, content=body)
        exchange = _Exchange(request)
        return await exchange.run(self._api, self._scope(request))

    def _scope(self, request: httpx.Request) -> Scope:
        path, _, query = request.url.raw_path.partition(b"?")
        return {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": request.method,
            "scheme": "http",
            "path": unquote(path.decode("ascii")),
            "raw_path": path,
            "query_string": query,
            "root_path": "",
            "headers": [(name.lower(), value) for name, value in request.headers.raw],
            "client": (self._client, 0),
            "server": ("pushgate", 80),
            "pushgate.key": self._key,
        }

    def _note(self, request: httpx.Request) -> None:
        path, body = request.url.raw_path.decode("ascii"), None
        if request.headers.get("content-type") == "application/json":
            body = request.content.decode()
            if len(body) > _MAX_SHOWN or (path.startswith(_SECRET_PATHS) and request.method != "GET"):
                body = "{}"
        self._shown.append(ShownCall(request.method, path, body, by_operator=not self._key.app))


class _Exchange(httpx.AsyncByteStream):
    """One call: the body of the request on its way in, the body of the answer on its way out."""

    def __init__(self, request: httpx.Request) -> None:
        self._request_body = aiter(_stream(request))
        self._is_sent = False
        self._is_broken = False
        self._closed = asyncio.Event()
        self._started: asyncio.Future[Message] = asyncio.get_running_loop().create_future()
        self._chunks: asyncio.Queue[bytes | None] = asyncio.Queue(_WAITING_CHUNKS)
        self._task: asyncio.Task[None] | None = None

    async def run(self, api: ASGIApp, scope: Scope) -> httpx.Response:
        """Begin the call, and return the answer once its head is there."""
        self._task = asyncio.create_task(self._serve(api, scope))
        try:
            start = await self._started
        except BaseException:  # the reader may be gone: the call ends with the page
            await self.aclose()
            raise
        return httpx.Response(start["status"], headers=list(start["headers"]), stream=self)

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while (chunk := await self._chunks.get()) is not None:
            yield chunk
        if self._is_broken:
            raise httpx.ReadError("the API broke its answer off")

    async def aclose(self) -> None:
        """End the call, whether it is answered or not."""
        self._closed.set()
        if self._task is not None:
            await cancel_and_wait(self._task)

    async def _serve(self, api: ASGIApp, scope: Scope) -> None:
        try:
            await api(scope, self._receive, self._send)
        except Exception:  # noqa: BLE001  # the API has logged it; the reader gets an error of its own
            self._break_off()
        if not self._started.done():
            self._started.set_exception(httpx.ReadError("the API did not answer"))

    def _break_off(self) -> None:
        self._is_broken = True
        while not self._chunks.empty():
            self._chunks.get_nowait()
        self._chunks.put_nowait(None)

    async def _receive(self) -> Message:
        if self._is_sent:
            await self._closed.wait()
            return {"type": "http.disconnect"}
        try:
            return {"type": "http.request", "body": await anext(self._request_body), "more_body": True}
        except StopAsyncIteration:
            self._is_sent = True
            return {"type": "http.request", "body": b"", "more_body": False}

    async def _send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._started.set_result(message)
        elif message["type"] == "http.response.body":
            if body := message.get("body", b""):
                await self._chunks.put(body)
            if not message.get("more_body", False):
                await self._chunks.put(None)


def _stream(request: httpx.Request) -> AsyncIterator[bytes]:
    assert isinstance(request.stream, httpx.AsyncByteStream)
    return aiter(request.stream)


def _quoted(path: str) -> str:
    """Return a path as the shell reads it between double quotes."""
    for sign in '\\"$`':
        path = path.replace(sign, f"\\{sign}")
    return path
