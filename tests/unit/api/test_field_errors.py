"""Errors of a body name its fields by the path that the caller wrote."""

import pytest
from pydantic import ValidationError

from pushgate.api.field_errors import field_errors
from pushgate.api.schemas.base import RequestBody
from pushgate.api.schemas.fields import AttributeName, AttributeValue


class Body(RequestBody):
    attributes: dict[AttributeName, AttributeValue]


@pytest.mark.parametrize(
    ("attributes", "fields"),
    [
        ('{"plan": []}', ["attributes.plan"]),
        ('{"a b": 1}', ["attributes.a b"]),
        ('{"a b": null, "n": 1e999}', ["attributes.a b", "attributes.a b", "attributes.n"]),
        ("5", ["attributes"]),
    ],
)
def test_a_key_and_its_value_have_the_same_path(attributes: str, fields: list[str]) -> None:
    with pytest.raises(ValidationError) as caught:
        Body.model_validate_json(f'{{"attributes": {attributes}}}')
    assert [error.field for error in field_errors(caught.value)] == fields
    assert [error.field for error in field_errors(caught.value, "item")] == [
        f"item.{field}" for field in fields
    ]
