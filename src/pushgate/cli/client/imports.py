"""`pushgate terminals import`: registers terminals from a file, shows progress, and resumes."""

import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, BinaryIO
from uuid import uuid4

import typer

from pushgate.cli.client.command_errors import CommandError, usage
from pushgate.cli.client.long_work import LongWork, long_work
from pushgate.cli.client.session import Json, ProfileName, Session, session
from pushgate.cli.exit_codes import ExitCode
from pushgate_client import Conflict, ConnectionFailed, RateLimited, Unavailable, types

_MAX_ATTEMPTS = 6
_PAUSE = 2.0
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
                _from_stdin(found, known_as, form)
                if str(file) == "-"
                else _from_file(found, file, known_as, form)
            )
        except (KeyboardInterrupt, ConnectionFailed, Unavailable, RateLimited):
            found.output.note(f"go on with: pushgate terminals import {file} --name {known_as}")
            raise
        found.output.document(done, _lines(done))
        if done["failed"]:
            raise CommandError(ExitCode.PARTLY_FAILED, f"{done['failed']:,} lines were not taken")


class CountingFile:
    """A file that is read for an import: tells how far it was read."""

    def __init__(self, file: BinaryIO, size: int | None, work: LongWork) -> None:
        self._file, self._size, self._work = file, size, work
        self._bytes = self._lines = 0

    def read(self, size: int, /) -> bytes:
        """Return the next bytes, none at the end."""
        part = self._file.read(size)
        self._bytes += len(part)
        self._lines += part.count(b"\n")
        self._work.done(self._lines, self._bytes / self._size if self._size else None)
        return part


def _from_file(found: Session, file: Path, name: str, form: str | None) -> types.Import:
    """Import a file. It is sent again where the connection breaks; a line counts once."""
    form = form or {".csv": "csv", ".ndjson": "ndjson", ".jsonl": "ndjson"}.get(file.suffix.lower())
    if form is None:
        raise usage(f"the name {file} tells no form", "give --form csv or --form ndjson")
    failed = 0
    while True:
        try:
            with file.open("rb") as opened, long_work("lines") as work:
                counted = CountingFile(opened, file.stat().st_size, work)
                return found.pushgate.terminals.import_all(counted, name=name, form=form)
        except (ConnectionFailed, Unavailable, RateLimited, Conflict) as error:
            failed += 1
            # A conflict after a failure: the request that broke has the import for a moment yet.
            if failed == _MAX_ATTEMPTS or (isinstance(error, Conflict) and failed == 1):
                raise
            found.output.note(f"{error}\nthe import goes on")
            time.sleep(_PAUSE * failed)  # gives Pushgate time to recover


def _from_stdin(found: Session, name: str, form: str | None) -> types.Import:
    with long_work("lines") as work:
        counted = CountingFile(sys.stdin.buffer, None, work)
        return found.pushgate.terminals.import_all(counted, name=name, form=form or "ndjson")


def _lines(done: types.Import) -> Iterator[str]:
    yield (
        f"{done['lines']:,} lines: {done['created']:,} created, {done['updated']:,} updated, "
        f"{done['failed']:,} failed"
    )
    for bad in done["errors"][:_MAX_SHOWN]:
        faults = "; ".join(f"{error['field']} {error['message']}" for error in bad["errors"])
        yield f"  line {bad['line']:,}: {faults}"
    for warning in done["warnings"]:
        yield f"  warning: {warning['field']} {warning['message']} ({warning['count']:,})"
