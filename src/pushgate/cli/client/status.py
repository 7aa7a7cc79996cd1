"""`pushgate status`: whether all is well, and what to do where it is not."""

from collections.abc import Iterator, Sequence

import typer

from pushgate.cli.client.output import aligned
from pushgate.cli.client.session import Json, ProfileName, session
from pushgate.cli.client.texts import moment
from pushgate.cli.exit_codes import ExitCode
from pushgate_client import types


def show_status(json: Json = False, profile: ProfileName = None) -> None:
    """Show problems with their remedies, queues and, with an operator's key, all processes.

    The exit code is 1 where there are problems.

    Examples:

    \b
      pushgate status
      pushgate status --json
    """
    with session(profile, json=json, operator=True) as found:
        status = found.pushgate.operations.status()
        found.output.document(status, _lines(found.server.url, status))
        if status["problems"]:
            raise typer.Exit(ExitCode.FAILED)


def total_lines(totals: Sequence[types.TerminalTotal]) -> Iterator[str]:
    """Yield a line for each app and vendor, with the count of each state."""
    found: dict[tuple[str, str], list[str]] = {}
    for one in totals:
        counts = found.setdefault((one["app"], one["vendor"]), [])
        counts.append(f"{one['state']} {one['count']:,}")
    rows = [["", app, vendor, ", ".join(counts)] for (app, vendor), counts in found.items()]
    return aligned(rows)


def _lines(url: str, status: types.SystemStatus) -> Iterator[str]:
    yield f"{url}  {status['version']}  {'all is well' if not status['problems'] else 'problems'}"
    for problem in status["problems"]:
        where = " ".join(name for name in (problem["app"], problem["vendor"]) if name)
        since = f", since {moment(problem['since'])}" if problem["since"] else ""
        yield f"{problem['code']}{f' ({where})' if where else ''}: {problem['message']}{since}"
        yield f"  {problem['remedy']}"
    depth = status.get("messages")
    if depth:
        yield (
            f"messages: {depth['scheduled']:,} scheduled, {depth['dispatching']:,} dispatching, "
            f"{depth['sending']:,} sending, {depth['paused']:,} paused"
        )
    if totals := status.get("terminals", []):
        yield "terminals of all messages:"
        yield from total_lines(totals)
    for process in status.get("processes", []):
        state = "alive" if process["alive"] else f"dead, last seen {moment(process['seen_at'])}"
        yield f"{process['kind']} {process['host']}:{process['pid']}: {state}"
