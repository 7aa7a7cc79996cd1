"""People, as paths name them. Pure."""

from pydantic import TypeAdapter, ValidationError

from pushgate.api.paths import last_part
from pushgate.api.schemas.fields import User
from pushgate.domain.errors import FieldError, InvalidRequest

_users = TypeAdapter(User)


def user_in_path(raw_path: bytes) -> str:
    """Return the user that the last part of a path names. Raises InvalidRequest for what can be
    none.
    """
    try:
        return _users.validate_python(last_part(raw_path))
    except (ValidationError, UnicodeDecodeError) as error:
        text = "must be 1 to 256 characters in UTF-8 without NUL"
        raise InvalidRequest([FieldError("user", text)]) from error
