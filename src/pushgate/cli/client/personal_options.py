"""The options of `pushgate send` for personal messages."""

from collections.abc import Sequence
from typing import Annotated, NamedTuple, cast

import typer

from pushgate.cli.client.bodies import to_content, to_template
from pushgate.cli.client.command_errors import usage

Personal = Annotated[
    bool, typer.Option("--personal", help="Fill each terminal's values into placeholders such as {{ name }}.")
]
Value = Annotated[
    list[str] | None,
    typer.Option(
        metavar="NAME=TEXT", help="What {{ values.NAME }} shows; may be repeated. Implies --personal."
    ),
]
Fallback = Annotated[
    list[str] | None,
    typer.Option(
        metavar="LANGUAGE:TITLE:BODY",
        help="What a terminal gets that lacks a value; may be repeated. Implies --personal.",
    ),
]
FallbackTemplate = Annotated[
    str | None,
    typer.Option(metavar="NAME[@VERSION]", help="In place of --fallback: a template without placeholders."),
]


class PersonalFields(NamedTuple):
    """What fills placeholders, as options give it."""

    personal: bool
    values: Sequence[str]
    fallback: Sequence[str]
    fallback_template: str | None = None

    def add_to(self, message: dict[str, object]) -> None:
        """Set the fields of a personal message. A template says itself whether it is personal.

        Raises CommandError.
        """
        if self.personal or (
            (self.values or self.fallback or self.fallback_template) and "template" not in message
        ):
            message["personal"] = True
        self._add_values(message)

    def add_to_change(self, change: dict[str, object]) -> None:
        """Set the fields in a change of a message: it stays personal unless the change says
        otherwise.

        Raises CommandError.
        """
        if self.personal:
            change["personal"] = True
        self._add_values(change)

    def _add_values(self, message: dict[str, object]) -> None:
        if self.values:
            known = cast("dict[str, object]", message.get("values") or {})
            message["values"] = {**known, **dict(map(_value, self.values))}
        if self.fallback:
            message["on_missing"] = "fallback"
            message["fallback"] = to_content(self.fallback, "--fallback")
        if self.fallback_template:
            message["on_missing"] = "fallback"
            message["fallback_template"] = to_template(self.fallback_template)


def _value(written: str) -> tuple[str, str]:
    name, equals, text = written.partition("=")
    if not name or not equals:
        raise usage(f"--value takes NAME=TEXT, not {written}", "--value item='The red hat'")
    return name, text
