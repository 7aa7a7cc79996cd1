"""Message bodies from options and files: content, audience, options."""

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, cast

import typer

from pushgate.cli.client.command_errors import read_text, usage
from pushgate_client import types

ToAll = Annotated[bool, typer.Option("--all", help="To all terminals.")]
To = Annotated[
    list[str] | None,
    typer.Option(
        metavar="KIND:NAME",
        help="To user:ID, terminal:ID, tag:NAME or audience:NAME (a saved one). "
        "May be repeated: whoever is in one of them gets it.",
    ),
]
Where = Annotated[
    str | None, typer.Option(metavar="JSON", help="To an audience expression, or @FILE that holds one.")
]
_SEPARATOR = re.compile(r"(?<!\\):")
_LISTS = {"user": "users", "terminal": "terminals"}
_NODES = {"tag": "tag", "audience": "saved"}


def to_audience(to_all: bool, to: Sequence[str] | None, where: str | None) -> types.AudienceBody | None:
    """Return the audience that the options name, None where they name none. Raises CommandError."""
    if (to_all, bool(to), where is not None).count(True) > 1:
        raise usage("--all, --to and --where exclude each other", "--where takes any combination")
    if to_all:
        return {"all": True}
    if where is not None:
        return cast("types.AudienceBody", json_object("--where", where))
    return _union(to) if to else None


def need_audience(to_all: bool, to: Sequence[str] | None, where: str | None) -> types.AudienceBody:
    """Return the audience that the options name. Raises CommandError where they name none."""
    found = to_audience(to_all, to, where)
    if found is None:
        raise usage("to whom? give --all, --to or --where", "--to user:ann --to tag:vip")
    return found


def to_content(texts: Sequence[str], option: str = "--content") -> dict[str, types.ContentBody]:
    """Return content from texts of an option, of the form `language:title:body`. Raises
    CommandError.
    """
    found: dict[str, types.ContentBody] = {}
    for text in texts:
        parts = [part.replace("\\:", ":") for part in _SEPARATOR.split(text, maxsplit=2)]
        if len(parts) != 3 or not all(parts):
            raise usage(f"{option} takes language:title:body, not {text}", r"a colon in the title is \:")
        if parts[0] in found:
            raise usage(f"{option} names the language {parts[0]} twice")
        found[parts[0]] = {"title": parts[1], "body": parts[2]}
    return found


def to_template(text: str) -> types.TemplateReference:
    """Return the template that a text of the form `name` or `name@version` names. Raises
    CommandError.
    """
    name, separator, version = text.partition("@")
    if not separator:
        return {"name": name}
    if not (version.isascii() and version.isdecimal()):
        raise usage(f"a template is NAME or NAME@VERSION, not {text}", "welcome@3")
    return {"name": name, "version": int(version)}


def to_variants(texts: Sequence[str]) -> list[types.VariantBody]:
    """Return variants from texts of the form `name:share:language:title:body`; a variant in several
    languages has a text for each. Raises CommandError.
    """
    found: dict[str, types.VariantBody] = {}
    for text in texts:
        parts = [part.replace("\\:", ":") for part in _SEPARATOR.split(text, maxsplit=4)]
        if len(parts) != 5 or not all(parts):
            raise usage(f"--variant takes name:share:language:title:body, not {text}", "b:50:en:Sale:Today")
        name, share, language, title, body = parts
        try:
            variant = found.setdefault(name, {"name": name, "share": float(share), "content": {}})
        except ValueError as error:
            raise usage(f"the share of the variant {name} is a number of per cent, not {share}") from error
        if language in variant["content"]:
            raise usage(f"--variant names the language {language} of {name} twice")
        variant["content"][language] = {"title": title, "body": body}
    return list(found.values())


def to_canary(text: str, hold_if: Sequence[str], slower_if: Sequence[str]) -> dict[str, object]:
    """Return the canary of `share:wait`, with limits such as `rejected=5`. Raises CommandError."""
    share, _, wait = text.partition(":")
    if not wait:
        raise usage(f"--canary takes the per cent and the time, not {text}", "--canary 1:10m")
    found: dict[str, object] = {"share": _per_cent("--canary", share), "wait": wait}
    for name, limits in (("hold_if", hold_if), ("slower_if", slower_if)):
        if limits:
            found[name] = dict(_limit(f"--{name.replace('_', '-')}", one) for one in limits)
    return found


def _limit(option: str, text: str) -> tuple[str, float]:
    measure, _, limit = text.partition("=")
    if not measure or not limit:
        raise usage(f"{option} takes what is counted and a number of per cent, not {text}", "rejected=5")
    return measure, _per_cent(option, limit)


def _per_cent(option: str, text: str) -> float:
    try:
        return float(text)
    except ValueError as error:
        raise usage(f"{option} takes a number of per cent, not {text}") from error


def json_object(name: str, text: str) -> dict[str, object]:
    """Return the object that JSON has, or a file with it, named by @FILE; `name` is what it is of.

    Raises CommandError.
    """
    return parse_object(name, read_text(Path(text[1:])) if text.startswith("@") else text)


def parse_object(name: str, text: str) -> dict[str, object]:
    """Return the object that a text has as JSON. Raises CommandError."""
    try:
        found = json.loads(text)
    except ValueError as error:
        raise usage(f"{name} is not JSON: {error}") from error
    if not isinstance(found, dict):
        raise usage(f"{name} must be a JSON object: {{...}}")
    return found


def _union(to: Sequence[str]) -> types.AudienceBody:
    lists: dict[str, list[str]] = {}
    nodes: list[dict[str, object]] = []
    for one in to:
        kind, _, name = one.partition(":")
        if not name or kind not in _LISTS | _NODES:
            raise usage(f"--to takes user:ID, terminal:ID, tag:NAME or audience:NAME, not {one}")
        if kind in _LISTS:
            lists.setdefault(_LISTS[kind], []).append(name)
        else:
            nodes.append({_NODES[kind]: name})
    nodes += [{name: listed} for name, listed in lists.items()]
    return cast("types.AudienceBody", nodes[0] if len(nodes) == 1 else {"any_of": nodes})
