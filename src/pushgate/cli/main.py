"""The `pushgate` command: a subcommand for each process, and others that an operator needs."""

import typer

from pushgate import __version__
from pushgate.cli import audit, check, keys, processes, receipts, sandbox, secrets, up, vendors

app = typer.Typer(
    help="A self-hosted push gateway: one interface for Huawei, Xiaomi, APNs, FCM and more.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.command("up")(up.run_up)
app.command("api")(processes.run_api)
app.command("scheduler")(processes.run_scheduler)
app.command("worker")(processes.run_worker)
app.command("webhooks")(processes.run_webhooks)
app.command("sandbox")(sandbox.run_sandbox)
app.command("check")(check.run_check)
app.command("alive")(check.run_alive)
app.command("audit")(audit.show_audit)
app.command("vapid")(vendors.make_vapid_key)
app.command("vendors")(vendors.show_vendors)
app.add_typer(keys.app, name="keys")
app.add_typer(receipts.app, name="receipts")
app.add_typer(secrets.app, name="secrets")


@app.command("version")
def show_version() -> None:
    """Print the version."""
    typer.echo(__version__)
