"""`pushgate terminals`: list, show, why, remove, import, export."""

from collections.abc import Iterator
from itertools import islice
from typing import Annotated, cast

import typer

from pushgate.cli.client.command_errors import usage
from pushgate.cli.client.confirmation import confirm
from pushgate.cli.client.exports import export_terminals
from pushgate.cli.client.imports import import_terminals
from pushgate.cli.client.send_options import Yes
from pushgate.cli.client.session import Json, ProfileName, session
from pushgate.cli.client.texts import cell, moment, terminal_count
from pushgate.cli.lazy import command_group
from pushgate_client import types

app = command_group("Terminals: list, show, why, remove, import, export.")
app.command("import")(import_terminals)
app.command("export")(export_terminals)
TerminalId = Annotated[str, typer.Argument(metavar="TERMINAL", help="The terminal's id.")]
_LATEST = 5


@app.command("list")
def list_terminals(
    user: Annotated[str | None, typer.Option(help="Only those of this user.")] = None,
    tag: Annotated[str | None, typer.Option(help="Only those with this tag.")] = None,
    vendor: Annotated[str | None, typer.Option(help="Only those of this vendor.")] = None,
    language: Annotated[str | None, typer.Option(help="Only those of this language.")] = None,
    seen_before: Annotated[str | None, typer.Option(help="Only those last seen before this day.")] = None,
    seen_after: Annotated[str | None, typer.Option(help="Only those seen on this day or later.")] = None,
    first: Annotated[int, typer.Option(min=1, help="How many.")] = 100,
    json: Json = False,
    profile: ProfileName = None,
) -> None:
    """List terminals that meet all conditions.

    Examples:

    \b
      pushgate terminals list --user ann
      pushgate terminals list --vendor huawei --seen-before 2026-09-01 --first 1000 --json
    """
    with session(profile, json=json) as found:
        listed = found.pushgate.terminals.search(
            user=user,
            tag=tag,
            vendor=cast("types.Vendor | None", vendor),
            language=language,
            seen_before=seen_before,
            seen_after=seen_after,
            page_size=min(first, 100),
        )
        found.output.rows(
            islice(listed, first),
            {
                "terminal": lambda one: one["id"],
                "vendor": lambda one: one["vendor"],
                "language": lambda one: one["language"],
                "user": lambda one: one["user"],
                "tags": lambda one: one["tags"],
                "last seen": lambda one: one["last_seen"],
            },
            nothing="no terminals",
        )


@app.command("show")
def show_terminal(terminal_id: TerminalId, json: Json = False, profile: ProfileName = None) -> None:
    """Show a terminal as it is registered, and its latest messages.

    Example:

    \b
      pushgate terminals show ann-phone
    """
    with session(profile, json=json) as found:
        terminal = found.pushgate.terminals.get(terminal_id)
        found.output.document(
            terminal, [f"{name:<13}  {cell(value)}" for name, value in terminal.items() if value]
        )
        if not json:
            found.output.document(None, ["", "latest messages:"])
            history = found.pushgate.terminals.messages(terminal_id, page_size=_LATEST)
            for entry in islice(history, _LATEST):
                found.output.document(entry, [_entry_line(entry)])


@app.command("why")
def explain_terminal(
    terminal_id: TerminalId,
    message: Annotated[
        str | None, typer.Option(help="Why this message did not come. [default: what is wrong at all]")
    ] = None,
    ask_vendor: Annotated[bool, typer.Option("--ask-vendor", help="Let the vendor check the token.")] = False,
    json: Json = False,
    profile: ProfileName = None,
) -> None:
    """Tell why a terminal gets nothing, or did not get one message, and what to do.

    Examples:

    \b
      pushgate terminals why ann-phone
      pushgate terminals why ann-phone --ask-vendor
      pushgate terminals why ann-phone --message 01a220e70f5203cf04901b52156681
    """
    with session(profile, json=json) as found:
        if message is not None and ask_vendor:
            raise usage("--ask-vendor is for the token at all: leave out --message")
        if message is not None:
            explanation = found.pushgate.messages.explain(message, terminal_id)
            found.output.document(explanation, _explanation(explanation))
        else:
            diagnosis = found.pushgate.terminals.diagnose(terminal_id, ask_vendor=ask_vendor)
            found.output.document(diagnosis, _diagnosis(diagnosis))


@app.command("remove")
def remove_terminals(
    terminal_ids: Annotated[list[str], typer.Argument(metavar="TERMINAL...", help="Ids of terminals.")],
    yes: Yes = False,
    json: Json = False,
    profile: ProfileName = None,
) -> None:
    """Forget terminals. One that is not registered does no harm.

    Example:

    \b
      pushgate terminals remove ann-phone bao-phone
    """
    with session(profile, json=json) as found:
        confirm(
            len(terminal_ids), f"Forget {terminal_count(len(terminal_ids))} at {found.server.words}", yes=yes
        )
        for terminal_id in terminal_ids:
            found.pushgate.terminals.delete(terminal_id)
        found.output.document({"removed": terminal_ids}, [f"removed {one}" for one in terminal_ids])


def _entry_line(entry: types.HistoryEntry) -> str:
    push = entry["push"]
    return f"{entry['message']}  {moment(entry.get('push_time'))}  {_became(push)}"


def _became(push: types.ExplainedPush) -> str:
    """What became of a push, in words."""
    receipts = [
        name for name, came in (("delivered", push["delivered"]), ("clicked", push["clicked"])) if came
    ]
    failure = push.get("failure")
    reason = f": {failure['code']}: {failure['reason']}" if failure else ""
    return ", ".join([push["state"], *receipts]) + reason


def _explanation(found: types.Explanation) -> Iterator[str]:
    message, push, reason = found["message"], found.get("push"), found.get("reason")
    yield f"message {message['id']}, {message['status']}"
    if reason:
        yield f"the message is not for it: {reason['message']}"
    if push:
        if variant := push.get("variant"):
            yield f"variant {variant}" + (", which won" if push.get("rest") else "")
        elif push.get("rest"):
            yield "it waits for the winner of the variants"
        yield f"{push['vendor']}: {_became(push)}"
        failure = push.get("failure")
        if failure and failure.get("remedy"):
            yield f"  {failure['remedy']}"
    for one in found["waiting"]:
        yield f"waiting: {one['message']}; {one['remedy']}"


def _diagnosis(found: types.Diagnosis) -> Iterator[str]:
    for finding in found["findings"]:
        yield finding["message"]
        if finding["remedy"]:
            yield f"  {finding['remedy']}"
    check = found.get("vendor_check")
    if check:
        yield f"the vendor was asked with the message {check['message']}"
    for entry in found["messages"][:_LATEST]:
        yield _entry_line(entry)
