"""Addresses that a message names: pictures, and what a click opens. Pure.

Each type's check raises ValueError with the fault in words. None repeats the address.
"""

import re
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator

_SCHEME = re.compile(r"[a-z][a-z0-9+.\-]{1,31}")
_DANGEROUS = frozenset(
    [
        "about", "android-app", "blob", "chrome", "chrome-extension", "content", "data", "file", "filesystem", "ftp",
        "ftps", "jar", "javascript", "livescript", "mhtml", "moz-extension", "ms-its", "resource", "res", "vbscript",
        "view-source", "ws", "wss",
    ]
)  # fmt: skip
"""Schemes that run code, read what is on the device, or are the browser's own."""
_WEB = frozenset(["http", "https"])


def _scheme(text: str, form: str) -> str:
    """The address' scheme, in lower case, once nothing of the rest can deceive anybody."""
    if not all(char.isprintable() and char not in ' \\"<>' for char in text):
        raise ValueError(f'{form}, without spaces, line breaks, \\, ", < and >')
    scheme, colon, rest = text.partition(":")
    if not colon or not rest.strip("/"):
        raise ValueError(form)
    authority = re.split(r"[/?#]", rest[2:], maxsplit=1)[0] if rest.startswith("//") else ""
    if "@" in authority:
        raise ValueError("must not hold a user name or a password before an @")
    return scheme.lower()


def _require_host(text: str, form: str) -> None:
    """Raise ValueError unless it is an address on the web with a host, and a port that is one."""
    try:
        parts = urlsplit(text)
        good = bool(parts.hostname) and parts.port != 0
    except ValueError as error:
        raise ValueError(f"{form}, with a host and a port that are ones") from error
    if not good or not text.startswith((f"{parts.scheme}://",)):
        raise ValueError(form)


def _https(text: str) -> str:
    form = "must be an https:// address"
    if _scheme(text, form) != "https":
        raise ValueError(form)
    _require_host(text, form)
    return text


def _web(text: str) -> str:
    form = "must be an https:// or http:// address"
    if _scheme(text, form) not in _WEB:
        raise ValueError(form)
    _require_host(text, form)
    return text


def _link(text: str) -> str:
    form = "must be an https:// address or a deep link of the app, such as shop://sale"
    scheme = _scheme(text, form)
    if scheme == "intent" or not _SCHEME.fullmatch(text.partition(":")[0]):
        raise ValueError(form)
    if scheme in _WEB:
        return _https(text)
    return _own(text, scheme)


def _page(text: str) -> str:
    scheme = _scheme(text, "must be an intent URI, or a deep link of the app, such as shop://sale")
    return _web(text) if scheme in _WEB else _own(text, scheme)


def _own(text: str, scheme: str) -> str:
    """Raise ValueError unless the scheme may be one of the app's own."""
    if scheme in _DANGEROUS:
        raise ValueError(f"must not begin with {scheme}:; take https:// or a scheme of the app's own")
    return text


def _picture(text: str) -> str:
    """A browser resolves what has no scheme against the page's own address."""
    head = re.split(r"[/?#]", text, maxsplit=1)[0]
    if ":" in head or text.startswith(("//", "\\")):
        return _https(text)
    _scheme(f"https://host/{text}", "must be an https:// address or a path")
    return text


HttpsUrl = Annotated[str, AfterValidator(_https)]
WebUrl = Annotated[str, AfterValidator(_web)]
"""By https or http."""
Link = Annotated[str, AfterValidator(_link)]
"""A page on the web by https, or a deep link by a scheme of the app's own."""
Page = Annotated[str, AfterValidator(_page)]
"""An intent URI or a deep link; the app's own option, so any scheme but the dangerous ones."""
Picture = Annotated[str, AfterValidator(_picture)]
"""By https, or a path on the page's own host."""
