"""What a request must be like to be served: its Host is the console's, and a form is the console's
own.
"""

import hmac
import re
from collections.abc import Sequence
from urllib.parse import urlsplit

from starlette.datastructures import Headers

_HOST = re.compile(r"(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::[0-9]{1,5})?")
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "[::1]"})
_WILDCARDS = frozenset({"0.0.0.0", "::"})  # noqa: S104  # compared with, not bound
SECURITY_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    # `no-referrer` would take the Origin from forms, too.
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


class KnownHosts:
    """The names by which browsers reach the console.

    Another name belongs to somebody else, who let it lead here: DNS rebinding.
    """

    def __init__(self, hosts: Sequence[str], listened_on: str, public_url: str | None) -> None:
        names = {host.lower() for host in hosts} | _LOOPBACK
        if listened_on not in _WILDCARDS:
            names.add(f"[{listened_on}]" if ":" in listened_on else listened_on.lower())
        if public_url:
            names.add(host_name(urlsplit(public_url).netloc.rpartition("@")[2]))
        self._names = frozenset(names)

    def __contains__(self, host: str) -> bool:
        return host_name(host) in self._names


def host_name(host: str) -> str:
    """Return the name of a Host field, without the port and in lower case; '' for what is no
    host.
    """
    found = _HOST.fullmatch(host.lower())
    return found[1].removesuffix(".") if found else ""


def is_loopback_name(host: str) -> bool:
    """Return whether a Host field names this very machine."""
    return host_name(host) in _LOOPBACK


def comes_from_here(headers: Headers) -> bool:
    """Return whether a page of the console sent the form, as far as the browser says."""
    site = headers.get("sec-fetch-site")
    if site is not None and site not in ("same-origin", "none"):
        return False
    origin = headers.get("origin")
    if origin is None:
        return True
    return origin.lower().partition("://")[2] == headers.get("host", "").lower()


def same_token(expected: str | None, given: str | None) -> bool:
    """Return whether a form's token is right. Takes the same time for each wrong token."""
    return bool(expected and given) and hmac.compare_digest(str(expected).encode(), str(given).encode())
