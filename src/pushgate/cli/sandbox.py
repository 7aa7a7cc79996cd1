"""`pushgate sandbox`: the simulated vendors."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from pushgate.cli.report_errors import report_errors
from pushgate.runtime import logs
from pushgate.sandbox.options import SandboxOptions
from pushgate.sandbox.serve import serve


def run_sandbox(
    data: Annotated[Path, typer.Option(help="Folder for credentials and certificates.")] = Path(
        ".pushgate/sandbox"
    ),
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    name: Annotated[
        str | None,
        typer.Option(help="Name or address that other machines reach it by. [default: as --host]"),
    ] = None,
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port of the simulated vendors (TLS).")] = 8091,
    api_port: Annotated[int, typer.Option(min=1, max=65535, help="Port of the sandbox's own API.")] = 8090,
    keep: Annotated[
        int, typer.Option(min=1, max=1_000_000, help="How many requests are kept whole.")
    ] = 50_000,
    streams: Annotated[
        int, typer.Option(min=1, max=100_000, help="HTTP/2 streams a connection may have at once.")
    ] = 1000,
    report_to: Annotated[
        str | None, typer.Option(help="Let client apps report to the gateway at this address.")
    ] = None,
    app_file: Annotated[
        Path | None,
        typer.Option(help="Write a configuration with the app demo, whose vendors are these."),
    ] = None,
) -> None:
    """Run the simulated vendors.

    Examples:

    \b
      pushgate sandbox --port 8091 --api-port 8090
      curl http://127.0.0.1:8090/summary
      pushgate sandbox --host 0.0.0.0 --name sandbox.internal --app-file pushgate.toml
    """
    with report_errors():
        logs.configure("info", "json", "sandbox")
        asyncio.run(
            serve(
                SandboxOptions(
                    folder=data,
                    host=host,
                    name=name,
                    port=port,
                    api_port=api_port,
                    max_requests=keep,
                    max_streams=streams,
                    report_to=report_to,
                    app_file=app_file,
                )
            )
        )
