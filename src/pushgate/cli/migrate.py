"""`pushgate migrate`: carries the store of an earlier version over to this one."""

import asyncio
import time
from collections.abc import Sequence
from typing import Annotated

import typer

from pushgate.cli.options import RunningConfig, running_configuration
from pushgate.cli.report_errors import report_errors
from pushgate.migrations.migrate import StepToDo
from pushgate.processes.configuration import load
from pushgate.processes.migration import migrate_store, plan_migration

_SHOW_EVERY = 1.0
"""Seconds between two lines about the same work."""


def run_migrate(
    config: RunningConfig = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Tell what there is to do, and change nothing.")
    ] = False,
) -> None:
    """Carry the store of an earlier version over to this one.

    Stop all processes and make a copy of the store before. The command may be interrupted and
    repeated; a store of this version is left as it is. Until it ends, no process takes the store.

    Examples:

    \b
      pushgate migrate --dry-run
      pushgate migrate --config /etc/pushgate.toml
    """
    with report_errors():
        settings = load(running_configuration(config))
        steps = asyncio.run(plan_migration(settings))
        typer.echo("\n".join(_lines(steps)))
        if steps and not dry_run:
            asyncio.run(migrate_store(settings, Lines().show))
            typer.echo("The store has the key space of this version.")


class Lines:
    """Prints how far the work is: once a second, and when a part is done."""

    def __init__(self) -> None:
        self._shown_at = 0.0

    def show(self, what: str, done: int, total: int) -> None:
        """Print a line, unless the last one is too recent."""
        now = time.monotonic()
        if done < total and now - self._shown_at < _SHOW_EVERY:
            return
        self._shown_at = now
        typer.echo(f"{what}: {done:,} of {total:,}")


def _lines(steps: Sequence[StepToDo]) -> list[str]:
    if not steps:
        return ["The store needs no migration."]
    return [
        f"From version {step.source} to {step.source + 1}: "
        + ", ".join(f"{count:,} {what}" for what, count in step.counts.items())
        for step in steps
    ]
