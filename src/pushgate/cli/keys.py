"""`pushgate keys`: make, list, rotate and revoke API keys."""

import asyncio
from datetime import timedelta
from typing import Annotated

import typer

from pushgate.apps.api_key import MAX_NAME, ApiKey
from pushgate.apps.api_keys import KeyLimits, KnownKey
from pushgate.apps.key_networks import parse_network
from pushgate.audit.entry import Author
from pushgate.cli.options import Config, split_names
from pushgate.cli.report_errors import report_errors
from pushgate.domain.app import Scope
from pushgate.domain.clock import SystemClock
from pushgate.domain.durations import parse_duration
from pushgate.processes.administration import has_registry, open_api_keys
from pushgate.processes.configuration import load
from pushgate.settings.model import Settings

app = typer.Typer(help="API keys: make, list, rotate, revoke.", no_args_is_help=True, rich_markup_mode=None)
_MAX_LIFE = timedelta(days=3660)
_MAX_OVERLAP = timedelta(days=30)
_KeyId = Annotated[str, typer.Argument(help="The key's id, as `pushgate keys list` tells it.")]


@app.command("create")
def create_key(
    app_name: Annotated[
        str | None, typer.Option("--app", help="The app the key belongs to; none for an operator's.")
    ] = None,
    scopes: Annotated[
        str,
        typer.Option(
            help="What it may do, with commas between: push, read, terminals:read, terminals:write, "
            "terminals (both), admin (all of the app, keys included); or operator alone, for all apps."
        ),
    ] = "push,read,terminals",
    name: Annotated[str, typer.Option(help="A note to know it by; the audit log has it.")] = "",
    expires_in: Annotated[
        str | None, typer.Option(help="How long it holds, such as 12h or 90d. [default: for ever]")
    ] = None,
    networks: Annotated[
        list[str] | None,
        typer.Option("--network", help="Where its requests may come from; may be repeated. [default: any]"),
    ] = None,
    rate_limit: Annotated[
        int | None, typer.Option(min=1, max=1_000_000, help="Requests a second. [default: any number]")
    ] = None,
    config: Config = None,
) -> None:
    """Make an API key and print it. It is stored as a digest only: it cannot be shown again.

    Examples:

    \b
      pushgate keys create --app shop
      pushgate keys create --app shop --scopes read --name dashboard --expires-in 90d
      pushgate keys create --app shop --scopes push --network 10.0.0.0/8 --rate-limit 200
      pushgate keys create --scopes operator --name oncall
    """
    with report_errors():
        settings = load(config)
        wanted = _scopes(scopes)
        if not name.isprintable() or len(name) > MAX_NAME:
            raise typer.BadParameter(f"--name takes one line of at most {MAX_NAME} printable characters")
        limits = _limits(expires_in, networks or [], rate_limit)
        asyncio.run(_require_owner(settings, app_name, wanted))
        typer.echo(asyncio.run(_create(settings, app_name or "", wanted, name, limits)))


@app.command("list")
def list_keys(
    app_name: Annotated[str | None, typer.Option("--app", help="Only this app's.")] = None,
    config: Config = None,
) -> None:
    """List API keys, without their secrets: id, app, scopes, creation, last use, limits, name.

    Example:

    \b
      pushgate keys list --app shop
    """
    with report_errors():
        for known in asyncio.run(_list(load(config), app_name)):
            typer.echo(_line(known))


@app.command("rotate")
def rotate_key(
    key_id: _KeyId,
    overlap: Annotated[
        str, typer.Option(help="How long the earlier secrets hold, such as 15m or 2d; 0s ends them at once.")
    ] = "1h",
    config: Config = None,
) -> None:
    """Give a key another secret and print the key. The earlier secrets hold for the overlap.

    Examples:

    \b
      pushgate keys rotate 3f9a61c0be42
      pushgate keys rotate 3f9a61c0be42 --overlap 0s
    """
    with report_errors():
        typer.echo(asyncio.run(_rotate(load(config), key_id, _duration("--overlap", overlap, _MAX_OVERLAP))))


@app.command("revoke")
def revoke_key(key_id: _KeyId, config: Config = None) -> None:
    """Revoke a key: every process refuses it within a second.

    Example:

    \b
      pushgate keys revoke 3f9a61c0be42
    """
    with report_errors():
        asyncio.run(_revoke(load(config), key_id))
        typer.echo(f"revoked {key_id}")


async def _require_owner(settings: Settings, app_name: str | None, scopes: list[Scope]) -> None:
    """Raise typer.BadParameter unless such a key may belong to this app, or to none."""
    if Scope.OPERATOR in scopes:
        if len(set(scopes)) > 1 or app_name is not None:
            raise typer.BadParameter(
                "the scope operator stands alone, and its keys belong to no app: leave out --app"
            )
    elif app_name is None or (app_name not in settings.apps and not await has_registry(settings, app_name)):
        apps = ", ".join(settings.apps) or "none"
        raise typer.BadParameter(f"--app must name an app; the configuration has: {apps}")


async def _create(
    settings: Settings, app_name: str, scopes: list[Scope], name: str, limits: KeyLimits
) -> str:
    async with open_api_keys(settings) as keys:
        return await keys.create(app_name, scopes, name, limits, Author.command("keys create"))


async def _list(settings: Settings, app_name: str | None) -> list[KnownKey]:
    async with open_api_keys(settings) as keys:
        return list(await keys.with_uses(await keys.list(app_name)))


async def _rotate(settings: Settings, key_id: str, overlap: timedelta) -> str:
    async with open_api_keys(settings) as keys:
        return await keys.rotate(key_id, overlap, author=Author.command("keys rotate"))


async def _revoke(settings: Settings, key_id: str) -> None:
    async with open_api_keys(settings) as keys:
        await keys.revoke(key_id, author=Author.command("keys revoke"))


def _line(known: KnownKey) -> str:
    key, used = known.key, known.last_used_at
    scopes = ",".join(scope.value for scope in key.scopes)
    last_use = f"used {used:%Y-%m-%d %H:%M}" if used else "never used"
    columns = [key.id, key.app or "-", scopes, f"{key.created_at:%Y-%m-%d %H:%M}", last_use, *_bounds(key)]
    return "  ".join([*columns, key.name]).rstrip()


def _bounds(key: ApiKey) -> list[str]:
    """What bounds the key, in words."""
    found = []
    if key.expires_at:
        ended = "expired" if key.has_expired(SystemClock().now()) else "expires"
        found.append(f"{ended} {key.expires_at:%Y-%m-%d %H:%M}")
    if key.networks:
        found.append(f"from {','.join(key.networks)}")
    if key.rate_limit:
        found.append(f"{key.rate_limit}/s")
    return found


def _limits(expires_in: str | None, networks: list[str], rate_limit: int | None) -> KeyLimits:
    expires_at = None
    if expires_in is not None:
        expires_at = SystemClock().now() + _duration("--expires-in", expires_in, _MAX_LIFE)
    return KeyLimits(expires_at=expires_at, networks=tuple(map(_network, networks)), rate_limit=rate_limit)


def _network(text: str) -> str:
    try:
        return parse_network(text)
    except ValueError as error:
        raise typer.BadParameter(f"--network {error}") from error


def _duration(option: str, text: str, most: timedelta) -> timedelta:
    try:
        return parse_duration(text, most)
    except ValueError as error:
        raise typer.BadParameter(f"{option} {error}") from error


def _scopes(text: str) -> list[Scope]:
    names = split_names(text)
    known = [scope.value for scope in Scope]
    if not names or any(name not in known for name in names):
        raise typer.BadParameter(f"--scopes takes {', '.join(known)}, with commas between")
    return [Scope(name) for name in names]
