"""Reads Google's service account.

Source: docs/reference/vendors/fcm.md#credentials
"""

import orjson
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from pydantic import BaseModel, ConfigDict, ValidationError

from pushgate.adapters.private_keys import load_private_key
from pushgate.adapters.vendor_settings import EndpointUrl
from pushgate.domain.errors import ConfigurationError, FieldError

_FIELD = "service_account"
_NO_KEY = "holds a private_key that is no RSA key of at most 4,096 bits"


class ServiceAccount(BaseModel):
    """The parts of a service account's file that FCM needs."""

    model_config = ConfigDict(frozen=True)

    project_id: str
    client_email: str
    private_key: str
    private_key_id: str
    token_uri: EndpointUrl = "https://oauth2.googleapis.com/token"  # noqa: S105  # an address


def read_account(text: str) -> ServiceAccount:
    """Read a service account from its JSON. Raises ConfigurationError."""
    try:
        found = orjson.loads(text)
    except ValueError as error:
        raise _configuration_error("is no JSON object") from error
    try:
        account = ServiceAccount.model_validate(found)
        key = load_private_key(account.private_key)
    except ValidationError as error:
        fields = [".".join(map(str, item["loc"])) for item in error.errors(include_input=False)]
        bad = ", ".join(field or "all of it" for field in fields)
        raise _configuration_error(f"is no service account's JSON file: see {bad}") from error
    except ValueError as error:
        raise _configuration_error(_NO_KEY) from error
    if not isinstance(key, RSAPrivateKey):
        raise _configuration_error(_NO_KEY)
    return account


def _configuration_error(reason: str) -> ConfigurationError:
    return ConfigurationError([FieldError(_FIELD, reason)])
