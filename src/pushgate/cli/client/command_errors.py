"""How a command ends where it cannot do what it was asked: one clear text and an exit code."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import typer

from pushgate.cli.closed_pipe import end_without_reader
from pushgate.cli.ending import end_command
from pushgate.cli.exit_codes import ExitCode
from pushgate_client import (
    ApiError,
    ConfigurationError,
    Conflict,
    ConnectionFailed,
    Forbidden,
    InvalidRequest,
    NotFound,
    PushgateError,
    RateLimited,
    Unauthorized,
    Unavailable,
)

_CODES: tuple[tuple[type[PushgateError], ExitCode], ...] = (
    (InvalidRequest, ExitCode.INVALID),
    (Unauthorized, ExitCode.UNAUTHORIZED),
    (Forbidden, ExitCode.UNAUTHORIZED),
    (NotFound, ExitCode.NOT_FOUND),
    (Conflict, ExitCode.CONFLICT),
    (RateLimited, ExitCode.UNAVAILABLE),
    (Unavailable, ExitCode.UNAVAILABLE),
    (ConnectionFailed, ExitCode.UNAVAILABLE),
    (ConfigurationError, ExitCode.USAGE),
)


class CommandError(Exception):
    """The command cannot go on. `hint` says what to do about it."""

    def __init__(self, code: ExitCode, text: str, hint: str = "") -> None:
        super().__init__(text)
        self.code, self.hint = code, hint


def usage(text: str, hint: str = "") -> CommandError:
    """Return the error of an option or argument that is not right."""
    return CommandError(ExitCode.USAGE, text, hint)


def exit_code(error: PushgateError) -> ExitCode:
    """Return the exit code of an error of the client library."""
    return next((code for kind, code in _CODES if isinstance(error, kind)), ExitCode.FAILED)


@contextmanager
def ended_tidily(*, as_json: bool = False, server: str = "", key_hint: str = "") -> Iterator[None]:
    """End the command with a text on stderr and an exit code where something goes wrong within.

    With `as_json` the text is a JSON document. `server` is the one that is called, in words, and
    `key_hint` what is said of the key where it is refused.
    """
    try:
        yield
        sys.stdout.flush()
    except CommandError as error:
        end_command(error.code, str(error), as_json=as_json, hint=error.hint, cause=error)
    except ConnectionFailed as error:
        known = "the call may have been done" if error.may_be_done else "the call was not sent"
        hint = f"{known}; does Pushgate run at {server}?" if server else known
        end_command(ExitCode.UNAVAILABLE, f"no answer from {error}", as_json=as_json, hint=hint, cause=error)
    except PushgateError as error:
        code = exit_code(error)
        hint = key_hint if code is ExitCode.UNAUTHORIZED else ""
        facts, note = _facts(error), _note(error)
        end_command(code, str(error), as_json=as_json, hint=hint, note=note, facts=facts, cause=error)
    except BrokenPipeError as error:
        raise end_without_reader() from error
    except OSError as error:
        text = f"{error.filename or 'the system'}: {error.strerror or error}"
        end_command(ExitCode.FAILED, text, as_json=as_json, cause=error)
    except ValueError as error:  # of the client library, for what cannot be sent
        end_command(ExitCode.USAGE, str(error), as_json=as_json, cause=error)
    except KeyboardInterrupt as error:
        sys.stderr.write("\n")
        raise typer.Exit(ExitCode.INTERRUPTED) from error


def _facts(error: PushgateError) -> dict[str, object]:
    """What a JSON document says of an error beside its text."""
    if not isinstance(error, ApiError):
        return {}
    fields = [{"field": field, "message": message} for field, message in error.errors]
    return {"code": error.code, "errors": fields, "request_id": error.request_id}


def _note(error: PushgateError) -> str:
    """What helps to find a fault of the server in its logs."""
    if not isinstance(error, ApiError) or not error.request_id or error.status < 500:
        return ""
    return f"request id: {error.request_id}"


def read_text(file: Path) -> str:
    """Return what a file holds, or stdin for `-`. Raises CommandError."""
    try:
        return sys.stdin.read() if str(file) == "-" else file.read_text("utf-8")
    except OSError as error:
        raise usage(f"{file} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise usage(f"{file} is not UTF-8") from error
