"""The exit codes of all commands."""

from enum import IntEnum


class ExitCode(IntEnum):
    """How a command ended, for scripts; `meaning` is for people."""

    meaning: str

    DONE = 0, "done"
    FAILED = 1, "failed for a reason that has no code of its own; `check` and `status`: something is wrong"
    USAGE = 2, "options or arguments are wrong, no server is given, or the configuration has faults"
    INVALID = 3, "Pushgate refused a field: the fields are named"
    UNAUTHORIZED = 4, "the API key is not valid, or may not do this"
    NOT_FOUND = 5, "there is no such thing in the app of the key"
    CONFLICT = 6, "the thing is in a state that does not allow it"
    UNAVAILABLE = 7, "Pushgate or an engine does not answer, or asks to come again later"
    PARTLY_FAILED = 8, "a part failed: lines of an import, messages of a batch"
    DECLINED = 9, "the number was not confirmed: nothing was done"
    INTERRUPTED = 130, "stopped by Ctrl-C"
    PIPE_CLOSED = 141, "the reader of the output went away"

    def __new__(cls, code: int, meaning: str) -> "ExitCode":
        """Make a member from its code and its meaning."""
        made = int.__new__(cls, code)
        made._value_ = code
        made.meaning = meaning
        return made
