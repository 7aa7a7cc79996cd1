"""`pushgate template`: put, get, list, preview, delete."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated, cast

import typer

from pushgate.cli.client.bodies import json_object, parse_object, to_content, to_template
from pushgate.cli.client.command_errors import read_text, usage
from pushgate.cli.client.send_options import Content
from pushgate.cli.client.session import Json, ProfileName, session
from pushgate.cli.client.texts import moment, plain
from pushgate.cli.lazy import command_group
from pushgate_client import types

app = command_group("Stored templates: put, get, list, preview and delete.")
_Name = Annotated[str, typer.Argument(metavar="NAME", help="The template's name.")]
_NameAndVersion = Annotated[
    str, typer.Argument(metavar="NAME[@VERSION]", help="The template; without a version the latest.")
]
_File = Annotated[
    Path | None, typer.Option(help="Content and default language as JSON, as the API takes it; - is stdin.")
]
_DefaultLanguage = Annotated[
    str | None, typer.Option(help="For phones whose language none of the content's fits.")
]
_Options = Annotated[
    str | None,
    typer.Option("--options", metavar="JSON", help="The options of a message with the template, or @FILE."),
]
_Values = Annotated[
    str | None,
    typer.Option("--values", metavar="JSON", help="What {{ values.x }} shows, as JSON or @FILE."),
]
_Attributes = Annotated[
    str | None, typer.Option("--attributes", metavar="JSON", help="Those of a terminal, as JSON or @FILE.")
]
_UserAttributes = Annotated[
    str | None, typer.Option("--user-attributes", metavar="JSON", help="Those of its user.")
]


@app.command("put")
def put_template(
    name: _Name,
    content: Content = None,
    file: _File = None,
    default_language: _DefaultLanguage = None,
    json: Json = False,
    profile: ProfileName = None,
) -> None:
    """Store a version of a template. Content that the latest version has already makes no new one.

    Examples:

    \b
      pushgate template put welcome --content "en:Welcome:Good to see you"
      pushgate template put welcome --file welcome.json
    """
    with session(profile, json=json) as found:
        stored = found.pushgate.templates.put(name, _body(content or [], file, default_language))
        found.output.document(stored, [f"{name}@{stored['version']}", *_warnings(stored["warnings"])])


@app.command("get")
def get_template(template: _NameAndVersion, json: Json = False, profile: ProfileName = None) -> None:
    """Show a version of a template, and which versions there are.

    Example:

    \b
      pushgate template get welcome@1
    """
    with session(profile, json=json) as found:
        wanted = to_template(template)
        shown = found.pushgate.templates.get(wanted["name"], wanted.get("version"))
        found.output.document(shown, _lines(shown))


@app.command("list")
def list_templates(json: Json = False, profile: ProfileName = None) -> None:
    """List the templates.

    Example:

    \b
      pushgate template list
    """
    with session(profile, json=json) as found:
        found.output.rows(
            found.pushgate.templates.list(),
            {
                "name": lambda one: one["name"],
                "version": lambda one: one["latest_version"],
                "changed": lambda one: moment(one["changed_at"]),
                "languages": lambda one: one["languages"],
                "title": lambda one: one["title"],
            },
            nothing="no templates",
        )


@app.command("preview")
def preview_template(
    template: _NameAndVersion,
    content: Content = None,
    file: _File = None,
    language: Annotated[str | None, typer.Option(help="Show the content of this language alone.")] = None,
    values: _Values = None,
    attributes: _Attributes = None,
    user_attributes: _UserAttributes = None,
    options: _Options = None,
    json: Json = False,
    profile: ProfileName = None,
) -> None:
    """Show what each vendor would receive of a version, or of a content that is not stored yet.

    Examples:

    \b
      pushgate template preview welcome@1 --language en --values '{"order": "A-17"}'
      pushgate template preview welcome --content "en:Welcome:Good to see you"
    """
    with session(profile, json=json) as found:
        wanted = to_template(template)
        body: types.TemplatePreviewBody = {}
        if content or file is not None:
            body["content"] = _body(content or [], file, None)["content"]
        if "version" in wanted:
            body["version"] = wanted["version"]
        if language is not None:
            body["language"] = language
        given = {
            "options": options,
            "values": values,
            "attributes": attributes,
            "user_attributes": user_attributes,
        }
        for field, text in given.items():
            if text is not None:
                option = f"--{field.replace('_', '-')}"
                cast("dict[str, object]", body)[field] = json_object(option, text)
        shown = found.pushgate.templates.preview(wanted["name"], body)
        found.output.document(shown, _preview_lines(shown))


@app.command("delete")
def delete_template(name: _Name, json: Json = False, profile: ProfileName = None) -> None:
    """Delete a template with all its versions. Messages that name it are sent all the same.

    Example:

    \b
      pushgate template delete welcome
    """
    with session(profile, json=json) as found:
        found.pushgate.templates.delete(name)
        found.output.document({"deleted": name}, [f"deleted {name}"])


def _body(texts: Sequence[str], file: Path | None, default_language: str | None) -> types.TemplateBody:
    """Return what options give of a template. Raises CommandError."""
    body = {} if file is None else parse_object(f"--file {file}", read_text(file))
    if texts:
        body["content"] = to_content(texts)
    if default_language is not None:
        body["default_language"] = default_language
    if not body.get("content"):
        raise usage("what? give --content or --file", '--content "en:Welcome:Good to see you"')
    return cast("types.TemplateBody", body)


def _lines(shown: types.Template) -> Iterator[str]:
    yield f"{shown['name']}@{shown['version']}  {moment(shown['created_at'])} by {plain(shown['created_by'])}"
    for language, content in shown["content"].items():
        default = "  (default)" if language == shown["default_language"] else ""
        yield f"{language}: {plain(content['title'])}: {plain(content['body'])}{default}"
    yield f"versions: {', '.join(str(one['version']) for one in shown['versions'])}"


def _preview_lines(shown: types.TemplatePreview) -> Iterator[str]:
    for problem in shown["problems"]:
        yield f"problem: {problem['field']}: {plain(problem['message'])}"
    for one in shown["vendors"]:
        yield f"{one['vendor']} {one['language']}: {plain(one['body'] or 'nothing')}"
        for problem in one["problems"]:
            yield f"  problem: {problem['field']}: {plain(problem['message'])}"
        yield from (f"  {line}" for line in _warnings(one["warnings"]))


def _warnings(found: Sequence[types.FieldError]) -> Iterator[str]:
    for one in found:
        yield f"warning: {one['field']}: {plain(one['message'])}"
