"""Names of an app's own things in the path of a request."""

from typing import Any

from pydantic import TypeAdapter, ValidationError

from pushgate.api.field_errors import field_errors
from pushgate.domain.errors import InvalidRequest


class NameRule:
    """What a new name of one kind must be; `kind` is the type of such names in a body."""

    def __init__(self, kind: Any) -> None:  # types with annotations have no type
        self._kind: TypeAdapter[str] = TypeAdapter(kind)

    def require(self, name: str) -> str:
        """Return the name. Raises InvalidRequest where it is not valid."""
        try:
            return self._kind.validate_python(name)
        except ValidationError as error:
            raise InvalidRequest(field_errors(error, "name")) from error
