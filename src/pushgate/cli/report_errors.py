"""Report known errors of a command in one clear text instead of a traceback."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

import typer

from pushgate.cli.closed_pipe import end_without_reader
from pushgate.cli.exit_codes import ExitCode
from pushgate.domain.errors import ConfigurationError, EngineUnavailable, PushgateError

_EMBEDDED = "Of what `pushgate up` runs, it is --config .pushgate/run.toml."


@contextmanager
def report_errors() -> Iterator[None]:
    """End the command with a text and an exit code where a known error is raised within.

    See ExitCode.
    """
    try:
        yield
    except ConfigurationError as error:
        sys.stderr.write("pushgate: the configuration has faults:\n")
        sys.stderr.writelines(f"  {fault.field}: {fault.message}\n" for fault in error.errors)
        raise typer.Exit(ExitCode.USAGE) from error
    except EngineUnavailable as error:
        sys.stderr.write(f"pushgate: {error}\n  Is the configuration the one that is in use? {_EMBEDDED}\n")
        raise typer.Exit(ExitCode.UNAVAILABLE) from error
    except PushgateError as error:
        sys.stderr.write(f"pushgate: {error}\n")
        raise typer.Exit(ExitCode.FAILED) from error
    except BrokenPipeError as error:
        raise end_without_reader() from error
    except OSError as error:  # a folder that cannot be written, a file that cannot be read
        sys.stderr.write(f"pushgate: {error.filename or 'the system'}: {error.strerror}\n")
        raise typer.Exit(ExitCode.FAILED) from error
