"""Sign-in by an OpenID Connect provider: who the provider names gets what the settings grant, and
nobody else gets anything.
"""

from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from joserfc.jwk import RSAKey
from pydantic import SecretStr, ValidationError
from starlette.responses import Response
from tests.support.api.clients import ApiClients
from tests.support.console.client import ConsoleClient
from tests.support.console.identity_provider import (
    CLIENT_ID,
    CLIENT_SECRET,
    IdentityProvider,
    provide,
    shared_secret_key,
)

from pushgate.console.routing import page
from pushgate.console.view import View
from pushgate.settings.console import ConsoleSettings
from pushgate.settings.oidc import OidcSettings

GRANTS = {"growth": ("shop:push,read",), "ops": ("operator", "other:admin"), "ads": ("shop:terminals:read",)}


@pytest.fixture
async def provider() -> AsyncIterator[IdentityProvider]:
    async with provide() as found:
        found.claims["groups"] = ["growth", "unknown"]
        yield found


@pytest.fixture
def settings(provider: IdentityProvider) -> OidcSettings:
    return OidcSettings(
        issuer=provider.issuer,
        client_id=CLIENT_ID,
        client_secret=SecretStr(CLIENT_SECRET),
        name="Tangerine SSO",
        grants=GRANTS,
    )


@pytest.fixture
def browser(clients: ApiClients, settings: OidcSettings) -> ConsoleClient:
    return ConsoleClient(clients.context, settings=ConsoleSettings(oidc=settings))


async def test_a_person_gets_what_the_claim_grants(browser: ConsoleClient) -> None:
    assert "Continue with Tangerine SSO" in (await browser.get("/sign-in")).text
    answer = await _sign_in(browser, "/messages?status=sent")
    assert (answer.status_code, answer.headers["location"]) == (303, "/messages?status=sent")
    page = (await browser.get("/")).text
    assert "ann@example.com" in page
    assert "push, read · shop" in page
    assert "operator" not in page


async def test_a_person_of_several_groups_has_all_they_grant(
    browser: ConsoleClient, provider: IdentityProvider
) -> None:
    provider.claims["groups"] = ["growth", "ads", "ops"]
    await _sign_in(browser)
    page = (await browser.get("/")).text
    for line in ("push, read, terminals:read · shop", "admin · other", "operator</span>"):
        assert line in page


async def test_the_audit_log_has_the_name_of_the_person(
    settings: OidcSettings, provider: IdentityProvider, clients: ApiClients
) -> None:
    async def make_key(view: View) -> Response:
        await view.calls.keys.create({"name": "made by ann", "scopes": ["read"]})
        return Response()

    provider.claims["groups"] = ["ops"]
    browser = ConsoleClient(
        clients.context, [page("/t/make", make_key)], settings=ConsoleSettings(oidc=settings)
    )
    await _sign_in(browser)
    assert (await browser.get("/t/make")).status_code == 200
    (*_, entry) = (await clients.other.get("/v1/audit")).json()["entries"]
    assert entry["action"] == "key.created"
    assert "ann@example.com" in str(entry)


@pytest.mark.parametrize("groups", [None, [], ["unknown"], "unknown", {"growth": True}, ["Growth"], 7])
async def test_a_person_without_a_grant_gets_nothing(
    browser: ConsoleClient, provider: IdentityProvider, groups: object
) -> None:
    provider.claims["groups"] = groups
    answer = await _sign_in(browser)
    assert answer.status_code == 403
    assert "has no access to Pushgate" in answer.text
    assert not await browser.is_signed_in()


async def test_a_claim_may_be_one_text(browser: ConsoleClient, provider: IdentityProvider) -> None:
    provider.claims["groups"] = "growth"
    await _sign_in(browser)
    assert await browser.is_signed_in()


async def test_a_grant_that_the_settings_lose_is_lost_at_once(
    browser: ConsoleClient, settings: OidcSettings, clients: ApiClients
) -> None:
    await _sign_in(browser)
    changed = settings.model_copy(update={"grants": {"ops": ("operator",)}})
    later = ConsoleClient(clients.context, settings=ConsoleSettings(oidc=changed))
    later.http.cookies = browser.http.cookies
    assert not await later.is_signed_in()


async def test_a_key_can_be_added_to_the_session_of_a_person(
    browser: ConsoleClient, operator_key: str
) -> None:
    await _sign_in(browser)
    await browser.sign_in(operator_key)
    page = (await browser.get("/")).text
    assert "ann@example.com" in page
    assert "oncall" in page


async def test_new_keys_of_the_provider_are_taken(browser: ConsoleClient, provider: IdentityProvider) -> None:
    await _sign_in(browser)
    provider.rotate()
    await browser.post("/sign-out")
    await _sign_in(browser)
    assert await browser.is_signed_in()


def _other_key(provider: IdentityProvider) -> None:
    provider.signing_key = RSAKey.generate_key(2048, {"kid": "first"})


def _unpublished_key(provider: IdentityProvider) -> None:
    provider.signing_key = RSAKey.generate_key(2048, {"kid": "second"})


def _unsigned(provider: IdentityProvider) -> None:
    provider.algorithm = "none"


def _shared_secret(provider: IdentityProvider) -> None:
    provider.signing_key, provider.algorithm = shared_secret_key(), "HS256"


def _says(**claims: object) -> Callable[[IdentityProvider], None]:
    return lambda provider: provider.claims.update(claims)


_LONG_AGO = int(datetime(2020, 1, 1, tzinfo=UTC).timestamp())


@pytest.mark.parametrize(
    "change",
    [
        _other_key,
        _unpublished_key,
        _unsigned,
        _shared_secret,
        _says(nonce="another"),
        _says(nonce=None),
        _says(aud="another"),
        _says(aud=["another", CLIENT_ID]),
        _says(azp="another"),
        _says(iss="https://another.example"),
        _says(exp=_LONG_AGO),
        _says(exp=None),
        _says(iat=None),
        _says(sub=None),
        _says(at_hash="another"),
        _says(exp="soon"),
        _says(aud=7),
        _says(sub=""),
    ],
)
async def test_an_id_token_that_is_not_right_opens_nothing(
    browser: ConsoleClient, provider: IdentityProvider, change: Callable[[IdentityProvider], None]
) -> None:
    change(provider)
    answer = await _sign_in(browser)
    assert answer.status_code == 502
    assert "could not sign you in" in answer.text
    assert not await browser.is_signed_in()


async def test_an_answer_is_taken_once_and_in_the_browser_that_asked(
    browser: ConsoleClient, clients: ApiClients, settings: OidcSettings
) -> None:
    back = await _to_provider(browser)
    victim = ConsoleClient(clients.context, settings=ConsoleSettings(oidc=settings))
    assert (await victim.get(back)).status_code == 400
    assert not await victim.is_signed_in()
    assert (await browser.get(back)).status_code == 400, "the answer is used up"
    back = await _to_provider(browser)
    assert (await browser.get(back)).status_code == 303
    assert (await browser.get(back)).status_code == 400


@pytest.mark.parametrize("query", ["", "code=x", "code=x&state=y", "state=%00", "error=access_denied"])
async def test_an_answer_to_no_question_opens_nothing(browser: ConsoleClient, query: str) -> None:
    assert (await browser.get(f"/sign-in/oidc/return?{query}")).status_code == 400


async def test_who_is_denied_sees_the_form_again(browser: ConsoleClient, provider: IdentityProvider) -> None:
    provider.denies = True
    answer = await _sign_in(browser)
    assert answer.status_code == 403
    assert "did not sign you in" in answer.text


async def test_a_provider_that_is_away_leaves_the_key(clients: ApiClients, settings: OidcSettings) -> None:
    away = settings.model_copy(update={"issuer": "http://127.0.0.1:1"})
    browser = ConsoleClient(clients.context, settings=ConsoleSettings(oidc=away))
    answer = await browser.get("/sign-in/oidc")
    assert answer.status_code == 502
    assert 'name="key"' in answer.text


@pytest.mark.parametrize(
    "said",
    [
        {"issuer": "https://another.example"},
        {"token_endpoint": None},
        {"authorization_endpoint": "javascript:alert(1)"},
        {"jwks_uri": "ftp://127.0.0.1/keys"},
    ],
)
async def test_a_provider_that_describes_itself_wrongly_is_not_used(
    browser: ConsoleClient, provider: IdentityProvider, said: dict[str, object]
) -> None:
    provider.discovery = said
    assert (await browser.get("/sign-in/oidc")).status_code == 502


async def test_the_session_before_ends(browser: ConsoleClient, shop_key: str) -> None:
    await browser.sign_in(shop_key)
    before = browser.http.cookies["pg_session"]
    await _sign_in(browser)
    assert browser.http.cookies["pg_session"] != before
    browser.http.cookies.set("pg_session", before, domain="localhost.local")
    assert not await browser.is_signed_in()


@pytest.mark.parametrize(
    "changes",
    [
        {"issuer": "http://sso.example.com"},
        {"issuer": "ftp://sso.example.com"},
        {"scopes": ["profile"]},
        {"grants": {}},
        {"grants": {"x": ["shop"]}},
        {"grants": {"x": ["shop:"]}},
        {"grants": {"x": ["shop:everything"]}},
        {"grants": {"x": ["shop:operator"]}},
        {"grants": {"x": ["Shop:read"]}},
        {"client_secret": "x", "client_secret_file": "y"},
    ],
)
def test_settings_that_cannot_work_are_refused(changes: dict[str, object]) -> None:
    right = {"issuer": "https://sso.example.com", "client_id": "x", "grants": {"x": ["shop:terminals:read"]}}
    assert OidcSettings.model_validate(right).grants == {"x": ("shop:terminals:read",)}
    with pytest.raises(ValidationError):
        OidcSettings.model_validate({**right, **changes})


async def _to_provider(browser: ConsoleClient, following: str = "/") -> str:
    """Go to the provider. Returns the path by which it leads back."""
    leaving = await browser.http.get("/sign-in/oidc", params={"next": following})
    assert leaving.status_code == 303, leaving.text
    asked = parse_qs(urlsplit(leaving.headers["location"]).query)
    assert asked["redirect_uri"] == ["http://localhost/sign-in/oidc/return"]
    async with httpx.AsyncClient(trust_env=False) as http:
        back = (await http.get(leaving.headers["location"])).headers["location"]
    return back.removeprefix("http://localhost")


async def _sign_in(browser: ConsoleClient, following: str = "/") -> httpx.Response:
    return await browser.get(await _to_provider(browser, following))
