"""The ASGI application of an API process: the API's own paths go to the API untouched, all others
to the console.
"""

from collections.abc import Sequence

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Mount, Route, Router
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pushgate.api.access_log import AccessLog
from pushgate.api.app import Application
from pushgate.api.error_handlers import UnexpectedErrors
from pushgate.api.load_shedding import LoadShedding
from pushgate.api.paths import PathNormalization
from pushgate.api.problems import document, respond
from pushgate.console import assets
from pushgate.console.guards import SECURITY_HEADERS
from pushgate.console.guide import Guide
from pushgate.console.pages import (
    audience,
    compose,
    compose_audience,
    compose_sending,
    message,
    message_changes,
    message_terminals,
    message_winner,
    messages,
    now,
    preferences,
    schedules,
    setup,
    sign_in,
    single_sign_on,
    stored_templates,
    terminal,
    vendors,
)
from pushgate.console.routing import ConsoleRoute
from pushgate.console.serving import Serving
from pushgate.console.site import Site
from pushgate.domain.consequences import ProblemCode
from pushgate.settings.console import ConsoleSettings

PAGES = (
    now,
    compose,
    compose_audience,
    compose_sending,
    messages,
    message,
    message_terminals,
    message_winner,
    message_changes,
    schedules,
    setup,
    sign_in,
    single_sign_on,
    preferences,
    vendors,
    audience,
    terminal,
    stored_templates,
)
_HOT = "/v1/"
_HEADERS = [(name.lower().encode(), value.encode()) for name, value in SECURITY_HEADERS.items()]


def create(api: Application, settings: ConsoleSettings, more_routes: Sequence[ConsoleRoute] = ()) -> ASGIApp:
    """Return the API with the console beside it; the API alone where the console is off."""
    if not settings.enabled:
        return api
    routes = [route for module in PAGES for route in module.routes]
    return _Split(api, Site.open(api, settings), [*routes, *more_routes])


class _Split:
    """Tells requests of the API from those of the console by the first part of their path."""

    def __init__(self, api: Application, site: Site, routes: Sequence[ConsoleRoute]) -> None:
        self._api = api
        self._api_names = frozenset(map(_first_part, api.paths))
        # The guide has a policy of its own for each of its pages.
        guide = Router([Mount("/guide", Guide())], default=_SafeHeaders(_Console(site, routes)))
        limited = LoadShedding(UnexpectedErrors(guide), api.request_limits)
        self._console = AccessLog(PathNormalization(limited), api.request_log)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        path = scope.get("path", _HOT)
        if path.startswith(_HOT) or _first_part(path) in self._api_names:
            await self._api(scope, receive, send)
        else:
            await self._console(scope, receive, send)


class _Console:
    """Routes requests to pages. Programs get a problem document where there is no page."""

    def __init__(self, site: Site, routes: Sequence[ConsoleRoute]) -> None:
        self._site = site
        self._serving = Serving(site)
        self._router = Router([self._route(route) for route in routes], default=self._miss)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        request = Request(scope, receive)
        response = self._refuse_host(request) or self._site.assets.respond(request)
        await (response or self._router)(scope, receive, send)

    def _route(self, route: ConsoleRoute) -> Route:
        async def serve(request: Request) -> Response:
            return await self._serving.serve(route, request)

        return Route(route.path, serve, methods=[route.method])

    def _refuse_host(self, request: Request) -> Response | None:
        hosts = request.headers.getlist("host")
        if len(hosts) == 1 and hosts[0] in self._site.hosts:
            return None
        return PlainTextResponse(
            "This console is not known by the name in the address. An operator adds the name to "
            "console.hosts in the configuration.\n",
            421,
        )

    async def _miss(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        if request.url.path.startswith(assets.PREFIX):
            response: ASGIApp = PlainTextResponse("There is no such file.\n", 404)
        elif "text/html" in request.headers.get("accept", ""):
            response = await self._serving.show_missing(request)
        else:
            response = respond(document(ProblemCode.NOT_FOUND, "there is nothing at this path"))
        await response(scope, receive, send)


class _SafeHeaders:
    """Gives every answer of the console the headers that bound what a page can do."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""

        async def send_safely(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", ()), *_HEADERS]
            await send(message)

        await self._app(scope, receive, send_safely)


def _first_part(path: str) -> str:
    return path[1:].partition("/")[0].partition(":")[0]
