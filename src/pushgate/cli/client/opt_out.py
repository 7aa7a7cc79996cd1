"""`pushgate opt-out`: whom messages of a category are not for."""

from typing import Annotated

import typer

from pushgate.cli.client.command_errors import usage
from pushgate.cli.client.session import Json, ProfileName, session
from pushgate_client import types


def change_opt_out(
    categories: Annotated[
        list[str], typer.Argument(metavar="CATEGORY...", help="Categories, such as marketing.")
    ],
    user: Annotated[str | None, typer.Option(help="Who opts out, with all terminals.")] = None,
    terminal: Annotated[str | None, typer.Option(help="The one terminal that opts out.")] = None,
    back: Annotated[bool, typer.Option("--back", help="Take the opt-out back.")] = False,
    json: Json = False,
    profile: ProfileName = None,
) -> None:
    """Opt a user or a terminal out of categories of messages, or take that back.

    Examples:

    \b
      pushgate opt-out marketing --user ann
      pushgate opt-out marketing news --terminal ann-phone --back
    """
    change: types.OptOutChange = {"remove": categories} if back else {"add": categories}
    with session(profile, json=json) as found:
        if user is not None and terminal is None:
            opted_out = found.pushgate.users.change(user, {"opt_out": change})["opt_out"]
        elif terminal is not None and user is None:
            opted_out = found.pushgate.terminals.change(terminal, {"opt_out": change})["opt_out"]
        else:
            raise usage("name either --user or --terminal")
        words = ", ".join(opted_out) or "nothing"
        found.output.document({"opt_out": opted_out}, [f"opted out of {words}"])
