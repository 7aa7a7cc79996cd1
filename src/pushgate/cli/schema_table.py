"""The fields of a pydantic model as a Markdown table, from its JSON Schema."""

from collections.abc import Collection, Iterator, Mapping
from enum import Enum
from typing import Any

from pydantic import BaseModel

_Schema = Mapping[str, Any]
"""JSON Schema as pydantic writes it."""


def field_table(title: str, model: type[BaseModel], known: Collection[str]) -> str:
    """A table of the fields, without those in `known`.

    An `endpoint` is listed in any case: its default is the vendor's.
    """
    schema = model.model_json_schema()
    own = {
        name: field
        for name, field in schema.get("properties", {}).items()
        if name == "endpoint" or name not in known
    }
    rows = [f"| {title} | Takes | |", "|---|---|---|"]
    rows += _rows({**schema, "properties": own}, schema.get("$defs", {}))
    return "\n".join(rows) + "\n"


def _rows(schema: _Schema, definitions: _Schema, path: str = "") -> Iterator[str]:
    """One row for each field; the fields of an object follow it."""
    for name, field in schema.get("properties", {}).items():
        options = field.get("anyOf", [field])
        notes = [next((part["description"] for part in (field, *options) if "description" in part), "")]
        if name in schema.get("required", []):
            notes.append("required")
        elif field.get("default") not in (None, "", []):
            notes.append(f"default `{_text(field['default'])}`")
        note = "; ".join(text for text in notes if text).replace("|", "\\|")
        yield f"| `{path}{name}` | {', '.join(takes(field, definitions))} | {note} |"
        for option in options:
            for place, part in ((".", option), ("[].", option.get("items", {}))):
                inner = definitions.get(part.get("$ref", "").rpartition("/")[2], {})
                yield from _rows(inner, definitions, f"{path}{name}{place}")


def takes(field: _Schema, definitions: _Schema) -> Iterator[str]:
    """What a field may hold, without the null that leaves it unset."""
    for option in field.get("anyOf") or [field]:
        match option:
            case {"type": "null"}:
                continue
            case {"$ref": str(name)}:
                yield from takes(definitions.get(name.rpartition("/")[2], {}), definitions)
            case {"enum": list(values)}:
                yield from (f"`{_text(value)}`" for value in values)
            case {"const": value}:
                yield f"`{_text(value)}`"
            case {"type": "array", "items": dict(items)}:
                yield f"list of {', '.join(takes(items, definitions))}"
            case {"type": "string", "format": "duration"}:
                yield "duration"
            case {"type": str(kind)}:
                bounds = _bounds(kind, option)
                max_length = f", up to {option['maxLength']}" if "maxLength" in option else ""
                yield f"{kind}{bounds}{max_length}"
            case _:
                yield "any JSON"


def _bounds(kind: str, field: _Schema) -> str:
    """The range of a number, where both bounds are set."""
    whole = kind == "integer"
    low, below = field.get("minimum"), field.get("exclusiveMinimum")
    high, above = field.get("maximum"), field.get("exclusiveMaximum")
    if whole and below is not None:
        low = below + 1
    if whole and above is not None:
        high = above - 1
    return f" {_text(low)} to {_text(high)}" if low is not None and high is not None else ""


def _text(value: object) -> str:
    return str(value.value if isinstance(value, Enum) else value)
