"""`pushgate webhooks`: the webhooks of an app, and what was delivered to them."""

from typing import Annotated

import typer

from pushgate.cli.client.command_errors import CommandError
from pushgate.cli.client.session import Json, ProfileName, session
from pushgate.cli.client.texts import moment
from pushgate.cli.exit_codes import ExitCode
from pushgate.cli.lazy import command_group
from pushgate_client import types

app = command_group("Webhooks: create, list, test, look at deliveries, replay, pause, delete.")
_Id = Annotated[str, typer.Argument(metavar="WEBHOOK", help="The webhook's id.")]


@app.command("create")
def create_webhook(
    url: Annotated[str, typer.Argument(metavar="URL", help="Where events are posted.")],
    event_types: Annotated[
        list[str] | None, typer.Option("--type", help="A type of events; may be repeated. [default: all]")
    ] = None,
    expand: Annotated[bool, typer.Option("--expand", help="An event for each terminal.")] = False,
    description: Annotated[str, typer.Option(help="A note to know it by.")] = "",
    json: Json = False,
    profile: ProfileName = None,
) -> None:
    """Have events posted to an address. The secret that is printed verifies them; it is not shown
    again.

    Example:

    \b
      pushgate webhooks create https://shop.example/push-events --type "message.*"
    """
    body: types.WebhookBody = {"url": url, "types": event_types or ["*"], "expand": expand}
    with session(profile, json=json) as found:
        made = found.pushgate.webhooks.create({**body, "description": description})
        found.output.document(made, [made["id"], f"secret  {made['secret']}"])


@app.command("list")
def list_webhooks(json: Json = False, profile: ProfileName = None) -> None:
    """List the webhooks, without their secrets.

    Example:

    \b
      pushgate webhooks list
    """
    with session(profile, json=json) as found:
        found.output.rows(
            found.pushgate.webhooks.list(),
            {
                "id": lambda one: one["id"],
                "state": lambda one: one["pause_reason"] or one["state"],
                "types": lambda one: one["types"],
                "url": lambda one: one["url"],
                "description": lambda one: one["description"],
            },
            nothing="no webhooks",
        )


@app.command("test")
def post_test_event(webhook_id: _Id, json: Json = False, profile: ProfileName = None) -> None:
    """Post a test event now. The exit code is 1 where the receiver does not take it.

    Example:

    \b
      pushgate webhooks test 5e0c1f9a7b21
    """
    with session(profile, json=json) as found:
        result = found.pushgate.webhooks.test(webhook_id)
        status = f"{result['status'] or result['failure']}, {result['duration_ms']:,} ms"
        found.output.document(result, [f"delivered: {status}"] if result["delivered"] else [])
        if not result["delivered"]:
            raise CommandError(ExitCode.FAILED, f"not delivered: {status}: {result['reason']}")


@app.command("deliveries")
def list_deliveries(webhook_id: _Id, json: Json = False, profile: ProfileName = None) -> None:
    """List the last 100 attempts to deliver, the newest first.

    Example:

    \b
      pushgate webhooks deliveries 5e0c1f9a7b21
    """
    with session(profile, json=json) as found:
        found.output.rows(
            found.pushgate.webhooks.deliveries(webhook_id),
            {
                "at": lambda one: moment(one["at"]),
                "events": lambda one: one["events"],
                "attempt": lambda one: one["attempt"],
                "answer": lambda one: str(one["status"] or one["failure"] or "-"),
                "ms": lambda one: one["duration_ms"],
                "next": lambda one: moment(one["next_attempt_at"]),
                "reason": lambda one: one["reason"],
            },
            nothing="no deliveries",
        )


@app.command("replay")
def replay_events(
    webhook_id: _Id,
    start: Annotated[
        str,
        typer.Argument(metavar="FROM", help="An event's id, a cursor of events or a time with its offset."),
    ],
    json: Json = False,
    profile: ProfileName = None,
) -> None:
    """Deliver events once more, from a place on.

    Example:

    \b
      pushgate webhooks replay 5e0c1f9a7b21 2026-11-28T12:00:00Z
    """
    with session(profile, json=json) as found:
        replay = found.pushgate.webhooks.replay(webhook_id, start)
        found.output.document(replay, [f"events since {start} are delivered once more"])


@app.command("pause")
def pause_webhook(webhook_id: _Id, json: Json = False, profile: ProfileName = None) -> None:
    """Deliver nothing until the webhook is resumed.

    Example:

    \b
      pushgate webhooks pause 5e0c1f9a7b21
    """
    with session(profile, json=json) as found:
        found.output.document(found.pushgate.webhooks.pause(webhook_id), [f"paused {webhook_id}"])


@app.command("resume")
def resume_webhook(webhook_id: _Id, json: Json = False, profile: ProfileName = None) -> None:
    """Go on with the delivery that was next.

    Example:

    \b
      pushgate webhooks resume 5e0c1f9a7b21
    """
    with session(profile, json=json) as found:
        found.output.document(found.pushgate.webhooks.resume(webhook_id), [f"resumed {webhook_id}"])


@app.command("rotate-secret")
def rotate_secret(
    webhook_id: _Id,
    overlap: Annotated[
        str | None, typer.Option(help="How long the old secret signs, too, such as 24h. [default: the API's]")
    ] = None,
    json: Json = False,
    profile: ProfileName = None,
) -> None:
    """Give a webhook another secret and print it.

    Example:

    \b
      pushgate webhooks rotate-secret 5e0c1f9a7b21 --overlap 24h
    """
    with session(profile, json=json) as found:
        made = found.pushgate.webhooks.rotate_secret(webhook_id, overlap=overlap)
        found.output.document(made, [f"secret  {made['secret']}"])


@app.command("delete")
def delete_webhook(webhook_id: _Id, json: Json = False, profile: ProfileName = None) -> None:
    """Delete a webhook, its secret and the log of its deliveries.

    Example:

    \b
      pushgate webhooks delete 5e0c1f9a7b21
    """
    with session(profile, json=json) as found:
        found.pushgate.webhooks.delete(webhook_id)
        found.output.document({"deleted": webhook_id}, [f"deleted {webhook_id}"])
