"""The cookies of the console, and whether a browser came by https.

Only the session's cookie and that of the sign-in form matter for safety; scripts read neither.
"""

import secrets
from typing import Literal

from starlette.requests import Request
from starlette.responses import Response

from pushgate.api.clients import ClientAddresses

LANGUAGE = "pg_lang"
THEME = "pg_theme"
ZONE = "pg_zone"
"""Set by console.js, for only the browser knows its zone."""
TOAST = "pg_toast"
_SESSION = "pg_session"
_FORM = "pg_form"
_PROVIDER = "pg_oidc"
_PROVIDER_SECONDS = 600
_YEAR = 365 * 86400
_TOAST_SECONDS = 60


def is_https(request: Request, clients: ClientAddresses) -> bool:
    """Return whether the browser's request came by https, to this process or to a trusted proxy."""
    if request.url.scheme == "https":
        return True
    peer = request.client.host if request.client else ""
    return clients.is_proxy(peer) and request.headers.get("x-forwarded-proto", "") == "https"


def read_session(request: Request, *, https: bool) -> str | None:
    """Return the session's id."""
    return request.cookies.get(_name(_SESSION, https=https))


def set_session(response: Response, session_id: str, seconds: int, *, https: bool) -> None:
    """Give the browser a session. It is sent along when a link leads here, never by another site's
    form.
    """
    _set(response, _name(_SESSION, https=https), session_id, seconds, "lax", https=https)


def delete_session(response: Response, *, https: bool) -> None:
    """Take the session from the browser."""
    set_session(response, "", 0, https=https)


def read_form_token(request: Request, *, https: bool) -> str | None:
    """Return the token of a form that was shown before anybody signed in."""
    return request.cookies.get(_name(_FORM, https=https))


def new_form_token() -> str:
    """Return a token that nobody can guess."""
    return secrets.token_urlsafe(32)


def set_form_token(response: Response, token: str, *, https: bool) -> None:
    """Give the browser the token of a form."""
    _set(response, _name(_FORM, https=https), token, None, "strict", https=https)


def read_provider(request: Request, *, https: bool) -> str | None:
    """Return the secret of a sign-in that has begun at the provider."""
    return request.cookies.get(_name(_PROVIDER, https=https))


def set_provider(response: Response, secret: str, *, https: bool) -> None:
    """Bind a sign-in to this browser. The provider leads back here, so the cookie comes along from
    another site.
    """
    _set(response, _name(_PROVIDER, https=https), secret, _PROVIDER_SECONDS, "lax", https=https)


def delete_provider(response: Response, *, https: bool) -> None:
    """The sign-in has come back."""
    _set(response, _name(_PROVIDER, https=https), "", 0, "lax", https=https)


def set_preference(response: Response, name: str, value: str, *, https: bool) -> None:
    """Keep a language or a theme for a year."""
    _set(response, name, value, _YEAR, "lax", https=https)


def set_toast(response: Response, text: str, *, https: bool) -> None:
    """Keep a few words for the page that comes next. The text is quoted already."""
    _set(response, TOAST, text, _TOAST_SECONDS, "strict", https=https)


def delete_toast(response: Response, *, https: bool) -> None:
    """Say the words once."""
    _set(response, TOAST, "", 0, "strict", https=https)


def _name(name: str, *, https: bool) -> str:
    # With this prefix a browser takes the cookie from this very host alone, and by https.
    return f"__Host-{name}" if https else name


def _set(
    response: Response,
    name: str,
    value: str,
    seconds: int | None,
    same_site: Literal["lax", "strict"],
    *,
    https: bool,
) -> None:
    response.set_cookie(
        name, value, max_age=seconds, path="/", secure=https, httponly=True, samesite=same_site
    )
