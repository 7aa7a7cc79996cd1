"""`pushgate`: one command for each process, and those an operator needs beside them."""

import asyncio
import os
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from pushgate import __version__
from pushgate.adapters.webpush import vapid
from pushgate.cli import keys
from pushgate.cli.alive import alive
from pushgate.cli.report_errors import report_errors
from pushgate.cli.vendors import markdown
from pushgate.domain.errors import ConfigurationError, FieldError
from pushgate.embedded.lock import hold
from pushgate.embedded.ports import free_port
from pushgate.embedded.up import Demo, UpOptions, up
from pushgate.processes.administration import receipt_addresses
from pushgate.processes.api import run_api as serve_api
from pushgate.processes.check import Finding, check
from pushgate.processes.configuration import load
from pushgate.processes.scheduler import run_scheduler as dispatch_messages
from pushgate.processes.worker import run_worker as send_pushes
from pushgate.runtime import logs
from pushgate.sandbox.credentials import Credentials
from pushgate.sandbox.options import SandboxOptions
from pushgate.sandbox.registry import app_sections
from pushgate.sandbox.serve import serve

app = typer.Typer(
    help="A self-hosted push gateway: one interface for Huawei, Xiaomi, APNs, FCM and more.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.add_typer(keys.app, name="keys")

Config = Annotated[
    Path | None,
    typer.Option(
        "--config", help="The configuration; default PUSHGATE_CONFIG, else ./pushgate.toml if it is there."
    ),
]


@app.command("up")
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
) -> None:
    """Run everything on this machine: engines, API, scheduler, workers, and simulated vendors to try it with.

    Examples:

    \b
      pushgate up
      pushgate up --port 9000 --workers 2
      PUSHGATE_REDIS__URL=redis://10.0.0.5/0 pushgate up --config shop.toml
    """
    with report_errors():
        settings = load(config)
        listen = {name: value for name, value in (("host", host), ("port", port)) if value is not None}
        settings = settings.model_copy(update={"api": settings.api.model_copy(update=listen)})
        logs.configure("warning", "console", "up")
        os.umask(0o077)  # all that is written from here on is for our own eyes
        data.mkdir(parents=True, exist_ok=True)
        # Before anything is written: a second one would overwrite the first one's files, whatever engines each uses.
        hold(data / "up.lock")
        demo = None if settings.apps else _demo(data, sandbox_port, sandbox_api_port, reports=reports)
        asyncio.run(up(settings, UpOptions(data, workers, gearman_port, embedded_gearman), demo))


@app.command("api")
def run_api(
    config: Config = None,
    host: Annotated[
        str | None, typer.Option(help="Address to listen on. [default: the configuration's]")
    ] = None,
    port: Annotated[int | None, typer.Option(min=0, max=65535, help="Port to listen on.")] = None,
) -> None:
    """Serve the HTTP API. Any number may run.

    Example:

    \b
      pushgate api --config /etc/pushgate.toml --host 0.0.0.0 --port 8080
    """
    with report_errors():
        settings = load(config)
        listen = {name: value for name, value in (("host", host), ("port", port)) if value is not None}
        serve_api(settings.model_copy(update={"api": settings.api.model_copy(update=listen)}))


@app.command("scheduler")
def run_scheduler(config: Config = None) -> None:
    """Fire messages at their push time. Any number may run; each message is fired by one.

    Example:

    \b
      pushgate scheduler --config /etc/pushgate.toml
    """
    with report_errors():
        dispatch_messages(load(config))


@app.command("worker")
def run_worker(
    config: Config = None,
    vendors: Annotated[
        str | None,
        typer.Option(help="Vendors to serve, with commas between. [default: all that any app has]"),
    ] = None,
) -> None:
    """Send pushes to the vendors. Any number may run.

    Examples:

    \b
      pushgate worker --config /etc/pushgate.toml
      pushgate worker --vendors apns,fcm
    """
    with report_errors():
        settings = load(config)
        if vendors is not None:
            chosen = tuple(part.strip() for part in vendors.split(",") if part.strip())
            settings = settings.model_copy(
                update={"worker": settings.worker.model_copy(update={"vendors": chosen})}
            )
        send_pushes(settings)


@app.command("sandbox")
def run_sandbox(
    data: Annotated[Path, typer.Option(help="Folder for credentials and certificates.")] = Path(
        ".pushgate/sandbox"
    ),
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
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
) -> None:
    """Run the simulated vendors.

    Example:

    \b
      pushgate sandbox --port 8091 --api-port 8090
      curl http://127.0.0.1:8090/summary
    """
    with report_errors():
        logs.configure("info", "json", "sandbox")
        asyncio.run(
            serve(
                SandboxOptions(
                    folder=data,
                    host=host,
                    port=port,
                    api_port=api_port,
                    max_requests=keep,
                    max_streams=streams,
                    report_to=report_to,
                )
            )
        )


@app.command("check")
def run_check(config: Config = None) -> None:
    """Read the configuration, try Redis, Gearman and every vendor's credentials, and tell every fault.

    Example:

    \b
      pushgate check --config /etc/pushgate.toml
    """
    with report_errors():
        findings = asyncio.run(check(load(config)))
        table = Table("what", "state", box=None, pad_edge=False)
        for finding in findings:
            table.add_row(escape(finding.subject), escape(_state(finding)))
        Console(soft_wrap=True).print(table)
        if any(finding.problem for finding in findings):
            raise typer.Exit(1)


def _state(finding: Finding) -> str:
    if finding.problem:
        return finding.problem
    return "ok" if finding.tried else "not tried: that takes a push"


@app.command("alive")
def run_alive(
    config: Config = None,
    kind: Annotated[
        str | None, typer.Argument(help="api, scheduler or worker. [default: any of them on this host]")
    ] = None,
) -> None:
    """Tell whether a process of this host is alive: exit code 0, else 1. A probe for containers and supervisors.

    Asks the process itself, not Redis: an engine that is down makes no process dead. A scheduler and a worker are
    asked on metrics.port, so that port must be set.

    Examples:

    \b
      pushgate alive
      PUSHGATE_METRICS__PORT=9464 pushgate alive worker
    """
    with report_errors():
        typer.echo(alive(load(config), kind))


@app.command("receipts")
def show_receipts(
    config: Config = None,
    base: Annotated[
        str | None, typer.Option(help="Where vendors reach the API. [default: api.public_url]")
    ] = None,
) -> None:
    """Print the addresses at which vendors report receipts. Whoever knows one can report: keep them secret.

    Huawei's, HarmonyOS's and Honor's are set in their consoles; Meizu's is registered there. Pushes through Xiaomi,
    OPPO, vivo and Meizu name theirs by themselves once api.public_url is set.

    Example:

    \b
      pushgate receipts --config /etc/pushgate.toml
    """

    with report_errors():
        settings = load(config)
        at = base or settings.api.public_url
        if at is None:
            told_so = (
                "is not set; set it to where vendors reach the API, or give --base https://push.example.com"
            )
            raise ConfigurationError([FieldError("api.public_url", told_so)])
        if not at.startswith(("https://", "http://")):
            raise ConfigurationError(
                [FieldError("--base", "must be an address such as https://push.example.com")]
            )
        for found in asyncio.run(receipt_addresses(settings)):
            typer.echo(f"{found.app} {found.vendor} {at.rstrip('/')}{found.path}")


@app.command("vapid")
def make_vapid_key(
    file: Annotated[Path, typer.Argument(help="Where the key is, or is to be.")],
) -> None:
    """Make a VAPID key for Web Push, if there is none, and print what browsers subscribe with.

    That is the applicationServerKey of PushManager.subscribe(). Keep the file: under another key every subscription
    is lost.

    Example:

    \b
      pushgate vapid /etc/pushgate/vapid.pem
    """
    with report_errors():
        if not file.exists():
            vapid.make_key(file, "FILE")
        typer.echo(vapid.public_text(vapid.read_key(file, "FILE")))


@app.command("vendors")
def show_vendors() -> None:
    """Print every vendor's settings, options and codes, and what Pushgate does with each, as Markdown.

    Example:

    \b
      pushgate vendors | less
    """
    typer.echo(markdown(), nl=False)


@app.command("version")
def show_version() -> None:
    """Tell the version."""
    typer.echo(__version__)


def _demo(data: Path, port: int, api_port: int, *, reports: bool) -> Demo:
    """The simulated vendors and the app that uses them."""
    sandbox = SandboxOptions(
        folder=data / "sandbox",
        port=free_port("127.0.0.1", port, "--sandbox-port"),
        api_port=free_port("127.0.0.1", api_port, "--sandbox-api-port"),
    )

    def arguments(api: str) -> list[str]:
        given = [
            "sandbox",
            "--data",
            str(sandbox.folder),
            "--host",
            sandbox.host,
            "--port",
            str(sandbox.port),
        ]
        given += ["--api-port", str(sandbox.api_port)]
        return given + (["--report-to", api] if reports else [])

    sections = app_sections(Credentials(sandbox.folder, sandbox.base_url))
    return Demo(sections, arguments, f"http://{sandbox.host}:{sandbox.api_port}", reports)
