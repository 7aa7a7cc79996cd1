"""The file by which a shell learns where `pushgate up` runs: `. .pushgate/env`."""

import shlex
from pathlib import Path

from pushgate.embedded.addresses import api_url
from pushgate.embedded.plan import Plan
from pushgate.embedded.private_files import write_private

NAME = "env"


def write_shell_file(plan: Plan, folder: Path) -> Path:
    """Write the variables that the documents' commands use: PG, the API's address; KEY, a key of
    the first app that has one; SANDBOX, the address of the simulated vendors' own API. Returns the
    file.

    Keys stay in their own files, which the shell reads.
    """
    lines = [f"export PG={shlex.quote(api_url(plan.settings))}"]
    # An app whose keys somebody made by hand has no file.
    keys = [(folder / f"{app}.key").resolve() for app in plan.settings.apps]
    if key := next((file for file in keys if file.exists()), None):
        lines.append(f"export KEY=$(cat {shlex.quote(str(key))})")
    if plan.demo:
        lines.append(f"export SANDBOX={shlex.quote(plan.demo.sandbox_url)}")
    file = folder / NAME
    write_private(file, "\n".join(lines) + "\n")
    return file
