"""`pushgate up`: everything on this machine."""

import asyncio
import os
from pathlib import Path
from typing import Annotated

import typer

from pushgate.cli.options import Config, with_api_address
from pushgate.cli.report_errors import report_errors
from pushgate.embedded.demo import Demo
from pushgate.embedded.lock import lock_folder
from pushgate.embedded.plan import UpOptions
from pushgate.embedded.ports import free_port
from pushgate.embedded.up import up
from pushgate.processes.configuration import load
from pushgate.runtime import logs
from pushgate.sandbox.credentials import Credentials
from pushgate.sandbox.options import SandboxOptions
from pushgate.sandbox.registry import demo_sections


def run_up(
    config: Config = None,
    data: Annotated[Path, typer.Option(help="Folder for all data; kept across restarts.")] = Path(
        ".pushgate"
    ),
    host: Annotated[str | None, typer.Option(help="Address the API listens on. [default: 127.0.0.1]")] = None,
    port: Annotated[
        int | None,
        typer.Option(min=0, max=65535, help="Port of the API; 0 takes a free one. [default: 8080]"),
    ] = None,
    workers: Annotated[int, typer.Option(min=1, max=64, help="Worker processes.")] = 1,
    sandbox_port: Annotated[
        int, typer.Option(min=0, max=65535, help="Port of the simulated vendors.")
    ] = 8091,
    sandbox_api_port: Annotated[
        int, typer.Option(min=0, max=65535, help="Port of the sandbox's own API.")
    ] = 8090,
    gearman_port: Annotated[
        int, typer.Option(min=0, max=65535, help="Port of the embedded Gearman server; 0 takes a free one.")
    ] = 0,
    embedded_gearman: Annotated[
        bool,
        typer.Option("--embedded-gearman", help="Use the Python server even where gearmand is installed."),
    ] = False,
    reports: Annotated[
        bool, typer.Option(help="Let the sandbox's client apps and vendors report receipts and clicks.")
    ] = True,
    empty: Annotated[
        bool, typer.Option("--empty", help="Leave the demo app without its 1,000 phones and its history.")
    ] = False,
) -> None:
    """Run everything on this machine: engines, API, console, scheduler, workers and a sender of
    webhooks. Without an app in the configuration also a demo app, with simulated vendors to try it
    with, 1,000 phones and a few messages that have been sent.

    The last line is a link that signs you in to the console. `. .pushgate/env` sets PG, the address
    of the API, and KEY for the commands of the documents.

    Examples:

    \b
      pushgate up
      pushgate up --port 9000 --empty
      pushgate up --config shop.toml --data /srv/pushgate
      PUSHGATE_REDIS__URL=redis://10.0.0.5/0 pushgate up --workers 2
    """
    with report_errors():
        settings = with_api_address(load(config), host, port)
        if settings.apps and (empty or not reports):
            raise typer.BadParameter(
                "--empty and --no-reports are about the demo app, which runs only where the configuration "
                "has no app: leave them out"
            )
        logs.configure("warning", "console", "up")
        os.umask(0o077)  # the files written from here on contain secrets
        data.mkdir(parents=True, exist_ok=True)
        # Locked before anything is written: a second `up` would overwrite the files of the first.
        lock_folder(data / "up.lock")
        demo = None if settings.apps else _demo(data, sandbox_port, sandbox_api_port, reports=reports)
        options = UpOptions(
            data=data,
            workers=workers,
            gearman_port=gearman_port,
            prefer_gear=embedded_gearman,
            empty=empty,
        )
        asyncio.run(up(settings, options, demo))


def _demo(data: Path, port: int, api_port: int, *, reports: bool) -> Demo:
    """The simulated vendors and the app that uses them."""
    sandbox = SandboxOptions(
        folder=(data / "sandbox").absolute(),
        port=free_port("127.0.0.1", port, "--sandbox-port"),
        api_port=free_port("127.0.0.1", api_port, "--sandbox-api-port"),
    )

    def arguments(api: str) -> list[str]:
        command = ["sandbox", "--data", str(sandbox.folder), "--host", sandbox.host]
        command += ["--port", str(sandbox.port), "--api-port", str(sandbox.api_port)]
        return command + (["--report-to", api] if reports else [])

    return Demo(
        sections=demo_sections(Credentials(sandbox.folder, sandbox.base_url)),
        arguments=arguments,
        sandbox_url=f"http://{sandbox.host}:{sandbox.api_port}",
        reports=reports,
    )
