"""Settings that every vendor's section of the configuration has, and types for secrets. Pure.

A secret `name` is given as its content, or as `name_file`: the path of a file with the content.
"""

import hashlib
import re
from collections.abc import Iterator, Mapping
from ipaddress import IPv6Address
from pathlib import Path
from typing import Annotated, ClassVar, get_args
from urllib.parse import urlsplit

from pydantic import AfterValidator, ConfigDict, Field, SecretStr, ValidationInfo, field_validator

from pushgate.settings.section import Section

FINGERPRINT_DIGITS = 16
FILE = "_file"
"""What the name of a setting that is a path ends in."""
MAX_CONTENT = 1024 * 1024
"""Characters of a file with a secret or a list of CAs."""
_MAX_SECRET = 64 * 1024
# What every client of HTTP and every resolver reads alike. An address is shown, so that it holds no
# password; a proxy's does.
_NAME = r"(?:[A-Za-z0-9_-]{1,63}\.)*[A-Za-z0-9_-]{1,63}\.?"
_SERVER = rf"(?:{_NAME}|\[(?P<v6>[0-9A-Fa-f:.]+)\])(?::(?P<port>[0-9]{{1,5}}))?"
_ENDPOINT = re.compile(rf"https?://{_SERVER}(?:/[!\"$->@-~]*)?")
_PROXY = re.compile(rf"http://(?:[!\"$-.0->A-~]+@)?{_SERVER}/?")
_MAX_PORT = 65_535


class Reaches:
    """Marks a setting whose value is an address that Pushgate connects to."""


def _endpoint_url(text: str) -> str:
    _require_server(_ENDPOINT.fullmatch(text), "is no https:// address in ASCII without user, ? and #")
    if text.startswith("http://") and urlsplit(text).hostname not in ("127.0.0.1", "::1", "localhost"):
        raise ValueError(
            "must be an https:// address (http:// is for this machine only): credentials travel there"
        )
    return text


def _proxy_url(secret: SecretStr) -> SecretStr:
    _require_server(
        _PROXY.fullmatch(secret.get_secret_value()),
        "takes an http:// address without a path; other characters of a password are written as %40",
    )
    return secret


def _require_server(found: re.Match[str] | None, fault: str) -> None:
    """Raise ValueError unless the address names a server that can be connected to."""
    if found is None:
        raise ValueError(fault)
    if found["port"] is not None and not 0 < int(found["port"]) <= _MAX_PORT:
        raise ValueError("has no valid port")
    if found["v6"] is not None:
        try:
            IPv6Address(found["v6"])
        except ValueError as error:
            raise ValueError("has no valid IPv6 address in brackets") from error


_Proxy = Annotated[SecretStr, Field(max_length=_MAX_SECRET), AfterValidator(_proxy_url)]
EndpointUrl = Annotated[str, AfterValidator(_endpoint_url), Reaches()]
"""The base address of a vendor's server: https, or http on this machine."""
Secret = Annotated[SecretStr, Field(min_length=1, max_length=_MAX_SECRET)]
"""A secret that is a word, or the content of a file."""
RequiredSecret = Annotated[Secret | None, Field(description="required, or its file")]
FileOf = Annotated[Path | None, Field(description="file that holds it, instead of the setting itself")]
"""The path of a file that holds the secret of the same name without `_file`."""
ContentOf = Annotated[Secret | None, Field(description="content of the file, instead of its path")]
"""The content of a file, the path of which is the setting of the same name with `_file`."""


class VendorSettings(Section):
    """The settings of every vendor's section."""

    model_config = ConfigDict(validate_default=True)

    required: ClassVar[frozenset[str]] = frozenset()
    """Secrets without which the section is not valid, by their names without `_file`."""
    own_addresses: ClassVar[frozenset[str]] = frozenset()
    """Addresses of the vendor beside the defaults of its endpoints."""

    ca: str | None = Field(
        default=None,
        min_length=1,
        max_length=MAX_CONTENT,
        description="content of the file, instead of its path",
    )
    ca_file: Path | None = Field(
        default=None, description="PEM file of the CAs to trust instead of the system's"
    )
    proxy_file: FileOf = None
    proxy: Annotated[_Proxy | None, Reaches()] = Field(
        default=None,
        description="http:// address of a proxy that tunnels all requests (CONNECT)",
    )
    max_connections: int = Field(default=8, ge=1, le=1000)
    rate_limit: float | None = Field(
        default=None,
        ge=0,
        le=1_000_000,
        description="pushes a second for the app, all workers together; unset = the vendor's quota, "
        "0 = no limit",
    )

    @classmethod
    def addresses_within(cls, _section: Mapping[str, object]) -> Iterator[tuple[str, str]]:
        """The addresses that credentials of the section name, with the settings that hold them."""
        yield from ()

    @field_validator("*")
    @classmethod
    def _require_one_source(cls, value: object, found: ValidationInfo) -> object:
        """Of a content and its file, exactly one is given; none where the secret is not needed.

        The later one of the two in the model is checked.
        """
        own = str(found.field_name)
        other = own.removesuffix(FILE) if own.endswith(FILE) else own + FILE
        if other not in found.data:
            return value
        if value is not None and found.data[other] is not None:
            raise ValueError(f"is not used with {other}: remove one of them")
        if value is None and found.data[other] is None and own.removesuffix(FILE) in cls.required:
            raise ValueError(f"is required, or {other}")
        return value


def holds_secret(annotation: object) -> bool:
    """Whether a setting of this type holds a secret."""
    return annotation is SecretStr or any(map(holds_secret, get_args(annotation)))


def proxy_of(settings: VendorSettings) -> str | None:
    """The address of the proxy, None for none. It may hold a user name and a password."""
    return settings.proxy.get_secret_value() if settings.proxy else None


def fingerprint(secret: str) -> str:
    """A digest that tells secrets apart and from which nobody finds the secret."""
    return hashlib.sha256(secret.encode()).hexdigest()[:FINGERPRINT_DIGITS]


def text_of(secret: SecretStr | None) -> str:
    """The text of a secret that the section has."""
    assert secret is not None
    return secret.get_secret_value()
