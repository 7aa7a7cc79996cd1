"""No error shows a regular expression: each pattern of a field has a text."""

from collections.abc import Iterator, Mapping

import pytest

from pushgate.adapters.registry import vendors
from pushgate.api.schemas.base import RequestBody
from pushgate.api.schemas.messages import ChangeBody, MessageBody
from pushgate.api.schemas.receipts import ReceiptBody
from pushgate.api.schemas.terminals import TerminalBody, TerminalLine
from pushgate.runtime.validation_text import PATTERNS, explain
from pushgate.settings.model import Settings


def patterns(schema: object) -> Iterator[str]:
    """Every pattern in a JSON schema."""
    if isinstance(schema, Mapping):
        for name, value in schema.items():
            if name == "pattern" and isinstance(value, str):
                yield value
            yield from patterns(value)
    elif isinstance(schema, list):
        for item in schema:
            yield from patterns(item)


@pytest.mark.parametrize(
    "model",
    [
        Settings,
        MessageBody,
        ChangeBody,
        TerminalBody,
        TerminalLine,
        ReceiptBody,
        *(vendor.options for vendor in vendors().values()),
        *(vendor.settings for vendor in vendors().values()),
    ],
)
def test_every_pattern_has_a_text(model: type[RequestBody]) -> None:
    assert set(patterns(model.model_json_schema())) <= PATTERNS.keys()


def test_texts_show_no_pattern() -> None:
    for pattern, text in PATTERNS.items():
        explained = explain(
            "string_pattern_mismatch", f"String should match pattern '{pattern}'", {"pattern": pattern}
        )
        assert explained == text
        assert not any(sign in explained for sign in "^$[\\{")
    explained = explain("string_pattern_mismatch", "String should match pattern '^z$'", {"pattern": "^z$"})
    assert "^z$" not in explained


@pytest.mark.parametrize(
    ("kind", "context", "text"),
    [
        ("too_short", {"min_length": 1, "field_type": "Value"}, "must not be empty"),
        ("too_short", {"min_length": 1, "field_type": "List"}, "must not be empty"),
        (
            "too_short",
            {"min_length": 2, "field_type": "List"},
            "is too short; at least 2 items are needed",
        ),
        ("string_too_short", {"min_length": 8}, "is too short; at least 8 characters are needed"),
        ("string_type", {}, "must be a text in quotes"),
        ("tuple_type", {}, "must be a list in [ ]"),
        ("model_type", {"class_name": "TerminalBody"}, "must be an object in { }"),
        ("greater_than", {"gt": 0.5}, "must be greater than 0.5"),
        ("less_than_equal", {"le": 3660}, "must be at most 3,660"),
    ],
)
def test_texts_speak_of_json(kind: str, context: Mapping[str, object], text: str) -> None:
    assert explain(kind, "the text of pydantic", context) == text
