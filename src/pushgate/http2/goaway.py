"""A GOAWAY frame as text for logs and failure reasons (RFC 9113, 6.8)."""

import re
from dataclasses import dataclass

from pushgate.http2.frames import error_name

_MAX_BYTES_READ, _MAX_CHARACTERS = 512, 160
_UNPRINTABLE = re.compile(r"[^!-~]+")
_SECRET = re.compile(r"(?=[\w+/=~.-]*[0-9])[\w+/=~.-]{16,}|[\w+/=~.-]{33,}", re.ASCII)
"""Long runs without a space.
Tokens and keys look like this, and a server may echo what it was sent."""


@dataclass(frozen=True, slots=True)
class Goaway:
    """The error code and the debug data of a GOAWAY frame."""

    code: int
    debug_data: bytes

    def __str__(self) -> str:
        text = printable(self.debug_data)
        return f"GOAWAY {error_name(self.code)}" + (f" ({text})" if text else "")


def printable(data: bytes) -> str:
    """A peer's text as visible ASCII of at most 160 characters;
    possible tokens and keys are removed."""
    text = _UNPRINTABLE.sub(" ", str(data[:_MAX_BYTES_READ], "latin-1"))
    text = _SECRET.sub("[...]", text).strip()
    return text if len(text) <= _MAX_CHARACTERS else f"{text[:_MAX_CHARACTERS]}..."
