"""`pushgate audience`: count, list, show, save, delete."""

from collections.abc import Iterator
from typing import Annotated, cast

import typer

from pushgate.cli.client.bodies import To, ToAll, Where, need_audience
from pushgate.cli.client.output import aligned
from pushgate.cli.client.session import Json, ProfileName, session
from pushgate.cli.client.texts import cell, moment, terminal_count
from pushgate.cli.lazy import command_group
from pushgate_client import types

app = command_group("Audiences: count any, list, show, save and delete saved ones.")
_Name = Annotated[str, typer.Argument(metavar="NAME", help="The saved audience's name.")]


@app.command("count")
def count_audience(
    to_all: ToAll = False,
    to: To = None,
    where: Where = None,
    json: Json = False,
    profile: ProfileName = None,
) -> None:
    """Count the terminals of an audience, by vendor and language.

    Examples:

    \b
      pushgate audience count --all
      pushgate audience count --where '{"all_of": [{"tag": "vip"}, {"language": "zh"}]}'
    """
    with session(profile, json=json) as found:
        counted = found.pushgate.audiences.count(need_audience(to_all, to, where))
        found.output.document(counted, _count_lines(counted))


@app.command("list")
def list_audiences(json: Json = False, profile: ProfileName = None) -> None:
    """List the saved audiences.

    Example:

    \b
      pushgate audience list
    """
    with session(profile, json=json) as found:
        found.output.rows(
            found.pushgate.audiences.list(),
            {
                "name": lambda one: one["name"],
                "changed": lambda one: moment(one["changed_at"]),
                "audience": lambda one: one["audience"],
            },
            nothing="no saved audiences",
        )


@app.command("show")
def show_audience(name: _Name, json: Json = False, profile: ProfileName = None) -> None:
    """Show a saved audience.

    Example:

    \b
      pushgate audience show lapsed
    """
    with session(profile, json=json) as found:
        saved = found.pushgate.audiences.get(name)
        found.output.document(saved, [f"{key:<11}  {cell(value)}" for key, value in saved.items()])


@app.command("save")
def save_audience(
    name: _Name,
    to: To = None,
    where: Where = None,
    freeze: Annotated[
        bool, typer.Option("--freeze", help="Save the terminals that it holds now, not the rule.")
    ] = False,
    json: Json = False,
    profile: ProfileName = None,
) -> None:
    """Save an audience under a name, or replace the one that has the name.

    Examples:

    \b
      pushgate audience save lapsed --where '{"seen": {"before": "2026-09-01"}}'
      pushgate audience save launch-day --to tag:vip --freeze
    """
    with session(profile, json=json) as found:
        node = cast("types.AudienceNode", need_audience(False, to, where))
        audiences = found.pushgate.audiences
        saved = audiences.freeze(name, node) if freeze else audiences.save(name, node)
        lines = [
            f"saved {name}",
            *(f"warning: {one['field']}: {one['message']}" for one in saved["warnings"]),
        ]
        found.output.document(saved, lines)


@app.command("delete")
def delete_audience(name: _Name, json: Json = False, profile: ProfileName = None) -> None:
    """Delete a saved audience that nothing names.

    Example:

    \b
      pushgate audience delete lapsed
    """
    with session(profile, json=json) as found:
        found.pushgate.audiences.delete(name)
        found.output.document({"deleted": name}, [f"deleted {name}"])


def _count_lines(counted: types.AudienceCount) -> Iterator[str]:
    yield terminal_count(counted["total"])
    rows = [[one["vendor"], cell(one["language"]), f"{one['count']:,}"] for one in counted["groups"]]
    yield from aligned(rows)
    for warning in counted["warnings"]:
        yield f"warning: {warning['field']}: {warning['message']}"
