"""Sign in with an API key or a one-time link, add a key, choose an app, sign out."""

import msgspec
from starlette.responses import Response

from pushgate.console import cookies
from pushgate.console.guards import is_loopback_name
from pushgate.console.routing import action, page
from pushgate.console.sessions import Session
from pushgate.console.signing_in import shown_secret
from pushgate.console.view import View
from pushgate.domain.errors import Forbidden, Unauthorized
from pushgate.domain.ip_addresses import AddressKind, kind_of

_FORWARDING = ("forwarded", "x-forwarded-for", "x-real-ip", "via")
_MAX_KEY_TEXT = 200


async def show_sign_in(view: View) -> Response:
    """Show the form; who is signed in adds a key to the session."""
    return show_form(view, local_path(view.query.get("next", "/")))


async def sign_in(view: View) -> Response:
    """Begin a session with the key of the form."""
    form = await view.form()
    text, following = form.get("key", "").strip()[:_MAX_KEY_TEXT], local_path(form.get("next", "/"))
    try:
        key = await view.site.signing_in.authenticate(text, view.address)
    except Unauthorized:
        return show_form(view, following, 401, _wrong_key(view))
    except Forbidden:
        return show_form(view, following, 403, view._("This key may not be used from your address."))
    session_id = await view.site.signing_in.begin([(key, shown_secret(text))], view.signed_in)
    return start_session(view, session_id, following)


async def show_link(view: View) -> Response:
    """Show the button that uses a one-time link up: a preview of the link does not press it."""
    if not _is_here(view):
        return view.page("link.html", 403, code="")
    return view.page("link.html", code=view.params["code"])


async def use_link(view: View) -> Response:
    """Begin a session with the keys of a one-time link."""
    if not _is_here(view):
        return view.page("link.html", 403, code="")
    signing_in = view.site.signing_in
    key_ids = await view.site.links.take(view.params["code"])
    session_id = await signing_in.begin_with_ids(key_ids, view.address, view.signed_in)
    if session_id is None:
        fault = view._("This link was used, or is older than 5 minutes. Make another one.")
        return show_form(view, "/", 410, fault)
    return start_session(view, session_id, "/")


async def sign_out(view: View) -> Response:
    """End the session."""
    assert view.signed_in is not None
    await view.site.signing_in.sessions.delete(view.signed_in.session_id)
    response = view.redirect("/sign-in")
    cookies.delete_session(response, https=view.is_https)
    return response


async def choose_app(view: View) -> Response:
    """Show the pages of another app of the session."""
    assert view.signed_in is not None
    app = (await view.form()).get("app", "")
    if app in view.signed_in.apps:

        def choose(session: Session) -> Session:
            return msgspec.structs.replace(session, app=app)

        await view.site.signing_in.sessions.change(view.signed_in.session_id, choose)
    return view.redirect("/")


def local_path(path: str) -> str:
    """Return a path of this console; `/` for an address of another site."""
    is_local = path.startswith("/") and not path.startswith(("//", "/\\")) and path.isprintable()
    return path if is_local else "/"


def show_form(view: View, following: str, status: int = 200, fault: str = "") -> Response:
    """Show the form. `following` is the page that comes after."""
    return view.page(
        "sign_in.html",
        status,
        fault=fault,
        following=following,
        provider=oidc.name if (oidc := view.site.settings.oidc) else "",
        host=view.request.headers.get("host", ""),
        hours=int(view.site.settings.session_lifetime.total_seconds() // 3600),
    )


def _wrong_key(view: View) -> str:
    return view._("No such key, or it was revoked. Keys begin with pg_ and have 64 characters.")


def start_session(view: View, session_id: str, path: str) -> Response:
    """Give the browser the session, and lead to a page."""
    response = view.redirect(path)
    seconds = int(view.site.settings.session_lifetime.total_seconds())
    cookies.set_session(response, session_id, seconds, https=view.is_https)
    return response


def _is_here(view: View) -> bool:
    """Whether the browser runs on this machine. A proxy on this machine may serve anybody, so what
    came by a proxy does not count.
    """
    headers, client = view.request.headers, view.request.client
    if any(name in headers for name in _FORWARDING) or not is_loopback_name(headers.get("host", "")):
        return False
    return client is not None and kind_of(client.host) is AddressKind.LOOPBACK


routes = [
    page("/sign-in", show_sign_in, public=True),
    action("/sign-in", sign_in, public=True),
    page("/link/{code}", show_link, public=True),
    action("/link/{code}", use_link, public=True),
    action("/sign-out", sign_out),
    action("/app", choose_app),
]
