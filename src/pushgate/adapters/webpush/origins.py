"""Origins of push services, `https://host[:port]` in lower case, and which of them an app trusts.
Pure.
"""

from collections.abc import Iterable
from fnmatch import fnmatchcase
from urllib.parse import urlsplit

_MICROSOFT_DOMAIN = ".notify.windows.com"
_APPLE_DOMAIN = ".push.apple.com"
_DEFAULT_PORT = "443"


def is_trusted(origin: str, hosts: Iterable[str]) -> bool:
    """Whether an origin is one of these hosts, which are host names or `*.` and a domain.

    Endpoints come from clients, so that they can name any host. A pattern without a port matches
    the default port alone.
    """
    host, port = _split_port(origin.removeprefix("https://"))
    return any(_matches(host, port, pattern) for pattern in hosts)


def is_microsoft(origin: str) -> bool:
    """Whether this is Microsoft's push service (WNS)."""
    return (urlsplit(origin).hostname or "").endswith(_MICROSOFT_DOMAIN)


def is_apple(origin: str) -> bool:
    """Whether this is Apple's push service, for Safari."""
    return (urlsplit(origin).hostname or "").endswith(_APPLE_DOMAIN)


def _matches(host: str, port: str, pattern: str) -> bool:
    name, pattern_port = _split_port(pattern)
    if port != ("" if pattern_port == _DEFAULT_PORT else pattern_port):
        return False
    return fnmatchcase(host, name) if "*" in name else host == name


def _split_port(netloc: str) -> tuple[str, str]:
    """Return host and port, '' for no port; an IPv6 address keeps its brackets."""
    end = netloc.find("]") + 1
    host, _, port = netloc[end:].partition(":")
    return netloc[:end] + host, port
