"""`pushgate keys create --config`: makes a key in the Redis of the configuration, with no key to
begin with.
"""

import asyncio
from datetime import datetime
from pathlib import Path

from pushgate.apps.api_key import MAX_NAME
from pushgate.apps.api_keys import KeyLimits
from pushgate.apps.key_networks import parse_network
from pushgate.audit.entry import Author
from pushgate.cli.client.command_errors import usage
from pushgate.cli.report_errors import report_errors
from pushgate.domain.app import Scope
from pushgate.processes.administration import has_registry, open_api_keys
from pushgate.processes.configuration import load
from pushgate.settings.model import Settings
from pushgate_client import types


def create_stored_key(config: Path, body: types.KeyBody) -> str:
    """Make a key and return its text. Raises CommandError, typer.Exit."""
    scopes, limits = _scopes(body["scopes"]), _limits(body)
    name = body.get("name", "")
    if not name.isprintable() or len(name) > MAX_NAME:
        raise usage(f"--name takes one line of at most {MAX_NAME} printable characters")
    with report_errors():
        return asyncio.run(_create(load(config), body.get("app"), scopes, name, limits))


async def _create(
    settings: Settings, app: str | None, scopes: list[Scope], name: str, limits: KeyLimits
) -> str:
    await _require_owner(settings, app, scopes)
    async with open_api_keys(settings) as keys:
        return await keys.create(app or "", scopes, name, limits, Author.command("keys create"))


async def _require_owner(settings: Settings, app: str | None, scopes: list[Scope]) -> None:
    """Raise CommandError unless such a key may belong to this app, or to none."""
    if Scope.OPERATOR in scopes:
        if len(set(scopes)) > 1 or app is not None:
            raise usage("the scope operator stands alone, and its keys belong to no app: leave out --app")
    elif app is None or (app not in settings.apps and not await has_registry(settings, app)):
        apps = ", ".join(settings.apps) or "none"
        raise usage(f"--app must name an app; the configuration has: {apps}")


def _scopes(names: list[types.Scope]) -> list[Scope]:
    known = [scope.value for scope in Scope]
    if not names or any(name not in known for name in names):
        raise usage(f"--scopes takes {', '.join(known)}, with commas between")
    return [Scope(name) for name in names]


def _limits(body: types.KeyBody) -> KeyLimits:
    expires_at = body.get("expires_at")
    return KeyLimits(
        expires_at=datetime.fromisoformat(expires_at) if expires_at else None,
        networks=tuple(map(_network, body.get("networks", []))),
        rate_limit=body.get("rate_limit"),
    )


def _network(text: str) -> str:
    try:
        return parse_network(text)
    except ValueError as error:
        raise usage(f"--network {error}") from error
