"""`pushgate terminals import`: registers terminals from a file, shows progress, and resumes."""

import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, BinaryIO
from uuid import uuid4

import typer

from pushgate.cli.client.command_errors import CommandError, usage
from pushgate.cli.client.import_progress import CountingFile, followed
from pushgate.cli.client.long_work import long_work
from pushgate.cli.client.session import Json, ProfileName, Session, session
from pushgate.cli.client.texts import counted
from pushgate.cli.exit_codes import ExitCode
from pushgate_client import Conflict, ConnectionFailed, RateLimited, Unavailable, types

_MAX_ATTEMPTS = 6
_PAUSE = 2.0
_MAX_WAIT = 120.0
_LOOK_EVERY = 1.0
_MAX_SHOWN = 20


def import_terminals(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A file of CSV or NDJSON; - is stdin.")],
    name: Annotated[
        str | None, typer.Option(help="The import's name: the same name goes on where it stopped.")
    ] = None,
    form: Annotated[
        str | None, typer.Option(help="csv or ndjson. [default: by the file's name; ndjson for stdin]")
    ] = None,
    json: Json = False,
    profile: ProfileName = None,
) -> None:
    """Register terminals from a file, one a line. A line replaces all that is known of its
    terminal.

    Where the connection breaks, it goes on by itself. Stopped by Ctrl-C, it says how to go on. The
    exit code is 8 where lines were not taken.

    Examples:

    \b
      pushgate terminals import terminals.csv
      pushgate terminals import terminals.ndjson --name crm-november
      zcat terminals.csv.gz | pushgate terminals import - --form csv
    """
    with session(profile, json=json) as found:
        if form not in (None, "csv", "ndjson"):
            raise usage(f"--form takes csv or ndjson, not {form}")
        known_as = name or f"cli-{uuid4().hex[:12]}"
        try:
            done = (
                _send(found, sys.stdin.buffer, None, known_as, form or "ndjson")
                if str(file) == "-"
                else _from_file(found, file, known_as, form)
            )
        except (KeyboardInterrupt, ConnectionFailed, Unavailable, RateLimited):
            again = ["terminals", "import", str(file), "--name", known_as]
            again += ["--form", form] if form else []
            found.output.note(f"go on with: {found.command(*again)}")
            raise
        found.output.document(done, _lines(done))
        if done["failed"]:
            raise CommandError(
                ExitCode.PARTLY_FAILED, counted(done["failed"], "line was", "lines were") + " not taken"
            )


def _from_file(found: Session, file: Path, name: str, form: str | None) -> types.Import:
    """Import a file. It is sent again where the connection breaks; a line counts once."""
    form = form or {".csv": "csv", ".ndjson": "ndjson", ".jsonl": "ndjson"}.get(file.suffix.lower())
    if form is None:
        raise usage(f"the name {file} tells no form", "give --form csv or --form ndjson")
    failed = 0
    while True:
        try:
            with file.open("rb") as opened:
                return _send(found, opened, file.stat().st_size, name, form)
        except (ConnectionFailed, Unavailable, RateLimited) as error:
            failed += 1
            if failed == _MAX_ATTEMPTS:
                raise
            found.output.note(f"{error}\nthe import goes on")
            time.sleep(_PAUSE * failed)  # gives Pushgate time to recover
        except Conflict:
            if not _ends_elsewhere(found, name):
                raise


def _send(found: Session, opened: BinaryIO, size: int | None, name: str, form: str) -> types.Import:
    with long_work("lines") as work:
        file = CountingFile(opened, size)
        with followed(found.pushgate, name, file, work):
            return found.pushgate.terminals.import_all(file, name=name, form=form)


def _ends_elsewhere(found: Session, name: str) -> bool:
    """Wait for a request that broke off and still has the import. False where none has it."""
    deadline = time.monotonic() + _MAX_WAIT
    waited = False
    while found.pushgate.terminals.import_progress(name)["status"] == "running":
        if time.monotonic() > deadline:
            return False
        if not waited:
            found.output.note("the request before still has the import: it goes on when that has ended")
        waited = True
        time.sleep(_LOOK_EVERY)  # between two looks
    return waited


def _lines(done: types.Import) -> Iterator[str]:
    lines = counted(done["lines"], "line", "lines")
    yield (f"{lines}: {done['created']:,} created, {done['updated']:,} updated, {done['failed']:,} failed")
    for bad in done["errors"][:_MAX_SHOWN]:
        faults = "; ".join(f"{error['field']} {error['message']}" for error in bad["errors"])
        yield f"  line {bad['line']:,}: {faults}"
    for warning in done["warnings"]:
        yield f"  warning: {warning['field']} {warning['message']} ({warning['count']:,})"
