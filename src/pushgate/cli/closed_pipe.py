"""The end of a command whose output nobody reads any more."""

import os
import sys

import typer

from pushgate.cli.exit_codes import ExitCode


def end_without_reader() -> typer.Exit:
    """Return what ends the command quietly, as other programs end in a pipe that was closed."""
    # The interpreter flushes stdout once more at its end.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return typer.Exit(ExitCode.PIPE_CLOSED)
