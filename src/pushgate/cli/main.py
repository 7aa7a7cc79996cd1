"""The `pushgate` command: what senders and operators do through the API, and the processes."""

import gc
from typing import Annotated

import typer

from pushgate import __version__
from pushgate.cli.lazy import LazyCommand, LazyGroup
from pushgate.cli.streams import accept_all_texts

# Modules stay, and messages come and go by thousands without cycles: a collection at each 700
# objects, which is the default, finds nothing. It takes a tenth of the time of a start.
gc.set_threshold(50_000)


class PushgateCommands(LazyGroup):
    """All commands."""

    sections = {  # noqa: RUF012  # a ClassVar by its base
        "Push": [
            LazyCommand("send", "client.send:send_message", "Send a push."),
            LazyCommand("send-many", "client.send_many:send_messages", "Send many messages from a file."),
            LazyCommand("watch", "client.watch:watch_message", "Watch a message until it is sent."),
            LazyCommand(
                "messages",
                "client.messages:app",
                "List, show, change, pause, cancel, reschedule, retry, recall.",
            ),
            LazyCommand("results", "client.results:show_results", "Show what became of a message."),
            LazyCommand("who", "client.results:show_terminals", "List the terminals of a message."),
            LazyCommand("template", "client.template:app", "Put, get, list, preview, delete."),
            LazyCommand("demo", "client.demo:push_demo", "Push to the demo app, and watch it."),
        ],
        "Terminals": [
            LazyCommand("terminals", "client.terminals:app", "List, show, why, remove, import, export."),
            LazyCommand("audience", "client.audience:app", "Count, list, show, save, delete."),
            LazyCommand("opt-out", "client.opt_out:change_opt_out", "Opt a user out of a category, or back."),
            LazyCommand(
                "quiet-hours", "client.quiet_hours:change_quiet_hours", "Set when a user gets no messages."
            ),
        ],
        "Administer": [
            LazyCommand("status", "client.status:show_status", "Tell whether all is well."),
            LazyCommand("quotas", "client.quotas:show_quotas", "Show vendors' daily quotas."),
            LazyCommand("events", "client.events:show_events", "Print or follow events."),
            LazyCommand("apps", "client.apps:app", "Apps: list, show, pause, resume."),
            LazyCommand("keys", "keys:app", "API keys: create, list, rotate, revoke."),
            LazyCommand(
                "schedules", "client.schedules:app", "Messages that recur: create, list, pause, runs."
            ),
            LazyCommand("webhooks", "client.webhooks:app", "Webhooks: create, list, test, replay, delete."),
            LazyCommand("audit", "client.audit:show_audit", "Print the audit log."),
            LazyCommand("load", "client.load.command:load_setup", "Measure this set-up with the sandbox."),
            LazyCommand("profiles", "client.profiles:app", "Servers and keys: add, use, list, remove."),
        ],
        "On the server's machine": [
            LazyCommand("up", "up:run_up", "Run everything on this machine."),
            LazyCommand("api", "processes.api:run_api", "Serve the HTTP API."),
            LazyCommand(
                "scheduler", "processes.scheduler:run_scheduler", "Dispatch messages when they are due."
            ),
            LazyCommand("worker", "processes.worker:run_worker", "Send pushes to the vendors."),
            LazyCommand(
                "webhook-sender", "processes.webhook_sender:run_webhook_sender", "Post events to webhooks."
            ),
            LazyCommand("sandbox", "sandbox:run_sandbox", "Run the simulated vendors."),
            LazyCommand("console", "console:app", "A link that signs in to the console."),
            LazyCommand("check", "check:run_check", "Check configuration, engines and credentials."),
            LazyCommand("doctor", "doctor:run_doctor", "Find what is wrong; report it without secrets."),
            LazyCommand("alive", "check:run_alive", "Tell whether a process of this host is alive."),
            LazyCommand("migrate", "migrate:run_migrate", "Carry an older store over to this version."),
            LazyCommand("receipts", "receipts:app", "Where vendors report receipts."),
            LazyCommand("backup", "backup:make_backup", "Copy the store while it works."),
            LazyCommand("restore", "restore:app", "A store that went back: list what waits, decide."),
            LazyCommand("secrets", "secrets:app", "Master keys: make, rotate."),
            LazyCommand("vapid", "vendors:make_vapid_key", "Make the key that Web Push needs."),
            LazyCommand("vendors", "vendors:show_vendors", "Print what vendors take, and their codes."),
        ],
    }


app = typer.Typer(
    cls=PushgateCommands,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"pushgate {__version__}")
        raise typer.Exit


@app.callback()
def run(
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """A self-hosted push gateway: one interface for Huawei, Xiaomi, APNs, FCM and more.

    Every command says more with --help.
    """
    accept_all_texts()
