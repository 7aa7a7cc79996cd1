"""What all requests of the console share."""

from dataclasses import dataclass

from pushgate.api.app import Application
from pushgate.console.assets import Assets
from pushgate.console.catalogues import Catalogues
from pushgate.console.guards import KnownHosts
from pushgate.console.oidc.challenges import Challenges
from pushgate.console.oidc.provider import Provider
from pushgate.console.one_time_links import OneTimeLinks
from pushgate.console.sessions import Sessions
from pushgate.console.signing_in import SigningIn
from pushgate.console.templates import Templates
from pushgate.settings.console import ConsoleSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """The parts of the console, opened once."""

    api: Application
    settings: ConsoleSettings
    hosts: KnownHosts
    signing_in: SigningIn
    links: OneTimeLinks
    provider: Provider | None
    challenges: Challenges
    assets: Assets
    catalogues: Catalogues
    templates: Templates

    @classmethod
    def open(cls, api: Application, settings: ConsoleSettings) -> "Site":
        """Read templates, texts and assets. Raises ValueError for a catalogue that is not valid."""
        context = api.context
        assets = Assets.read()
        return cls(
            api=api,
            settings=settings,
            hosts=KnownHosts(settings.hosts, context.settings.host, context.settings.public_url),
            signing_in=SigningIn(
                Sessions(context.redis, settings.session_lifetime),
                context.keys,
                context.clock,
                settings.oidc.grants if settings.oidc else {},
            ),
            provider=Provider(settings.oidc) if settings.oidc else None,
            challenges=Challenges(context.redis),
            links=OneTimeLinks(context.redis),
            assets=assets,
            catalogues=Catalogues.read(),
            templates=Templates(assets),
        )
