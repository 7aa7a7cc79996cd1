"""`pushgate apps`: list, show, vendors, pause, resume."""

from typing import Annotated

import typer

from pushgate.cli.client.session import Json, ProfileName, session
from pushgate.cli.client.texts import cell, moment
from pushgate.cli.lazy import command_group
from pushgate_client import types

app = command_group("Apps and their vendors: list, show, pause, resume. With an operator's key.")
_App = Annotated[str, typer.Argument(metavar="APP", help="The app's name.")]
_Vendor = Annotated[str | None, typer.Option(help="Only this vendor of the app.")]


@app.command("list")
def list_apps(json: Json = False, profile: ProfileName = None) -> None:
    """List the apps.

    Example:

    \b
      pushgate apps list
    """
    with session(profile, json=json, operator=True) as found:
        found.output.rows(
            found.pushgate.apps.list(),
            {
                "app": lambda one: one["app"],
                "from": lambda one: one["source"],
                "vendors": lambda one: one["vendors"],
                "state": _state,
                "changed": lambda one: moment(one.get("changed_at")),
            },
            nothing="no apps",
        )


@app.command("show")
def show_app(app_name: _App, vendor: _Vendor = None, json: Json = False, profile: ProfileName = None) -> None:
    """Show an app, or its section of one vendor, without secrets.

    Examples:

    \b
      pushgate apps show shop
      pushgate apps show shop --vendor xiaomi
    """
    with session(profile, json=json, operator=True) as found:
        apps = found.pushgate.apps
        shown = apps.get(app_name) if vendor is None else apps.get_vendor(app_name, vendor)
        found.output.document(shown, [f"{name}  {cell(value)}" for name, value in shown.items()])


@app.command("pause")
def pause_app(
    app_name: _App, vendor: _Vendor = None, json: Json = False, profile: ProfileName = None
) -> None:
    """Stop all pushes of an app, or those through one vendor. They wait until their time to live is
    over.

    Examples:

    \b
      pushgate apps pause shop
      pushgate apps pause shop --vendor xiaomi
    """
    with session(profile, json=json, operator=True) as found:
        apps = found.pushgate.apps
        done = apps.pause(app_name) if vendor is None else apps.pause_vendor(app_name, vendor)
        found.output.document(done, [f"paused {_name(app_name, vendor)}"])


@app.command("resume")
def resume_app(
    app_name: _App, vendor: _Vendor = None, json: Json = False, profile: ProfileName = None
) -> None:
    """Go on with a paused app, or a paused vendor of it.

    Examples:

    \b
      pushgate apps resume shop
      pushgate apps resume shop --vendor xiaomi
    """
    with session(profile, json=json, operator=True) as found:
        apps = found.pushgate.apps
        done = apps.resume(app_name) if vendor is None else apps.resume_vendor(app_name, vendor)
        found.output.document(done, [f"resumed {_name(app_name, vendor)}"])


def _name(app_name: str, vendor: str | None) -> str:
    return app_name if vendor is None else f"{vendor} of {app_name}"


def _state(one: types.AppView) -> str:
    return "being deleted" if one.get("deleting_since") else "paused" if one.get("paused") else "on"
