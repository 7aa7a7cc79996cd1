"""`pushgate keys`: make, list and revoke API keys."""

import asyncio
from typing import Annotated

import typer

from pushgate.apps.api_key import ApiKey
from pushgate.cli.options import Config, split_names
from pushgate.cli.report_errors import report_errors
from pushgate.domain.app import Scope
from pushgate.processes.administration import open_api_keys
from pushgate.processes.configuration import load
from pushgate.settings.model import Settings

app = typer.Typer(help="API keys: make, list, revoke.", no_args_is_help=True, rich_markup_mode=None)


@app.command("create")
def create_key(
    app_name: Annotated[
        str | None, typer.Option("--app", help="The app the key belongs to; none for an operator's.")
    ] = None,
    scopes: Annotated[
        str,
        typer.Option(
            help="What it may do, with commas between: push, read, terminals, admin; "
            "or operator alone, for /status of all apps."
        ),
    ] = "push,read,terminals",
    name: Annotated[str, typer.Option(help="A note to know it by.")] = "",
    config: Config = None,
) -> None:
    """Make an API key and print it. It is stored as a digest only: it cannot be shown again.

    Examples:

    \b
      pushgate keys create --app shop
      pushgate keys create --app shop --scopes read --name dashboard
      pushgate keys create --scopes operator --name oncall
    """
    with report_errors():
        settings = load(config)
        wanted = _scopes(scopes)
        _require_owner(settings, app_name, wanted)
        typer.echo(asyncio.run(_create(settings, app_name or "", wanted, name)))


@app.command("list")
def list_keys(
    app_name: Annotated[str | None, typer.Option("--app", help="Only this app's.")] = None,
    config: Config = None,
) -> None:
    """List API keys, without their secrets.

    Example:

    \b
      pushgate keys list --app shop
    """
    with report_errors():
        for key in asyncio.run(_list(load(config), app_name)):
            scopes = ",".join(scope.value for scope in key.scopes)
            typer.echo(
                f"{key.id}  {key.app or '-'}  {scopes}  {key.created_at:%Y-%m-%d %H:%M}  {key.name}".rstrip()
            )


@app.command("revoke")
def revoke_key(
    key_id: Annotated[str, typer.Argument(help="The key's id, as `pushgate keys list` tells it.")],
    config: Config = None,
) -> None:
    """Revoke a key: every process refuses it within a second.

    Example:

    \b
      pushgate keys revoke 3f9a61c0be42
    """
    with report_errors():
        asyncio.run(_revoke(load(config), key_id))
        typer.echo(f"revoked {key_id}")


def _require_owner(settings: Settings, app_name: str | None, scopes: list[Scope]) -> None:
    """Raise typer.BadParameter unless such a key may belong to this app, or to none."""
    if Scope.OPERATOR in scopes:
        if len(set(scopes)) > 1 or app_name is not None:
            raise typer.BadParameter(
                "the scope operator stands alone, and its keys belong to no app: leave out --app"
            )
    elif app_name not in settings.apps:
        apps = ", ".join(settings.apps) or "none"
        raise typer.BadParameter(f"--app must name a configured app; there are: {apps}")


async def _create(settings: Settings, app_name: str, scopes: list[Scope], name: str) -> str:
    async with open_api_keys(settings) as keys:
        return await keys.create(app_name, scopes, name)


async def _list(settings: Settings, app_name: str | None) -> list[ApiKey]:
    async with open_api_keys(settings) as keys:
        return await keys.list(app_name)


async def _revoke(settings: Settings, key_id: str) -> None:
    async with open_api_keys(settings) as keys:
        await keys.revoke(key_id)


def _scopes(text: str) -> list[Scope]:
    names = split_names(text)
    known = [scope.value for scope in Scope]
    if not names or any(name not in known for name in names):
        raise typer.BadParameter(f"--scopes takes {', '.join(known)}, with commas between")
    return [Scope(name) for name in names]
