"""Validation errors of pydantic as errors of fields."""

from pydantic import ValidationError

from pushgate.domain.errors import FieldError
from pushgate.runtime.validation_text import explain


def field_errors(error: ValidationError, prefix: str = "") -> list[FieldError]:
    """The errors by the paths of their fields, below `prefix`.

    Values are never repeated, because they may be secrets.
    """
    return [
        FieldError(
            ".".join([prefix, *map(str, item["loc"])]).strip("."),
            explain(item["type"], item["msg"], item.get("ctx", {})),
        )
        for item in error.errors(include_url=False, include_input=False)
    ]
