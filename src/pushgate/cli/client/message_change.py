"""`pushgate messages change`: another content, or other values, for a message that waits."""

from pathlib import Path
from typing import Annotated, cast

import typer

from pushgate.cli.client.bodies import parse_object, to_template
from pushgate.cli.client.command_errors import read_text, usage
from pushgate.cli.client.personal_options import Fallback, FallbackTemplate, Personal, PersonalFields, Value
from pushgate.cli.client.results import MessageId
from pushgate.cli.client.send_options import Body, Content, Image, Language, Link, Template, Texts, Title
from pushgate.cli.client.session import Json, ProfileName, session
from pushgate_client import types

_File = Annotated[
    Path | None,
    typer.Option(help="The change as JSON, as the API takes it; - is stdin. Other options come on top."),
]


def change_message(
    message_id: MessageId,
    title: Title = None,
    body: Body = None,
    language: Language = None,
    content: Content = None,
    template: Template = None,
    url: Link = None,
    image: Image = None,
    file: _File = None,
    personal: Personal = False,
    value: Value = None,
    fallback: Fallback = None,
    fallback_template: FallbackTemplate = None,
    json: Json = False,
    profile: ProfileName = None,
) -> None:
    """Give a message that is still scheduled another content, or other values. What is not named
    stays as it is.

    Examples:

    \b
      pushgate messages change 01a220e70f5203cf04901b52156681 --content "en:Sale:Until Sunday"
      pushgate messages change 01a220e70f5203cf04901b52156681 --template welcome --value order=A-17
    """
    with session(profile, json=json) as found:
        change = {} if file is None else parse_object(f"--file {file}", read_text(file))
        texts = Texts(title=title, body=body, language=language, content=content or [], link=url, image=image)
        texts.add_to(change)
        if template is not None:
            change["template"] = to_template(template)
        fields = PersonalFields(
            personal=personal,
            values=value or [],
            fallback=fallback or [],
            fallback_template=fallback_template,
        )
        fields.add_to_change(change)
        if not change:
            raise usage("change what? give --content, --template, --value or --file", "--template welcome")
        changed = found.pushgate.messages.change(message_id, cast("types.ChangeBody", change))
        lines = [f"{message_id}  {changed['status']}"]
        lines += [f"warning: {one['field']}: {one['message']}" for one in changed["warnings"]]
        found.output.document(changed, lines)
