"""`pushgate profiles`: servers by name, with the keys to them."""

import getpass
import sys
from dataclasses import replace
from typing import Annotated

import typer

from pushgate.cli.client.command_errors import ended_tidily, usage
from pushgate.cli.client.output import Output
from pushgate.cli.client.profile_file import (
    Profile,
    Profiles,
    check_name,
    profile_file,
    read_profiles,
    write_profiles,
)
from pushgate.cli.client.server import Server
from pushgate.cli.client.session import Json, is_here, open_client
from pushgate.cli.lazy import command_group

app = command_group("Servers by name, with the keys to them: add, use, list, remove.")
_Name = Annotated[str, typer.Argument(metavar="NAME", help="The profile's name.")]


@app.command("add")
def add_profile(
    name: _Name,
    url: Annotated[str | None, typer.Option(help="Where the API is. [default: as it is]")] = None,
    json: Json = False,
) -> None:
    """Add a server, or another key to it. The key is asked for, or read from stdin; it is tried
    before it is stored. A profile holds one key of an app and one of the operator.

    Examples:

    \b
      pushgate profiles add prod --url https://push.example.com
      pushgate profiles add prod < operator.key
    """
    with ended_tidily(as_json=json):
        profiles = read_profiles()
        earlier = profiles.by_name.get(check_name(name))
        address = url or (earlier.url if earlier else "")
        if not address.startswith(("http://", "https://")):
            raise usage("--url must be an address such as https://push.example.com")
        if earlier and url and url != earlier.url:
            earlier = None  # its keys are those of another server
        made, kind = _with_key(earlier or Profile(url=address), _read_key())
        current, output = profiles.current or name, Output(json=json)
        write_profiles(Profiles(by_name={**profiles.by_name, name: made}, current=current))
        if address.startswith("http:") and not is_here(address):
            output.note(f"warning: the key goes to {address} unencrypted; use https://")
        lines = [f"added the {kind} of {address} to the profile {name}, in {profile_file()}"]
        output.document(_document(name, made, current), lines)


@app.command("use")
def use_profile(name: _Name, json: Json = False) -> None:
    """Use a profile where a command names none.

    Example:

    \b
      pushgate profiles use prod
    """
    with ended_tidily(as_json=json):
        profiles = read_profiles()
        profile = profiles.named(name)
        write_profiles(replace(profiles, current=name))
        Output(json=json).document(_document(name, profile, name), [f"using {name}"])


@app.command("list")
def list_profiles(json: Json = False) -> None:
    """List the profiles, without their keys.

    Example:

    \b
      pushgate profiles list
    """
    with ended_tidily(as_json=json):
        profiles = read_profiles()
        Output(json=json).rows(
            [_document(name, profile, profiles.current) for name, profile in profiles.by_name.items()],
            {
                "name": lambda one: one["name"],
                "url": lambda one: one["url"],
                "keys": lambda one: one["keys"],
                "in use": lambda one: one["current"],
            },
            nothing="no profiles",
        )


@app.command("remove")
def remove_profile(name: _Name, json: Json = False) -> None:
    """Remove a profile and its keys.

    Example:

    \b
      pushgate profiles remove staging
    """
    with ended_tidily(as_json=json):
        profiles = read_profiles()
        profiles.named(name)  # refuses a name that nothing has
        left = {one: profile for one, profile in profiles.by_name.items() if one != name}
        current = "" if profiles.current == name else profiles.current
        write_profiles(Profiles(by_name=left, current=current))
        Output(json=json).document({"removed": name}, [f"removed {name}"])


def _with_key(profile: Profile, key: str) -> tuple[Profile, str]:
    """The profile with a key that its server takes, and what kind of key that is.

    Raises PushgateError.
    """
    with open_client(Server(url=profile.url, key=key, source="the key that was given")) as pushgate:
        status = pushgate.operations.status()
    if "processes" in status:  # which only an operator is told
        return replace(profile, operator_key=key), "operator's key"
    return replace(profile, key=key), "app's key"


def _read_key() -> str:
    """The key, from the keyboard without an echo or from stdin: others see options."""
    key = getpass.getpass("API key: ") if sys.stdin.isatty() else sys.stdin.readline()
    if not key.strip():
        raise usage("no key was given", "give it on stdin: pushgate profiles add NAME --url URL < FILE")
    return key.strip()


def _document(name: str, profile: Profile, current: str) -> dict[str, object]:
    keys = [kind for kind, key in (("app", profile.key), ("operator", profile.operator_key)) if key]
    return {"name": name, "url": profile.url, "keys": keys, "current": name == current}
