"""A browser without scripts: it keeps cookies, reads forms and sends them."""

import html
import re
from collections.abc import Mapping, Sequence

import httpx

from pushgate.api.app import create as create_api
from pushgate.api.context import ApiContext
from pushgate.console.app import create
from pushgate.console.routing import ConsoleRoute
from pushgate.settings.console import ConsoleSettings

_TOKEN = re.compile(r'name="csrf" value="([^"]*)"')
_DOCUMENT = re.compile(r'name="document" value="([^"]*)"')
HTML = {"Accept": "text/html"}
LOCAL = "http://localhost"
_DEFAULTS = ConsoleSettings()


def document_of(review: httpx.Response) -> str:
    """The message that a page of a review holds, as JSON."""
    found = _DOCUMENT.search(review.text)
    assert found, review.text[:2000]
    return html.unescape(found[1])


class ConsoleClient:
    """A browser at an address, `client`, which opens the console by a URL, `base_url`."""

    def __init__(
        self,
        context: ApiContext,
        routes: Sequence[ConsoleRoute] = (),
        *,
        settings: ConsoleSettings = _DEFAULTS,
        client: str = "127.0.0.1",
        base_url: str = LOCAL,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self.app = create(create_api(context), settings, routes)
        self.http = httpx.AsyncClient(
            transport=httpx.ASGITransport(self.app, client=(client, 50000)),
            base_url=base_url,
            headers={**HTML, **(headers or {})},
        )

    async def get(self, path: str, **headers: str) -> httpx.Response:
        """Open a page."""
        return await self.http.get(path, headers=headers)

    async def token(self, path: str = "/sign-in") -> str:
        """Return the token of the forms of a page."""
        found = _TOKEN.search((await self.get(path)).text)
        assert found, path
        return found[1]

    async def post(self, path: str, **fields: str) -> httpx.Response:
        """Send a form of the console."""
        return await self.http.post(path, data={"csrf": await self.token(), **fields})

    async def sign_in(self, key: str, **fields: str) -> httpx.Response:
        """Sign in with a key, or add it to the session."""
        return await self.post("/sign-in", key=key, **fields)

    async def is_signed_in(self) -> bool:
        """Whether pages are shown."""
        answer = await self.get("/")
        assert answer.status_code in (200, 303), answer.text
        return answer.status_code == 200
