"""Types of addresses in a message: pictures, and what a click opens. Pure.

A check raises ValueError that says what is wrong. The text never repeats the address.
"""

import re
from typing import Annotated
from urllib.parse import unquote, urlsplit

from pydantic import AfterValidator

_APP_SCHEME = re.compile(r"[a-z][a-z0-9+.\-]{1,99}")
"""A scheme of the app's own. Android distinguishes case; a reversed domain name may be long."""
_ANY_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+._\-]*")
_LABEL = re.compile(r"[^\x00-\x2c./:-@[-^`{-\x7f]{1,63}")
"""One label of a host name. Of ASCII it has letters, digits, - and _."""
PLACEHOLDER = re.compile(r"\{\{.*?\}\}", re.DOTALL)
"""Where a personal message shows a value of each terminal."""
_DANGEROUS = frozenset(
    [
        "about", "android-app", "blob", "chrome", "chrome-extension", "chrome-untrusted", "content",
        "data", "devtools", "file", "filesystem", "ftp", "ftps", "itms-services", "jar", "javascript",
        "livescript", "mhtml", "mk", "mocha", "moz-extension", "ms-appinstaller", "ms-its", "ms-msdt",
        "res", "resource", "safari-extension",
        "safari-web-extension", "search-ms", "vbscript", "view-source", "ws", "wss", "wyciwyg",
    ]
)  # fmt: skip
"""Schemes that run code, install something, read from the device, or belong to the browser."""
_WEB_SCHEMES = frozenset(["http", "https"])


def _scheme(text: str, requirement: str) -> str:
    """Return the scheme in lower case. Raises ValueError where the rest could deceive a reader."""
    if not text.isprintable() or " " in text or "\\" in text:
        raise ValueError(f"{requirement}, without spaces, line breaks and \\")
    scheme, colon, rest = text.partition(":")
    if not colon or not rest:
        raise ValueError(requirement)
    authority = re.split(r"[/?#]", rest[2:], maxsplit=1)[0] if rest.startswith("//") else ""
    if "@" in authority:
        raise ValueError("must not hold a user name or a password before an @")
    return scheme.lower()


def _require_host(text: str, requirement: str) -> None:
    """Raise ValueError unless the text is an address on the web with a valid host and port."""
    if '"' in text or "<" in text or ">" in text:
        raise ValueError(f'{requirement}, without ", < and >: write them as %22, %3C and %3E')
    try:
        parts = urlsplit(text)
        host, port = parts.hostname or "", parts.port
    except ValueError as error:
        raise ValueError(f"{requirement} with a valid host and port") from error
    if not host or not text.startswith(f"{parts.scheme}://"):
        raise ValueError(requirement)
    valid_host = "[" in parts.netloc or all(map(_LABEL.fullmatch, host.removesuffix(".").split(".")))
    if not valid_host or port == 0 or len(host) > 253:
        raise ValueError(f"{requirement} with a valid host and port")


def _https(text: str) -> str:
    requirement = "must be an https:// address"
    if _scheme(text, requirement) != "https":
        raise ValueError(requirement)
    _require_host(text, requirement)
    return text


def _web(text: str) -> str:
    requirement = "must be an https:// or http:// address"
    if _scheme(text, requirement) not in _WEB_SCHEMES:
        raise ValueError(requirement)
    _require_host(text, requirement)
    return text


def require_link(text: str) -> str:
    """Return a link. Raises ValueError for other texts."""
    requirement = (
        "must be an https:// address, or a deep link of the app with its scheme in lower case, "
        "such as shop://sale"
    )
    scheme = _scheme(text, requirement)
    _require_no_intent_fields(text, scheme)
    if scheme == "intent" or not _APP_SCHEME.fullmatch(text.partition(":")[0]):
        raise ValueError(requirement)
    if scheme in _WEB_SCHEMES:
        return _https(text)
    return _require_safe_schemes(text)


def _personal_link(text: str) -> str:
    """Check a link in which placeholders may stand: what is filled in is percent-encoded."""
    require_link(PLACEHOLDER.sub("x", text))
    return text


def _page(text: str) -> str:
    requirement = "must be an intent URI, or a deep link of the app, such as shop://sale"
    scheme = _scheme(text, requirement)
    if not _ANY_SCHEME.fullmatch(scheme):
        raise ValueError(requirement)
    _require_no_intent_fields(text, scheme)
    return _web(text) if scheme in _WEB_SCHEMES else _require_safe_schemes(text)


def _require_no_intent_fields(text: str, scheme: str) -> None:
    """Raise ValueError where a link holds the start of an intent URI's fields.

    Vendors get links in the form of an intent URI.
    """
    if scheme != "intent" and "#intent;" in text.lower():
        raise ValueError("must not hold #Intent;, which only an intent URI (intent:...) has")


def _require_safe_schemes(text: str) -> str:
    """Raise ValueError where the address, or what an intent URI opens, has a dangerous scheme."""
    schemes = {text.partition(":")[0].lower()}
    if "intent" in schemes:
        schemes |= _schemes_opened_by(text)
    for scheme in sorted(schemes & _DANGEROUS):
        raise ValueError(f"must not open {scheme}: addresses; take https:// or a scheme of the app's own")
    return text


def _schemes_opened_by(intent: str) -> set[str]:
    """Return the schemes that an intent URI opens: in its data, its fields and its selector."""
    rest = intent.partition(":")[2]
    pairs = (field.partition("=") for field in rest.rpartition("#Intent;")[2].split(";"))
    in_fields = {unquote(value).strip().lower() for name, _, value in pairs if name == "scheme"}
    return {rest.partition(":")[0].lower(), *in_fields}


def _picture(text: str) -> str:
    """Check an address or a path, which a browser resolves against the page's own address."""
    requirement = "must be an https:// address or a path"
    head = re.split(r"[/?#]", text, maxsplit=1)[0]
    if ":" in head or text.startswith(("//", "\\")):
        return _https(text)
    if not text:
        raise ValueError(requirement)
    address = f"https://host/{text}"
    _scheme(address, requirement)
    _require_host(address, requirement)
    return text


HttpsUrl = Annotated[str, AfterValidator(_https)]
WebUrl = Annotated[str, AfterValidator(_web)]
"""An address on the web by https or http."""
Link = Annotated[str, AfterValidator(require_link)]
"""A page on the web by https, or a deep link by a scheme of the app's own."""
PersonalLink = Annotated[str, AfterValidator(_personal_link)]
"""A link in which placeholders may stand."""
Page = Annotated[str, AfterValidator(_page)]
"""An intent URI or a deep link, with any scheme but the dangerous ones."""
Picture = Annotated[str, AfterValidator(_picture)]
"""A picture by https, or by a path on the page's own host."""
