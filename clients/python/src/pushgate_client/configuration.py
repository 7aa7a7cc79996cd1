"""The address of Pushgate and the headers of every call, from arguments or the environment."""

from __future__ import annotations

import os
from urllib.parse import urlsplit

from pushgate_client.errors import ConfigurationError
from pushgate_client.version import __version__


def to_address(url: str | None) -> str:
    """Return the address without a slash at its end, from PUSHGATE_URL where it is not given.

    Raises ConfigurationError, which does not repeat the address: it may hold a password.
    """
    found = url or os.environ.get("PUSHGATE_URL") or ""
    if not found:
        raise ConfigurationError("no address: give `url`, or set PUSHGATE_URL")
    try:
        parts = urlsplit(found)
        is_address = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:  # a bracket without its other one, a port that is none
        is_address = False
    if not is_address:
        raise ConfigurationError("the address must be such as https://push.example.com")
    if "@" in parts.netloc:
        # It would take the place of the API key, and stand in errors.
        raise ConfigurationError("the address must not hold a user name or a password: give the API key")
    if "?" in found or "#" in found:
        raise ConfigurationError("the address must end before its first ? or #")
    return found.rstrip("/")


def to_headers(key: str | None) -> dict[str, str]:
    """Return the headers with the API key, from PUSHGATE_KEY where it is not given; "" sends none.

    Raises ConfigurationError, which does not repeat the key.
    """
    found = (os.environ.get("PUSHGATE_KEY", "") if key is None else key).strip()
    if not (found.isascii() and found.isprintable()):
        raise ConfigurationError("the API key has characters that no key has")
    headers = {"User-Agent": f"pushgate-client/{__version__}"}
    return {**headers, "Authorization": f"Bearer {found}"} if found else headers
