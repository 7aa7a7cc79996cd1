"""`pushgate load`: measures a set-up with the sandbox in the place of the vendors."""

import asyncio
import secrets
from typing import Annotated, cast

import typer

from pushgate.cli.client.command_errors import CommandError, ended_tidily, usage
from pushgate.cli.client.confirmation import confirm
from pushgate.cli.client.load.plan import VENDORS, LoadPlan
from pushgate.cli.client.load.report import Report, report_lines
from pushgate.cli.client.load.running import LoadOptions, run_load
from pushgate.cli.client.output import Output
from pushgate.cli.client.send_options import Yes
from pushgate.cli.client.server import find_server
from pushgate.cli.client.session import Json, ProfileName
from pushgate.cli.client.texts import counted
from pushgate.cli.exit_codes import ExitCode
from pushgate_client import types

_ASK_ABOVE = 100_000
"""Pushes that are sent without a question."""


def load_setup(
    sandbox: Annotated[
        str,
        typer.Option(
            envvar="SANDBOX", metavar="URL", help="The sandbox's own API, as this machine reaches it."
        ),
    ] = "http://127.0.0.1:8090",
    rate: Annotated[
        float, typer.Option(min=0, max=100_000, help="Small messages a second, each to one terminal.")
    ] = 50.0,
    seconds: Annotated[float, typer.Option(min=1, max=86_400, help="How long they are sent.")] = 10.0,
    broadcasts: Annotated[
        int, typer.Option(min=0, max=1000, help="Messages to all terminals of the load.")
    ] = 1,
    terminals: Annotated[
        int, typer.Option(min=1, max=1_000_000, help="Terminals that are registered.")
    ] = 1000,
    vendor: Annotated[
        list[str] | None, typer.Option(help="A vendor of the terminals; may be repeated. [default: fcm]")
    ] = None,
    app_name: Annotated[
        str | None,
        typer.Option(
            "--app", help="An app whose vendors are this sandbox. [default: one of its own, deleted after]"
        ),
    ] = None,
    settle: Annotated[
        float, typer.Option(min=1, max=3600, help="Seconds without a push after which the load is over.")
    ] = 30.0,
    yes: Yes = False,
    json: Json = False,
    profile: ProfileName = None,
) -> None:
    """Send a load through this set-up, with the sandbox as vendor, and measure it.

    No real vendor is called: the load has an app of its own, or --app names one, and each vendor's
    address is checked. An operator's key is needed. Ctrl-C removes what was made too. The exit code
    is 8 where a push or a call failed, or the counts of Pushgate and the sandbox differ.

    Examples:

    \b
      pushgate load --rate 20 --seconds 3 --terminals 200
      pushgate load --sandbox http://10.0.0.9:8090 --rate 500 --seconds 60 --broadcasts 3 --json
    """
    with ended_tidily(as_json=json):
        plan = LoadPlan(
            run=f"10ad{secrets.token_hex(4)}",
            vendors=_vendors(vendor or ["fcm"]),
            terminals=terminals,
            rate=rate,
            seconds=seconds,
            broadcasts=broadcasts,
        )
        if not plan.small_messages and not plan.broadcasts:
            raise usage("nothing would be sent: give more with --rate, --seconds or --broadcasts")
        server = find_server(profile, operator=True)
        pushes = plan.small_messages + plan.broadcasts * plan.terminals
        confirm(pushes, f"Send {pushes:,} pushes to the sandbox", yes=yes, above=_ASK_ABOVE)
        options = LoadOptions(server=server, sandbox=sandbox, app=app_name, settle=settle)
        with ended_tidily(as_json=json, server=server.words, key_hint=server.key_words):
            _show(Output(json=json), asyncio.run(run_load(plan, options)))


def _show(output: Output, report: Report) -> None:
    output.document(report, report_lines(report))
    if faults := report["faults"]:
        raise CommandError(
            ExitCode.PARTLY_FAILED, counted(len(faults), "fault was", "faults were") + " found"
        )


def _vendors(names: list[str]) -> tuple[types.Vendor, ...]:
    for name in names:
        if name not in VENDORS:
            raise usage(f"--vendor takes {', '.join(VENDORS)}, not {name}")
    return cast("tuple[types.Vendor, ...]", tuple(dict.fromkeys(names)))
