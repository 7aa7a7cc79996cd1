"""Addresses that a message names: pictures, and what a click opens. Pure.

Each type's check raises ValueError with the fault in words. None repeats the address.
"""

import re
from typing import Annotated
from urllib.parse import unquote, urlsplit

from pydantic import AfterValidator

_SCHEME = re.compile(r"[a-z][a-z0-9+.\-]{1,99}")
"""Of the app's own. Android compares it with case; a reversed domain name is long."""
_ANY_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+._\-]*")
_LABEL = re.compile(r"[^\x00-\x2c./:-@[-^`{-\x7f]{1,63}")
"""Of a host: of the ASCII characters letters, digits, - and _."""
_DANGEROUS = frozenset(
    [
        "about", "android-app", "blob", "chrome", "chrome-extension", "chrome-untrusted", "content", "data", "devtools",
        "file", "filesystem", "ftp", "ftps", "itms-services", "jar", "javascript", "livescript", "mhtml", "mk", "mocha",
        "moz-extension", "ms-appinstaller", "ms-its", "ms-msdt", "res", "resource", "safari-extension",
        "safari-web-extension", "search-ms", "vbscript", "view-source", "ws", "wss", "wyciwyg",
    ]
)  # fmt: skip
"""Schemes that run code, install something, read what is on the device, or are the browser's own."""
_WEB = frozenset(["http", "https"])


def _scheme(text: str, form: str) -> str:
    """The address' scheme, in lower case, once nothing of the rest can deceive anybody."""
    if not all(char.isprintable() and char not in " \\" for char in text):
        raise ValueError(f"{form}, without spaces, line breaks and \\")
    scheme, colon, rest = text.partition(":")
    if not colon or not rest:
        raise ValueError(form)
    authority = re.split(r"[/?#]", rest[2:], maxsplit=1)[0] if rest.startswith("//") else ""
    if "@" in authority:
        raise ValueError("must not hold a user name or a password before an @")
    return scheme.lower()


def _require_host(text: str, form: str) -> None:
    """Raise ValueError unless it is an address on the web with a valid host and port."""
    if any(char in '"<>' for char in text):
        raise ValueError(f'{form}, without ", < and >: write them as %22, %3C and %3E')
    try:
        parts = urlsplit(text)
        host, port = parts.hostname or "", parts.port
    except ValueError as error:
        raise ValueError(f"{form} with a valid host and port") from error
    if not host or not text.startswith(f"{parts.scheme}://"):
        raise ValueError(form)
    named = "[" in parts.netloc or all(map(_LABEL.fullmatch, host.removesuffix(".").split(".")))
    if not named or port == 0 or len(host) > 253:
        raise ValueError(f"{form} with a valid host and port")


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
    form = "must be an https:// address, or a deep link of the app with its scheme in lower case, such as shop://sale"
    scheme = _scheme(text, form)
    _require_no_intent_fields(text, scheme)
    if scheme == "intent" or not _SCHEME.fullmatch(text.partition(":")[0]):
        raise ValueError(form)
    if scheme in _WEB:
        return _https(text)
    return _own(text)


def _page(text: str) -> str:
    form = "must be an intent URI, or a deep link of the app, such as shop://sale"
    scheme = _scheme(text, form)
    if not _ANY_SCHEME.fullmatch(scheme):
        raise ValueError(form)
    _require_no_intent_fields(text, scheme)
    return _web(text) if scheme in _WEB else _own(text)


def _require_no_intent_fields(text: str, scheme: str) -> None:
    """Raise ValueError where a link holds what begins the fields of an intent URI: vendors get links in that form."""
    if scheme != "intent" and "#intent;" in text.lower():
        raise ValueError("must not hold #Intent;, which only an intent URI (intent:...) has")


def _own(text: str) -> str:
    """Raise ValueError unless the scheme, or what an intent URI opens, may be the app's own."""
    schemes = {text.partition(":")[0].lower()}
    if "intent" in schemes:
        schemes |= _opened_by(text)
    for scheme in sorted(schemes & _DANGEROUS):
        raise ValueError(f"must not open {scheme}: addresses; take https:// or a scheme of the app's own")
    return text


def _opened_by(intent: str) -> set[str]:
    """Schemes of what an intent URI opens: of its data, and those that it names in its fields, its selector's too."""
    rest = intent.partition(":")[2]
    pairs = (field.partition("=") for field in rest.rpartition("#Intent;")[2].split(";"))
    named = {unquote(value).strip().lower() for name, _, value in pairs if name == "scheme"}
    return {rest.partition(":")[0].lower(), *named}


def _picture(text: str) -> str:
    """A browser resolves what has no scheme against the page's own address."""
    form = "must be an https:// address or a path"
    head = re.split(r"[/?#]", text, maxsplit=1)[0]
    if ":" in head or text.startswith(("//", "\\")):
        return _https(text)
    if not text:
        raise ValueError(form)
    address = f"https://host/{text}"
    _scheme(address, form)
    _require_host(address, form)
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
