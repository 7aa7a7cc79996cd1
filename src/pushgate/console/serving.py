"""Serves one request of the console: who may come, what is shown instead, and what a failed call of
the API looks like.
"""

from urllib.parse import quote, urlsplit

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from pushgate.api.error_handlers import response_to
from pushgate.api.load_shedding import mark_authenticated
from pushgate.console import cookies
from pushgate.console.forms import BadForm
from pushgate.console.guards import comes_from_here, same_token
from pushgate.console.live import LiveStreams
from pushgate.console.routing import ConsoleRoute, Kind
from pushgate.console.signing_in import SignedIn
from pushgate.console.site import Site
from pushgate.console.view import NoAppKey, View
from pushgate.domain.errors import EngineUnavailable
from pushgate_client.errors import ApiError, ConnectionFailed

SIGN_IN = "/sign-in"


class Serving:
    """Serves the routes of a site."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._streams = LiveStreams(site.api.context)

    async def serve(self, route: ConsoleRoute, request: Request) -> Response:
        """Return the answer to a request of this route."""
        request.scope["route"] = route  # for the access log
        try:
            view = View(self._site, request, await self._signed_in(request))
        except EngineUnavailable as error:
            view = View(self._site, request, None)
            return _show_error(view, 503, str(error))
        try:
            return await self._answer(route, view)
        except NoAppKey:
            return _show_lock(view, route, 403)
        except ApiError as error:
            return _show_error(view, error.status, error.detail or error.title, error.request_id)
        except ConnectionFailed as error:
            return _show_error(view, 502, str(error))
        except BadForm as error:
            return _show_error(view, 400, str(error))
        except EngineUnavailable as error:
            return _show_error(view, 503, str(error))
        except ClientDisconnect:
            return Response(status_code=400)  # nobody reads it
        except Exception as error:  # noqa: BLE001  # it is logged, and the reader gets a page
            response_to(error)
            return _show_error(view, 500, view._("Something went wrong here. It is logged."))

    async def show_missing(self, request: Request) -> Response:
        """Return what is shown where there is no page."""
        try:
            signed_in = await self._signed_in(request)
        except EngineUnavailable:
            signed_in = None
        view = View(self._site, request, signed_in)
        return view.page("missing.html", 404)

    async def _signed_in(self, request: Request) -> SignedIn | None:
        clients = self._site.api.clients
        session_id = cookies.read_session(request, https=cookies.is_https(request, clients))
        if not session_id:
            return None
        found = await self._site.signing_in.look_up(session_id, clients.of(request.scope))
        if found:
            mark_authenticated(request.scope)
        return found

    async def _answer(self, route: ConsoleRoute, view: View) -> Response:
        if view.signed_in is None and not route.is_public:
            return _send_to_sign_in(view)
        if route.kind is Kind.ACTION and not await _is_genuine(view):
            text = view._("This form is too old or not the console’s own. Load the page again.")
            return _show_error(view, 403, text)
        if not _is_allowed(route, view):
            return _show_lock(view, route, 403)
        if route.kind is Kind.LIVE:
            return self._streams.respond(view, route.handler)
        return await route.handler(view)


async def _is_genuine(view: View) -> bool:
    """Whether the console itself made the form."""
    if not comes_from_here(view.request.headers):
        return False
    given = view.request.headers.get("x-csrf")
    if given is None:
        given = (await view.form()).get("csrf")
    return same_token(view.expected_csrf_token, given)


def _is_allowed(route: ConsoleRoute, view: View) -> bool:
    if route.needs_operator and not view.may("operator"):
        return False
    return route.scope is None or view.may(route.scope)


def _send_to_sign_in(view: View) -> Response:
    if view.request.method != "GET" or view.is_part:
        wanted = _path_of(view.request.headers.get("hx-current-url", ""))
        return Response(status_code=401, headers={"HX-Redirect": _sign_in_for(wanted)})
    query = f"?{view.request.url.query}" if view.request.url.query else ""
    return view.redirect(_sign_in_for(view.path + query))


def _path_of(url: str) -> str:
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    return parts.path + (f"?{parts.query}" if parts.query else "")


def _sign_in_for(wanted: str) -> str:
    return f"{SIGN_IN}?next={quote(wanted, safe='')}" if wanted not in ("", "/") else SIGN_IN


def _show_lock(view: View, route: ConsoleRoute, status: int) -> Response:
    needed = "operator" if route.needs_operator and not view.may("operator") else route.scope
    template = "lock.html" if route.kind is Kind.PAGE else "lock_part.html"
    return view.page(template, status, needed=str(needed or ""))


def _show_error(view: View, status: int, detail: str, request_id: str | None = None) -> Response:
    template = "error_part.html" if view.is_part else "error.html"
    return view.page(template, status, error_status=status, detail=detail, request_id=request_id or "")
