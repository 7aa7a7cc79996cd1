"""Report known errors of a command in one clear text instead of a traceback."""

from collections.abc import Iterator
from contextlib import contextmanager

from pushgate.cli.closed_pipe import end_without_reader
from pushgate.cli.ending import end_command
from pushgate.cli.exit_codes import ExitCode
from pushgate.domain.errors import ConfigurationError, Conflict, EngineUnavailable, NotFound, PushgateError

_EMBEDDED = (
    "Is the configuration the one that is in use? "
    "Of what `pushgate up` runs, it is --config .pushgate/run.toml."
)
_CODES: tuple[tuple[type[PushgateError], ExitCode], ...] = (
    (NotFound, ExitCode.NOT_FOUND),
    (Conflict, ExitCode.CONFLICT),
)


@contextmanager
def report_errors(*, as_json: bool = False) -> Iterator[None]:
    """End the command with a text on stderr and an exit code where a known error is raised within.

    With `as_json` the text is a JSON document. See ExitCode.
    """
    try:
        yield
    except ConfigurationError as error:
        faults = "".join(f"\n  {fault.field}: {fault.message}" for fault in error.errors)
        text = f"the configuration has faults:{faults}"
        end_command(ExitCode.USAGE, text, as_json=as_json, cause=error)
    except EngineUnavailable as error:
        end_command(ExitCode.UNAVAILABLE, str(error), as_json=as_json, hint=_EMBEDDED, cause=error)
    except PushgateError as error:
        code = next((code for kind, code in _CODES if isinstance(error, kind)), ExitCode.FAILED)
        end_command(code, str(error), as_json=as_json, cause=error)
    except BrokenPipeError as error:
        raise end_without_reader() from error
    except OSError as error:  # a folder that cannot be written, a file that cannot be read
        text = f"{error.filename or 'the system'}: {error.strerror}"
        end_command(ExitCode.FAILED, text, as_json=as_json, cause=error)
