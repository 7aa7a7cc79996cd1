"""No value of another JSON type is converted: every number, switch and text of bodies and vendors'
options is walked.
"""

import json
from collections.abc import Iterator
from typing import Any, get_args

import pytest
from pydantic import BaseModel, ValidationError

from pushgate.adapters.registry import vendors
from pushgate.api.schemas.messages import BatchItem, ChangeBody, MessageBody
from pushgate.api.schemas.receipts import ReceiptBody
from pushgate.api.schemas.retry import RetryBody
from pushgate.api.schemas.terminals import TerminalBody, TerminalChangeBody, TerminalLine

WRONG: dict[str, list[object]] = {
    "integer": ["1", "", 1.5, 1.0, 0.0, True, False, [1]],
    "number": ["1", True],
    "boolean": [1, 0, "true", "yes", "1", 1.0],
    "string": [1, 1.5, True, {}, ["a"]],
    "array": [{}, "a", 1],
    "object": [[], "a", 1],
}
MODELS: list[type[BaseModel]] = [
    MessageBody,
    BatchItem,
    ChangeBody,
    RetryBody,
    TerminalBody,
    TerminalChangeBody,
    TerminalLine,
    ReceiptBody,
    *(vendor.options for vendor in vendors().values()),
]


def models(kind: object) -> Iterator[type[BaseModel]]:
    """The models of a field's type, and those within."""
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        yield kind
        for field in kind.model_fields.values():
            yield from models(field.annotation)
    for part in get_args(kind):
        yield from models(part)


def kinds_of(schema: dict[str, Any], definitions: dict[str, Any]) -> set[str]:
    """The JSON types that a schema takes; empty for one that takes any."""
    if "$ref" in schema:
        return kinds_of(definitions[schema["$ref"].rpartition("/")[2]], definitions)
    for combined in ("anyOf", "oneOf", "allOf"):
        if combined in schema:
            return set().union(*(kinds_of(part, definitions) for part in schema[combined]))
    if "enum" in schema or "const" in schema:
        values = schema.get("enum", [schema.get("const")])
        names = {str: "string", bool: "boolean", int: "integer"}
        return {names[type(value)] for value in values if type(value) in names}
    return {schema["type"]} if "type" in schema else set()


def fields() -> Iterator[tuple[type[BaseModel], str, str]]:
    """Model, field and the one JSON type that the field takes."""
    for model in dict.fromkeys(inner for outer in MODELS for inner in models(outer)):
        schema = model.model_json_schema()
        for name, part in schema.get("properties", {}).items():
            kinds = kinds_of(part, schema.get("$defs", {})) - {"null"}
            if len(kinds) == 1 and (kind := kinds.pop()) in WRONG:
                yield model, name, kind


@pytest.mark.parametrize(
    ("model", "name", "kind"), list(fields()), ids=lambda value: getattr(value, "__name__", value)
)
def test_a_value_of_another_type_is_refused(model: type[BaseModel], name: str, kind: str) -> None:
    for value in WRONG[kind]:
        with pytest.raises(ValidationError) as caught:
            model.model_validate_json(json.dumps({name: value}))
        assert name in {str(error["loc"][0]) for error in caught.value.errors() if error["loc"]}, value
