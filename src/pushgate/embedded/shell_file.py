"""The file by which a shell learns where `pushgate up` runs: `. .pushgate/env`."""

import shlex
from pathlib import Path

from pushgate.embedded.addresses import api_url
from pushgate.embedded.plan import Plan
from pushgate.embedded.private_files import write_private

NAME = "env"


def write_shell_file(plan: Plan, folder: Path) -> Path:
    """Write the variables that the documents' commands use: PG, the API's address; KEY, a key of
    the first app; SANDBOX, the address of the simulated vendors' own API. Returns the file.

    Keys stay in their own files, which the shell reads.
    """
    lines = [f"export PG={shlex.quote(api_url(plan.settings))}"]
    if app := next(iter(plan.settings.apps), None):
        lines.append(f"export KEY=$(cat {shlex.quote(str((folder / f'{app}.key').resolve()))})")
    if plan.demo:
        lines.append(f"export SANDBOX={shlex.quote(plan.demo.sandbox_url)}")
    file = folder / NAME
    write_private(file, "\n".join(lines) + "\n")
    return file
