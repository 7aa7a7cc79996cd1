"""`pushgate quiet-hours`: when a user gets no messages."""

from typing import Annotated

import typer

from pushgate.cli.client.command_errors import usage
from pushgate.cli.client.session import Json, ProfileName, session
from pushgate_client import types


def change_quiet_hours(
    user: Annotated[str, typer.Option(help="Whose quiet hours, on all terminals.")],
    begin: Annotated[str | None, typer.Argument(metavar="[BEGIN", help="Such as 22:00.")] = None,
    end: Annotated[str | None, typer.Argument(metavar="END]", help="Such as 07:30.")] = None,
    none: Annotated[bool, typer.Option("--none", help="Take the user's quiet hours back.")] = False,
    json: Json = False,
    profile: ProfileName = None,
) -> None:
    """Set hours in which a user gets no messages, in the time of each terminal, or take them back.

    Examples:

    \b
      pushgate quiet-hours 22:00 07:30 --user ann
      pushgate quiet-hours --none --user ann
    """
    if none == (begin is not None) or (begin is None) != (end is None):
        raise usage("give when they begin and end, or --none", "22:00 07:30 --user ann")
    with session(profile, json=json) as found:
        hours: types.PersonalQuietHours | None = None
        if begin is not None and end is not None:
            hours = {"begin": begin, "end": end}
        changed = found.pushgate.users.change(user, {"quiet_hours": hours})["quiet_hours"]
        words = f"quiet from {changed['begin']} to {changed['end']}" if changed else "no quiet hours"
        found.output.document({"quiet_hours": changed}, [words])
