"""The types of the Python client from an OpenAPI document. Pure."""

import keyword
import textwrap
from collections.abc import Mapping
from typing import Any

_HEAD = '''"""What the API takes and returns, as types of dicts. Made by `make clients`; do not edit."""

from __future__ import annotations

from typing import Any, Literal, NotRequired, TypedDict

'''
_SCALARS = {"string": "str", "integer": "int", "number": "float", "boolean": "bool", "null": "None"}
Schema = Mapping[str, Any]
_MAX_WORDS = 94
"""Columns of a docstring without its quotes."""


def type_of(schema: Schema) -> str:
    """Return the annotation of a schema."""
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    if "const" in schema:
        return f"Literal[{schema['const']!r}]"
    if "enum" in schema:
        return f"Literal[{', '.join(map(repr, schema['enum']))}]"
    for several in ("anyOf", "oneOf"):
        if several in schema:
            return " | ".join(dict.fromkeys(type_of(part) for part in schema[several]))
    if "allOf" in schema and len(schema["allOf"]) == 1:
        return type_of(schema["allOf"][0])
    return _type_by_name(schema)


def _type_by_name(schema: Schema) -> str:
    match schema.get("type"):
        case "array":
            return f"list[{type_of(schema.get('items', {}))}]"
        case "object":
            values = schema.get("additionalProperties")
            return f"dict[str, {type_of(values) if isinstance(values, dict) else 'Any'}]"
        case str(name):
            return _SCALARS[name]
    return "Any"


def definition(name: str, schema: Schema) -> str:
    """Return the source of a schema's type."""
    if not schema.get("properties"):
        return f"{name} = {type_of(schema)}\n{_words(schema, '')}"
    required = schema.get("required", ())
    fields = {
        field: type_of(part) if field in required else f"NotRequired[{type_of(part)}]"
        for field, part in schema["properties"].items()
    }
    if any(keyword.iskeyword(field) or not field.isidentifier() for field in fields):
        lines = "".join(f"        {field!r}: {kind!r},\n" for field, kind in fields.items())
        return f"{name} = TypedDict(\n    {name!r},\n    {{\n{lines}    }},\n)\n{_words(schema, '')}"
    lines = "".join(
        f"    {field}: {kind}\n{_words(schema['properties'][field], '    ')}"
        for field, kind in fields.items()
    )
    return f"class {name}(TypedDict):\n{_words(schema, '    ')}\n{lines}"


def _words(schema: Schema, indent: str) -> str:
    """Return the description as a docstring."""
    text = " ".join(str(schema.get("description", "")).split()).replace('"""', "'''").replace("\\", "\\\\")
    lines = textwrap.wrap(text, _MAX_WORDS - len(indent), break_long_words=False, break_on_hyphens=False)
    if len(lines) < 2:
        return f'{indent}"""{text}"""\n' if lines else ""
    return f'{indent}"""' + f"\n{indent}".join(lines) + f'\n{indent}"""\n'


def source(document: Mapping[str, Any]) -> str:
    """Return the module with the types of all schemas of a document."""
    schemas: Mapping[str, Schema] = document["components"]["schemas"]
    return _HEAD + "\n\n".join(definition(name, schema) for name, schema in sorted(schemas.items()))
