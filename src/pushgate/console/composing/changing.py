"""What a button of the form asks for, carried out. Pure."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date

from starlette.datastructures import ImmutableMultiDict

from pushgate.console.composing.audience_form import AudienceForm
from pushgate.console.composing.audience_lines import Join, Kind
from pushgate.console.composing.changes import (
    as_json,
    with_data_row,
    with_language,
    with_line,
    with_new_kinds,
    with_option,
    without_language,
    without_line,
)
from pushgate.console.composing.desk import Desk
from pushgate.console.composing.message_form import MessageForm

Posted = ImmutableMultiDict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """A form after a button was pressed. `is_refused` says that what was typed is no language."""

    form: MessageForm
    desk: Desk
    is_refused: bool = False


def change_form(form: MessageForm, desk: Desk, posted: Posted, today: date) -> Changed:
    """Do what the field `do` names, such as `add_line:or`. What is not known changes nothing."""
    name, _, argument = posted.get("do", "").partition(":")
    form = with_new_kinds(form, posted.getlist("shown_kind"), today)
    change = _CHANGES.get(name)
    return change(form, desk, argument, posted) if change else Changed(form=form, desk=desk)


def _add_language(form: MessageForm, desk: Desk, tag: str, posted: Posted) -> Changed:
    added = with_language(form, tag or posted.get("new_language", ""))
    if added is None:
        return Changed(form=form, desk=desk, is_refused=True)
    return Changed(form=added, desk=replace(desk, tab=len(added.languages) - 1))


def _drop_language(form: MessageForm, desk: Desk, place: str, _: Posted) -> Changed:
    return Changed(form=without_language(form, _number(place)), desk=replace(desk, tab=0))


def _add_line(form: MessageForm, desk: Desk, argument: str, __: Posted) -> Changed:
    join, _, kind = argument.partition(":")
    line_kind = Kind(kind) if kind in {one.value for one in Kind} else Kind.TAG
    known = Join(join) if join in {one.value for one in Join} else Join.AND
    return Changed(form=with_line(form, known, line_kind), desk=replace(desk, focus=len(form.audience.lines)))


def _drop_line(form: MessageForm, desk: Desk, place: str, _: Posted) -> Changed:
    return Changed(form=without_line(form, _number(place)), desk=desk)


def _add_data(form: MessageForm, desk: Desk, place: str, _: Posted) -> Changed:
    number = _number(place)
    known = form.by_language and number < len(form.languages)
    return Changed(form=with_data_row(form, form.languages[number] if known else ""), desk=desk)


def _add_option(form: MessageForm, desk: Desk, _: str, posted: Posted) -> Changed:
    wanted = posted.get("new_option", "")
    vendor, __, name = wanted.partition(".")
    return Changed(form=with_option(form, vendor, name), desk=replace(desk, new_option=wanted))


def _write_json(form: MessageForm, desk: Desk, _: str, __: Posted) -> Changed:
    return Changed(form=as_json(form), desk=desk)


def _begin_with_lines(form: MessageForm, desk: Desk, _: str, __: Posted) -> Changed:
    return Changed(form=replace(form, audience=AudienceForm()), desk=desk)


def _number(text: str) -> int:
    """Return a number; one that no list reaches for another text."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 6 else 10**6


_CHANGES: Mapping[str, Callable[[MessageForm, Desk, str, Posted], Changed]] = {
    "add_language": _add_language,
    "drop_language": _drop_language,
    "add_line": _add_line,
    "drop_line": _drop_line,
    "add_data": _add_data,
    "add_option": _add_option,
    "as_json": _write_json,
    "as_lines": _begin_with_lines,
}
