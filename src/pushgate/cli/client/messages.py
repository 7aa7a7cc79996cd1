"""`pushgate messages`: list, show, change, pause, resume, decide, cancel, reschedule, retry,
recall.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import islice
from typing import Annotated, cast

import typer

from pushgate.cli.client.confirmation import confirm
from pushgate.cli.client.message_change import change_message
from pushgate.cli.client.push_times import to_push_time
from pushgate.cli.client.result_lines import count_of
from pushgate.cli.client.results import MessageId
from pushgate.cli.client.send_options import Otherwise, Passed, Yes
from pushgate.cli.client.session import Json, ProfileName, Session, session
from pushgate.cli.client.settling import settled
from pushgate.cli.client.texts import cell, moment, terminal_count
from pushgate.cli.lazy import command_group
from pushgate_client import types

app = command_group("Messages: list, show, change, pause, resume, decide, cancel, reschedule, retry, recall.")


app.command("change")(change_message)


@app.command("list")
def list_messages(
    status: Annotated[
        str | None,
        typer.Option(help="Only those scheduled, dispatching, sending, paused, sent or cancelled."),
    ] = None,
    last: Annotated[int, typer.Option(min=1, help="How many, the newest first.")] = 20,
    json: Json = False,
    profile: ProfileName = None,
) -> None:
    """List messages, the newest first.

    Examples:

    \b
      pushgate messages list
      pushgate messages list --status scheduled --json
    """
    with session(profile, json=json) as found:
        listed = found.pushgate.messages.list(
            status=cast("types.Status | None", status), page_size=min(last, 100)
        )
        found.output.rows(
            islice(listed, last),
            {
                "id": lambda one: one["id"],
                "status": lambda one: one["status"],
                "push time": lambda one: moment(one["push_time"]),
                "languages": lambda one: list(one["content"] or ()),
                "title": _title,
            },
            nothing="no messages",
        )


@app.command("show")
def show_message(message_id: MessageId, json: Json = False, profile: ProfileName = None) -> None:
    """Show a message: its content, audience, time and options.

    Example:

    \b
      pushgate messages show 01a220e70f5203cf04901b52156681
    """
    with session(profile, json=json) as found:
        message = found.pushgate.messages.get(message_id)
        found.output.document(message, _lines(message))


@app.command("cancel")
def cancel_message(
    message_id: MessageId, yes: Yes = False, json: Json = False, profile: ProfileName = None
) -> None:
    """Cancel a message before or while it is sent: what is pending is not sent.

    Example:

    \b
      pushgate messages cancel 01a220e70f5203cf04901b52156681
    """
    with session(profile, json=json) as found:
        pending = found.pushgate.messages.results(message_id)["pending"]
        confirm(pending, f"Cancel {pending:,} pushes at {found.server.words}", yes=yes)
        message = found.pushgate.messages.cancel(message_id)
        results = found.pushgate.messages.results(message_id)
        found.output.document(message, [f"{message_id}  {message['status']}{cancel_words(results)}"])


@app.command("pause")
def pause_message(message_id: MessageId, json: Json = False, profile: ProfileName = None) -> None:
    """Send nothing more of a message until it is resumed. Its time to live goes on.

    Example:

    \b
      pushgate messages pause 01a220e70f5203cf04901b52156681
    """
    with session(profile, json=json) as found:
        message = found.pushgate.messages.pause(message_id)
        until = f", expires {moment(message['expires_at'])}" if message["expires_at"] else ""
        found.output.document(message, [f"{message_id}  {message['status']}{until}"])


@app.command("resume")
def resume_message(message_id: MessageId, json: Json = False, profile: ProfileName = None) -> None:
    """Go on with a paused message: what is pending is sent.

    Example:

    \b
      pushgate messages resume 01a220e70f5203cf04901b52156681
    """
    with session(profile, json=json) as found:
        message = found.pushgate.messages.resume(message_id)
        found.output.document(message, [f"{message_id}  {message['status']}"])


@app.command("decide")
def decide_message(
    message_id: MessageId,
    variant: Annotated[str, typer.Argument(help="The name of the variant.")],
    json: Json = False,
    profile: ProfileName = None,
) -> None:
    """Give the rest of a message that waits for a winner this variant now.

    Example:

    \b
      pushgate messages decide 01a220e70f5203cf04901b52156681 b
    """
    with session(profile, json=json) as found:
        decision = found.pushgate.messages.decide(message_id, variant)
        found.output.document(decision, [f"{message_id}  the rest gets {decision['variant']}"])


@app.command("reschedule")
def reschedule_message(
    message_id: MessageId,
    at: Annotated[
        str,
        typer.Argument(
            metavar="TIME",
            help="When, with its zone: `2026-11-30 20:00 Asia/Shanghai`, or +90m; for a message to a local "
            "time or the best hour `2026-11-30 20:00 local` or `best hour`.",
        ),
    ],
    passed: Passed = None,
    otherwise: Otherwise = None,
    json: Json = False,
    profile: ProfileName = None,
) -> None:
    """Give a message that is still scheduled another time.

    Examples:

    \b
      pushgate messages reschedule 01a220e70f5203cf04901b52156681 "20:00 Europe/Paris"
      pushgate messages reschedule 01a220e70f5203cf04901b52156681 +2h
    """
    with session(profile, json=json) as found:
        wanted = to_push_time(at, datetime.now(UTC), passed, otherwise)
        message = found.pushgate.messages.change(message_id, {"push_time": wanted})
        found.output.document(
            message, [f"{message_id}  {message['status']} for {moment(message['push_time'])}"]
        )


@app.command("retry")
def retry_message(
    message_id: MessageId,
    states: Annotated[
        list[str] | None,
        typer.Option(
            "--state", help="invalid, rejected or expired; may be repeated. [default: the last two]"
        ),
    ] = None,
    ttl: Annotated[int | None, typer.Option(help="Seconds from now. [default: the message's own]")] = None,
    yes: Yes = False,
    json: Json = False,
    profile: ProfileName = None,
) -> None:
    """Send a message again to terminals that failed.

    Examples:

    \b
      pushgate messages retry 01a220e70f5203cf04901b52156681
      pushgate messages retry 01a220e70f5203cf04901b52156681 --state rejected --ttl 3600
    """
    wanted = states or ["rejected", "expired"]
    body: dict[str, object] = {"states": wanted, **({} if ttl is None else {"ttl": ttl})}
    with session(profile, json=json) as found:
        results = found.pushgate.messages.results(message_id)
        failed = sum(count_of(results, state) for state in wanted)
        confirm(failed, f"Send again to up to {terminal_count(failed)} at {found.server.words}", yes=yes)
        again = found.pushgate.messages.retry(message_id, cast("types.RetryBody", body))
        found.output.document(again, [f"{message_id}  sent again to {terminal_count(again['terminals'])}"])


@app.command("recall")
def recall_message(
    message_id: MessageId, yes: Yes = False, json: Json = False, profile: ProfileName = None
) -> None:
    """Take a message back: pending pushes are cancelled, and vendors that can remove it from
    phones.

    Example:

    \b
      pushgate messages recall 01a220e70f5203cf04901b52156681
    """
    with session(profile, json=json) as found:
        _confirm_recall(found, message_id, yes=yes)
        recall = found.pushgate.messages.recall(message_id)
        found.output.document(recall, _recall_lines(recall))


def cancel_words(results: types.Results) -> str:
    """Return what of a cancelled message was cancelled. Its terminals are found when it begins."""
    if not results["targeted"]:
        return " before it began"
    done = settled(results) - results["cancelled"]
    return f": {results['cancelled']:,} cancelled, {done:,} were done"


def _confirm_recall(found: Session, message_id: str, *, yes: bool) -> None:
    results = found.pushgate.messages.results(message_id)
    count = results["pending"] + results["accepted"]
    confirm(count, f"Take back up to {count:,} pushes at {found.server.words}", yes=yes)


def _recall_lines(recall: types.Recall) -> Iterator[str]:
    yield f"{recall['id']}  {recall['recalled']:,} recalled, {recall['left']:,} left"
    for vendor in recall["vendors"]:
        reason = f": {vendor['reason']}" if vendor["reason"] else ""
        yield f"  {vendor['vendor']}: {vendor['recalled']:,} recalled, {vendor['left']:,} left{reason}"


def _title(message: types.TrackedMessage) -> str:
    contents = message["content"] or {}
    first = contents.get(message["default_language"] or "") or next(iter(contents.values()), None)
    return first["title"] if first else "(content dropped)"


def _lines(message: types.TrackedMessage) -> Iterator[str]:
    yield f"{message['id']}  {message['status']} for {moment(message['push_time'])}"
    if local := message.get("local_push_time"):
        until = moment(local["last_at"])
        yield f"at each terminal's own {local['local'].replace('T', ' ')}, the last at {until}"
    if best := message.get("best_hour_push_time"):
        otherwise = f"{best['fallback']} of its own time" if best["fallback"] else "that of all terminals"
        yield f"in each terminal's best hour within {best['within']}, else {otherwise}"
    yield f"created  {moment(message['created_at'])}, expires {moment(message['expires_at'])}"
    for language, content in (message["content"] or {}).items():
        yield f"{language}  {content['title']}: {content['body']}"
    yield f"audience  {cell(message['audience'])}"
    yield f"options  {cell({name: value for name, value in (message['options'] or {}).items() if value})}"
