"""Sign in by an identity provider: leave for the provider, and come back with its answer."""

from collections.abc import Mapping

from starlette.responses import RedirectResponse, Response

from pushgate.console import cookies
from pushgate.console.oidc.grants import claim_values
from pushgate.console.oidc.provider import SignInFailed
from pushgate.console.pages.sign_in import local_path, show_form, start_session
from pushgate.console.routing import page
from pushgate.console.sessions import Person
from pushgate.console.view import View
from pushgate.runtime import logs

BEGIN = "/sign-in/oidc"
RETURN = "/sign-in/oidc/return"
_MAX_NAME = 200
_log = logs.get("console")


async def leave(view: View) -> Response:
    """Send the browser to the provider."""
    provider = view.site.provider
    if provider is None:
        return view.redirect("/sign-in")
    begun = await view.site.challenges.begin(local_path(view.query.get("next", "/")))
    try:
        url = await provider.authorization_url(begun.challenge, _return_url(view))
    except SignInFailed as error:
        return _fail(view, error)
    response = RedirectResponse(url, 303, {"Cache-Control": "no-store"})
    cookies.set_provider(response, begun.browser, https=view.is_https)
    return response


async def come_back(view: View) -> Response:
    """Begin a session for the person that the provider names."""
    provider, code = view.site.provider, view.query.get("code", "")
    browser = cookies.read_provider(view.request, https=view.is_https)
    if provider is None:
        return view.redirect("/sign-in")
    begun = await view.site.challenges.take(view.query.get("state", ""), browser or "")
    if begun is None:
        text = view._("This sign-in was begun elsewhere, or more than 10 minutes ago. Begin again.")
        return show_form(view, "/", 400, text)
    if not code:
        return show_form(view, begun.following, 403, view._("The provider did not sign you in."))
    try:
        claims = await provider.claims(code, begun.challenge, _return_url(view))
    except SignInFailed as error:
        return _fail(view, error)
    person = _person(view, claims)
    session_id = await view.site.signing_in.begin_as(person, view.signed_in)
    if session_id is None:
        text = view._("{name} is signed in at the provider, and has no access to Pushgate.", name=person.name)
        return show_form(view, begun.following, 403, text)
    response = start_session(view, session_id, begun.following)
    cookies.delete_provider(response, https=view.is_https)
    return response


def _person(view: View, claims: Mapping[str, object]) -> Person:
    settings = view.site.settings.oidc
    assert settings is not None
    subject = str(claims["sub"])
    names = (claims.get(name) for name in ("preferred_username", "email", "name"))
    name = next((name for name in names if isinstance(name, str) and name.strip()), subject)
    return Person(
        id=f"{settings.issuer} {subject}",
        name="".join(sign for sign in name if sign.isprintable())[:_MAX_NAME],
        values=tuple(value for value in claim_values(claims, settings.claim) if value in settings.grants),
    )


def _return_url(view: View) -> str:
    scheme = "https" if view.is_https else "http"
    return f"{scheme}://{view.request.headers['host']}{RETURN}"


def _fail(view: View, error: SignInFailed) -> Response:
    _log.warning("a sign-in by the provider failed", action="sign_in_failed", error=str(error))
    return show_form(view, "/", 502, view._("The provider could not sign you in: {why}.", why=str(error)))


routes = [page(BEGIN, leave, public=True), page(RETURN, come_back, public=True)]
