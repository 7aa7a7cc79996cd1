"""`pushgate events`: what happens to terminals and messages, as it happens."""

import sys
from collections.abc import Iterator
from typing import Annotated

import typer

from pushgate.cli.client.session import Json, ProfileName, Session, session
from pushgate.cli.client.texts import cell, moment
from pushgate_client import types

_SHOWN_APART = ("id", "type", "at")


def show_events(
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on with events as they come.")] = False,
    after: Annotated[
        str | None,
        typer.Option(help="A cursor, or `start`. [default: start; with --follow, now]"),
    ] = None,
    event_types: Annotated[
        list[str] | None,
        typer.Option("--type", help="A type such as terminal.clicked or message.*; may be repeated."),
    ] = None,
    expand: Annotated[bool, typer.Option("--expand", help="An event for each terminal.")] = False,
    json: Json = False,
    profile: ProfileName = None,
) -> None:
    """Print the events that are kept, or follow them as they come, until Ctrl-C.

    Examples:

    \b
      pushgate events --type "message.*"
      pushgate events --follow --expand --json
    """
    with session(profile, json=json) as found:
        wanted = event_types or ["*"]
        if follow:
            stream: Iterator[types.Event] = iter(
                found.pushgate.events.follow(after, types=wanted, expand=expand)
            )
        else:
            stream = _kept(found, after or "start", wanted, expand=expand)
        for event in stream:
            found.output.document(event, [_line(event)])
            if follow:
                sys.stdout.flush()


def _kept(found: Session, after: str, wanted: list[str], *, expand: bool) -> Iterator[types.Event]:
    while True:
        page = found.pushgate.events.poll(after, types=wanted, expand=expand)
        yield from page["events"]
        if not page["has_more"]:
            return
        after = page["after"]


def _line(event: types.Event) -> str:
    values = dict(event)
    rest = [
        f"{name}={cell(value)}"
        for name, value in values.items()
        if name not in _SHOWN_APART and isinstance(value, str | int)
    ]
    return "  ".join([moment(str(values.get("at", ""))), str(values["type"]), *rest])
