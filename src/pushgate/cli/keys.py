"""`pushgate keys`: make, list, rotate and revoke API keys, by API; the first one without an API."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, cast

import typer

from pushgate.cli.client.command_errors import ended_tidily, usage
from pushgate.cli.client.output import Output
from pushgate.cli.client.session import Json, ProfileName, session
from pushgate.cli.client.texts import moment
from pushgate.cli.lazy import command_group, import_attribute
from pushgate.domain.durations import parse_duration
from pushgate_client import types

app = command_group("API keys: create, list, rotate, revoke. With an operator's key, or an app's admin key.")
_MAX_LIFE = timedelta(days=3660)
_KeyId = Annotated[str, typer.Argument(metavar="KEY", help="The key's id, as `pushgate keys list` tells it.")]


_App = Annotated[
    str | None, typer.Option("--app", help="The app the key belongs to; none for an operator's.")
]
_Scopes = Annotated[
    str,
    typer.Option(
        help="What it may do, with commas between: push, read, terminals:read, terminals:write, "
        "terminals (both), admin (all of the app, keys included); or operator alone, for all apps."
    ),
]
_Note = Annotated[str, typer.Option("--name", help="A note to know it by; the audit log has it.")]
_ExpiresIn = Annotated[
    str | None, typer.Option(help="How long it holds, such as 12h or 90d. [default: for ever]")
]
_Networks = Annotated[
    list[str] | None,
    typer.Option("--network", help="Where its requests may come from; may be repeated. [default: any]"),
]
_RateLimit = Annotated[
    int | None, typer.Option(min=1, max=1_000_000, help="Requests a second. [default: any number]")
]
_ForFirstKey = Annotated[
    Path | None,
    typer.Option(
        "--config",
        help="Make it in the Redis of this configuration, on the server's machine: for the first key.",
    ),
]


@app.command("create")
def create_key(
    app_name: _App = None,
    scopes: _Scopes = "push,read,terminals",
    name: _Note = "",
    expires_in: _ExpiresIn = None,
    networks: _Networks = None,
    rate_limit: _RateLimit = None,
    config: _ForFirstKey = None,
    json: Json = False,
    profile: ProfileName = None,
) -> None:
    """Make an API key and print it. It is stored as a digest only: it cannot be shown again.

    Examples:

    \b
      pushgate keys create --scopes operator --name oncall --config /etc/pushgate/pushgate.toml
      pushgate keys create --app shop
      pushgate keys create --app shop --scopes read --name dashboard --expires-in 90d
      pushgate keys create --app shop --scopes push --network 10.0.0.0/8 --rate-limit 200
    """
    body: types.KeyBody = {
        "scopes": cast("list[types.Scope]", [scope.strip() for scope in scopes.split(",") if scope.strip()]),
        "name": name,
        "app": app_name,
        "networks": networks or [],
        "rate_limit": rate_limit,
    }
    with ended_tidily(as_json=json):
        if expires_in is not None:
            body["expires_at"] = _expires_at(expires_in).isoformat()
        if config is not None:
            if profile is not None:
                raise usage("--config and --profile exclude each other")
            key = import_attribute("stored_key:create_stored_key")(config, body)
            Output(json=json).document({"key": key}, [key])
            return
    with session(profile, json=json, operator=True) as found:
        made = found.pushgate.keys.create(body)
        found.output.document(made, [made["key"]])


@app.command("list")
def list_keys(
    app_name: Annotated[str | None, typer.Option("--app", help="Only this app's.")] = None,
    json: Json = False,
    profile: ProfileName = None,
) -> None:
    """List API keys, without their secrets.

    Example:

    \b
      pushgate keys list --app shop
    """
    with session(profile, json=json, operator=True) as found:
        found.output.rows(
            found.pushgate.keys.list(app=app_name),
            {
                "id": lambda one: one["id"],
                "app": lambda one: one["app"],
                "scopes": lambda one: one["scopes"],
                "last used": lambda one: moment(one["last_used_at"]),
                "limits": lambda one: list(_limits(one)),
                "name": lambda one: one["name"],
            },
            nothing="no keys",
        )


@app.command("rotate")
def rotate_key(
    key_id: _KeyId,
    overlap: Annotated[
        str, typer.Option(help="How long the earlier secrets hold, such as 15m or 2d; 0s ends them at once.")
    ] = "1h",
    json: Json = False,
    profile: ProfileName = None,
) -> None:
    """Give a key another secret and print the key. The earlier secrets hold for the overlap.

    Examples:

    \b
      pushgate keys rotate 3f9a61c0be42
      pushgate keys rotate 3f9a61c0be42 --overlap 0s
    """
    with session(profile, json=json, operator=True) as found:
        made = found.pushgate.keys.rotate(key_id, overlap=overlap)
        found.output.document(made, [made["key"]])


@app.command("revoke")
def revoke_key(key_id: _KeyId, json: Json = False, profile: ProfileName = None) -> None:
    """Revoke a key: every process refuses it within a second.

    Example:

    \b
      pushgate keys revoke 3f9a61c0be42
    """
    with session(profile, json=json, operator=True) as found:
        found.pushgate.keys.revoke(key_id)
        found.output.document({"revoked": key_id}, [f"revoked {key_id}"])


def _limits(key: types.Key) -> Iterator[str]:
    """What limits the key, in words."""
    if key["expires_at"]:
        yield f"until {moment(key['expires_at'])}"
    yield from (f"from {network}" for network in key["networks"])
    if key["rate_limit"]:
        yield f"{key['rate_limit']:,}/s"


def _expires_at(expires_in: str) -> datetime:
    try:
        return datetime.now(UTC) + parse_duration(expires_in, _MAX_LIFE)
    except ValueError as error:
        raise usage(f"--expires-in {error}") from error
