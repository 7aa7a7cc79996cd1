"""Vendors' own options as fields of a form: made from each vendor's model. Pure."""

import json
import types
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Annotated, Literal, Union, get_args, get_origin

from pushgate.adapters.registry import vendors
from pushgate.console.json_text import parse_json


class Control(StrEnum):
    """How a value is entered."""

    TEXT = "text"
    NUMBER = "number"
    SWITCH = "switch"
    CHOICE = "choice"
    JSON = "json"


@dataclass(frozen=True, slots=True, kw_only=True)
class OptionField:
    """An option of a vendor. `hint` is the description in the vendor's model, in English."""

    name: str
    control: Control
    choices: Sequence[str] = ()
    hint: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenOption:
    """An option as it is written."""

    vendor: str
    name: str
    text: str


_CONTROLS: Mapping[object, Control] = {
    str: Control.TEXT,
    int: Control.NUMBER,
    float: Control.NUMBER,
    bool: Control.SWITCH,
}


@cache
def fields_of(vendor: str) -> Mapping[str, OptionField]:
    """Return the options of a vendor by name; none for a vendor that is not known."""
    known = vendors().get(vendor)
    if known is None:
        return {}
    return {
        name: _field(name, field.annotation, field.description or "")
        for name, field in known.options.model_fields.items()
    }


def write_value(option: WrittenOption) -> object:
    """Return the option's value for a message. A text that is no such value stays a text, for the
    API to refuse.
    """
    field = fields_of(option.vendor).get(option.name)
    if field is None or field.control is Control.TEXT:
        return option.text
    try:
        value = parse_json(option.text)
    except ValueError:
        return option.text
    if field.control is Control.CHOICE:
        return value if option.text in field.choices and not isinstance(value, str) else option.text
    return value


def read_value(vendor: str, name: str, value: object) -> WrittenOption:
    """Return the option as it is written for this value."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return WrittenOption(vendor=vendor, name=name, text=text)


def _field(name: str, annotation: object, hint: str) -> OptionField:
    kind = _without_none(annotation)
    if get_origin(kind) is Literal:
        choices = tuple(str(choice) for choice in get_args(kind))
        return OptionField(name=name, control=Control.CHOICE, choices=choices, hint=hint)
    return OptionField(name=name, control=_CONTROLS.get(kind, Control.JSON), hint=hint)


def _without_none(annotation: object) -> object:
    """Return the kind of an annotation without its constraints and without None."""
    if get_origin(annotation) is Annotated:
        return _without_none(get_args(annotation)[0])
    if get_origin(annotation) in (Union, types.UnionType):
        kinds = [kind for kind in get_args(annotation) if kind is not type(None)]
        return _without_none(kinds[0]) if len(kinds) == 1 else annotation
    return annotation
