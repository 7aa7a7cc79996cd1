"""`pushgate send-many`: many messages from a file, one a line."""

from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Annotated, cast
from uuid import uuid4

import typer

from pushgate.cli.client.bodies import parse_object
from pushgate.cli.client.command_errors import CommandError, read_text, usage
from pushgate.cli.client.confirmation import confirm
from pushgate.cli.client.long_work import LongWork, long_work
from pushgate.cli.client.send_options import Yes
from pushgate.cli.client.session import Json, ProfileName, Session, session
from pushgate.cli.client.texts import counted
from pushgate.cli.exit_codes import ExitCode
from pushgate_client import PushgateError, types

_AT_ONCE = 500
"""Messages in a request."""
_MAX_SHOWN = 20


def send_messages(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Messages as JSON, one a line; - is stdin.")],
    name: Annotated[
        str | None, typer.Option(help="Sending lines again under the same name sends none twice.")
    ] = None,
    yes: Yes = False,
    json: Json = False,
    profile: ProfileName = None,
) -> None:
    """Send many messages, each as the API takes it. The exit code is 8 where some were refused.

    Stopped or cut, it says how to go on: lines that were sent are not sent twice.

    Examples:

    \b
      pushgate send-many messages.ndjson --yes
      pushgate send-many messages.ndjson --name orders-november --yes --json
    """
    with session(profile, json=json) as found:
        known_as = name or f"cli-{uuid4().hex[:12]}"
        messages = list(_read(file, known_as))
        if not messages:
            raise usage(f"{file} holds no message")
        confirm(len(messages), f"Send {_messages(len(messages))} at {found.server.words}", yes=yes)
        try:
            with long_work("messages") as work:
                refused = list(_send(found, messages, work))
        except (KeyboardInterrupt, PushgateError):
            again = ["send-many", str(file), "--name", known_as, *(["--yes"] if yes else [])]
            found.output.note(f"go on with: {found.command(*again)}")
            raise
        if not json:
            found.output.document(
                None, [f"{_messages(len(messages) - len(refused))} sent", *refused[:_MAX_SHOWN]]
            )
        if refused:
            raise CommandError(
                ExitCode.PARTLY_FAILED, counted(len(refused), "message was", "messages were") + " refused"
            )


def _read(file: Path, name: str) -> Iterator[tuple[int, types.MessageBody]]:
    """The messages of a file by their lines; each has a key of its own. Raises CommandError."""
    for number, line in enumerate(read_text(file).split("\n"), 1):
        if line.strip():
            message = {"idempotency_key": f"{name}-{number}", **parse_object(f"line {number}", line)}
            yield number, cast("types.MessageBody", message)


def _send(found: Session, messages: Sequence[tuple[int, types.MessageBody]], work: LongWork) -> Iterator[str]:
    """Send the messages; yield a line about each that was refused. JSON tells of all of them."""
    left, done = iter(messages), 0
    while part := list(islice(left, _AT_ONCE)):
        results = found.pushgate.messages.send_many([message for _, message in part])
        for (number, _), result in zip(part, results, strict=True):
            if found.output.json:
                found.output.document({"line": number, **result})
            if "problem" in result:
                yield f"line {number:,}: {_words(result['problem'])}"
        done += len(part)
        work.done(done, done / len(messages))


def _messages(count: int) -> str:
    return counted(count, "message", "messages")


def _words(problem: types.Problem) -> str:
    faults = [f"{error['field']} {error['message']}" for error in problem.get("errors", [])]
    return "; ".join(faults or [problem["title"]])
