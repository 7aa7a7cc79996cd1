"""`pushgate restore`: what waits in a store that went back to an earlier time, and the decision."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer

from pushgate.cli.client.command_errors import ended_tidily, usage
from pushgate.cli.client.output import Output, aligned
from pushgate.cli.client.session import Json
from pushgate.cli.client.texts import cell, moment
from pushgate.cli.lazy import command_group
from pushgate.cli.options import RunningConfig, running_configuration
from pushgate.cli.report_errors import report_errors
from pushgate.processes.configuration import load
from pushgate.processes.restoring import HeldOverview, decide, overview
from pushgate.restore.listing import HeldMessage
from pushgate.restore.resuming import Choice
from pushgate.runtime import logs

app = command_group("A store that went back, such as a restored copy: list what waits, and decide.")
_App = Annotated[str | None, typer.Option("--app", help="Only this app's messages.")]
_MAX_LISTED = 10_000
_WORDS = {Choice.SEND: "sent on", Choice.CANCEL: "cancelled", Choice.MARK_SENT: "marked as sent"}


@app.command("list")
def list_held(
    app_name: _App = None,
    limit: Annotated[
        int, typer.Option(min=0, max=_MAX_LISTED, help="Messages to list, beside the sums by app.")
    ] = 100,
    json: Json = False,
    config: RunningConfig = None,
) -> None:
    """List what waits: messages that may have been sent since the copy was made.

    API keys come first: a key that was revoked since is valid again in the copy.

    Examples:

    \b
      pushgate restore list --config /etc/pushgate/pushgate.toml
      pushgate restore list --app shop --json
    """
    with report_errors(as_json=json):
        logs.configure("warning", "console", "restore")
        found = asyncio.run(overview(load(running_configuration(config)), app_name, limit))
    out = Output(json=json)
    if found is None:
        out.document({"hold": None}, ["the store is not held: nothing waits for a decision"])
        return
    out.document(_document(found), _lines(found))


@app.command("resume")
def resume_held(
    send: Annotated[bool, typer.Option("--send", help="Send it: it may arrive twice.")] = False,
    cancel: Annotated[bool, typer.Option("--cancel", help="Cancel it.")] = False,
    mark_sent: Annotated[
        bool, typer.Option("--mark-sent", help="Count it as sent: nobody gets it from this store.")
    ] = False,
    app_name: _App = None,
    message: Annotated[
        str | None, typer.Option("--message", metavar="ID", help="Only this message, by its id.")
    ] = None,
    json: Json = False,
    config: RunningConfig = None,
) -> None:
    """Decide about what waits: all of it, an app's messages, or one message. The hold ends once
    nothing waits.

    With --send, messages with delivery at_most_once are cancelled unless --message names them. May
    be repeated.

    Examples:

    \b
      pushgate restore resume --message 01a2254caa18100000000001000000 --send
      pushgate restore resume --app shop --mark-sent
      pushgate restore resume --cancel
    """
    with ended_tidily(as_json=json):
        chosen = [
            choice
            for choice, given in (
                (Choice.SEND, send),
                (Choice.CANCEL, cancel),
                (Choice.MARK_SENT, mark_sent),
            )
            if given
        ]
        if len(chosen) != 1:
            raise usage("give one of --send, --cancel and --mark-sent")
    with report_errors(as_json=json):
        logs.configure("warning", "console", "restore")
        resumed = asyncio.run(decide(load(running_configuration(config)), app_name, message, chosen[0]))
    counts = {choice.value: resumed.chosen[choice] for choice in Choice}
    lines = [f"{count:,} messages {_WORDS[Choice(name)]}" for name, count in counts.items() if count]
    rest = f"{resumed.waiting:,} still wait" if resumed.waiting else "nothing waits any more"
    Output(json=json).document({**counts, "waiting": resumed.waiting}, [*(lines or ["no messages"]), rest])


def _document(found: HeldOverview) -> dict[str, object]:
    return {
        "hold": {
            "known_until": found.hold.since.isoformat(),
            "at": found.hold.at.isoformat(),
            "reason": found.hold.reason.value,
        },
        "keys": [
            {
                "id": key.id,
                "app": key.app or None,
                "scopes": [scope.value for scope in key.scopes],
                "name": key.name,
                "created_at": key.created_at.isoformat(),
            }
            for key in found.keys
        ],
        "apps": {
            name: {
                "scheduled": sums.scheduled,
                "sending": sums.sending,
                "pending": sums.pending,
                "retries": sums.retries,
            }
            for name, sums in found.sums.items()
        },
        "messages": [_message(message) for message in found.messages],
    }


def _message(message: HeldMessage) -> dict[str, object]:
    return {
        "id": message.id,
        "app": message.app.name,
        "status": message.status.value,
        "push_at": message.push_at.isoformat() if message.push_at else None,
        "expires_at": message.expires_at.isoformat(),
        "pending": message.pending,
        "delivery": "at_most_once" if message.at_most_once else "at_least_once",
    }


def _lines(found: HeldOverview) -> Iterator[str]:
    """What waits, in words: the keys first."""
    since = moment(found.hold.since.isoformat())
    yield (
        f"{len(found.keys)} API keys and the settings of apps are as they were at {since}: revoke again what "
        "was revoked since"
    )
    now = datetime.now(UTC)
    keys = [
        [key.id, cell(key.app or "operator"), cell(key.name), f"made {_age(now - key.created_at)} ago"]
        for key in found.keys
    ]
    yield from (f"  {line}" for line in (aligned(keys) if keys else ()))
    yield f"what may have been sent since {since} waits; new messages are sent"
    for name, sums in found.sums.items():
        yield (
            f"  {name}: {sums.scheduled:,} scheduled, {sums.sending:,} being sent with {sums.pending:,} "
            f"pending terminals, {sums.retries:,} retries"
        )
    rows = [["MESSAGE", "APP", "STATUS", "PUSH TIME", "PENDING", "DELIVERY"]]
    for row in map(_message, found.messages):
        push_at = moment(str(row["push_at"]) if row["push_at"] else None)
        rows.append([*(cell(row[name]) for name in ("id", "app", "status")), push_at])
        rows[-1] += [cell(row["pending"]), cell(row["delivery"])]
    yield from aligned(rows) if found.messages else ("no messages",)


def _age(age: timedelta) -> str:
    if age >= timedelta(days=2):
        return f"{age.days} days"
    if age >= timedelta(hours=2):
        return f"{age // timedelta(hours=1)} hours"
    return f"{age // timedelta(minutes=1)} minutes"
