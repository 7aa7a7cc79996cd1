"""What a server says when it ends a connection: a code and a text, for logs and for the reasons of failures."""

import re
from dataclasses import dataclass

from pushgate.http2.frames import error_name

_LONGEST_READ, _LONGEST_TEXT = 512, 160
_UNPRINTABLE = re.compile(r"[^!-~]+")
_SECRET = re.compile(r"(?=[\w+/=~.-]*[0-9])[\w+/=~.-]{16,}|[\w+/=~.-]{33,}", re.ASCII)
"""Long runs without a space: tokens and keys look so, and a server may echo those that it was sent."""


@dataclass(frozen=True, slots=True)
class Goaway:
    """The error code of a GOAWAY frame and its debug data (RFC 9113, 6.8)."""

    code: int
    debug: bytes

    def __str__(self) -> str:
        text = printable(self.debug)
        return f"GOAWAY {error_name(self.code)}" + (f" ({text})" if text else "")


def printable(data: bytes) -> str:
    """A peer's text: visible ASCII, at most 160 characters, without what may be a token or a key."""
    text = _UNPRINTABLE.sub(" ", str(data[:_LONGEST_READ], "latin-1"))
    text = _SECRET.sub("[...]", text).strip()
    return text if len(text) <= _LONGEST_TEXT else f"{text[:_LONGEST_TEXT]}..."
