"""`pushgate audit`: the last entries of the audit log."""

from collections.abc import Sequence
from itertools import islice
from typing import Annotated

import typer

from pushgate.cli.client.session import Json, ProfileName, session
from pushgate.cli.client.texts import moment
from pushgate_client import types

_MAX_TARGETS = 3


def show_audit(
    app_name: Annotated[str | None, typer.Option("--app", help="Only what was done to this app.")] = None,
    action: Annotated[
        str | None, typer.Option(help="An action such as key.created, or what is before its point.")
    ] = None,
    key: Annotated[str | None, typer.Option(help="The id of the key that did it.")] = None,
    target: Annotated[str | None, typer.Option(help="An id or name of what it was done to.")] = None,
    last: Annotated[int, typer.Option(min=1, max=10_000, help="How many entries.")] = 50,
    json: Json = False,
    profile: ProfileName = None,
) -> None:
    """Print the last entries of the audit log, the newest at the end.

    Examples:

    \b
      pushgate audit
      pushgate audit --app shop --action key --last 10
      pushgate audit --target 01a223c2be58100000000001010000
    """
    with session(profile, json=json, operator=True) as found:
        listed = found.pushgate.audit.list(
            app=app_name, order="newest", action=action, key=key, target=target
        )
        found.output.rows(
            reversed(list(islice(listed, last))),
            {
                "at": lambda one: moment(one["at"]),
                "app": lambda one: one["app"],
                "action": lambda one: one["action"],
                "targets": lambda one: target_words(one["targets"]),
                "by": _author,
                "address": lambda one: one["address"],
                "details": lambda one: " ".join(f"{name}={value}" for name, value in one["details"].items()),
            },
            nothing="no entries",
        )


def target_words(targets: Sequence[str]) -> list[str]:
    """The first targets: a call may have a thousand. --json has all."""
    left = len(targets) - _MAX_TARGETS
    return [*targets[:_MAX_TARGETS], *([f"and {left:,} more"] if left > 0 else [])]


def _author(entry: types.AuditEntry) -> str:
    return " ".join(part for part in (entry["key_id"], entry["key_name"]) if part)
