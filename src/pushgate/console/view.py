"""One request as a page sees it: who asks, what they may do, calls of the API, and answers."""

import json
from collections.abc import AsyncIterator, Mapping
from urllib.parse import quote, unquote
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import httpx
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from pushgate import __version__
from pushgate.apps.api_key import ApiKey
from pushgate.console import cookies, forms
from pushgate.console.calls import ADDRESS, InProcess, ShownCall
from pushgate.console.catalogues import TAGS, Language, choose_language
from pushgate.console.sessions import Session
from pushgate.console.signing_in import SignedIn
from pushgate.console.site import Site
from pushgate.console.words import Words
from pushgate.domain.app import Scope
from pushgate_client.async_client import AsyncPushgate

THEMES = ("auto", "light", "dark")
_MAX_ZONE = 64
_MAX_EVENT = 4000
"""Characters of the calls that go in a header field."""
_MAX_TOAST = 400
"""Characters of what the next page says: a cookie has 4,096 bytes, a character up to nine."""
_UTC = ZoneInfo("UTC")


class NoAppKey(Exception):
    """The session has no key of an app: an operator's alone."""


class View:
    """A request, and what answers it."""

    def __init__(self, site: Site, request: Request, signed_in: SignedIn | None) -> None:
        self.site = site
        self.version = __version__
        self.request = request
        self.signed_in = signed_in
        self.is_https = cookies.is_https(request, site.api.clients)
        self.language: Language = choose_language(
            request.cookies.get(cookies.LANGUAGE), request.headers.get("accept-language", "")
        )
        theme = request.cookies.get(cookies.THEME, "")
        self.theme = theme if theme in THEMES else "auto"
        self.zone = _zone(request.cookies.get(cookies.ZONE, ""))
        self.now = site.api.context.clock.now()
        self.words = Words(site.catalogues, self.language, self.zone, self.now)
        self._ = self.words._
        self.ngettext = self.words.ngettext
        self.shown: list[ShownCall] = []
        self._calls: dict[str, AsyncPushgate] = {}
        self._form: forms.Form | None = None
        self._form_token = cookies.read_form_token(request, https=self.is_https)
        self._new_form_token = ""
        self._toasts: list[str] = []

    @property
    def path(self) -> str:
        """The path of the request."""
        return self.request.url.path

    @property
    def query(self) -> Mapping[str, str]:
        """The parameters of the query; of a repeated one, the last."""
        return self.request.query_params

    @property
    def params(self) -> Mapping[str, str]:
        """The parts of the path that the route names, decoded."""
        found = self.request.path_params
        # An encoded slash is left encoded where routes are told apart.
        encoded = b"%2f" in self.request.scope["raw_path"].lower()
        return {
            name: unquote(value) if encoded and "%2F" in value else value for name, value in found.items()
        }

    @property
    def is_part(self) -> bool:
        """Whether htmx asks, which puts the answer into a page."""
        return self.request.headers.get("hx-request") == "true"

    @property
    def address(self) -> str:
        """The address of the browser."""
        return self.site.api.clients.of(self.request.scope)

    @property
    def session(self) -> Session:
        """The session. Raises AttributeError for a stranger."""
        if self.signed_in is None:
            raise AttributeError("nobody is signed in")
        return self.signed_in.session

    @property
    def app(self) -> str:
        """The app whose pages are shown; '' for none."""
        return self.signed_in.app if self.signed_in else ""

    @property
    def csrf_token(self) -> str:
        """What each form has in its field `csrf`, or each request of htmx in its field X-CSRF."""
        if self.signed_in:
            return self.signed_in.session.csrf_token
        if not self._form_token and not self._new_form_token:
            self._new_form_token = cookies.new_form_token()
        return self._form_token or self._new_form_token

    @property
    def expected_csrf_token(self) -> str | None:
        """The token that an action must come with; None where the browser was given none."""
        return self.csrf_token if self.signed_in else self._form_token

    @property
    def calls(self) -> AsyncPushgate:
        """The API with the key of the chosen app. Raises NoAppKey."""
        key = self.signed_in.app_key if self.signed_in else None
        if key is None:
            raise NoAppKey
        return self._calls_by(key)

    @property
    def operator(self) -> AsyncPushgate | None:
        """The API with the operator's key; None where the session has none."""
        key = self.signed_in.operator_key if self.signed_in else None
        return self._calls_by(key) if key else None

    @property
    def manager(self) -> AsyncPushgate | None:
        """The API with the key that manages keys and reads the audit log: an operator's, which sees
        all apps, or the chosen app's with the scope `admin`. None where the session has neither.
        """
        return self.operator or (self.calls if self.may("admin") else None)

    def may(self, scope: str) -> bool:
        """Return whether the key of the chosen app has the scope; for `operator`, whether there is
        an operator's key.
        """
        if self.signed_in is None:
            return False
        if scope == Scope.OPERATOR:
            return self.signed_in.operator_key is not None
        key = self.signed_in.app_key
        return key is not None and key.may(Scope(scope))

    async def form(self) -> forms.Form:
        """Return the form that was sent. Raises BadForm, ClientDisconnect."""
        if self._form is None:
            self._form = await forms.read_form(self.request)
        return self._form

    def chunks(self) -> AsyncIterator[bytes]:
        """Yield the body as it comes, for uploads. Its path must end with `:import`."""
        return forms.read_chunks(self.request)

    def page(self, template: str, status: int = 200, /, **values: object) -> Response:
        """Answer with a page, or with a fragment of one; `values` are the template's."""
        toast = "" if self.is_part else self.request.cookies.get(cookies.TOAST, "")
        shown = {"view": self, "words": self.words, "tag": TAGS[self.language], "toast": unquote(toast)}
        response = HTMLResponse(self.site.templates.render(template, {**shown, **values}), status)
        if toast:
            cookies.delete_toast(response, https=self.is_https)
        return self._finish(response)

    def part(self, template: str, status: int = 200, /, **values: object) -> Response:
        """Answer with a fragment, which htmx puts into the page."""
        shown = {"view": self, "words": self.words, "tag": TAGS[self.language], "toast": ""}
        return self._finish(HTMLResponse(self.site.templates.render(template, {**shown, **values}), status))

    def redirect(self, path: str) -> Response:
        """Answer with another page of the console. Toasts are said there."""
        response = RedirectResponse(path, 303)
        if self.is_part:  # the browser would follow a redirect, and htmx put the page into this one
            response.status_code = 200
            response.headers["HX-Redirect"] = response.headers["location"]
            del response.headers["location"]
        if self._toasts:
            text = quote("\n".join(self._toasts)[:_MAX_TOAST])
            cookies.set_toast(response, text, https=self.is_https)
            self._toasts.clear()
        return self._finish(response)

    def toast(self, text: str) -> None:
        """Say what was done, in this answer or, after a redirect, on the next page."""
        self._toasts.append(text)

    def say(self, text: str) -> Response:
        """Answer an action with a toast alone; the page stays as it is."""
        self.toast(text)
        return self._finish(Response(status_code=204))

    def _calls_by(self, key: ApiKey) -> AsyncPushgate:
        if key.app not in self._calls:
            context = self.site.api.context
            transport = InProcess(self.site.api, key, context.keys.rates, self.address, self.shown)
            # Without a limit: the call stays in this process, and the API bounds its own work.
            http = httpx.AsyncClient(transport=transport, trust_env=False, timeout=None)  # noqa: S113
            self._calls[key.app] = AsyncPushgate(ADDRESS, "", http=http, max_attempts=1)
        return self._calls[key.app]

    def _events(self) -> Mapping[str, object]:
        """Return what the page is told beside a fragment: toasts, and the calls for its foot. The
        element that asked may be gone by then, so that the body is told.
        """
        events: dict[str, object] = {}
        if self._toasts:
            events["toast"] = {"target": "body", "value": "\n".join(self._toasts)}
        if self.is_part and self.shown:
            shown = [{"method": one.method, "path": one.path, "curl": one.curl} for one in self.shown]
            if len(json.dumps(shown)) <= _MAX_EVENT:
                events["calls"] = {"target": "body", "shown": shown}
        return events

    def _finish(self, response: Response) -> Response:
        response.headers.setdefault("Cache-Control", "no-store")
        if events := self._events():
            response.headers["HX-Trigger"] = json.dumps(events)
        if self._new_form_token:
            cookies.set_form_token(response, self._new_form_token, https=self.is_https)
        return response


def _zone(name: str) -> ZoneInfo:
    """Return the zone with a name; UTC for one that is not known."""
    if not name or len(name) > _MAX_ZONE:
        return _UTC
    try:
        return ZoneInfo(unquote(name))
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return _UTC
