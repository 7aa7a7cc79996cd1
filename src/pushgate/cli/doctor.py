"""`pushgate doctor`: a report for whoever helps, without secrets."""

import asyncio
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import httpx
import typer

from pushgate.cli.client.command_errors import CommandError, ended_tidily
from pushgate.cli.client.private_file import private_file
from pushgate.cli.client.server import Server, find_server
from pushgate.cli.client.session import ProfileName, open_client
from pushgate.cli.options import RunningConfig, running_configuration
from pushgate.cli.report_errors import report_errors
from pushgate.processes.configuration import load
from pushgate.processes.doctor.findings import DoctorFinding
from pushgate.processes.doctor.report import DoctorReport, make_report
from pushgate_client import PushgateError

_TIMEOUT = 5.0
_MAX_PROCESSES = 50
"""Processes whose metrics are read."""
_MAX_METRICS = 1_000_000
"""Characters of the metrics of a process."""
_NAME_AN_API = "name a running API and an operator's key by PUSHGATE_URL and PUSHGATE_KEY, or by --profile"


def run_doctor(
    config: RunningConfig = None,
    output: Annotated[
        Path | None,
        typer.Option(help="The file to write; - is stdout. [default: pushgate-doctor-<time>.json]"),
    ] = None,
    profile: ProfileName = None,
) -> None:
    """Look at this machine, the settings, Redis, Gearman and, with an operator's key, at /status
    and all metrics; say what is wrong, and write a report for whoever helps.

    The report has no secrets, push tokens, contents or users, and no log. Nothing is changed, and
    no vendor is called: `pushgate check` tries credentials. The exit code is 1 where there is a
    problem.

    Examples:

    \b
      pushgate doctor --config /etc/pushgate.toml
      pushgate doctor --output -
    """
    with ended_tidily():
        server = _server(profile)
    with report_errors():
        settings = load(running_configuration(config))
        report = asyncio.run(make_report(settings))
        _ask_api(report, server)
        text = json.dumps(report.document(settings), ensure_ascii=False, indent=1, default=str)
        if str(output) == "-":
            typer.echo(text)
        else:
            file = output or Path(f"pushgate-doctor-{datetime.now(UTC):%Y%m%dT%H%M%SZ}.json")
            with private_file(file) as opened:
                opened.write(text + "\n")
            for finding in report.findings:
                typer.echo(f"{finding.severity} {finding.code}: {finding.message}\n  {finding.remedy}")
            typer.echo(f"{'' if report.findings else 'nothing is wrong. '}The report is in {file}")
        if any(finding.severity == "problem" for finding in report.findings):
            raise typer.Exit(1)


def _server(profile: str | None) -> Server | CommandError:
    """The API to ask, or why there is none. Raises CommandError for a profile that is not known."""
    try:
        return find_server(profile, operator=True)
    except CommandError as error:
        if profile is not None:
            raise
        return error


def _ask_api(report: DoctorReport, server: Server | CommandError) -> None:
    """Add what the API tells an operator, and the problems of /status; without a key, why not."""
    try:
        if isinstance(server, CommandError):
            raise server
        with open_client(server) as pushgate:
            status = pushgate.operations.status()
            report.fleet = {"status": status, "metrics": pushgate.operations.fleet_metrics()}
    except (CommandError, PushgateError) as error:
        reason = str(error)
        report.fleet.setdefault("not_asked", reason)
        message = f"the API was not asked for /status and metrics: {reason.splitlines()[0]}"
        report.findings.append(DoctorFinding("warning", "api_not_asked", message, _NAME_AN_API))
        return
    for problem in status["problems"]:
        about = " ".join(name for name in (problem["app"], problem["vendor"]) if name)
        message = f"{about}: {problem['message']}" if about else problem["message"]
        report.findings.append(DoctorFinding("problem", problem["code"], message, problem["remedy"]))
    alive = [one for one in status.get("processes", []) if one["alive"] and one["metrics"]]
    report.fleet["processes"] = {one["id"]: _metrics(str(one["metrics"])) for one in alive[:_MAX_PROCESSES]}


def _metrics(url: str) -> str:
    """The metrics of a process, or why they could not be read from here."""
    try:
        return httpx.get(url, timeout=_TIMEOUT, trust_env=False).text[:_MAX_METRICS]
    except httpx.HTTPError as error:
        return f"not read: {type(error).__name__}"
