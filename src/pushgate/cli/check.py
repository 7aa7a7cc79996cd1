"""`pushgate check` and `pushgate alive`: whether the configuration and the processes work."""

import asyncio
import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from pushgate.cli.alive import alive
from pushgate.cli.options import RunningConfig, running_configuration
from pushgate.cli.report_errors import report_errors
from pushgate.processes.check import Finding, check
from pushgate.processes.configuration import load
from pushgate.settings.loading import DEFAULT_FILE


def run_check(
    config: Annotated[
        Path | None,
        typer.Option(
            "--config",
            help="The configuration; default PUSHGATE_CONFIG, else ./pushgate.toml, else that of what "
            "`pushgate up` runs in this folder.",
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Read the configuration, try Redis, Gearman and every vendor's credentials, and name every
    fault. The exit code is 1 where there is one.

    Examples:

    \b
      pushgate check --config /etc/pushgate.toml
      pushgate check --json
    """
    # A file that was changed is checked before it is in use.
    found = config if DEFAULT_FILE.exists() else running_configuration(config)
    with report_errors():
        findings = asyncio.run(check(load(found)))
        if as_json:
            found_all = [asdict(finding) for finding in findings]
            typer.echo(json.dumps({"findings": found_all}, ensure_ascii=False))
        else:
            width = max(len(finding.subject) for finding in findings)
            for finding in findings:
                typer.echo(f"{finding.subject:<{width}}  {_state(finding)}")
        if any(finding.problem for finding in findings):
            raise typer.Exit(1)


def _state(finding: Finding) -> str:
    if finding.problem:
        return finding.problem
    if finding.warning:
        return f"warning: {finding.warning}"
    return "ok" if finding.tried else "not tried: that takes a push"


def run_alive(
    config: RunningConfig = None,
    kind: Annotated[
        str | None,
        typer.Argument(help="api, scheduler, worker or webhook-sender. [default: any of them on this host]"),
    ] = None,
) -> None:
    """Tell whether a process of this host is alive: exit code 0, else 1.

    A probe for containers and supervisors.

    Asks the process itself, not Redis: an engine that is down makes no process dead. All but the
    API are asked on metrics.port, so that port must be set.

    Examples:

    \b
      pushgate alive
      PUSHGATE_METRICS__PORT=9464 pushgate alive worker
    """
    with report_errors():
        typer.echo(alive(load(running_configuration(config)), kind))
