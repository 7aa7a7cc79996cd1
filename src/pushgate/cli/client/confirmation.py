"""Asks for the number of terminals before much is done."""

import sys

from pushgate.cli.client.command_errors import CommandError
from pushgate.cli.exit_codes import ExitCode

CONFIRM_ABOVE = 1000
"""Terminals: more of them are done something to after their number was typed."""


def confirm(count: int, what: str, *, yes: bool, above: int = CONFIRM_ABOVE) -> None:
    """Return where the count is small, or `yes` was given, or the person types it.

    Raises CommandError where they do not, or nobody is there to be asked.
    """
    if count <= above or yes:
        return
    if not sys.stdin.isatty():
        raise CommandError(
            ExitCode.DECLINED, f"{what}: more than {above:,}, and nobody is there to confirm it", "give --yes"
        )
    sys.stderr.write(f"{what}. Type the number to go on: ")
    sys.stderr.flush()
    typed = sys.stdin.readline().strip().replace(",", "").replace("_", "").replace(" ", "")
    if typed != str(count):
        raise CommandError(ExitCode.DECLINED, "that is not the number: nothing was done")
