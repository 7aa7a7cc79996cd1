"""Reads the file of Google's service account.

Source: docs/reference/vendors/fcm.md#credentials
"""

from pathlib import Path

import jwt
from pydantic import BaseModel, ConfigDict, ValidationError

from pushgate.domain.errors import ConfigurationError, FieldError

_FIELD = "service_account_file"


class ServiceAccount(BaseModel):
    """The parts of a service account's file that FCM needs."""

    model_config = ConfigDict(frozen=True)

    project_id: str
    client_email: str
    private_key: str
    private_key_id: str
    token_uri: str = "https://oauth2.googleapis.com/token"  # noqa: S105  # an address


def read_account(file: Path) -> ServiceAccount:
    """Read a service account. Raises ConfigurationError."""
    try:
        account = ServiceAccount.model_validate_json(file.read_bytes())
        jwt.encode({}, account.private_key, "RS256")
    except OSError as error:
        raise _configuration_error(f"{file} cannot be read: {error.strerror}") from error
    except ValidationError as error:
        fields = [".".join(map(str, item["loc"])) for item in error.errors(include_input=False)]
        bad = ", ".join(field or "the file" for field in fields)
        raise _configuration_error(f"{file} is no service account's JSON file: see {bad}") from error
    except (ValueError, TypeError, jwt.PyJWTError) as error:
        raise _configuration_error(f"the private_key in {file} is no RSA key") from error
    return account


def _configuration_error(reason: str) -> ConfigurationError:
    return ConfigurationError([FieldError(_FIELD, reason)])
